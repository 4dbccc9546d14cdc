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
	enough := map[string]int{}
	for round := range 300 {
		documents := 200 + chance.IntN(6000)
		m, rates, want := madeUpFrequent(chance, documents)
		slices.SortFunc(want, better)
		for _, n := range []int{1, 20, 300} {
			got, err := m.bestFrequent(t.Context(), n, rates)
			if err != nil {
				t.Fatal(err)
			}
			if want := want[:min(n, len(want))]; !slices.Equal(got, want) {
				t.Errorf("round %d: the best %d of %d are %v, want %v", round, n, m.number, got, want)
			}
			enough[howFar(t, m, rates, got, n)]++
		}
	}
	for _, far := range []string{"first", "further", "all"} {
		if enough[far] < 20 {
			t.Errorf("the strong were enough, at first and later, or not: %v times", enough)
		}
	}
}

// TestStrongAreTheBestFirst checks who is strong, and how many have more steps than each.
func TestStrongAreTheBestFirst(t *testing.T) {
	chance := rand.New(rand.NewPCG(103, 104))
	for round := range 50 {
		f := madeUpWord(chance, 100+chance.IntN(50_000))
		var want []uint32
		for step := len(f.above) - 1; step > int(f.weak); step-- {
			if int(f.above[step]) != len(want) {
				t.Fatalf("round %d: %d are said to have more steps than %d, and %d have", round, f.above[step], step, len(want))
			}
			for doc := range uint32(64 * len(f.who)) {
				if f.who.has(doc) && int(f.steps[f.at(doc)]) == step {
					want = append(want, doc)
				}
			}
		}
		if !slices.Equal(f.docs, want) || int(f.above[f.weak]) != len(want) || len(want) > len(f.steps)/strongShare {
			t.Errorf("round %d: %d of %d documents are strong, want %d", round, len(f.docs), len(f.steps), len(want))
		}
	}
}

// madeUpFrequent is what one to three frequent words find in a part, their points, and what each document must get.
func madeUpFrequent(chance *rand.Rand, documents int) (matches, []points, []ranked) {
	closed := make(dense, (documents+63)/64)
	m := matches{
		numbering: &numbering{docs: permutation(chance, documents), places: permutation(chance, documents), closed: closed},
		dense:     make(dense, len(closed)), within: span{chance.IntN(20), len(closed) - chance.IntN(20)},
	}
	if m.within.from > m.within.to {
		m.within = span{0, len(closed)}
	}
	for i := range m.dense[m.within.from:m.within.to] {
		m.dense[m.within.from+i] = ^uint64(0)
	}
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
		m.number = m.dense.inAll([]dense{m.dense, f.who}, m.within)
	}
	var want []ranked
	for doc, score := range scores {
		if chance.IntN(10) == 0 {
			closed[doc/64] |= 1 << (doc % 64)
			score *= weightClosed
		}
		if m.dense.has(uint32(doc)) {
			want = append(want, ranked{score, m.numbering.places[doc], m.numbering.docs[doc]})
		}
	}
	return m, rates, want
}

// permutation is the first n numbers in any order.
func permutation(chance *rand.Rand, n int) []uint32 {
	all := make([]uint32, n)
	for i, number := range chance.Perm(n) {
		all[i] = uint32(number)
	}
	return all
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
	f.strong = strongest(f.who, f.steps)
	return f
}

// howFar is whether the best n were among the strong that are looked at first, or among the others.
func howFar(t *testing.T, m matches, rates []points, best []ranked, n int) string {
	t.Helper()
	r := rated{words: m.frequent, points: rates, found: m.dense, within: m.within}
	var first, last []uint8
	for _, word := range r.words {
		first, last = append(first, word.first()), append(last, word.weak)
	}
	switch {
	case len(best) == n && best[n-1].score > r.most(first):
		return "first"
	case len(best) == n && best[n-1].score > r.most(last):
		return "further"
	default:
		return "all"
	}
}
