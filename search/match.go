package search

import (
	"context"
	"iter"
	"math"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// matches are the documents that are found in one part of the index.
type matches struct {
	*part
	docs *roaring.Bitmap
	// words is who has them, in the order of the query; none in lists without words.
	words []*found
	// every says that they are all those of allowed that have each of the words.
	every   bool
	allowed *roaring.Bitmap
	// If all words are prepared, frequent are the words, dense the documents, all of which are within a span, and number how many; then words and docs
	// are nil, and documents go by the numbers of numbering.
	frequent  []*frequent
	numbering *numbering
	dense     dense
	within    span
	number    int
}

// count is how many were found.
func (m matches) count() int {
	if m.docs == nil {
		return m.number
	}
	return int(m.docs.GetCardinality()) // no index holds more documents than an int counts
}

// rows gives the rows of a table that what was found has, many at once.
func (m matches) rows(t *table) iter.Seq[[]uint32] {
	switch {
	case m.docs == nil:
		return m.dense.chunksIn(m.within)
	case t.numbering != nil:
		return t.numbering.chunks(chunks(m.docs))
	default:
		return chunks(m.docs)
	}
}

// having is how many documents have a word, deleted ones too.
func (m matches) having(word int) int {
	if m.docs == nil {
		return len(m.frequent[word].steps)
	}
	return int(m.words[word].any.GetCardinality()) // as above
}

// permitted are the documents of a part that may be found.
type permitted struct {
	*roaring.Bitmap
	*numbered
}

// numbered is the same set by number. It is made when it is first asked for: a part may get its companion later.
type numbered struct {
	once   sync.Once
	dense  dense
	within span
}

// by is the set by the numbers of its part's companion.
func (p permitted) by(n *numbering) (dense, span) {
	p.once.Do(func() {
		p.dense = n.dense(p.Bitmap)
		p.within = p.dense.span()
	})
	return p.dense, p.within
}

// allowed are the documents of each part that the viewer may find and the filter leaves; they must not be changed.
func (v *view) allowed(ctx context.Context, q staffroom.TextQuery) ([]permitted, error) {
	filter := questionOf(staffroom.TextQuery{Audiences: q.Audiences, Prefixes: q.Prefixes, Filter: q.Filter, IDs: q.IDs})
	if known, ok := v.filtered.Get(filter); ok && filter != "" {
		return known, nil
	}
	all, err := v.filter(ctx, q)
	if err == nil && filter != "" {
		v.filtered.Add(filter, all)
	}
	return all, err
}

// filter works out what is allowed.
func (v *view) filter(ctx context.Context, q staffroom.TextQuery) ([]permitted, error) {
	all := make([]permitted, len(v.parts))
	for i, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		docs, err := p.filtered(q)
		if err != nil {
			return nil, err
		}
		if deleted := v.snapshot.Segments()[i].Deleted(); deleted != nil {
			docs = roaring.AndNot(docs, deleted)
		}
		all[i] = permitted{docs, &numbered{}}
	}
	return all, nil
}

// filtered are the documents of a part that pass the filter of q, deleted ones too.
func (p *part) filtered(q staffroom.TextQuery) (*roaring.Bitmap, error) {
	docs, err := p.anyOf(fieldAudience, q.Audiences)
	keep := func(field string, values []string) {
		var some *roaring.Bitmap
		if err == nil {
			if some, err = p.anyOf(field, values); err == nil {
				docs = roaring.And(docs, some)
			}
		}
	}
	if len(q.Prefixes) > 0 {
		keep(string(staffroom.FacetKind), q.Prefixes)
	}
	for facet, values := range q.Filter {
		keep(string(facet), values)
	}
	if err != nil || len(q.IDs) == 0 {
		return docs, err
	}
	some, err := p.DocNumbers(q.IDs)
	if err != nil {
		return nil, err
	}
	return roaring.And(docs, some), nil
}

// anyOf are the documents of a part whose field has at least one of values; none for no values.
func (p *part) anyOf(field string, values []string) (*roaring.Bitmap, error) {
	terms, err := p.terms(field)
	if err != nil {
		return nil, err
	}
	sets := make([]*roaring.Bitmap, len(values))
	for i, value := range values {
		if sets[i], err = terms.with(value); err != nil {
			return nil, err
		}
	}
	return union(sets), nil
}

// match finds the words at a strictness among the documents that are allowed.
func (v *view) match(ctx context.Context, words []word, how strictness, allowed []permitted) ([]matches, error) {
	wanted, err := want(v.snapshot, words, how)
	if err != nil {
		return nil, err
	}
	all := make([]matches, len(v.parts))
	for i, p := range v.parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if m, prepared := p.recall(wanted, how, allowed[i]); prepared {
			all[i] = m
			continue
		}
		m := matches{part: p, words: make([]*found, len(wanted)), every: how != loose, allowed: allowed[i].Bitmap}
		for j, w := range wanted {
			if m.words[j], err = p.find(w); err != nil {
				return nil, err
			}
		}
		m.docs = atLeast(needed(len(words), how), m.words, m.allowed)
		all[i] = m
	}
	return all, nil
}

// recall matches words that are all prepared.
func (p *part) recall(words []wanted, how strictness, allowed permitted) (matches, bool) {
	if how != exact || !p.frequently(allowed.Bitmap) {
		return matches{}, false
	}
	m := matches{part: p}
	if m.frequent, m.numbering = p.frequent(words); m.frequent == nil {
		return matches{}, false
	}
	var set dense
	set, m.within = allowed.by(m.numbering)
	sets := []dense{set}
	for _, f := range m.frequent {
		sets = append(sets, f.who)
	}
	m.dense = p.set(p.Count())
	m.number = m.dense.inAll(sets, m.within)
	return m, true
}

// needed is how many of so many words a document must have.
func needed(words int, how strictness) int {
	if how == loose {
		return (2*words + 2) / 3 // two thirds, rounded up
	}
	return words
}

// atLeast are the documents among some that have at least so many of the words.
func atLeast(needed int, words []*found, among *roaring.Bitmap) *roaring.Bitmap {
	having := []*roaring.Bitmap{among} // by how many of the words so far, at least
	for i, w := range words {
		still := max(0, needed-(len(words)-i-1)) // with fewer, the words to come are too few
		with := make([]*roaring.Bitmap, min(i+1, needed)+1)
		for n := still; n < len(with); n++ {
			with[n] = roaring.New()
			if n > 0 && having[n-1] != nil {
				with[n] = roaring.And(having[n-1], w.any)
			}
			if n < len(having) && having[n] != nil {
				with[n].Or(having[n])
			}
		}
		having = with
	}
	return having[needed]
}

// total counts what was found.
func total(all []matches) int {
	n := 0
	for _, m := range all {
		n += m.count()
	}
	return n
}

// rarities is how much each word tells documents apart: the inverse document frequency of BM25 over all that is in the index.
func rarities(all []matches) []float64 {
	if len(all) == 0 {
		return nil
	}
	weights := make([]float64, max(len(all[0].words), len(all[0].frequent)))
	for i := range weights {
		documents, having := 0.0, 0.0
		for _, m := range all {
			documents += float64(m.Count())
			having += float64(m.having(i))
		}
		weights[i] = math.Log(1 + (documents-having+0.5)/(having+0.5))
	}
	return weights
}
