package search_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// ask searches as everyone.
func (w *world) ask(t *testing.T, q staffroom.TextQuery) *staffroom.TextResult {
	t.Helper()
	q.Audiences, q.Limit = []string{staffroom.AudienceEveryone}, 20
	found, err := w.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("%.60q: %v", q.Text, err)
	}
	return found
}

// TestLettersThatAreOnlyMarks has a text with letters of which nothing is left without their marks.
func TestLettersThatAreOnlyMarks(t *testing.T) {
	w := newWorld()
	w.resources.put(resource("resource_odd", "Phonics", "", "\u1885 \u1886 kestrel"))
	w.open(t, "")
	w.catchUp(t)
	for text, want := range map[string]int{"phonix": 1, "\u1885": 1, "kestrel": 1, "kestrol": 1} {
		if found := w.ask(t, staffroom.TextQuery{Text: text, Highlights: true}); found.Total != want {
			t.Errorf("%q finds %d", text, found.Total)
		}
	}
}

// TestManyWordsWithOneBeginning finds them all by it, and counts each document once.
func TestManyWordsWithOneBeginning(t *testing.T) {
	const documents, words = 30, 40
	w := newWorld()
	for i := range documents {
		var body strings.Builder
		for j := range words {
			fmt.Fprintf(&body, "schol%c%c%c ", 'a'+i%26, 'a'+i/26, 'a'+j%26)
		}
		w.resources.put(resource(fmt.Sprintf("resource_%02d", i), "A day", "", body.String()))
	}
	w.resources.put(resource("resource_other", "Another day", "", "nothing of the kind"))
	w.open(t, "")
	w.catchUp(t)
	if found := w.ask(t, staffroom.TextQuery{Text: "day scho"}); found.Total != documents || len(found.Hits) != 20 {
		t.Errorf("found %d, and shows %d; there are %d", found.Total, len(found.Hits), documents)
	}
}

func TestWordsCountOnce(t *testing.T) {
	w := newWorld()
	w.resources.put(resource("resource_1", "Phonics", "", ""), resource("resource_2", "Phonics for everyone", "", ""))
	w.open(t, "")
	w.catchUp(t)
	for text, want := range map[string]int{
		"phonics":                               2,
		"phonics phonics phonics":               2,
		"phonics phonics qqqqqq":                0,
		strings.Repeat(" ", 300) + "phonics   ": 2,
	} {
		if found := w.ask(t, staffroom.TextQuery{Text: text}); found.Total != want {
			t.Errorf("%.40q finds %d, not %d", text, found.Total, want)
		}
	}
}
