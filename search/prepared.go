package search

import (
	"fmt"
	"math"
	"slices"
	"strings"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// prepared is what searches look up in a part by document, beside Bleve's sets. Small parts make each thing in memory when it is first asked
// for. Large parts have all of it in a file, their companion, once they have settled. What is prepared never changes.
type prepared struct {
	order *order
	// closed is who is a closed school; nil inside for nobody.
	closed *dense
	// counted has the facets that were asked for so far.
	counted *table
	// frequent are the words that many documents have, by number, and ids those of all documents; only companions hold any.
	frequent  map[frequentKey]*frequent
	numbering *numbering
	ids       *ids
	// held is what the memory of all this belongs to; nil for that of the program.
	held *mapped
}

// order is that of the documents of a part in lists without words.
type order struct {
	docs   []uint32 // by place
	places []uint32 // by document
}

func (p *part) order() (_ *order, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.prepared.order == nil {
		p.prepared.order, err = p.readOrder()
	}
	return p.prepared.order, err
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

// closed is who is a closed school; nil for nobody.
func (p *part) closed() (dense, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.prepared.closed == nil {
		closed, err := p.readClosed()
		if err != nil {
			return nil, err
		}
		p.prepared.closed = &closed
	}
	return *p.prepared.closed, nil
}

func (p *part) readClosed() (dense, error) {
	docs, err := p.anyOf(fieldClosed, []string{"true"})
	if err != nil || docs.IsEmpty() {
		return nil, err
	}
	return denseOf(docs, p.Count()), nil
}

// frequent is what is prepared of each wanted word, and how its documents are numbered; nil unless all are there.
func (p *part) frequent(words []wanted) ([]*frequent, *numbering) {
	p.mu.Lock()
	known, numbering := p.prepared.frequent, p.prepared.numbering
	p.mu.Unlock()
	if known == nil {
		return nil, nil
	}
	all := make([]*frequent, len(words))
	for i, w := range words {
		if all[i] = known[frequentKey{w.word, w.last}]; all[i] == nil {
			return nil, nil
		}
	}
	return all, numbering
}

// ids are those of documents in the store: Bleve reads several places of its files to tell one.
type ids struct {
	text []byte
	// ends are where they end in text, by document.
	ends []uint32
}

func (i *ids) of(doc uint32) string {
	from := uint32(0)
	if doc > 0 {
		from = i.ends[doc-1]
	}
	return string(i.text[from:i.ends[doc]])
}

func (p *part) readIDs() (*ids, error) {
	all := &ids{ends: make([]uint32, p.Count())}
	for doc := range all.ends {
		id, err := p.DocID(uint64(doc)) // an index of a slice is never negative
		if err != nil {
			return nil, fmt.Errorf("search: read which document is where: %w", err)
		}
		all.text = append(all.text, id...)
		if uint64(len(all.text)) > math.MaxUint32 { // a length is never negative
			return nil, fmt.Errorf("search: the ids of %d documents are too long to be prepared", p.Count())
		}
		all.ends[doc] = uint32(len(all.text))
	}
	return all, nil
}

// id is that of a document in the store.
func (p *part) id(doc uint32) (string, error) {
	p.mu.Lock()
	known := p.prepared.ids
	p.mu.Unlock()
	if known != nil {
		return known.of(doc), nil
	}
	id, err := p.DocID(uint64(doc))
	if err != nil {
		return "", fmt.Errorf("search: read which document a hit is: %w", err)
	}
	return string(id), nil
}

// adopt has searches from now on look up what is in a companion.
func (p *part) adopt(companion prepared) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prepared = companion
}

// accompanied says whether the part has its companion.
func (p *part) accompanied() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.prepared.held != nil
}
