package staffroom

import (
	"encoding/binary"
	"time"

	"github.com/gofrs/uuid/v5"
	"go.jetify.com/typeid"
)

// Prefixes of ids, one for each kind of document. They tell people what an id is of, and node(id) where to look.
const (
	PrefixAuthority  = "authority"
	PrefixSchool     = "school"
	PrefixMember     = "member"
	PrefixLeadSchool = "leadschool"
	PrefixResource   = "resource"
	PrefixFile       = "file"
	PrefixThread     = "thread"
	PrefixPost       = "post"
	PrefixSession    = "session"
	PrefixSignIn     = "signin"
	PrefixSetting    = "setting"

	PrefixIdempotencyKey = "idempotencykey"
)

// NewID makes a new id: a TypeID (https://github.com/jetify-com/typeid), sortable by the time it was made.
func NewID(prefix string) string { return typeid.Must(typeid.WithPrefix(prefix)).String() }

// idAt is the first id that can have been made at a time, or after it.
func idAt(prefix string, at time.Time) string {
	const sixteenBits = 16
	var first [16]byte // a UUID of version 7 begins with the milliseconds, in 48 bits
	binary.BigEndian.PutUint64(first[:], uint64(at.UnixMilli())<<sixteenBits)
	return typeid.Must(typeid.FromUUIDBytesWithPrefix(prefix, first[:])).String()
}

// NamedID makes the one id that belongs to name, always the same: schools and authorities have it by their register
// codes, so that two imports at once, or in two networks, mean the same document. It is a TypeID over a name-based UUID
// (RFC 9562, version 5).
func NamedID(prefix, name string) string {
	named := uuid.NewV5(uuid.NamespaceURL, "https://staffroom.example/"+prefix+"/"+name)
	id, err := typeid.FromUUIDBytesWithPrefix(prefix, named.Bytes())
	if err != nil {
		panic("staffroom: a prefix of ours is no TypeID prefix: " + err.Error())
	}
	return id.String()
}

// PrefixOf is the prefix of a well-formed id, and empty for anything else.
func PrefixOf(id string) string {
	parsed, err := typeid.FromString(id)
	if err != nil {
		return ""
	}
	return parsed.Prefix()
}
