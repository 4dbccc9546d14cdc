package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// madeUp is a scorer of some words by chance, and what it must give each of the documents.
func madeUp(chance *rand.Rand, documents, words int) (*scorer, []float32) {
	s, want := &scorer{words: make([]scored, words), closed: make(dense, (documents+63)/64)}, make([]float32, documents)
	for i := range s.words {
		w := &s.words[i]
		for step := 1; step < len(w.points); step++ {
			w.points[step] = float32(impactAt(step)) * float32(1+i)
		}
		steps := make([]uint8, documents)
		for range 1 + chance.IntN(3) {
			l := levelled{way: way{lower: []uint8{0, lowerStem, lowerPrefix, lowerFuzzy}[chance.IntN(4)], docs: roaring.New()}}
			for bit := range l.bits {
				l.bits[bit] = roaring.New()
			}
			for doc := range documents {
				if chance.IntN(3) == 0 {
					continue
				}
				level := min(chance.IntN(levels), chance.IntN(levels), chance.IntN(levels))
				l.docs.Add(uint32(doc))
				for bit := range l.bits {
					if bitsOf(level)>>bit&1 == 1 {
						l.bits[bit].Add(uint32(doc))
					}
				}
				steps[doc] = max(steps[doc], uint8(1+level+lowerMost)-l.lower)
			}
			w.ways = append(w.ways, l)
		}
		for doc, step := range steps {
			want[doc] += w.points[step]
		}
	}
	for doc := range want {
		if chance.IntN(10) == 0 {
			s.closed[doc/64] |= 1 << (doc % 64)
			want[doc] *= weightClosed
		}
	}
	return s, want
}

// TestBestAreThoseWithTheMostPoints ranks documents with all levels and ways, and compares with brute force.
func TestBestAreThoseWithTheMostPoints(t *testing.T) {
	chance := rand.New(rand.NewPCG(71, 72))
	for round := range 100 {
		documents := 100 + chance.IntN(3000)
		s, points := madeUp(chance, documents, 1+chance.IntN(4))
		places, some, want := make([]uint32, documents), roaring.New(), []ranked{}
		for doc, place := range chance.Perm(documents) {
			places[doc] = uint32(place)
			if chance.IntN(4) > 0 {
				some.Add(uint32(doc))
				want = append(want, ranked{points[doc], uint32(place), uint32(doc)})
			}
		}
		slices.SortFunc(want, better)
		among := func(int) []*roaring.Bitmap { return []*roaring.Bitmap{some} }
		for _, n := range []int{1, 20, 300} {
			got, err := s.best(t.Context(), some, among, n, places)
			if err != nil {
				t.Fatalf("best: %v", err)
			}
			if want := want[:min(n, len(want))]; !slices.Equal(got, want) {
				t.Errorf("round %d: the best %d of %d are %v, want %v", round, n, some.GetCardinality(), got, want)
			}
		}
	}
}
