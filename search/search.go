package search

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// maxDepth is how far into the hits one can page.
	maxDepth = 10_000
	// enough is how many hits without typing errors make it needless to look for more with them.
	enough = 3
	// manyHits is how many hits are counted alongside. To count fewer takes no longer than to hand them over.
	manyHits = 2_000
	// usualShare is the share of all documents that a search finds as a rule: one in so many.
	usualShare = 100
)

// Search finds documents by words, best first; without words it lists what the filter leaves, the newest first and schools
// after that by name. Equally good hits are in that order, too. BAD_USER_INPUT for a page beyond the first 10,000 hits, UNAVAILABLE once
// the index is closed.
//
// Hits with typing errors, then hits for most of the words, are added only if there are next to none without. The total and the facets
// count every hit. The answer must not be changed: whoever asks the same before the index changes gets it, too.
func (ix *Index) Search(ctx context.Context, q staffroom.TextQuery) (*staffroom.TextResult, error) {
	if q.Offset < 0 || q.Offset > maxDepth || q.Limit < 0 || q.Limit > maxDepth-q.Offset {
		return nil, staffroom.Invalid("", "A search shows the first %d hits. Narrow it with a filter or with more words.", maxDepth)
	}
	v, err := ix.look()
	if err != nil {
		return nil, err
	}
	defer v.done()
	ix.used.note(q.Facets)
	q.Text = strings.TrimSpace(q.Text)
	question := questionOf(q)
	if known, ok := v.answers.Get(question); ok && question != "" {
		return known, nil
	}
	if len(q.Facets) > 0 && v.documents() >= uint64(ix.many)*usualShare { // never negative
		defer v.expect()()
	}
	result, err := ix.search(ctx, v, q)
	if err == nil && question != "" {
		v.answers.Add(question, result)
	}
	return result, err
}

// maxQuestion is how long a question may be, in bytes, whose answer is kept.
const maxQuestion = 2 << 10

// questionOf tells a search from all others; empty if its answer is not to be kept. Whoever names documents asks for others the next time.
func questionOf(q staffroom.TextQuery) string {
	if len(q.IDs) > 0 {
		return ""
	}
	question := fmt.Sprintf("%#v", q)
	if len(question) > maxQuestion {
		return ""
	}
	return question
}

func (ix *Index) search(ctx context.Context, v *looker, q staffroom.TextQuery) (*staffroom.TextResult, error) {
	if q.Text == "" {
		return ix.list(ctx, v, q)
	}
	words := readWords(ix, q.Text)
	if len(words) == 0 {
		return &staffroom.TextResult{}, nil
	}
	all, how, err := v.closest(ctx, words, q)
	if err != nil {
		return nil, err
	}
	v.found = all
	result, hits, err := ix.answer(ctx, v, all, q, pointsFor(rarities(all)))
	if err == nil && q.Highlights {
		err = ix.highlight(ctx, v.view, hits, result.Hits, words, how)
	}
	return result, err
}

// list gives what the filter leaves.
func (ix *Index) list(ctx context.Context, v *looker, q staffroom.TextQuery) (*staffroom.TextResult, error) {
	allowed, err := v.allowed(ctx, q)
	if err != nil {
		return nil, err
	}
	all := make([]matches, len(v.parts))
	for i, p := range v.parts {
		all[i] = matches{part: p, docs: allowed[i].Bitmap}
	}
	result, _, err := ix.answer(ctx, v, all, q, nil)
	return result, err
}

// closest is what the closest match finds that finds enough. How close that is depends on the words and the filter alone, so that all
// pages of a search agree.
func (v *view) closest(ctx context.Context, words []word, q staffroom.TextQuery) ([]matches, strictness, error) {
	allowed, err := v.allowed(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	for _, how := range []struct {
		strictness
		enough int
	}{{exact, enough}, {tolerant, 1}} {
		all, err := v.match(ctx, words, how.strictness, allowed)
		if err != nil || total(all) >= how.enough || how.strictness == tolerant && len(words) < 3 {
			return all, how.strictness, err
		}
	}
	all, err := v.match(ctx, words, loose, allowed)
	return all, loose, err
}

// answer reads the page, and counts what was found: many hits meanwhile, and maybe for longer.
func (ix *Index) answer(
	ctx context.Context, v *looker, all []matches, q staffroom.TextQuery, points []points,
) (*staffroom.TextResult, []hit, error) {
	result := &staffroom.TextResult{Total: total(all)}
	if len(q.Facets) > 0 {
		counter, err := newCounter(all, q.Facets)
		if err != nil {
			return nil, nil, err
		}
		if result.Facets = sync.OnceValue(counter.count); result.Total >= ix.many {
			v.alongside(func() { result.Facets() })
		} else {
			result.Facets()
		}
	}
	hits, err := page(ctx, all, q.Offset, q.Limit, points)
	if err != nil {
		return nil, nil, err
	}
	result.Hits, err = shown(hits)
	return result, hits, err
}

// shown are hits as whoever searches sees them.
func shown(hits []hit) ([]staffroom.TextHit, error) {
	shown := make([]staffroom.TextHit, len(hits))
	for i, h := range hits {
		id, err := h.id()
		if err != nil {
			return nil, err
		}
		shown[i] = staffroom.TextHit{ID: id, Score: float64(h.score)}
	}
	return shown, nil
}
