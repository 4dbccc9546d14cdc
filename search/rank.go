package search

import (
	"cmp"
	"container/heap"
	"context"
	"iter"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

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

// chunk is how many documents are looked at at once.
const chunk = 256

// chunks gives the documents of a set in order, many at once.
func chunks(docs *roaring.Bitmap) iter.Seq[[]uint32] {
	return func(yield func([]uint32) bool) {
		var some [chunk]uint32
		for it := docs.ManyIterator(); ; {
			n := it.NextMany(some[:])
			if n == 0 || !yield(some[:n]) {
				return
			}
		}
	}
}

// best are the first n documents that match, in order.
func (m matches) best(ctx context.Context, n int, points []points) ([]ranked, error) {
	order, err := m.order()
	if err != nil || n == 0 || m.count() == 0 {
		return nil, err
	}
	switch {
	case len(m.frequent) > 0:
		return m.bestFrequent(ctx, n, points)
	case len(m.words) == 0:
		return m.first(n, order), nil
	}
	s, err := m.scorer(ctx, points)
	if err != nil {
		return nil, err
	}
	return s.best(ctx, m.docs, m.among, n, order.places)
}

// first are the first n documents in the order of places. Of many documents they are soon met in that order.
func (m matches) first(n int, order *order) []ranked {
	var kept worstFirst
	if found := m.docs.GetCardinality(); found*found/uint64(len(order.docs)) > uint64(n) { // neither a length nor n is negative
		for place, doc := range order.docs {
			if len(kept) == n {
				break
			}
			if m.docs.Contains(doc) {
				kept = append(kept, ranked{0, uint32(place), doc}) // Bleve's numbers of documents in a segment have 31 bits
			}
		}
		return kept
	}
	for some := range chunks(m.docs) {
		for _, doc := range some {
			kept.keep(n, ranked{0, order.places[doc], doc})
		}
	}
	slices.SortFunc(kept, better)
	return kept
}

// few is how many documents are ranked sooner than searched for those that can be among the best.
const few = 500

// best are the n of some documents with the most points, in order. Those with a high bit in the level of a word are ranked first. The others
// can't have more points than the bits below allow, and are not looked at once that is too little.
func (s *scorer) best(
	ctx context.Context, rest *roaring.Bitmap, among func(word int) []*roaring.Bitmap, n int, places []uint32,
) ([]ranked, error) {
	var kept worstFirst
	for bit := levelBits - 1; bit > 0 && rest.GetCardinality() > few; bit-- {
		strong := s.having(bit, among)
		if err := s.rank(ctx, strong, n, places, &kept); err != nil {
			return nil, err
		}
		if len(kept) == n && kept[0].score > s.most(bit) {
			slices.SortFunc(kept, better)
			return kept, nil
		}
		rest = roaring.AndNot(rest, strong)
		among = func(int) []*roaring.Bitmap { return []*roaring.Bitmap{rest} }
	}
	err := s.rank(ctx, rest, n, places, &kept)
	slices.SortFunc(kept, better)
	return kept, err
}

// rank keeps the best n of some documents and those that are kept already.
func (s *scorer) rank(ctx context.Context, some *roaring.Bitmap, n int, places []uint32, kept *worstFirst) error {
	docs := some.ToArray()
	scores, err := s.score(ctx, some, docs)
	if err != nil {
		return err
	}
	kept.offer(n, docs, scores, places)
	return nil
}

// offer keeps the best n of some documents and those that are kept already.
func (w *worstFirst) offer(n int, docs []uint32, scores []float32, places []uint32) {
	worst := w.worst(n)
	for i, score := range scores {
		if score >= worst { // most are worse than what is kept already, and their places are far apart in memory
			w.keep(n, ranked{score, places[docs[i]], docs[i]})
			worst = w.worst(n)
		}
	}
}

// worst is what the worst of n has; as long as there are fewer, anybody may come.
func (w worstFirst) worst(n int) float32 {
	if len(w) < n {
		return 0
	}
	return w[0].score
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
