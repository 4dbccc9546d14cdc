package search

import (
	"context"
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

const (
	// frequentShare is the share of a part's documents from which on a word is frequent: one in so many.
	frequentShare = 64
	// largePart is how many documents a part has whose frequent words are kept. Small ones come and go, and are soon looked through.
	largePart = 10_000
	// fewWays is how many ways a word may have to be kept: it takes long to put many together.
	fewWays = 16
)

// frequent is a word that many documents of a part have, as searches for it use it again and again: put together of all its ways, and
// independent of the files of the index. It never changes.
type frequent struct {
	who dense
	// ahead is how many documents of who are before each stretch of them, and within how many of its stretch are before each 64.
	ahead  []uint32
	within []uint16
	// steps are those of scored.points, for each document of who.
	steps []uint8
	strong
}

// newFrequent puts a found word together.
func newFrequent(ctx context.Context, p *part, f *found) (*frequent, error) {
	w, err := f.scored(ctx, true)
	if err != nil {
		return nil, err
	}
	kept := &frequent{who: denseOf(f.any, p.Count())}
	kept.steps = make([]uint8, kept.number())
	codes := make([]uint8, len(kept.steps))
	for _, way := range w.ways {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for bit, with := range way.bits {
			for docs := range chunks(with) {
				for _, doc := range docs {
					codes[kept.at(doc)] |= 1 << bit
				}
			}
		}
		for docs := range chunks(way.docs) {
			for _, doc := range docs {
				at := kept.at(doc)
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

// size is about how many bytes of memory it takes, with all that is kept beside it.
func (f *frequent) size() int {
	const beside = 500
	if f == nil {
		return beside
	}
	return 8*len(f.who) + 4*len(f.ahead) + 2*len(f.within) + len(f.steps) + 4*len(f.docs) + beside
}

// score adds the points of some documents, all of which have the word.
func (f *frequent) score(docs []uint32, points *points, scores []float32) {
	scores = scores[:len(docs)]
	for i, doc := range docs {
		scores[i] += points[f.steps[f.at(doc)]]
	}
}

// frequent is what is kept of each wanted word; nil unless all are there.
func (p *part) frequent(words []wanted) []*frequent {
	if p.Count() < p.frequents.least {
		return nil
	}
	all := make([]*frequent, len(words))
	for i, w := range words {
		if all[i] = p.frequents.get(frequentKey{p.number, w.word, w.last}); all[i] == nil {
			return nil
		}
	}
	return all
}

// learn keeps one of the words that were found in a part, if all are frequent and it was asked for before. It takes some milliseconds
// where there are a million documents, so that the others wait for the next time.
func (p *part) learn(ctx context.Context, words []wanted, all []*found) error {
	if p.Count() < p.frequents.least || p.frequents.most == 0 {
		return nil
	}
	for _, f := range all {
		if len(f.ways) > fewWays || !p.frequently(f.any) {
			return nil
		}
	}
	learnt := false
	for i, w := range words {
		key := frequentKey{p.number, w.word, w.last}
		if again := p.frequents.again(key); !again || learnt || p.frequents.get(key) != nil {
			continue
		}
		learnt = true
		if err := p.keep(ctx, key, all[i]); err != nil {
			return err
		}
	}
	return nil
}

// keep keeps a word. An unfinished one is the finished one, if it begins no others.
func (p *part) keep(ctx context.Context, key frequentKey, found *found) error {
	if key.last && !found.unfinished() {
		p.frequents.keep(p, key, nil)
		if key.last = false; p.frequents.get(key) != nil {
			return nil
		}
	}
	f, err := newFrequent(ctx, p, found)
	if err == nil {
		p.frequents.keep(p, key, f)
	}
	return err
}

// frequently says whether many documents of a part are among some.
func (p *part) frequently(some *roaring.Bitmap) bool {
	return some.GetCardinality()*frequentShare >= p.Count()
}
