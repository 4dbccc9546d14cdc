package search

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// view is the index at one moment.
type view struct {
	snapshot *scorch.IndexSnapshot
	parts    []*part
	// answers are the last ones, by question: at this moment they don't change.
	answers *lru.Cache[string, *staffroom.TextResult]
	// filtered are the documents of each part that passed the last filters, by filter.
	filtered *lru.Cache[string, []permitted]
}

// documents is how many there are, deleted ones too.
func (v *view) documents() (n uint64) {
	for _, p := range v.parts {
		n += p.Count()
	}
	return n
}

// kept is how many answers a view has, and keptFilters how many sets that filters left, as many as a part has: each takes up to three bits a document.
const (
	kept        = 128
	keptFilters = 16
)

// looker looks at a view, maybe from several goroutines. Nothing that the view shows vanishes before all have called done.
type looker struct {
	*view
	goroutines atomic.Int32
	end        func()
	// helper waits for something to do; nil for no such goroutine.
	helper chan func()
	// found is what a search found.
	found []matches
}

// awake is for how long the goroutine for alongside stays awake: to find words takes less, and to wake it up again would take as long.
const awake = 100 * time.Microsecond

// expect begins a goroutine for alongside, which it ends by calling the result: to wake one up takes as long as to find words, so it is
// done before anybody knows whether there will be something to do.
func (l *looker) expect() (end func()) {
	helper := make(chan func(), 1)
	l.helper = helper
	l.inGoroutine(func() {
		for began := time.Now(); len(helper) == 0 && time.Since(began) < awake; {
		}
		if look := <-helper; look != nil {
			look()
		}
	})
	return func() {
		if l.helper != nil {
			helper <- nil
		}
	}
}

// alongside calls look, once in a search, in a goroutine of its own: in the one that waits, if there is one.
func (l *looker) alongside(look func()) {
	if l.helper != nil {
		l.helper <- look
		l.helper = nil
		return
	}
	l.inGoroutine(look)
}

func (l *looker) inGoroutine(look func()) {
	l.goroutines.Add(1)
	go func() {
		defer l.done()
		defer func() { _ = recover() }() // whoever asks for what it looked for is told: it panics there again, as it did only once
		look()
	}()
}

func (l *looker) done() {
	if l.goroutines.Add(-1) == 0 {
		l.end()
	}
}

// look gives the index as it is now, to a looker of one goroutine.
func (ix *Index) look() (*looker, error) {
	ix.open.RLock()
	if ix.closed {
		ix.open.RUnlock()
		return nil, errClosed()
	}
	v, err := ix.latest()
	if err != nil {
		ix.open.RUnlock()
		return nil, err
	}
	l := &looker{view: v}
	l.goroutines.Store(1)
	l.end = func() {
		runtime.KeepAlive(v) // and so what its parts have mapped into memory
		ix.shared.giveBack(l.found)
		ix.giveBack(v.snapshot)
		ix.open.RUnlock()
	}
	return l, nil
}

func (ix *Index) giveBack(snapshot *scorch.IndexSnapshot) {
	if err := snapshot.Close(); err != nil {
		ix.log.Error("The search index can't give back what a search has looked at.", "error", err)
	}
}

// latest is the index as it is now, which is to be given back. One looks after the other, so that nobody takes an older view for the last.
func (ix *Index) latest() (*view, error) {
	ix.looking.Lock()
	defer ix.looking.Unlock()
	reader, err := ix.scorch.Reader()
	if err != nil {
		return nil, fmt.Errorf("search: look into the index: %w", err)
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("search: the index shows %T, and no segments", reader)
	}
	v, err := ix.viewOf(snapshot)
	if err != nil {
		ix.giveBack(snapshot)
	}
	return v, err
}

// viewOf keeps the parts of the last view that are in this one, too. The caller holds the lock for looking.
func (ix *Index) viewOf(snapshot *scorch.IndexSnapshot) (*view, error) {
	if ix.last != nil && ix.last.snapshot == snapshot {
		return ix.last, nil
	}
	known := map[segment.Segment]*part{}
	if ix.last != nil {
		for _, p := range ix.last.parts {
			known[p.Segment] = p
		}
	}
	answers, err := lru.New[string, *staffroom.TextResult](kept)
	if err != nil {
		return nil, fmt.Errorf("search: make room for answers: %w", err)
	}
	filtered, err := lru.New[string, []permitted](keptFilters)
	if err != nil {
		return nil, fmt.Errorf("search: make room for filters: %w", err)
	}
	v := &view{snapshot: snapshot, answers: answers, filtered: filtered}
	for _, s := range snapshot.Segments() {
		p, ok := known[s.Segment()]
		if !ok {
			if p, err = ix.newPart(s.Segment()); err != nil {
				return nil, err
			}
		}
		v.parts = append(v.parts, p)
	}
	ix.last = v
	return v, nil
}

// newPart meets a segment, and its companion if it has one.
func (ix *Index) newPart(s segment.Segment) (*part, error) {
	p, err := newPart(s, ix.shared)
	if err != nil || !p.deservesCompanion() {
		return p, err
	}
	if err := p.meetCompanion(); err != nil {
		ix.log.Warn("What the search index has prepared can't be used, and is made anew.", "file", p.companionFile(), "why", err)
	}
	return p, nil
}
