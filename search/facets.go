package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxFacet is how many values of a facet are counted, the most frequent first. There are some 150 authorities.
const maxFacet = 400

// facets counts what was found by the values of facets.
func facets(all []matches, wanted []staffroom.Facet) (map[staffroom.Facet][]staffroom.FacetCount, error) {
	sums := make(map[string]map[string]int, len(wanted))
	for _, facet := range wanted {
		sums[string(facet)] = map[string]int{}
	}
	for _, m := range all {
		if len(wanted) == 0 || m.docs.IsEmpty() {
			continue
		}
		t, err := m.table(wanted)
		if err != nil {
			return nil, err
		}
		t.count(m.docs, sums)
	}
	counts := make(map[staffroom.Facet][]staffroom.FacetCount, len(wanted))
	for _, facet := range wanted {
		counts[facet] = mostFrequent(sums[string(facet)])
	}
	return counts, nil
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
