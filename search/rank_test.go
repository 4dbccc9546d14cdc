package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestFirstHitsAreTheBestOfAll compares a page with the beginning of all hits, for which every document is ranked.
func TestFirstHitsAreTheBestOfAll(t *testing.T) {
	const documents = 4000
	dir := t.TempDir()
	w, chance := newWorld(), rand.New(rand.NewPCG(51, 52))
	for i := range documents {
		r := resource(fmt.Sprintf("resource_%05d", i), "A title "+strings.Repeat(perched(chance, 2)+" ", chance.IntN(2)), perched(chance, 3), perched(chance, 9))
		r.UpdatedAt, r.PublishedAt = past(i), past(chance.IntN(documents))
		if i%4 == 0 {
			r.Audience = []string{"school_other"}
		}
		w.resources.put(r)
		s := school(fmt.Sprintf("A school %05d", i), "Lewes", []staffroom.SchoolStatus{staffroom.SchoolOpen, staffroom.SchoolClosed}[i%2])
		s.Name += " " + perched(chance, 2)
		w.schools.put(s)
	}
	w.open(t, dir)
	w.catchUp(t)
	w.mergeAll(t, dir)
	for _, text := range []string{"kestrel", "kestrels", "heron plover", "herons godwits", "he", "godw", "curlew hero", "kestrel herron", "plovre", "kestrel xylophone heron"} {
		all := w.find(t, staffroom.TextQuery{Text: text, Limit: 10_000})
		if len(all.Hits) != all.Total || all.Total < 600 {
			t.Errorf("%q shows %d of %d hits", text, len(all.Hits), all.Total)
		}
		for _, limit := range []int{1, 20, 100} {
			got, want := w.find(t, staffroom.TextQuery{Text: text, Limit: limit}).Hits, all.Hits[:limit]
			if !slices.EqualFunc(got, want, func(a, b staffroom.TextHit) bool { return a.ID == b.ID && a.Score == b.Score }) {
				t.Errorf("%q: the first %d are %v, want %v", text, limit, got, want)
			}
		}
	}
}

// TestOtherFormsOfAWordCount has documents with a word of which one says more about it in another form.
func TestOtherFormsOfAWordCount(t *testing.T) {
	w := newWorld()
	for i := range 10 {
		title := "Another day"
		if i == 5 {
			title = "Kestrel day"
		}
		w.resources.put(resource(fmt.Sprintf("resource_%d", i), title, "", "kestrels"))
	}
	w.open(t, "")
	w.catchUp(t)
	found := w.find(t, staffroom.TextQuery{Text: "kestrels"})
	if found.Total != 10 || found.Hits[0].ID != "resource_5" || found.Hits[0].Score <= found.Hits[1].Score {
		t.Errorf("found %v", found.Hits)
	}
}

// TestMissingWordsGiveNoPoints asks for three words of which each document has two.
func TestMissingWordsGiveNoPoints(t *testing.T) {
	w := newWorld()
	w.resources.put(resource("resource_1", "Kestrel", "", "heron"), resource("resource_2", "Godwit", "", "heron"))
	w.open(t, "")
	w.catchUp(t)
	two, three := w.find(t, staffroom.TextQuery{Text: "kestrel heron"}), w.find(t, staffroom.TextQuery{Text: "kestrel heron godwit"})
	if two.Total != 1 || three.Total != 2 {
		t.Fatalf("for two words %v, for three %v", two.Hits, three.Hits)
	}
	for _, hit := range three.Hits { // the words that only one of them has are equally rare
		if hit.Score != two.Hits[0].Score {
			t.Errorf("%s has %v points for two words of three, and for these alone %v", hit.ID, hit.Score, two.Hits[0].Score)
		}
	}
}

// perched is up to n birds, in several forms, some more frequent than others.
func perched(chance *rand.Rand, n int) string {
	forms := strings.Fields("kestrel kestrels heron herons heronry plover curlew dunlin godwit godwits emu")
	text := make([]string, chance.IntN(n+1))
	for i := range text {
		text[i] = forms[min(chance.IntN(len(forms)), chance.IntN(len(forms)))]
	}
	return strings.Join(text, " ")
}
