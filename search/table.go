package search

import (
	"cmp"
	"iter"
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
	// numbering is what the rows are in the order of; nil if that is Bleve's.
	numbering *numbering
	// sheets take one column after the other; the first has room for the facets of most searches.
	sheets []sheet
}

// sheetBits is how wide the rows of a sheet are. The facets that people search by take some 24 bits: wider rows would be read for nothing.
const sheetBits = 32

// sheet has a row for each document of a part.
type sheet struct {
	rows []uint32
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

func newTable() *table { return &table{columns: map[string]column{}} }

// table is that of a part with these facets at least. Columns are made when they are first asked for.
func (p *part) table(facets []staffroom.Facet) (*table, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var missing []string
	for _, facet := range facets {
		if _, known := p.prepared.counted.columns[string(facet)]; !known {
			missing = append(missing, string(facet))
		}
	}
	if len(missing) == 0 {
		return p.prepared.counted, nil
	}
	more, err := p.prepared.counted.with(p, missing)
	if err != nil {
		return nil, err
	}
	p.prepared.counted = more
	return more, nil
}

// with is the table with columns of more fields of its part.
func (t *table) with(p *part, fields []string) (*table, error) {
	more := &table{maps.Clone(t.columns), t.numbering, slices.Clone(t.sheets)}
	if last := len(more.sheets) - 1; last >= 0 {
		more.sheets[last].rows = slices.Clone(more.sheets[last].rows)
	}
	for _, field := range fields {
		c, of, err := p.column(field)
		if err != nil {
			return nil, err
		}
		if t.numbering != nil {
			of = t.numbering.arranged(of)
		}
		more.add(field, c, of)
	}
	return more, nil
}

// arranged is a table by number whose rows were in Bleve's order.
func (t *table) arranged(n *numbering) *table {
	moved := &table{t.columns, n, slices.Clone(t.sheets)}
	for i, s := range t.sheets {
		moved.sheets[i].rows = n.arranged(s.rows)
	}
	return moved
}

// set is the number of the set of values that a row has in a column.
func (t *table) set(c column, row uint32) uint32 {
	return t.sheets[c.sheet].rows[row] >> c.shift & (1<<c.width() - 1)
}

// add writes a column.
func (t *table) add(field string, c column, of []uint32) {
	c.sheet = len(t.sheets) - 1
	if c.sheet < 0 || t.sheets[c.sheet].used+c.width() > sheetBits {
		c.sheet++
		t.sheets = append(t.sheets, sheet{rows: make([]uint32, len(of))})
	}
	s := &t.sheets[c.sheet]
	c.shift = s.used
	for doc, set := range of {
		s.rows[doc] |= set << c.shift
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

// widest is how many bits of a row are counted at once. So many counts stay close to the processor.
const widest = 11

// tally counts by columns that stand beside each other in a sheet.
type tally struct {
	shift, end uint    // its bits in a row
	counts     []int32 // by these bits
	columns    []counted
}

// counted is a column and what is counted by it, by value.
type counted struct {
	column
	sums map[string]int
}

// count adds up the values of n rows, for the fields of sums.
func (t *table) count(n int, rows iter.Seq[[]uint32], sums map[string]map[string]int) {
	for number, s := range t.sheets {
		var columns []counted
		for field, sum := range sums {
			if c := t.columns[field]; c.sheet == number {
				columns = append(columns, counted{c, sum})
			}
		}
		tallies := talliesFor(columns, n)
		if len(tallies) == 0 {
			continue
		}
		var read [chunk]uint32
		for some := range rows {
			for i, row := range some {
				read[i] = s.rows[row]
			}
			for _, t := range tallies {
				t.add(read[:len(some)])
			}
		}
		for _, t := range tallies {
			t.close()
		}
	}
}

// talliesFor puts columns of a sheet together that are to be counted for n documents. It takes as long to tell apart what was counted
// together as to count, so that it pays for many documents only. It begins with the last columns, some of which have few values: alone,
// those are counted slowly, as one count waits for the one before.
func talliesFor(columns []counted, n int) []*tally {
	slices.SortFunc(columns, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.shift+b.width(), a.shift+a.width()), cmp.Compare(b.shift, a.shift)) // some have no width
	})
	together := uint(max(0, min(widest, bits.Len(uint(n))-2))) // a length is never negative
	var tallies []*tally
	for _, c := range columns {
		last := len(tallies) - 1
		if last < 0 || tallies[last].end-c.shift > together {
			tallies = append(tallies, &tally{end: c.shift + c.width()})
			last++
		}
		t := tallies[last]
		t.shift, t.columns = c.shift, append(t.columns, c)
	}
	for _, t := range tallies {
		t.counts = make([]int32, 1<<(t.end-t.shift))
	}
	return tallies
}

// add counts some rows.
func (t *tally) add(rows []uint32) {
	shift, mask, counts := t.shift&(sheetBits-1), uint32(len(t.counts)-1), t.counts
	for _, row := range rows {
		counts[row>>shift&mask]++
	}
}

// close adds what was counted to the sums of the columns.
func (t *tally) close() {
	for _, c := range t.columns {
		bySet, shift := make([]int32, 1<<c.width()), c.shift-t.shift
		for bits, n := range t.counts {
			bySet[bits>>shift&(len(bySet)-1)] += n
		}
		c.close(bySet)
	}
}

// close adds what was counted by set to the sums.
func (c *counted) close(bySet []int32) {
	byValue := make([]int, len(c.values))
	for set, values := range c.sets {
		if n := int(bySet[set]); n > 0 {
			for _, value := range values {
				byValue[value] += n
			}
		}
	}
	for value, n := range byValue {
		if n > 0 {
			c.sums[c.values[value]] += n
		}
	}
}
