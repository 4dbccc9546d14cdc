package search

import (
	"context"
	"iter"
	"math"

	"github.com/RoaringBitmap/roaring/v2"
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
