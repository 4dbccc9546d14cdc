package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestDocumentsWithTheSameValuesAreNumberedInARow makes up documents of two kinds and some phases.
func TestDocumentsWithTheSameValuesAreNumberedInARow(t *testing.T) {
	const documents = 5000
	chance := rand.New(rand.NewPCG(121, 122))
	kinds := column{values: []string{"resource", "school"}, sets: [][]int{nil, {1}, {0}}}
	phases := column{values: []string{"NURSERY", "PRIMARY", "SECONDARY"}, sets: [][]int{nil, {1, 2}, {0}, {1}, {2}, {0, 1}}}
	kind, phase, closed := make([]uint32, documents), make([]uint32, documents), roaring.New()
	for doc := range uint32(documents) {
		kind[doc], phase[doc] = uint32(chance.IntN(len(kinds.sets))), uint32(chance.IntN(len(phases.sets)))
		if chance.IntN(9) == 0 {
			closed.Add(doc)
		}
	}
	counted := newTable()
	counted.add(string(staffroom.FacetPhase), phases, phase)
	counted.add(string(staffroom.FacetKind), kinds, kind)
	places := permutation(chance, documents)
	n := newNumbering(counted, &order{places: places}, denseOf(closed, documents))
	moved := counted.arranged(n)
	if !n.whole() {
		t.Error("not every document has a number of its own")
	}
	for _, spoil := range []func(*numbering){
		func(n *numbering) { n.numbers[7] = documents }, func(n *numbering) { n.numbers[7] = n.numbers[8] }, func(n *numbering) { n.docs[7]++ },
		func(n *numbering) { n.docs = append(n.docs, 0) },
	} {
		spoilt := &numbering{numbers: slices.Clone(n.numbers), docs: slices.Clone(n.docs)}
		if spoil(spoilt); spoilt.whole() {
			t.Error("spoilt numbers are taken for whole ones")
		}
	}

	var groups [][2]uint32
	for number, doc := range n.docs {
		group := [2]uint32{kind[doc], phase[doc]}
		if n.numbers[doc] != uint32(number) || n.places[number] != places[doc] || n.closed.has(uint32(number)) != closed.Contains(doc) ||
			moved.set(moved.columns[string(staffroom.FacetKind)], uint32(number)) != group[0] || moved.set(moved.columns[string(staffroom.FacetPhase)], uint32(number)) != group[1] {
			t.Fatalf("document %d is not the one with number %d", doc, number)
		}
		switch {
		case len(groups) == 0 || groups[len(groups)-1] != group:
			groups = append(groups, group)
		case n.docs[number-1] > doc:
			t.Fatalf("document %d comes after %d", doc, n.docs[number-1])
		}
	}
	// In the order of values: those with none first, and all with PRIMARY in a row.
	var want [][2]uint32
	for _, kind := range []uint32{0, 2, 1} {
		for _, phase := range []uint32{0, 2, 5, 3, 1, 4} {
			want = append(want, [2]uint32{kind, phase})
		}
	}
	if !slices.Equal(groups, want) {
		t.Errorf("groups of the sets %v, want %v", groups, want)
	}
	if got := slices.Concat(slices.Collect(clones(n.dense(chunks(closed)).chunks()))...); !slices.Equal(got, slices.Sorted(slices.Values(slices.Concat(slices.Collect(clones(n.chunks(chunks(closed))))...)))) {
		t.Error("a set has not the numbers of its documents")
	}
}

// TestASpanHasAllOfASet and no more words than that takes.
func TestASpanHasAllOfASet(t *testing.T) {
	for _, test := range []struct {
		set  dense
		want span
	}{
		{nil, span{}}, {dense{0, 0}, span{}}, {dense{1, 0, 2}, span{0, 3}}, {dense{0, 1, 2, 0, 0}, span{1, 3}}, {dense{0, 0, 1}, span{2, 3}},
	} {
		if got := test.set.span(); got != test.want {
			t.Errorf("%v: %v, want %v", test.set, got, test.want)
		}
	}
	docs := make([]uint32, 1000)
	for i := range docs {
		docs[i] = uint32(3 * i)
	}
	for _, s := range []span{{0, 50}, {2, 3}, {10, 20}, {46, 60}, {60, 61}} {
		cut := s.cut(docs)
		for _, doc := range docs {
			if in := int(doc) >= 64*s.from && int(doc) < 64*s.to; slices.Contains(cut, doc) != in {
				t.Errorf("%v: of document %d it is said that it is %t in it", s, doc, !in)
			}
		}
	}
}
