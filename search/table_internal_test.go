package search

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestNarrowColumnsAreCountedTogether counts by columns of all widths, also of none, for few and for many documents.
func TestNarrowColumnsAreCountedTogether(t *testing.T) {
	chance := rand.New(rand.NewPCG(63, 64))
	for range 200 {
		documents := []int{1, 3, 100, 5000}[chance.IntN(4)]
		all, docs := &table{columns: map[string]column{}}, roaring.New()
		docs.AddRange(0, uint64(documents))
		want, sums := map[string]map[string]int{}, map[string]map[string]int{}
		for f := range 8 {
			field := fmt.Sprint("field", f)
			c, of := column{sets: [][]int{nil}}, make([]uint32, documents)
			for i := range []int{0, 0, 1, 3, 4, 20, 3000}[chance.IntN(7)] {
				c.values, c.sets = append(c.values, fmt.Sprint("value", i)), append(c.sets, []int{i})
			}
			want[field], sums[field] = map[string]int{}, map[string]int{}
			for doc := range of {
				of[doc] = uint32(chance.IntN(len(c.sets)))
				for _, value := range c.sets[of[doc]] {
					want[field][c.values[value]]++
				}
			}
			all.add(field, c, of)
		}
		all.count(documents, chunks(docs), sums)
		for field := range want {
			if !maps.Equal(sums[field], want[field]) {
				t.Fatalf("%s of %d documents is %v, want %v", field, documents, sums[field], want[field])
			}
		}
	}
}

// TestTableTakesMoreColumnsThanFitIntoARow fills a table field by field and counts by each.
func TestTableTakesMoreColumnsThanFitIntoARow(t *testing.T) {
	const documents, fields, sets = 3000, 9, 700 // of ten bits each
	chance := rand.New(rand.NewPCG(61, 62))
	docs, all := roaring.New(), &table{columns: map[string]column{}}
	for doc := range uint32(documents) {
		if chance.IntN(3) == 0 {
			docs.Add(doc)
		}
	}
	want, sums := map[string]map[string]int{}, map[string]map[string]int{}
	for f := range fields {
		field := fmt.Sprint("field", f)
		c, of := column{values: []string{"a", "b", "c"}, sets: [][]int{nil}}, make([]uint32, documents)
		for len(c.sets) < sets {
			c.sets = append(c.sets, [][]int{{0}, {1, 2}, {0, 1, 2}}[chance.IntN(3)])
		}
		want[field], sums[field] = map[string]int{}, map[string]int{}
		for doc := range of {
			of[doc] = uint32(chance.IntN(sets))
			for _, value := range c.sets[of[doc]] {
				if docs.ContainsInt(doc) {
					want[field][c.values[value]]++
				}
			}
		}
		all.add(field, c, of)
	}
	if len(all.sheets) != 3 {
		t.Errorf("%d fields of 10 bits take %d sheets of 32", fields, len(all.sheets))
	}
	all.count(int(docs.GetCardinality()), chunks(docs), sums)
	for field := range want {
		if !maps.Equal(sums[field], want[field]) {
			t.Errorf("%s is %v, want %v", field, sums[field], want[field])
		}
	}
}
