package search

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

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
	if len(all.sheets) != 2 {
		t.Errorf("%d fields of 10 bits take %d sheets of 64", fields, len(all.sheets))
	}
	all.count(docs, sums)
	for field := range want {
		if !maps.Equal(sums[field], want[field]) {
			t.Errorf("%s is %v, want %v", field, sums[field], want[field])
		}
	}
}
