package search

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// usualKept is how many bytes all frequent words take if nobody says, and askedWords how many are remembered for having been asked for once.
	usualKept  = 48 << 20
	askedWords = 4096
)

// frequents are the frequent words of all parts that were asked for last.
type frequents struct {
	// least is how many documents a part has at least, and most how many bytes all words take at most.
	least uint64
	most  int
	// sets are sets of documents to write over: memory that was used just now is still close to the processor.
	sets sync.Pool

	mu    sync.Mutex
	asked *simplelru.LRU[frequentKey, struct{}] // guarded by mu, as is all below
	kept  *simplelru.LRU[frequentKey, *frequent]
	bytes int
}

// frequentKey names a word of a part. Nil is kept for an unfinished word that finds no more than the finished one.
type frequentKey struct {
	part uint64
	word
	last bool
}

func newFrequents(most int) (*frequents, error) {
	all := &frequents{least: largePart, most: most}
	var err error
	if all.asked, err = simplelru.NewLRU[frequentKey, struct{}](askedWords, nil); err != nil {
		return nil, err
	}
	// Bytes are what it is full by.
	all.kept, err = simplelru.NewLRU(max(1, most), func(_ frequentKey, f *frequent) { all.bytes -= f.size() })
	return all, err
}

// set is one to write over, for a part with so many documents.
func (a *frequents) set(documents uint64) dense {
	words := int((documents + 63) / 64) // no more than an int counts
	if set, ok := a.sets.Get().(*dense); ok && cap(*set) >= words {
		return (*set)[:words]
	}
	return make(dense, words)
}

// giveBack takes the sets of what was found once nobody looks at it any more.
func (a *frequents) giveBack(all []matches) {
	for _, m := range all {
		if m.dense != nil {
			set := m.dense
			a.sets.Put(&set)
		}
	}
}

// get is nil for a word that is not kept.
func (a *frequents) get(key frequentKey) *frequent {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, known := a.kept.Get(key)
	if known && f == nil {
		key.last = false
		f, _ = a.kept.Get(key)
	}
	return f
}

// again says whether a word is asked for that was asked for before, finished or not.
func (a *frequents) again(key frequentKey) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	key.last = false
	_, again := a.asked.Get(key)
	a.asked.Add(key, struct{}{})
	return again
}

// keep keeps a word of a part, for which others that were not asked for lately give way.
func (a *frequents) keep(p *part, key frequentKey, f *frequent) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.gone {
		return
	}
	a.kept.Remove(key)
	a.kept.Add(key, f)
	for a.bytes += f.size(); a.bytes > a.most; {
		a.kept.RemoveOldest()
	}
}

// forget drops the words of a part that is gone. Whoever still searches it keeps no more of them.
func (a *frequents) forget(p *part) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p.gone = true
	for _, key := range a.kept.Keys() {
		if key.part == p.number {
			a.kept.Remove(key)
		}
	}
}
