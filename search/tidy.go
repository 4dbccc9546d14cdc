package search

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/index/scorch/mergeplan"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// scattered is the share of the documents of several parts outside the largest of them from which on they are merged: one in so many. What a search
	// takes grows with the number of parts, whatever is in them: two more with a seventh of a million documents made it a fifth slower, and each
	// with a single document takes 5 µs. While an index grows, each document is written again some twenty times, at rest, for each such step in size.
	scattered = 20
	// fewScattered is how many documents are merged anyway, as Bleve does in an index that has no more.
	fewScattered = 1_000
)

// tidy tidies the index up at rest: it merges parts, and has large ones prepared. What takes long is done by a goroutine, one thing at a time.
type tidy struct {
	*Index
	before *view // at the last look
	merged *view // when merging began last; nil once that has changed something
	// swept are the companions of the parts that were in the index when others were removed last.
	swept []string
	busy  atomic.Bool
	// waiting is for how many looks large parts have waited for their companions.
	waiting map[*part]int
}

// usualPatience is after how many looks, one a second, a large part is taken for one that stays, while documents come in.
const usualPatience = 10

// retryAfter is how long nothing is tidied after something could not be prepared.
const retryAfter = time.Minute

// up looks whether there is something to do. Nothing is merged while documents come in.
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
	if t.merged != v.view {
		t.merged = nil
	}
	t.sweep(v.view)
	switch p, scattered := t.alone(v.view, quiet), v.scattered(); {
	case t.onDisk && quiet && scattered > 0 && t.merged == nil: // once for each view: if it changes nothing, there are other things to do
		if t.begin(ctx, func(ctx context.Context) { t.merge(ctx, scattered) }) {
			t.merged = v.view
		}
	case p != nil:
		t.begin(ctx, func(ctx context.Context) { t.prepare(ctx, p) })
	}
	if !quiet {
		return nil
	}
	return v.warm(t.used.noted())
}

// sweep removes companions of parts that are gone, once after each change, and not while one is written.
func (t *tidy) sweep(v *view) {
	kept := v.companions()
	if t.busy.Load() || slices.Equal(kept, t.swept) {
		return
	}
	t.swept = kept
	if err := sweepCompanions(t.shared.folder, kept); err != nil {
		t.log.Warn("The search index can't remove what it prepared before.", "error", err)
	}
}

// begin does something in a goroutine, and says so, unless something is done already. It ends with ctx and with the index, which waits for it.
func (t *tidy) begin(ctx context.Context, do func(context.Context)) bool {
	if !t.busy.CompareAndSwap(false, true) {
		return false
	}
	t.tidying.Go(func() {
		defer t.busy.Store(false)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(t.ending, cancel)()
		do(ctx)
	})
	return true
}

// alone is a large part that has no companion, and has waited for one for long enough, or everybody is quiet; nil if there is none.
func (t *tidy) alone(v *view, quiet bool) (settled *part) {
	waiting := map[*part]int{}
	for _, p := range v.parts {
		if !p.deservesCompanion() || p.accompanied() {
			continue
		}
		waiting[p] = t.waiting[p] + 1
		if ready := quiet || waiting[p] >= p.patience; ready && (settled == nil || p.failed.Load() < settled.failed.Load()) {
			settled = p
		}
	}
	t.waiting = waiting
	return settled
}

// prepare has a companion made of a part, and rests for a while if it could not be.
func (t *tidy) prepare(ctx context.Context, p *part) {
	if err := t.accompany(ctx, p); err != nil && ctx.Err() == nil {
		p.failed.Add(1)
		t.log.Error("The search index can't prepare its frequent words, and tries again later; until then they take longer to find.", "error", err)
		_ = rest(ctx, retryAfter) // ends with ctx, as all does
	}
}

// accompany makes the companion of a part that is still in the index.
func (ix *Index) accompany(ctx context.Context, p *part) error {
	v, err := ix.look() // so that the part stays while its companion is made
	if err != nil {
		return err
	}
	defer v.done()
	if !slices.Contains(v.parts, p) || p.accompanied() {
		return nil
	}
	return ix.makeCompanion(ctx, p)
}

// merge makes the parts one that have no more than so many documents together. It ends with the index, too, as Bleve does not look at ctx
// while it merges.
func (t *tidy) merge(ctx context.Context, documents uint64) {
	below, ok := t.scorch.(*scorch.Scorch)
	if !ok {
		return
	}
	options := mergeplan.SingleSegmentMergePlanOptions
	options.SegmentsPerMergeTask = mostMerged
	// As many as there are: Bleve would choose a part with many deleted documents, alone, and merge nothing.
	options.ScoreSegments = func(parts []mergeplan.Segment, _ *mergeplan.MergePlanOptions) float64 { return -float64(len(parts)) }
	options.MaxSegmentSize = int64(2 * (min(documents, mostDocuments) + 1)) //nolint:gosec // far below the end of numbers; Bleve leaves larger ones than half of it
	if err := below.ForceMerge(ctx, &options); err != nil && ctx.Err() == nil {
		t.log.Error("The search index can't merge its parts.", "error", err)
	}
}

const (
	// mostMerged is how many parts are merged at once.
	mostMerged = 100
	// mostDocuments is how many documents Bleve puts into one part.
	mostDocuments = 1 << 29
)

// scattered is how many documents the smallest parts have together that are to be merged: all from a part on beside which those that are smaller
// have too many. 0 if there are none.
func (v *view) scattered() uint64 {
	sizes := make([]uint64, len(v.parts))
	for i, p := range v.parts {
		sizes[i] = p.Count()
	}
	slices.Sort(sizes)
	var found, smaller uint64
	for i, size := range sizes {
		all := smaller + size
		if i > 0 && (smaller*scattered > all || all <= fewScattered) {
			found = all
		}
		smaller = all
	}
	return found
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
		if p.deservesCompanion() {
			continue // which has all of it
		}
		if _, err := p.order(); err != nil {
			return err
		}
		if _, err := p.table(facets); err != nil {
			return err
		}
	}
	return nil
}
