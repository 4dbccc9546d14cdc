package search

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	lru "github.com/hashicorp/golang-lru/v2"
)

// part is what is kept of a segment of the index beside what is on the disk. Segments never change; documents in them are only
// marked as deleted, which the parts know nothing of.
type part struct {
	segment.Segment
	// number tells it from all other parts of the index, before and after it.
	number uint64
	order  func() (*order, error)
	// closed is who is a closed school; nil for nobody.
	closed func() (dense, error)
	// stems says of the last words whether their stems find nothing more.
	stems     *lru.Cache[word, bool]
	frequents *frequents
	gone      bool // guarded by frequents.mu

	mu      sync.Mutex
	counted *table // guarded by mu
}

// keptStems is how many words a part keeps something of, a hundred bytes or so of each.
const keptStems = 1000

func newPart(s segment.Segment, number uint64, frequents *frequents) (*part, error) {
	stems, err := lru.New[word, bool](keptStems)
	if err != nil {
		return nil, fmt.Errorf("search: make room for stems: %w", err)
	}
	p := &part{Segment: s, number: number, stems: stems, frequents: frequents, counted: &table{columns: map[string]column{}}}
	p.order, p.closed = sync.OnceValues(p.readOrder), sync.OnceValues(p.readClosed)
	return p, nil
}

// order is that of the documents of a part in lists without words.
type order struct {
	docs   []uint32 // by place
	places []uint32 // by document
}

func (p *part) readOrder() (*order, error) {
	ordered := make([]uint32, p.Count())
	keys := make([]string, len(ordered))
	values, ok := p.Segment.(segment.DocValueVisitable)
	if !ok {
		return nil, fmt.Errorf("search: the index has %T, and no values by document", p.Segment)
	}
	var state segment.DocVisitState
	var err error
	for doc := range ordered {
		ordered[doc] = uint32(doc) // Bleve's numbers of documents in a segment have 31 bits
		state, err = values.VisitDocValues(uint64(doc), []string{fieldPlace}, func(_ string, term []byte) { keys[doc] = string(term) }, state)
		if err != nil {
			return nil, fmt.Errorf("search: read where documents belong: %w", err)
		}
	}
	slices.SortFunc(ordered, func(a, b uint32) int { return strings.Compare(keys[a], keys[b]) })
	places := make([]uint32, len(ordered))
	for place, doc := range ordered {
		places[doc] = uint32(place)
	}
	return &order{ordered, places}, nil
}

func (p *part) readClosed() (dense, error) {
	docs, err := p.anyOf(fieldClosed, []string{"true"})
	if err != nil || docs.IsEmpty() {
		return nil, err
	}
	return denseOf(docs, p.Count()), nil
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
