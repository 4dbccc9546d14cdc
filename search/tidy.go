package search

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// scattered is the share of documents outside the largest part from which on the parts are merged: one in so many. So each document is
// written again few times, and a search looks into one large part and some small ones.
const scattered = 5

// tidy tidies the index up while nothing is written.
type tidy struct {
	*Index
	before *view // at the last look
	busy   atomic.Bool
}

// up looks whether there is something to do. Nothing is done while documents come in.
func (t *tidy) up(ctx context.Context) error {
	v, err := t.look()
	if staffroom.CodeOf(err) == staffroom.CodeUnavailable {
		return nil
	}
	if err != nil {
		return err
	}
	defer v.done()
	quiet := v.view == t.before
	t.before = v.view
	if !quiet {
		return nil
	}
	if t.onDisk && v.scattered() && t.busy.CompareAndSwap(false, true) {
		t.merging.Go(func() { t.merge(ctx) })
	}
	return v.warm(t.used.noted())
}

// merge makes all parts one. It ends with the index, too, as Bleve does not look at ctx while it merges.
func (t *tidy) merge(ctx context.Context) {
	defer t.busy.Store(false)
	below, ok := t.scorch.(*scorch.Scorch)
	if !ok {
		return
	}
	if err := below.ForceMerge(ctx, nil); err != nil && ctx.Err() == nil {
		t.log.Error("The search index can't merge its parts.", "error", err)
	}
}

// scattered says whether too much lies outside the largest part.
func (v *view) scattered() bool {
	var all, largest uint64
	for _, p := range v.parts {
		all += p.Count()
		largest = max(largest, p.Count())
	}
	return (all-largest)*scattered > all
}

// used is what searches have asked for, so that new parts have it before the next search. Without any search nothing is kept.
type used struct {
	sync.Mutex
	any    bool
	facets map[staffroom.Facet]bool
}

func (u *used) note(facets []staffroom.Facet) {
	u.Lock()
	defer u.Unlock()
	u.any = true
	for _, facet := range facets {
		if u.facets == nil {
			u.facets = map[staffroom.Facet]bool{}
		}
		u.facets[facet] = true
	}
}

func (u *used) noted() (facets []staffroom.Facet, any bool) {
	u.Lock()
	defer u.Unlock()
	return slices.Collect(maps.Keys(u.facets)), u.any
}

// warm makes what searches keep of each part.
func (v *view) warm(facets []staffroom.Facet, any bool) error {
	if !any {
		return nil
	}
	for _, p := range v.parts {
		if _, err := p.order(); err != nil {
			return err
		}
		if _, err := p.table(facets); err != nil {
			return err
		}
	}
	return nil
}
