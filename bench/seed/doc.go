// Package seed makes networks of any size for measuring: the same at each run, with texts like those that people write. They go
// through the SQLite adapter, so that the file is laid out as the program lays it out.
package seed

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"go.jetify.com/typeid"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// PostsPerThread is how long each thread is.
const PostsPerThread = 50

// Size is how large a network is, in resources; everything else follows from it.
type Size int

// Schools is how many schools share the resources: one for fifty, as many as England has at most.
func (s Size) Schools() int { return min(max(20, int(s)/50), 20_000) }

// Members is how many people there are: three in each school.
func (s Size) Members() int { return 3 * s.Schools() }

// Threads is how many threads there are: one for two hundred resources.
func (s Size) Threads() int { return max(20, int(s)/200) }

// Documents is how many documents there are in all.
func (s Size) Documents() int {
	if s == 0 {
		return 0
	}
	return int(s) + s.Schools() + s.Members() + s.Threads()*(1+PostsPerThread)
}

// begin is when the network began; each document came a while after the one before.
func begin() time.Time { return time.Date(2024, 1, 1, 9, 0, 0, 0, time.UTC) }

// instant is when document i of a kind was made.
func instant(i int) staffroom.Time {
	return staffroom.At(begin().Add(time.Duration(i) * 61 * time.Second))
}

// id is the id of document i of a kind. Ids grow with i, as those of people's documents grow with time.
func id(prefix string, i int) string {
	var bytes [16]byte
	millis := uint64(instant(i).UnixMilli()) //nolint:gosec // the time is after 1970
	binary.BigEndian.PutUint64(bytes[:8], millis<<16|0x7000)
	chance := source(prefix, i)
	binary.BigEndian.PutUint64(bytes[8:], chance.Uint64()>>2|1<<63)
	made, err := typeid.FromUUIDBytesWithPrefix(prefix, bytes[:])
	if err != nil {
		panic("seed: a prefix of ours is no TypeID prefix: " + err.Error())
	}
	return made.String()
}

// source gives the chances of document i of a kind, the same at each run.
func source(prefix string, i int) *rand.Rand {
	kind := uint64(0)
	for _, b := range []byte(prefix) {
		kind = kind*31 + uint64(b)
	}
	return rand.New(rand.NewPCG(kind, uint64(i))) //nolint:gosec // chance that repeats itself, and guards nothing
}

// ResourceID is the id of resource i.
func ResourceID(i int) string { return id(staffroom.PrefixResource, i) }

// PublishedAt is when resource i was published.
func PublishedAt(i int) staffroom.Time { return staffroom.At(instant(i).Add(time.Hour)) }

// ThreadID is the id of thread i.
func ThreadID(i int) string { return id(staffroom.PrefixThread, i) }

// MemberID is the id of member i.
func MemberID(i int) string { return id(staffroom.PrefixMember, i) }

// schoolURN is the reference number of school i.
func schoolURN(i int) string { return staffroomURN(600_000 + i) }
