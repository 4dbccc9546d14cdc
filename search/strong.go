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
	*numbering
	// found are the documents that have all words, and pass the filter; they are within a span.
	found  dense
	within span
}

// bestFrequent are the first n documents with frequent words, in order. At first only documents are scored that a word matches very well. The best
// of them tell how far down others have to be looked for: who is weak in all words can't have more than the words give there.
func (m matches) bestFrequent(ctx context.Context, n int, points []points) ([]ranked, error) {
	r := rated{m.frequent, points, m.numbering, m.dense, m.within}
	kept, err := r.best(ctx, n)
	slices.SortFunc(kept, better)
	for i, hit := range kept {
		kept[i].doc = m.numbering.docs[hit.doc]
	}
	return kept, err
}

// best are the first n documents, by number.
func (r rated) best(ctx context.Context, n int) (worstFirst, error) {
	steps := make([]uint8, len(r.words))
	for i, word := range r.words {
		steps[i] = word.first()
	}
	for further := true; further; {
		kept, err := r.above(ctx, steps, n)
		if err != nil {
			return nil, err
		}
		worst := kept.worst(n)
		if r.most(steps) < worst {
			return kept, nil
		}
		further = r.lower(steps, worst)
	}
	return r.all(ctx, n)
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
func (r rated) above(ctx context.Context, steps []uint8, n int) (worstFirst, error) {
	var kept worstFirst
	var some batch
	flush := func() error {
		docs, scores := r.score(&some, steps)
		r.closed.weigh(docs, scores)
		kept.offer(n, docs, scores, r.places)
		some.number = 0
		return ctx.Err()
	}
	for i, word := range r.words {
		some.word = i
		for step := uint8(len(word.above) - 1); step > steps[i]; step-- { // some forty
			for docs := range slices.Chunk(r.within.cut(word.docs[word.above[step]:word.above[step-1]]), chunk) {
				some.add(r.found.those(docs, some.docs[some.number:]), step)
				if some.number >= chunk {
					if err := flush(); err != nil {
						return nil, err
					}
				}
			}
		}
		if err := flush(); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// batch is documents with a word that are scored together. There is room for as many again as are enough.
type batch struct {
	word   int
	number int
	docs   [2 * chunk]uint32
	known  [2 * chunk]uint8 // their steps
	scores [2 * chunk]float32
}

// add takes documents that were written behind those that it has, and have the same step.
func (b *batch) add(docs []uint32, step uint8) {
	for i := range docs {
		b.known[b.number+i] = step
	}
	b.number += len(docs)
}

// score gives the points of a batch, and leaves those out that a word before its own has above these steps: they were scored. Steps lie
// far apart in memory. Fetched word by word and without a decision, many come at the same time.
func (r rated) score(b *batch, steps []uint8) ([]uint32, []float32) {
	docs, scores, known := b.docs[:b.number], b.scores[:b.number], b.known[:b.number]
	clear(scores)
	var scored [2 * chunk]uint8
	for i, w := range r.words { // in their order, as sums of fractions depend on it
		if i == b.word {
			for j, step := range known {
				scores[j] += r.points[i][step]
			}
			continue
		}
		var at [2 * chunk]uint32
		for j, doc := range docs {
			at[j] = w.at(doc)
		}
		highest := uint8(len(points{})) // some forty
		if i < b.word {
			highest = steps[i]
		}
		for j := range docs {
			step := w.steps[at[j]]
			scores[j] += r.points[i][step]
			scored[j] |= (highest - step) >> 7 // 1 if there are more steps than that
		}
	}
	n := 0
	for j, doc := range docs {
		docs[n], scores[n] = doc, scores[j]
		n += 1 - int(scored[j])
	}
	return docs[:n], scores[:n]
}

// all are the best n of all that were found.
func (r rated) all(ctx context.Context, n int) (kept worstFirst, err error) {
	var scores [chunk]float32
	for docs := range r.found.chunksIn(r.within) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		scores := scores[:len(docs)]
		clear(scores)
		for i, word := range r.words {
			word.score(docs, &r.points[i], scores)
		}
		r.closed.weigh(docs, scores)
		kept.offer(n, docs, scores, r.places)
	}
	return kept, nil
}
