package search_test

import (
	"fmt"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestWhatIsCountedAlongsideIsNobodyElsesYet lets others search, and the index close, before it looks what was counted.
func TestWhatIsCountedAlongsideIsNobodyElsesYet(t *testing.T) {
	for _, from := range []int{0, 200} { // by a goroutine that waits for it, and by one that is begun then
		t.Run(fmt.Sprintf("from %d hits", from), func(t *testing.T) { countAlongside(t, from) })
	}
}

func countAlongside(t *testing.T, from int) {
	t.Helper()
	w := aviary(t)
	w.prepare(t, 1)
	if w.FrequentWords() < 4 {
		t.Fatal("too few words are prepared: this test shows nothing")
	}
	w.CountAlongside(from)
	many := 0
	var all []*staffroom.TextResult
	for round := range 300 {
		for _, text := range []string{"kestrel", "heron", "kestrel heron", "godwit"} {
			all = append(all, w.find(t, staffroom.TextQuery{Text: text, Limit: 1 + round%3, Offset: round, Facets: []staffroom.Facet{staffroom.FacetKind}}))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for i, result := range all {
		counted := 0
		for _, c := range result.Facets()[staffroom.FacetKind] {
			counted += c.Count
		}
		if counted != result.Total {
			t.Errorf("question %d: %d of %d hits are counted", i, counted, result.Total)
		}
		if result.Total >= from {
			many++
		}
	}
	if many < len(all)/4 {
		t.Errorf("only %d of %d questions have hits that are counted alongside", many, len(all))
	}
}
