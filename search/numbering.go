package search

import (
	"iter"
	"slices"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// numbering is how a companion numbers the documents of its part: in groups that most filters keep or leave as a whole. So a search that filters
// looks at fewer of its bits, and what it looks up by document lies closer together in memory. Within a group they are in Bleve's order.
type numbering struct {
	numbers []uint32 // by document
	docs    []uint32 // by number
	places  []uint32 // by number; see order
	// closed is who is a closed school, by number; nil for nobody.
	closed dense
}

// grouped are the facets that most searches filter by.
func grouped() []staffroom.Facet { return []staffroom.Facet{staffroom.FacetKind, staffroom.FacetPhase} }

// newNumbering numbers documents by their values in a table whose rows are by document.
func newNumbering(counted *table, order *order, closed dense) *numbering {
	group, groups := make([]uint32, len(order.places)), uint32(1)
	for _, facet := range grouped() {
		c := counted.columns[string(facet)]
		ranks := c.ranks()
		for doc := range group {
			group[doc] = group[doc]*uint32(len(ranks)) + ranks[counted.set(c, uint32(doc))] // Bleve's numbers of documents in a segment have 31 bits
		}
		groups *= uint32(len(ranks)) // some hundreds
	}
	next := make([]uint32, groups+1)
	for _, g := range group {
		next[g+1]++
	}
	for g := range groups {
		next[g+1] += next[g]
	}
	n := &numbering{make([]uint32, len(group)), make([]uint32, len(group)), nil, nil}
	for doc, g := range group {
		n.numbers[doc], n.docs[next[g]] = next[g], uint32(doc)
		next[g]++
	}
	n.places = n.arranged(order.places)
	if closed != nil {
		n.closed = n.dense(closed.chunks())
	}
	return n
}

// whole says whether each document has a number of its own.
func (n *numbering) whole() bool {
	for doc, number := range n.numbers {
		if uint64(number) >= uint64(len(n.docs)) || n.docs[number] != uint32(doc) {
			return false
		}
	}
	return len(n.numbers) == len(n.docs)
}

// ranks puts the sets of a column in the order of their values, so that those with a value stand together as far as that can be.
func (c *column) ranks() []uint32 {
	sets := make([]int, len(c.sets))
	for set := range sets {
		sets[set] = set
	}
	slices.SortStableFunc(sets, func(a, b int) int { return slices.Compare(c.sets[a], c.sets[b]) })
	ranks := make([]uint32, len(sets))
	for rank, set := range sets {
		ranks[set] = uint32(rank) // not more than there are documents
	}
	return ranks
}

// arranged is a list by number that was by document.
func (n *numbering) arranged(byDoc []uint32) []uint32 {
	byNumber := make([]uint32, len(byDoc))
	for doc, number := range n.numbers {
		byNumber[number] = byDoc[doc]
	}
	return byNumber
}

// dense is a set by number.
func (n *numbering) dense(docs iter.Seq[[]uint32]) dense {
	d := make(dense, (len(n.docs)+63)/64)
	for numbers := range n.chunks(docs) {
		for _, number := range numbers {
			d[number/64] |= 1 << (number % 64)
		}
	}
	return d
}

// chunks gives the numbers of documents, many at once.
func (n *numbering) chunks(docs iter.Seq[[]uint32]) iter.Seq[[]uint32] {
	return func(yield func([]uint32) bool) {
		var numbers [chunk]uint32
		for some := range docs {
			for i, doc := range some {
				numbers[i] = n.numbers[doc]
			}
			if !yield(numbers[:len(some)]) {
				return
			}
		}
	}
}
