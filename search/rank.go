package search

import (
	"cmp"
	"container/heap"
	"context"
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// weightClosed is how much a closed school counts beside an open one that matches alike.
const weightClosed = 0.5

// ranked is a document of a part.
type ranked struct {
	score float32
	place uint32 // among the documents of its part
	doc   uint32
}

// better orders hits: the best first, and equally good ones as lists without words are.
func better(a, b ranked) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.place, b.place))
}

// chunks gives the documents of a set in order, many at once.
func chunks(docs *roaring.Bitmap) iter.Seq[[]uint32] {
	return func(yield func([]uint32) bool) {
		var some [256]uint32
		for it := docs.ManyIterator(); ; {
			n := it.NextMany(some[:])
			if n == 0 || !yield(some[:n]) {
				return
			}
		}
	}
}

// best are the first n documents that match, in order.
func (m matches) best(ctx context.Context, n int, rarities []float64) ([]ranked, error) {
	places, err := m.places()
	if err != nil || n == 0 {
		return nil, err
	}
	s := m.scratch.Get().(*scratch)
	if err := m.score(ctx, rarities, s); err != nil {
		return nil, err
	}
	var kept worstFirst
	for some := range chunks(m.docs) {
		for _, doc := range some {
			kept.keep(n, ranked{s.scores[doc], places[doc], doc})
			s.scores[doc] = 0
		}
	}
	m.scratch.Put(s)
	slices.SortFunc(kept, better)
	return kept, nil
}

// scratch is where the documents of a part are scored, by number. Everything in it is 0 when nobody uses it; after an error it is
// thrown away.
type scratch struct {
	scores []float32
	// among is 1 for the documents that match.
	among []uint8
	// bits are those that the level of one way is written with, and present.
	bits []uint8
	// steps is how well a word matches: one more than its level and lowerMost, or 0 if the document doesn't have it.
	steps []uint8
}

// bitmapShare is the share of all documents from which on sets are bitmaps: one in so many.
const bitmapShare = 16

// present stands beside the bits of a level where a document has the word.
const present = levelBits

func newScratch(docs uint64) *scratch {
	return &scratch{make([]float32, docs), make([]uint8, docs), make([]uint8, docs), make([]uint8, docs)}
}

// score adds up the points of the documents that match.
func (m matches) score(ctx context.Context, rarities []float64, s *scratch) error {
	fill(s.among, m.docs, 1)
	for i, w := range m.words {
		for _, way := range w.ways {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := m.level(w.bits, way, s); err != nil {
				return err
			}
		}
		s.add(m.docs, rarities[i])
	}
	fill(s.among, m.docs, 0)
	closed, err := m.anyOf(fieldClosed, []string{"true"})
	if err != nil {
		return err
	}
	for some := range chunks(roaring.And(m.docs, closed)) {
		for _, doc := range some {
			s.scores[doc] *= weightClosed
		}
	}
	return nil
}

func fill(marks []uint8, docs *roaring.Bitmap, mark uint8) {
	for some := range chunks(docs) {
		for _, doc := range some {
			marks[doc] = mark
		}
	}
}

// level notes how well the documents that match have a word by one way, where no other way was better.
func (m matches) level(known terms, w way, s *scratch) error {
	s.mark(m.docs, w.docs, present)
	for bit := range levelBits {
		if w.word == "" {
			break // the usual level is written without bits
		}
		having, err := known.with(bitKey(w.word, bit))
		if err != nil {
			return err
		}
		s.mark(m.docs, having, bit)
	}
	for some := range chunks(roaring.And(m.docs, w.docs)) {
		for _, doc := range some {
			if bits := s.bits[doc]; bits != 0 {
				s.steps[doc] = max(s.steps[doc], 1+levelWith(bits&(levels-1))+lowerMost-w.lower)
				s.bits[doc] = 0
			}
		}
	}
	return nil
}

// mark sets a bit of the documents that match and are in a set. A set that is not far larger is gone through faster than intersected, as
// long as it is a list and no bitmap.
func (s *scratch) mark(matching, having *roaring.Bitmap, bit int) {
	few, many := matching.GetCardinality(), having.GetCardinality()
	if many > 16*few || many > few && many > uint64(len(s.bits))/bitmapShare {
		having = roaring.And(matching, having)
	}
	for some := range chunks(having) {
		for _, doc := range some {
			s.bits[doc] |= s.among[doc] << bit
		}
	}
}

// add gives the points of one word.
func (s *scratch) add(matching *roaring.Bitmap, rarity float64) {
	var points [1 + levels + lowerMost]float32
	for step := 1; step < len(points); step++ {
		points[step] = float32(rarity * impactAt(step-lowerMost-1))
	}
	for some := range chunks(matching) {
		for _, doc := range some {
			s.scores[doc] += points[s.steps[doc]]
			s.steps[doc] = 0
		}
	}
}

// keep keeps the best n.
func (w *worstFirst) keep(n int, r ranked) {
	switch {
	case len(*w) < n:
		heap.Push(w, r)
	case better(r, (*w)[0]) < 0:
		(*w)[0] = r
		heap.Fix(w, 0)
	}
}

// worstFirst implements heap.Interface.
type worstFirst []ranked

func (w worstFirst) Len() int           { return len(w) }
func (w worstFirst) Less(i, j int) bool { return better(w[i], w[j]) > 0 }
func (w worstFirst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push implements heap.Interface.
func (w *worstFirst) Push(r any) { *w = append(*w, r.(ranked)) }

// Pop implements heap.Interface.
func (w *worstFirst) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
