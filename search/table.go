package search

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// table says which values of some facets each document of a part has. What is found lies far apart in a large part, and fetching it from
// memory takes longer than counting it: so all that is counted of a document stands together. A table never changes.
type table struct {
	columns map[string]column // by field
	// sheets take one column after the other; the first has room for the facets of most searches.
	sheets []sheet
}

// sheet has a row for each document of a part.
type sheet struct {
	rows []uint64
	used uint // bits
}

// column is some bits in the rows of a sheet: the number of the set of values that a document has. Set 0 is the one without values.
type column struct {
	sheet  int
	shift  uint
	values []string
	sets   [][]int // of indexes of values
}

func (c *column) width() uint { return uint(bits.Len(uint(len(c.sets) - 1))) } // a length is never negative, and there is a set 0

// table is that of a part with these facets at least. Columns are made when they are first asked for.
func (p *part) table(facets []staffroom.Facet) (*table, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var missing []string
	for _, facet := range facets {
		if _, known := p.counted.columns[string(facet)]; !known {
			missing = append(missing, string(facet))
		}
	}
	if len(missing) == 0 {
		return p.counted, nil
	}
	more, err := p.counted.with(p, missing)
	if err != nil {
		return nil, err
	}
	p.counted = more
	return more, nil
}

// with is the table with columns of more fields of its part.
func (t *table) with(p *part, fields []string) (*table, error) {
	more := &table{maps.Clone(t.columns), slices.Clone(t.sheets)}
	if last := len(more.sheets) - 1; last >= 0 {
		more.sheets[last].rows = slices.Clone(more.sheets[last].rows)
	}
	for _, field := range fields {
		c, of, err := p.column(field)
		if err != nil {
			return nil, err
		}
		more.add(field, c, of)
	}
	return more, nil
}

// add writes a column.
func (t *table) add(field string, c column, of []uint32) {
	c.sheet = len(t.sheets) - 1
	if c.sheet < 0 || t.sheets[c.sheet].used+c.width() > 64 {
		c.sheet++
		t.sheets = append(t.sheets, sheet{rows: make([]uint64, len(of))})
	}
	s := &t.sheets[c.sheet]
	c.shift = s.used
	for doc, set := range of {
		s.rows[doc] |= uint64(set) << c.shift
	}
	s.used += c.width()
	t.columns[field] = c
}

// column reads a field: the sets of values that documents have, and by document the number of its set.
func (p *part) column(field string) (column, []uint32, error) {
	c, of := column{sets: [][]int{nil}}, make([]uint32, p.Count())
	err := p.each(field, nil, "", "", func(value string, docs *roaring.Bitmap) {
		with := map[uint32]uint32{} // by set, the one that has this value, too
		for some := range chunks(docs) {
			for _, doc := range some {
				to, known := with[of[doc]]
				if !known {
					to = uint32(len(c.sets)) // not more than there are values and documents
					c.sets = append(c.sets, append(slices.Clone(c.sets[of[doc]]), len(c.values)))
					with[of[doc]] = to
				}
				of[doc] = to
			}
		}
		c.values = append(c.values, value)
	})
	return c, of, err
}

// tally counts by one column.
type tally struct {
	column
	mask   uint64
	counts []int32 // by set
	sums   map[string]int
}

// count adds up the values of some documents, for the fields of sums.
func (t *table) count(docs *roaring.Bitmap, sums map[string]map[string]int) {
	for number, s := range t.sheets {
		var tallies []tally
		for field, sum := range sums {
			if c := t.columns[field]; c.sheet == number {
				tallies = append(tallies, tally{c, 1<<c.width() - 1, make([]int32, 1<<c.width()), sum})
			}
		}
		if len(tallies) == 0 {
			continue
		}
		var rows [chunk]uint64
		for some := range chunks(docs) {
			for i, doc := range some {
				rows[i] = s.rows[doc]
			}
			for _, t := range tallies {
				for _, row := range rows[:len(some)] {
					t.counts[row>>t.shift&t.mask]++
				}
			}
		}
		for _, t := range tallies {
			t.close()
		}
	}
}

// close adds what was counted to the sums.
func (t *tally) close() {
	byValue := make([]int, len(t.values))
	for set, values := range t.sets {
		if n := int(t.counts[set]); n > 0 {
			for _, value := range values {
				byValue[value] += n
			}
		}
	}
	for value, n := range byValue {
		if n > 0 {
			t.sums[t.values[value]] += n
		}
	}
}
