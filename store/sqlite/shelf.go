package sqlite

import (
	"hash/maphash"
	"slices"
	"sync"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// shelfBytes is about how much memory the decoded documents of one collection may take.
const shelfBytes = 8 << 20

// shelf keeps decoded documents of one collection, and counts over it, for as long as they are true: see [freshness].
type shelf struct {
	mu sync.RWMutex
	// generation grows whenever something was taken off: what was read before may be outdated then.
	generation int64
	docs       map[string]shelved
	bytes      int
	asked      doorkeeper
	counts     map[string]*counts
}

// shelved is a document and about how much memory it takes.
type shelved struct {
	doc   any
	bytes int
}

// counts are how many documents there are for values of a field, among those that have the tags.
type counts struct {
	field    staffroom.Field
	tags     []tag
	byValues map[string]int
}

func newShelf() *shelf {
	return &shelf{docs: map[string]shelved{}, counts: map[string]*counts{}, asked: newDoorkeeper()}
}

// one gives the document with this id, nil if it has none, and the generation. It must not be changed.
func (s *shelf) one(id string) (doc any, generation int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.docs[id].doc, s.generation
}

// find gives the documents with these ids that it has, each with its place among ids, and the generation. They must not be changed.
func (s *shelf) find(ids []string, found func(i int, doc any)) (generation int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, id := range ids {
		if kept, ok := s.docs[id]; ok {
			found(i, kept.doc)
		}
	}
	return s.generation
}

// now is the generation.
func (s *shelf) now() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.generation
}

// add keeps a document that was read in this generation, and says whether it does. When there is no room only a document that was
// asked for lately is kept, in place of some others: those that are asked for once in a while would only push each other off.
func (s *shelf) add(generation int64, id string, doc any, bytes int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation || s.bytes+bytes > shelfBytes && !s.asked.again(id) {
		return false
	}
	s.drop(id)
	for other := range s.docs {
		if s.bytes+bytes <= shelfBytes {
			break
		}
		s.drop(other)
	}
	s.docs[id] = shelved{doc, bytes}
	s.bytes += bytes
	return true
}

func (s *shelf) drop(id string) {
	s.bytes -= s.docs[id].bytes
	delete(s.docs, id)
}

// forget takes a document off that has changed, and the counts that it may have changed: see [concern].
func (s *shelf) forget(c concern) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	if c.states == nil {
		clear(s.counts)
	}
	for _, state := range c.states {
		for sort, kept := range s.counts {
			if kept.changes(c.table, state) {
				delete(s.counts, sort)
			}
		}
	}
	if c.id != "" {
		s.drop(c.id)
		return
	}
	clear(s.docs)
	s.bytes = 0
}

// changes takes those counts off that a document in this state is one of; true if none of them can stay.
func (c *counts) changes(t *table, state []tag) bool {
	if !meets(state, c.tags) {
		return false
	}
	if !t.tags.knows(c.field) {
		return true
	}
	for _, has := range state {
		if has.field == c.field {
			delete(c.byValues, has.value)
		}
	}
	return false
}

// maxCounts is how many counts of one sort are kept.
const maxCounts = 50_000

// findCounts gives what is known of the counts of this sort, the values of which nothing is known, and the generation.
func (s *shelf) findCounts(sort string, values []string) (known map[string]int, missing []string, generation int64) {
	known = make(map[string]int, len(values))
	s.mu.RLock()
	defer s.mu.RUnlock()
	kept := s.counts[sort]
	if kept == nil {
		return known, values, s.generation
	}
	for _, value := range values {
		if n, ok := kept.byValues[value]; !ok {
			missing = append(missing, value)
		} else if n > 0 {
			known[value] = n
		}
	}
	return known, missing, s.generation
}

// addCounts keeps counts that were made in this generation; values without a count have none.
func (s *shelf) addCounts(generation int64, sort string, values []string, made counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation {
		return
	}
	kept := s.counts[sort]
	if kept == nil || len(kept.byValues)+len(values) > maxCounts {
		kept = &counts{field: made.field, tags: made.tags, byValues: map[string]int{}}
		s.counts[sort] = kept
	}
	for _, value := range values {
		kept.byValues[value] = made.byValues[value]
	}
}

// doorkeeper remembers about which keys it was asked lately.
type doorkeeper struct {
	seed maphash.Seed
	last []uint32
}

// askedLately is about how many keys a doorkeeper remembers: fewer than there are documents in a large collection, so that a walk
// through all of it, again and again, looks new each time.
const askedLately = 4096

func newDoorkeeper() doorkeeper {
	return doorkeeper{seed: maphash.MakeSeed(), last: make([]uint32, askedLately)}
}

// again says whether it was asked about key lately, and remembers that it was.
func (d *doorkeeper) again(key string) bool {
	hash := maphash.String(d.seed, key)
	place, mark := &d.last[hash%askedLately], uint32(hash>>32)
	known := *place == mark
	*place = mark
	return known
}

// meets says whether a document in this state has all of tags.
func meets(state, tags []tag) bool {
	for _, t := range tags {
		if !slices.Contains(state, t) {
			return false
		}
	}
	return true
}
