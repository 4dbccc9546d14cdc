package search

import (
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestInAllListsWhoIsInAllSets compares with roaring bitmaps.
func TestInAllListsWhoIsInAllSets(t *testing.T) {
	chance := rand.New(rand.NewPCG(81, 82))
	for round := range 100 {
		documents := 1 + chance.Uint64N(20_000)
		want := roaring.New()
		want.AddRange(0, documents)
		var sets []dense
		for range 1 + chance.IntN(4) {
			docs, share, beside := roaring.New(), chance.Float64(), uint32(chance.IntN(3)*chance.IntN(5000))
			if chance.IntN(4) == 0 {
				share = 1
			}
			for doc := range uint32(documents) {
				if chance.Float64() < share && (beside == 0 || doc/beside == 1) {
					docs.Add(doc)
				}
			}
			docs.RunOptimize()
			want.And(docs)
			sets = append(sets, denseOf(docs, documents))
		}
		all := slices.Repeat(dense{chance.Uint64()}, int(documents+63)/64) // what a search before has left
		within := sets[chance.IntN(len(sets))].span()
		number := all.inAll(sets, within)
		if in := slices.Concat(slices.Collect(clones(all.chunksIn(within)))...); !slices.Equal(in, want.ToArray()) {
			t.Errorf("round %d: %d documents are in the span, want %d", round, len(in), want.GetCardinality())
		}
		if got := slices.Concat(slices.Collect(clones(all.chunks()))...); !slices.Equal(got, want.ToArray()) || number != len(got) {
			t.Errorf("round %d: %d of %d documents are in all of %d sets, and %d are said; want %d", round, len(got), documents, len(sets), number, want.GetCardinality())
		}
	}
}

// TestNumbersGoBeyondAStretch scores documents of a part that is larger than a stretch.
func TestNumbersGoBeyondAStretch(t *testing.T) {
	const documents = 3*stretch + 100
	chance := rand.New(rand.NewPCG(83, 84))
	f, docs, want := &frequent{who: make(dense, documents/64+1)}, []uint32(nil), []float32(nil)
	var each points
	for step := range each {
		each[step] = float32(step)
	}
	for doc := range uint32(documents) {
		if doc < stretch || chance.IntN(3) == 0 {
			f.who[doc/64] |= 1 << (doc % 64)
			f.steps = append(f.steps, uint8(chance.IntN(len(each))))
			docs, want = append(docs, doc), append(want, 1+float32(f.steps[len(f.steps)-1]))
		}
	}
	f.number()
	scores := make([]float32, len(docs))
	for i := range scores {
		scores[i] = 1
	}
	f.score(docs, &each, scores)
	if !slices.Equal(scores, want) {
		t.Error("documents get the points of others")
	}
}

// clones keeps lists that are written over.
func clones(all iter.Seq[[]uint32]) iter.Seq[[]uint32] {
	return func(yield func([]uint32) bool) {
		for some := range all {
			if !yield(slices.Clone(some)) {
				return
			}
		}
	}
}
