package sqlite

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// lists keeps pages that were asked for more than once, for as long as they are true: which documents they had, in which versions. The
// documents themselves are on the shelves, however many lists they are in. A change takes those lists off that the document may have been
// in, or may now be in: not the posts of another thread.
type lists struct {
	budget *budget
	mu     sync.Mutex
	kept   map[string]*keptList
	// places are the lists of each table, by the first tag that their documents have; the zero tag for any.
	places map[*table]map[tag]map[string]*keptList
	// generations grow with each change in a table, and clearings with each of unknown extent: what was read before may be outdated then.
	generations map[*table]int64
	clearings   int64
	bytes       int
	asked       doorkeeper
}

// keptList is a page and what it depends on.
type keptList struct {
	table *table
	key   string
	// tags are what all of its documents have: no others can come into it.
	tags []tag
	// ids, versions and keys are aligned: the documents in their order. They must not be changed.
	ids      []string
	versions []int64
	keys     []any
	more     bool
	bytes    int
}

const (
	// listOverhead is about how much memory a kept list takes beside its documents.
	listOverhead = 1024
	// listRoom is how many times less lists are remembered for having been asked for than documents: each brings many of those, so that fewer fit.
	// If more are kept than fit, they push each other's documents off: a thread among a million resources took a seventh longer.
	listRoom = 8
	// rowOverhead is about how much each of its documents takes there, beside its id and a text to order by.
	rowOverhead = 64
)

// append adds a document.
func (l *keptList) append(meta *staffroom.Meta, key any) {
	l.ids, l.versions, l.keys = append(l.ids, strings.Clone(meta.ID)), append(l.versions, meta.Version), append(l.keys, key)
	l.bytes += rowOverhead + len(meta.ID)
	if text, ok := key.(string); ok {
		l.bytes += len(text)
	}
}

// newLists makes lists within a budget, which they join.
func newLists(b *budget) *lists {
	l := &lists{
		budget: b, kept: map[string]*keptList{}, places: map[*table]map[tag]map[string]*keptList{},
		generations: map[*table]int64{}, asked: newDoorkeeper(b.lately() / listRoom),
	}
	b.holders = append(b.holders, l)
	return l
}

// holds implements holder.
func (l *lists) holds() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// giveWay implements holder.
func (l *lists) giveWay(bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	left := l.bytes - bytes
	for _, kept := range l.kept {
		if l.bytes <= left {
			return
		}
		l.drop(kept)
	}
}

// find gives the list of a table with this key, nil if it has none, and the generation.
func (l *lists) find(t *table, key []byte) (kept *keptList, generation int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept[string(key)], l.now(t)
}

// now is the generation of a table.
func (l *lists) now(t *table) int64 { return l.clearings + l.generations[t] }

// again says whether a list with this key was asked for lately, and is one that may be kept.
func (l *lists) again(key []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(key) <= listKeyBytes && l.asked.again(string(key))
}

// add keeps a list that was read in this generation, and says whether it does. Others make room.
func (l *lists) add(generation int64, added *keptList) bool {
	added.bytes += listOverhead + 3*len(added.key) // which is there twice, and in parts as tags
	if !l.budget.makeRoom(added.bytes) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if generation != l.now(added.table) {
		l.budget.give(added.bytes)
		return false
	}
	l.drop(l.kept[added.key])
	l.put(added)
	return true
}

// clear takes all lists off.
func (l *lists) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clearings++
	clear(l.kept)
	clear(l.places)
	l.budget.give(l.bytes)
	l.bytes = 0
}

func (l *lists) put(added *keptList) {
	l.kept[added.key] = added
	l.bytes += added.bytes
	places := l.places[added.table]
	if places == nil {
		places = map[tag]map[string]*keptList{}
		l.places[added.table] = places
	}
	place := places[added.place()]
	if place == nil {
		place = map[string]*keptList{}
		places[added.place()] = place
	}
	place[added.key] = added
}

func (l *keptList) place() tag {
	if len(l.tags) == 0 {
		return tag{}
	}
	return l.tags[0]
}

func (l *lists) drop(kept *keptList) {
	if kept == nil {
		return
	}
	l.bytes -= kept.bytes
	l.budget.give(kept.bytes)
	delete(l.kept, kept.key)
	places := l.places[kept.table]
	delete(places[kept.place()], kept.key)
	if len(places[kept.place()]) == 0 {
		delete(places, kept.place())
	}
}

// forget takes the lists off that a change concerns.
func (l *lists) forget(c concern) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.generations[c.table]++
	places := l.places[c.table]
	if c.states == nil {
		for _, place := range places {
			for _, kept := range place {
				l.drop(kept)
			}
		}
		return
	}
	for _, state := range c.states {
		l.forgetIn(places[tag{}], state)
		for _, has := range state {
			l.forgetIn(places[has], state)
		}
	}
}

// forgetIn takes those lists off that a document in this state may be in.
func (l *lists) forgetIn(place map[string]*keptList, state []tag) {
	for _, kept := range place {
		if meets(state, kept.tags) {
			l.drop(kept)
		}
	}
}

// listKeyBytes is how long the key of a list that is kept may be. Clients have their say in it, and it is kept twice.
const listKeyBytes = 2 << 10

// listKey names the page that q asks of a table; two queries have the same key only if they ask for the same.
func (t *table) listKey(q staffroom.Query) []byte {
	key := make([]byte, 0, 256)
	key = appendText(key, t.schema.Name)
	key = appendText(key, string(q.By))
	key = appendText(key, q.After)
	key = appendText(key, q.Before)
	key = appendBool(key, q.Desc)
	key = appendBool(key, q.Backward)
	key = binary.AppendVarint(key, int64(q.Limit))
	return appendConds(key, q.Where)
}

func appendConds(key []byte, where []staffroom.Cond) []byte {
	for _, c := range where {
		key = appendText(key, string(c.Field))
		key = appendText(key, string(c.Op))
		key = binary.AppendUvarint(key, uint64(len(c.Values)))
		for _, value := range c.Values {
			key = appendValue(key, value)
		}
	}
	return key
}

func appendValue(key []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendText(append(key, 's'), v)
	case staffroom.Time:
		return appendText(append(key, 't'), v.String())
	case int64:
		return binary.AppendVarint(append(key, 'i'), v)
	case float64:
		return binary.LittleEndian.AppendUint64(append(key, 'f'), math.Float64bits(v))
	case bool:
		return appendBool(append(key, 'b'), v)
	case nil:
		return append(key, 'n')
	default:
		panic(fmt.Sprintf("sqlite: a condition cannot have a %T", value))
	}
}

func appendText(key []byte, text string) []byte {
	return append(binary.AppendUvarint(key, uint64(len(text))), text...)
}

func appendBool(key []byte, yes bool) []byte {
	if yes {
		return append(key, 1)
	}
	return append(key, 0)
}
