package search

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	lru "github.com/hashicorp/golang-lru/v2"
)

// part is what is kept of a segment of the index beside what is on the disk. Segments never change; documents in them are only
// marked as deleted, which the parts know nothing of.
type part struct {
	segment.Segment
	*shared
	// stems says of the last words whether their stems find nothing more.
	stems *lru.Cache[word, bool]
	// filters are what the last filters left, by number.
	filters *lru.Cache[string, *numbered]
	// failed is how often its companion could not be made.
	failed atomic.Int32

	mu       sync.Mutex
	prepared prepared // guarded by mu
}

// shared is what all parts of an index share.
type shared struct {
	// folder is where the index is; empty for one in memory.
	folder string
	// large is how many documents a part has at least that gets a companion.
	large uint64
	// patience is how many looks such a part waits for it while documents come in.
	patience int
	// sets are sets of documents to write over: memory that was used just now is still close to the processor.
	sets sync.Pool
}

// set is one to write over, for a part with so many documents.
func (s *shared) set(documents uint64) dense {
	words := int((documents + 63) / 64) // no more than an int counts
	if set, ok := s.sets.Get().(*dense); ok && cap(*set) >= words {
		return (*set)[:words]
	}
	return make(dense, words)
}

// giveBack takes the sets of what was found once nobody looks at it any more.
func (s *shared) giveBack(all []matches) {
	for _, m := range all {
		if m.dense != nil {
			set := m.dense
			s.sets.Put(&set)
		}
	}
}

// keptStems is how many words a part keeps something of, a hundred bytes or so of each.
const keptStems = 1000

func newPart(s segment.Segment, shared *shared) (*part, error) {
	stems, err := lru.New[word, bool](keptStems)
	if err != nil {
		return nil, fmt.Errorf("search: make room for stems: %w", err)
	}
	filters, err := lru.New[string, *numbered](keptFilters)
	if err != nil {
		return nil, fmt.Errorf("search: make room for filters: %w", err)
	}
	return &part{Segment: s, shared: shared, stems: stems, filters: filters, prepared: prepared{counted: newTable()}}, nil
}

// each calls use with every term of a field that the automaton accepts (nil: any), from one term to before another (empty: all).
func (p *part) each(field string, accepts segment.Automaton, from, before string, use func(term string, docs *roaring.Bitmap)) error {
	terms, err := p.terms(field)
	if err != nil {
		return err
	}
	var start, end []byte
	if from != "" {
		start, end = []byte(from), []byte(before)
	}
	for it := terms.AutomatonIterator(accepts, start, end); ; {
		entry, err := it.Next()
		if err != nil {
			return fmt.Errorf("search: read the terms of %s: %w", field, err)
		}
		if entry == nil {
			return nil
		}
		docs, err := terms.with(entry.Term)
		if err != nil {
			return err
		}
		use(entry.Term, docs)
	}
}

// terms are those of one field. They are for one goroutine.
type terms struct{ segment.TermDictionary }

func (p *part) terms(field string) (terms, error) {
	dictionary, err := p.Dictionary(field)
	if err != nil {
		return terms{}, fmt.Errorf("search: open the terms of %s: %w", field, err)
	}
	return terms{dictionary}, nil
}

// with are the documents with a term, deleted ones too; they must not be changed.
func (t terms) with(term string) (*roaring.Bitmap, error) {
	list, err := t.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("search: read who has a term: %w", err)
	}
	found, ok := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return nil, fmt.Errorf("search: the index gives %T, and no sets of documents", list)
	}
	if only, single := found.DocNum1Hit(); single {
		return roaring.BitmapOf(uint32(only)), nil // Bleve's numbers of documents in a segment have 31 bits
	}
	if docs := found.ActualBitmap(); docs != nil {
		return docs, nil
	}
	return roaring.New(), nil
}
