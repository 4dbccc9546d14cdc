package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxFacet is how many values of a facet are counted, the most frequent first. There are some 150 authorities.
const maxFacet = 400

// column says which values of a field each document of a part has. Documents with the same values have the same set, so that counting
// looks at each document once.
type column struct {
	of   []uint32 // by document, the number of its set; 0 is the one without values
	sets [][]string
}

// step is from one set of values to the one with a value more.
type step struct {
	from  uint32
	value string
}

// column makes the column of a field when it is first asked for.
func (p *part) column(field string) (*column, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.columns[field]; ok {
		return known, nil
	}
	made := &column{of: make([]uint32, p.Count()), sets: [][]string{nil}}
	steps := map[step]uint32{}
	err := p.each(field, nil, "", "", func(value string, docs *roaring.Bitmap) {
		for some := range chunks(docs) {
			for _, doc := range some {
				made.add(doc, value, steps)
			}
		}
	})
	if err == nil {
		p.columns[field] = made
	}
	return made, err
}

// add notes a value of a document.
func (c *column) add(doc uint32, value string, steps map[step]uint32) {
	s := step{c.of[doc], value}
	to, known := steps[s]
	if !known {
		to = uint32(len(c.sets)) // not more than there are values and documents
		c.sets = append(c.sets, append(slices.Clone(c.sets[s.from]), value))
		steps[s] = to
	}
	c.of[doc] = to
}

// count adds up the values of some documents.
func (c *column) count(docs []uint32, sums map[string]int) {
	counts := make([]int32, len(c.sets))
	for _, doc := range docs {
		counts[c.of[doc]]++
	}
	for set, n := range counts {
		if n > 0 {
			for _, value := range c.sets[set] {
				sums[value] += int(n)
			}
		}
	}
}

// facets counts what was found by the values of facets.
func facets(all []matches, wanted []staffroom.Facet) (map[staffroom.Facet][]staffroom.FacetCount, error) {
	sums := make(map[staffroom.Facet]map[string]int, len(wanted))
	for _, facet := range wanted {
		sums[facet] = map[string]int{}
	}
	for _, m := range all {
		if len(wanted) == 0 {
			break
		}
		docs := m.docs.ToArray()
		for _, facet := range wanted {
			c, err := m.column(string(facet))
			if err != nil {
				return nil, err
			}
			c.count(docs, sums[facet])
		}
	}
	counts := make(map[staffroom.Facet][]staffroom.FacetCount, len(wanted))
	for facet, sum := range sums {
		counts[facet] = mostFrequent(sum)
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
