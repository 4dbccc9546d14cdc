package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxFacet is how many values of a facet are counted, the most frequent first. There are some 150 authorities.
const maxFacet = 400

// counter counts what was found by the values of facets.
type counter struct {
	found  []matches
	tables []*table // of the parts; nil where nothing was found
	facets []staffroom.Facet
}

func newCounter(found []matches, facets []staffroom.Facet) (*counter, error) {
	c := &counter{found, make([]*table, len(found)), facets}
	for i, m := range found {
		if m.count() == 0 {
			continue
		}
		var err error
		if c.tables[i], err = m.table(facets); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *counter) count() map[staffroom.Facet][]staffroom.FacetCount {
	sums := make(map[string]map[string]int, len(c.facets))
	for _, facet := range c.facets {
		sums[string(facet)] = map[string]int{}
	}
	for i, t := range c.tables {
		if t != nil {
			t.count(c.found[i].count(), c.found[i].rows(t), sums)
		}
	}
	counts := make(map[staffroom.Facet][]staffroom.FacetCount, len(c.facets))
	for _, facet := range c.facets {
		counts[facet] = mostFrequent(sums[string(facet)])
	}
	return counts
}

// mostFrequent puts values in order.
func mostFrequent(sums map[string]int) []staffroom.FacetCount {
	counts := make([]staffroom.FacetCount, 0, len(sums))
	for value, n := range sums {
		counts = append(counts, staffroom.FacetCount{Value: value, Count: n})
	}
	slices.SortFunc(counts, func(a, b staffroom.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return counts[:min(len(counts), maxFacet)]
}
