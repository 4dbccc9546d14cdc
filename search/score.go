package search

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// weightClosed is how much a closed school counts beside an open one that matches alike.
const weightClosed = 0.5

// scorer gives documents of a part points for the words that they have.
type scorer struct {
	words  []scored
	closed dense // nil for nobody
}

// scored is a word that is searched for.
type scored struct {
	points points
	ways   []levelled
}

// points are what a document gets for a word by how well it matches: one more than the level and lowerMost, or 0 if a document doesn't have
// it.
type points [1 + levels + lowerMost]float32

// pointsFor are those of words that are so rare.
func pointsFor(rarities []float64) []points {
	all := make([]points, len(rarities))
	for i, rarity := range rarities {
		for step := 1; step < len(all[i]); step++ {
			all[i][step] = float32(rarity * impactAt(step-lowerMost-1))
		}
	}
	return all
}

// levelled is a way and who has the bits of its levels.
type levelled struct {
	way
	bits [levelBits]*roaring.Bitmap
	// every says that it is how all documents have the word that are scored.
	every bool
}

func (m matches) scorer(ctx context.Context, points []points) (*scorer, error) {
	s := &scorer{words: make([]scored, len(m.words))}
	var err error
	for i, word := range m.words {
		if s.words[i], err = word.scored(ctx, m.every); err != nil {
			return nil, err
		}
		s.words[i].points = points[i]
	}
	s.closed, err = m.closed()
	return s, err
}

// scored reads the levels of a word; every says that only documents are scored that have it.
func (f *found) scored(ctx context.Context, every bool) (scored, error) {
	w := scored{ways: make([]levelled, len(f.ways))}
	for i, way := range f.ways {
		if err := ctx.Err(); err != nil {
			return w, err
		}
		var err error
		if w.ways[i], err = f.levels(way); err != nil {
			return w, err
		}
		w.ways[i].every = every && len(f.ways) == 1
	}
	return w, nil
}

// levels reads who has the bits of a way's levels. Many words at once, and the first letters of words, are of the usual level, which
// is written without bits.
func (f *found) levels(w way) (levelled, error) {
	l := levelled{way: w}
	for bit := range l.bits {
		if w.word == "" || strings.HasSuffix(w.word, beginning) {
			l.bits[bit] = roaring.New()
			continue
		}
		docs, err := f.bits.with(bitKey(w.word, bit))
		if err != nil {
			return l, err
		}
		l.bits[bit] = docs
	}
	return l, nil
}

// among are sets in all of which the documents are that match, and nobody else who has a word. Sets of many documents are bitmaps, and a few
// documents are found sooner in several bitmaps than in the list of those that match.
func (m matches) among(word int) []*roaring.Bitmap {
	if !m.every {
		return []*roaring.Bitmap{m.docs}
	}
	sets := []*roaring.Bitmap{m.allowed}
	for i, other := range m.words {
		if i != word {
			sets = append(sets, other.any)
		}
	}
	return sets
}

// having are the documents in which the level of any word has a bit, among those that are in all the sets of the word.
func (s *scorer) having(bit int, among func(word int) []*roaring.Bitmap) *roaring.Bitmap {
	var sets []*roaring.Bitmap
	for i, word := range s.words {
		for _, way := range word.ways {
			docs := way.bits[bit]
			for _, set := range among(i) {
				docs = roaring.And(docs, set)
			}
			if !docs.IsEmpty() {
				sets = append(sets, docs)
			}
		}
	}
	return union(sets)
}

// most is what a document has at most, if none of its levels has this bit or a higher one.
func (s *scorer) most(bit int) float32 {
	highest := int(levelWith(1<<bit - 2))
	var sum float32
	for _, word := range s.words {
		if len(word.ways) == 0 {
			continue
		}
		least := slices.MinFunc(word.ways, func(a, b levelled) int { return cmp.Compare(a.lower, b.lower) }).lower
		sum += word.points[1+highest+lowerMost-int(least)]
	}
	return sum
}

// score gives the points of some documents, in the order of docs, which are the same.
func (s *scorer) score(ctx context.Context, some *roaring.Bitmap, docs []uint32) ([]float32, error) {
	scores, steps, codes := make([]float32, len(docs)), make([]uint8, len(docs)), make([]uint8, len(docs))
	for _, word := range s.words {
		if err := word.rate(ctx, some, docs, steps, codes); err != nil {
			return nil, err
		}
		for i, step := range steps {
			scores[i] += word.points[step]
			steps[i] = 0
		}
	}
	s.closed.weigh(docs, scores)
	return scores, nil
}

// weigh has closed schools count less than open ones.
func (closed dense) weigh(docs []uint32, scores []float32) {
	if closed == nil {
		return
	}
	for i, doc := range docs {
		if closed.has(doc) {
			scores[i] *= weightClosed
		}
	}
}

// step is that of points for a document which has the way with the bits of a level.
func (w way) step(bits uint8) uint8 { return 1 + levelWith(bits) + lowerMost - w.lower }

// rate fills in the steps of some documents, in the order of docs, which are the same. All steps and codes are 0 before, and all codes after.
func (w scored) rate(ctx context.Context, some *roaring.Bitmap, docs []uint32, steps, codes []uint8) error {
	for _, way := range w.ways {
		if err := ctx.Err(); err != nil {
			return err
		}
		having := some
		if !way.every {
			having = roaring.And(some, way.docs)
		}
		for bit, with := range way.bits {
			for i := range positions(docs, roaring.And(having, with)) {
				codes[i] |= 1 << bit
			}
		}
		for i := range positions(docs, having) {
			steps[i] = max(steps[i], way.step(codes[i]))
			codes[i] = 0
		}
	}
	return nil
}

// positions are where some of the docs are.
func positions(docs []uint32, some *roaring.Bitmap) iter.Seq[int] {
	return func(yield func(int) bool) {
		at := 0
		for chunk := range chunks(some) {
			for _, doc := range chunk {
				at = seek(docs, at, doc)
				if !yield(at) {
					return
				}
			}
		}
	}
}

// seek is where doc is in docs, from a position on. Mostly that is near.
func seek(docs []uint32, from int, doc uint32) int {
	step := 1
	for from+step < len(docs) && docs[from+step] <= doc {
		from += step
		step *= 2
	}
	at, _ := slices.BinarySearch(docs[from:min(len(docs), from+step)], doc)
	return from + at
}
