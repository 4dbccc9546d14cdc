package search

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBestOfFrequentWordsAreThoseWithTheMostPoints compares with brute force, where words match many documents alike, so that many are as good
// as others, and where the strong are enough, and where they are not.
func TestBestOfFrequentWordsAreThoseWithTheMostPoints(t *testing.T) {
	chance := rand.New(rand.NewPCG(101, 102))
	enough := [shares + 1]int{}
	for round := range 300 {
		documents := 200 + chance.IntN(6000)
		m, rates, want := madeUpFrequent(chance, documents)
		places := make([]uint32, documents)
		for doc, place := range chance.Perm(documents) {
			places[doc] = uint32(place)
		}
		for i := range want {
			want[i].place = places[want[i].doc]
		}
		slices.SortFunc(want, better)
		for _, n := range []int{1, 20, 300} {
			got, err := m.bestFrequent(t.Context(), n, rates, places)
			if err != nil {
				t.Fatal(err)
			}
			if want := want[:min(n, len(want))]; !slices.Equal(got, want) {
				t.Errorf("round %d: the best %d of %d are %v, want %v", round, n, m.number, got, want)
			}
			enough[sharesNeeded(m, rates, got, n)]++
		}
	}
	if slices.Min(enough[:]) < 20 {
		t.Errorf("the strong were enough, at first and later, or not: %v times", enough)
	}
}

// TestStrongAreCountedInBytes checks the size of a word by which the bound for all words is kept.
func TestStrongAreCountedInBytes(t *testing.T) {
	f, docs := madeUpWord(rand.New(rand.NewPCG(1, 2)), 100_000), 0
	for _, s := range f.strong {
		docs += len(s.docs)
	}
	if least := 8*len(f.who) + len(f.steps) + 4*docs; docs == 0 || f.size() < least {
		t.Errorf("%d bytes are said, and there are %d at least", f.size(), least)
	}
}

// madeUpFrequent is what one to three frequent words find in a part, their points, and what each document must get.
func madeUpFrequent(chance *rand.Rand, documents int) (matches, []points, []ranked) {
	closed := make(dense, (documents+63)/64)
	m := matches{part: &part{closed: func() (dense, error) { return closed, nil }}, dense: slices.Repeat(dense{^uint64(0)}, len(closed))}
	scores, rates := make([]float32, documents), []points(nil)
	for range 1 + chance.IntN(3) {
		f, rate := madeUpWord(chance, documents), points{}
		for step := 1; step < len(rate); step++ {
			rate[step] = rate[step-1] + float32(chance.IntN(3))
		}
		for doc := range scores {
			if f.who.has(uint32(doc)) {
				scores[doc] += rate[f.steps[f.at(uint32(doc))]]
			}
		}
		m.frequent, rates = append(m.frequent, f), append(rates, rate)
		m.number = m.dense.inAll([]dense{m.dense, f.who})
	}
	var want []ranked
	for doc, score := range scores {
		if chance.IntN(10) == 0 {
			closed[doc/64] |= 1 << (doc % 64)
			score *= weightClosed
		}
		if m.dense.has(uint32(doc)) {
			want = append(want, ranked{score: score, doc: uint32(doc)})
		}
	}
	return m, rates, want
}

// madeUpWord is one that most documents have, most of them with one step, and a few with more.
func madeUpWord(chance *rand.Rand, documents int) *frequent {
	f, usual, few := &frequent{who: make(dense, (documents+63)/64)}, 10+chance.IntN(20), 1+chance.IntN(100)
	for doc := range documents {
		if chance.IntN(4) == 0 {
			continue
		}
		f.who[doc/64] |= 1 << (doc % 64)
		step := usual - chance.IntN(2)
		if chance.IntN(few) == 0 {
			step += chance.IntN(12)
		}
		f.steps = append(f.steps, uint8(step))
	}
	f.number()
	f.tellStrong()
	return f
}

// sharesNeeded is which share of the strong were enough, or how many shares there are if none was.
func sharesNeeded(m matches, rates []points, best []ranked, n int) int {
	for share := range shares {
		lists, most := rated{words: m.frequent, points: rates}.strong(share)
		if len(m.dense.those(lists)) >= n && best[n-1].score > most {
			return share
		}
	}
	return shares
}
