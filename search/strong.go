package search

import (
	"context"
	"slices"
)

const (
	// strongShare is the share of a word's documents that are strong: one in so many, which is mostly enough for the first page of what two words find.
	strongShare = 16
	// firstShare is the share of them that is looked at first, to learn how good the best are at least.
	firstShare = 80
)

// strong are the documents of a word that it matches best.
type strong struct {
	// docs are those with more than weak steps, the best first.
	docs []uint32
	weak uint8
	// above is how many documents have more steps than that, from weak on.
	above [len(points{})]uint32
}

// strongest are the strong ones of a word, whose documents have these steps.
func strongest(who dense, steps []uint8) strong {
	var s strong
	var next [len(points{})]uint32 // where documents with so many steps go
	having := [len(next)]uint32{}
	for _, step := range steps {
		having[step]++
	}
	most := uint32(len(steps) / strongShare) // Bleve's numbers of documents in a segment have 31 bits
	s.weak = uint8(len(having) - 1)          // some forty
	for n := having[s.weak]; n <= most && s.weak > 0; n += having[s.weak] {
		next[s.weak] = n - having[s.weak]
		s.weak--
		s.above[s.weak] = n
	}
	s.docs = make([]uint32, s.above[s.weak])
	for docs := range who.chunks() {
		for i, doc := range docs {
			if step := steps[i]; step > s.weak {
				s.docs[next[step]] = doc
				next[step]++
			}
		}
		steps = steps[len(docs):]
	}
	return s
}

// first is a step that few documents have more than.
func (f *frequent) first() uint8 {
	step := uint8(len(f.above) - 1) // some forty
	for step > f.weak && f.above[step-1] <= uint32(len(f.steps)/firstShare) {
		step--
	}
	return step
}

// rated are frequent words that give documents points.
type rated struct {
	words  []*frequent
	points []points
	closed dense // nil for nobody
	// found are the documents that have all words, and pass the filter.
	found dense
}

// bestFrequent are the first n documents with frequent words, in order. At first only documents are scored that a word matches very well. The best
// of them tell how far down others have to be looked for: who is weak in all words can't have more than the words give there.
func (m matches) bestFrequent(ctx context.Context, n int, points []points, places []uint32) ([]ranked, error) {
	closed, err := m.closed()
	if err != nil {
		return nil, err
	}
	r := rated{m.frequent, points, closed, m.dense}
	steps := make([]uint8, len(r.words))
	for i, word := range r.words {
		steps[i] = word.first()
	}
	for further := true; further; {
		kept, err := r.above(ctx, steps, n, places)
		if err != nil {
			return nil, err
		}
		worst := kept.worst(n)
		if r.most(steps) < worst {
			slices.SortFunc(kept, better)
			return kept, nil
		}
		further = r.lower(steps, worst)
	}
	kept, err := r.all(ctx, n, places)
	slices.SortFunc(kept, better)
	return kept, err
}

// most is what a document has at most that has not more than these steps for any word.
func (r rated) most(steps []uint8) (sum float32) {
	for i, step := range steps {
		sum += r.points[i][step]
	}
	return sum
}

// lower goes down from these steps until whoever has none above them has less than some points, or else to where the strong end. It takes each
// time the word for which the fewest documents come in for the points that the others lose. False if it can't go down at all.
func (r rated) lower(steps []uint8, points float32) (lower bool) {
	for r.most(steps) >= points {
		next, least := -1, float32(0)
		for i, word := range r.words {
			step := steps[i]
			if step == word.weak {
				continue
			}
			lost := r.points[i][step] - r.points[i][step-1]
			if price := float32(1+word.above[step-1]-word.above[step]) / max(lost, 1e-9); next < 0 || price < least {
				next, least = i, price
			}
		}
		if next < 0 {
			return lower
		}
		steps[next]--
		lower = true
	}
	return lower
}

// above are the best n of those who have more than these steps for some word.
func (r rated) above(ctx context.Context, steps []uint8, n int, places []uint32) (kept worstFirst, err error) {
	var found [chunk]uint32
	var scores [chunk]float32
	for i, word := range r.words {
		for step := uint8(len(word.above) - 1); step > steps[i]; step-- { // some forty
			for some := range slices.Chunk(word.docs[word.above[step]:word.above[step-1]], chunk) {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				docs := r.score(i, step, steps, r.found.those(some, found[:]), scores[:])
				r.closed.weigh(docs, scores[:len(docs)])
				kept.offer(n, docs, scores[:len(docs)], places)
			}
		}
	}
	return kept, nil
}

// score writes the points of documents that have so many steps for one word, and leaves those out that a word before it has above these
// steps: they were scored.
func (r rated) score(word int, known uint8, steps []uint8, docs []uint32, scores []float32) []uint32 {
	n := 0
	for _, doc := range docs {
		once, sum := 1, float32(0)
		for i, w := range r.words {
			step := known
			if i != word {
				step = w.steps[w.at(doc)]
			}
			if i < word && step > steps[i] {
				once = 0
			}
			sum += r.points[i][step]
		}
		docs[n], scores[n] = doc, sum
		n += once
	}
	return docs[:n]
}

// all are the best n of all that were found.
func (r rated) all(ctx context.Context, n int, places []uint32) (kept worstFirst, err error) {
	var scores [chunk]float32
	for docs := range r.found.chunks() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		scores := scores[:len(docs)]
		clear(scores)
		for i, word := range r.words {
			word.score(docs, &r.points[i], scores)
		}
		r.closed.weigh(docs, scores)
		kept.offer(n, docs, scores, places)
	}
	return kept, nil
}
