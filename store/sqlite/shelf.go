package sqlite

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// shelf keeps decoded documents of one collection, and counts over it, for as long as they are true: see [freshness].
type shelf struct {
	budget *budget
	mu     sync.RWMutex
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
	bytes    int
}

// entryBytes is about what a place on a shelf takes beside what is in it.
const entryBytes = 128

// newShelf makes a shelf within a budget, which it joins.
func newShelf(b *budget) *shelf {
	s := &shelf{budget: b, docs: map[string]shelved{}, counts: map[string]*counts{}, asked: newDoorkeeper(b.lately())}
	b.holders = append(b.holders, s)
	return s
}

// holds implements holder.
func (s *shelf) holds() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.bytes
}

// giveWay implements holder.
func (s *shelf) giveWay(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.bytes - bytes
	for id := range s.docs {
		if s.bytes <= left {
			return
		}
		s.drop(id)
	}
	for sort := range s.counts {
		if s.bytes <= left {
			return
		}
		s.dropCounts(sort)
	}
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
	bytes += entryBytes
	return (s.budget.take(bytes) || s.again(id) && s.budget.makeRoom(bytes)) && s.put(generation, id, shelved{doc, bytes})
}

// keep is add for a document of a list that is kept.
func (s *shelf) keep(generation int64, id string, doc any, bytes int) bool {
	bytes += entryBytes
	return s.budget.makeRoom(bytes) && s.put(generation, id, shelved{doc, bytes})
}

func (s *shelf) again(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked.again(id)
}

// put keeps what there is room for.
func (s *shelf) put(generation int64, id string, kept shelved) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation {
		s.budget.give(kept.bytes)
		return false
	}
	s.drop(id)
	s.docs[id] = kept
	s.bytes += kept.bytes
	return true
}

func (s *shelf) drop(id string) {
	s.release(s.docs[id].bytes)
	delete(s.docs, id)
}

func (s *shelf) dropCounts(sort string) {
	s.release(s.counts[sort].bytes)
	delete(s.counts, sort)
}

func (s *shelf) release(bytes int) {
	s.bytes -= bytes
	s.budget.give(bytes)
}

// forget takes a document off that has changed, and the counts that it may have changed: see [concern].
func (s *shelf) forget(c concern) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	for sort := range s.counts {
		s.forgetCounts(sort, c)
	}
	if c.id != "" {
		s.drop(c.id)
		return
	}
	for id := range s.docs {
		s.drop(id)
	}
}

// forgetCounts takes those counts of a sort off that a change may have changed.
func (s *shelf) forgetCounts(sort string, c concern) {
	kept := s.counts[sort]
	if c.states == nil {
		s.dropCounts(sort)
		return
	}
	before := kept.bytes
	for _, state := range c.states {
		if kept.changes(c.table, state) {
			s.dropCounts(sort)
			return
		}
	}
	s.release(before - kept.bytes)
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
		if _, counted := c.byValues[has.value]; counted && has.field == c.field {
			c.bytes -= countBytes(has.value)
			delete(c.byValues, has.value)
		}
	}
	return false
}

// countBytes is about how much memory the count for a value takes.
func countBytes(value string) int { return entryBytes + len(value) }

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
	bytes := entryBytes + 2*len(sort)
	for _, value := range values {
		bytes += countBytes(value)
	}
	if len(sort) > listKeyBytes || !s.budget.makeRoom(bytes) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget.give(bytes) // what is new takes its own
	if generation != s.generation {
		return
	}
	kept := s.counts[sort]
	if kept != nil && len(kept.byValues)+len(values) > maxCounts {
		s.dropCounts(sort)
		kept = nil
	}
	if kept == nil {
		kept = &counts{field: made.field, tags: made.tags, byValues: map[string]int{}}
		s.counts[sort] = kept
		s.charge(kept, entryBytes+2*len(sort)) // once more, in parts, as tags
	}
	for _, value := range values {
		if _, counted := kept.byValues[value]; !counted {
			value = strings.Clone(value)
			s.charge(kept, countBytes(value))
		}
		kept.byValues[value] = made.byValues[value]
	}
}

func (s *shelf) charge(kept *counts, bytes int) {
	kept.bytes += bytes
	s.bytes += bytes
	s.budget.used.Add(int64(bytes))
}

// doorkeeper remembers about which keys it was asked lately.
type doorkeeper struct {
	seed maphash.Seed
	last []uint32
}

// newDoorkeeper makes one that remembers about so many keys: fewer than there are documents in a large collection, so that a walk
// through all of it, again and again, looks new each time.
func newDoorkeeper(lately int) doorkeeper {
	return doorkeeper{seed: maphash.MakeSeed(), last: make([]uint32, lately)}
}

// again says whether it was asked about key lately, and remembers that it was.
func (d *doorkeeper) again(key string) bool {
	hash := maphash.String(d.seed, key)
	place, mark := &d.last[hash%uint64(len(d.last))], uint32(hash>>32)
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
