package search

import (
	"context"
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// frequentShare is the share of a part's documents from which on a word is frequent: one in so many.
const frequentShare = 64

// frequent is a word that many documents of a part have, as searches for it use it: put together of all its ways, by the numbers of a numbering,
// and independent of Bleve's files. It never changes.
type frequent struct {
	who dense
	// ahead is how many documents of who are before each stretch of them, and within how many of its stretch are before each 64.
	ahead  []uint32
	within []uint16
	// steps are those of scored.points, for each document of who.
	steps []uint8
	strong
}

// frequentKey names a frequent word of a part. Nil stands for an unfinished word that finds no more than the finished one.
type frequentKey struct {
	word
	last bool
}

// newFrequent puts a found word together.
func newFrequent(ctx context.Context, n *numbering, f *found) (*frequent, error) {
	w, err := f.scored(ctx, true)
	if err != nil {
		return nil, err
	}
	kept := &frequent{who: n.dense(chunks(f.any))}
	kept.steps = make([]uint8, kept.number())
	codes := make([]uint8, len(kept.steps))
	for _, way := range w.ways {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for bit, with := range way.bits {
			for numbers := range n.chunks(chunks(with)) {
				for _, number := range numbers {
					codes[kept.at(number)] |= 1 << bit
				}
			}
		}
		for numbers := range n.chunks(chunks(way.docs)) {
			for _, number := range numbers {
				at := kept.at(number)
				kept.steps[at] = max(kept.steps[at], way.step(codes[at]))
				codes[at] = 0
			}
		}
	}
	kept.strong = strongest(kept.who, kept.steps)
	return kept, nil
}

// stretch is how many documents are numbered in 16 bits.
const stretch = 1 << 16

// number counts who is before whom, and all.
func (f *frequent) number() int {
	f.within = make([]uint16, len(f.who))
	before, inStretch := 0, 0
	for i, word := range f.who {
		if i%(stretch/64) == 0 {
			f.ahead, inStretch = append(f.ahead, uint32(before)), 0 // Bleve's numbers of documents in a segment have 31 bits
		}
		f.within[i] = uint16(inStretch) // there are others in the stretch, so it is less
		before += bits.OnesCount64(word)
		inStretch += bits.OnesCount64(word)
	}
	return before
}

// at is the number of a document that has the word.
func (f *frequent) at(doc uint32) uint32 {
	return f.ahead[doc/stretch] + uint32(f.within[doc/64]) + uint32(bits.OnesCount64(f.who[doc/64]&(1<<(doc%64)-1))) // less than 64
}

// score adds the points of some documents, all of which have the word.
func (f *frequent) score(docs []uint32, points *points, scores []float32) {
	scores = scores[:len(docs)]
	for i, doc := range docs {
		scores[i] += points[f.steps[f.at(doc)]]
	}
}

// frequently says whether many documents of a part are among some.
func (p *part) frequently(some *roaring.Bitmap) bool {
	return some.GetCardinality()*frequentShare >= p.Count()
}
