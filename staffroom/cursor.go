package staffroom

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// cursorSum is how many bytes of a hash guard a cursor: enough that neither accident nor trying finds a valid one. A
// cursor holds no secret and opens nothing; who computes one himself sees what he could see anyway.
const cursorSum = 8

// maxCursor is how long a cursor may be, in bytes: an order's field is a name, a title or a time.
const maxCursor = 2 << 10

// OrderName names the order of a list, to tie cursors to it: the collection, the field and the direction.
func OrderName(collection string, by Field, desc bool) string {
	return fmt.Sprintf("%s/%s/%t", collection, by, desc)
}

// EncodeCursor makes the opaque cursor of a place in an order: the value of the order's field there, and the id.
func EncodeCursor(order string, key any, id string) string {
	if t, ok := key.(Time); ok {
		key = t.String()
	}
	payload, err := json.Marshal([2]any{key, id})
	if err != nil {
		panic(fmt.Sprintf("staffroom: order value %v has no JSON: %v", key, err))
	}
	return base64.RawURLEncoding.EncodeToString(append(cursorHash(order, payload), payload...))
}

// DecodeCursor is the key and the id of a cursor that [EncodeCursor] made for the same order; BAD_CURSOR for any other.
// A key is a string, a float64 or nil, as JSON gives it; times are strings.
func DecodeCursor(order, cursor string) (key any, id string, err error) {
	bad := Errorf(CodeBadCursor, "This cursor is not one that this list gave out. Start again without it.")
	if len(cursor) > maxCursor {
		return nil, "", bad
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) <= cursorSum || base64.RawURLEncoding.EncodeToString(raw) != cursor { // one spelling only
		return nil, "", bad
	}
	payload := raw[cursorSum:]
	if subtle.ConstantTimeCompare(cursorHash(order, payload), raw[:cursorSum]) != 1 {
		return nil, "", bad
	}
	var parts [2]any
	if err := json.Unmarshal(payload, &parts); err != nil {
		return nil, "", bad
	}
	id, ok := parts[1].(string)
	if !ok {
		return nil, "", bad
	}
	return parts[0], id, nil
}

func cursorHash(order string, payload []byte) []byte {
	sum := sha256.Sum256(append([]byte("staffroom cursor\n"+order+"\n"), payload...))
	return sum[:cursorSum:cursorSum]
}
