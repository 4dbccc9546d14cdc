package search_test

import (
	"fmt"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// learnBirds has an index keep the words of its parts, and says how many those are now.
func (w *world) learnBirds(t *testing.T) int {
	t.Helper()
	for round := range 8 { // one word of a part at a time
		for _, text := range []string{"kestrel heron", "heron plover", "plover kestrel"} {
			w.find(t, staffroom.TextQuery{Text: text, Limit: 20 + round}) // another question in each round
		}
	}
	return w.FrequentWords()
}

// look looks at the index as it is now, without asking for a word.
func (w *world) look(t *testing.T) { w.find(t, staffroom.TextQuery{Limit: 1}) }

// hatch writes so many resources with all birds, from a number on, at a minute.
func (w *world) hatch(t *testing.T, minute, from, many int) {
	t.Helper()
	for i := range many {
		r := resource(fmt.Sprintf("resource_%05d", from+i), "kestrel heron plover", "", "")
		r.UpdatedAt = past(minute)
		w.resources.put(r)
	}
	w.catchUp(t)
}

// TestWordsOfMergedPartsAreForgotten as soon as somebody looks: what is kept of a part is of no use once others have its documents.
func TestWordsOfMergedPartsAreForgotten(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.open(t, dir)
	w.KeepFrequentFrom(1)
	for part := range 3 {
		w.hatch(t, part, 100*part, 100)
	}
	if w.learnBirds(t) == 0 {
		t.Fatal("no words are kept")
	}
	w.MergeAll(t.Context())
	eventually(t, "that all are in one part", func() bool { return len(segments(t, dir)) == 1 })
	// Each is kept as a finished word and as an unfinished one, of that part alone.
	eventually(t, "that only words of the one part are kept", func() bool { return w.learnBirds(t) == 6 })
}

// TestWordsOfEmptiedPartsAreForgotten when all documents of a part are taken out, and stay when only some are, or others come.
func TestWordsOfEmptiedPartsAreForgotten(t *testing.T) {
	w := newWorld()
	w.open(t, "") // in memory parts are never merged
	w.KeepFrequentFrom(1)
	w.hatch(t, 0, 0, 100)
	before := w.learnBirds(t)
	if before == 0 {
		t.Fatal("no words are kept")
	}
	w.hatch(t, 1, 0, 50) // written again elsewhere: half of the first part is deleted now
	w.look(t)
	if n := w.FrequentWords(); n != before {
		t.Errorf("%d words are kept of a part with some deleted documents, want %d", n, before)
	}
	both := w.learnBirds(t)
	if both <= before {
		t.Errorf("%d words are kept of two parts, and %d of one", both, before)
	}
	w.hatch(t, 2, 50, 50) // nothing is left of the first part
	w.look(t)
	if n := w.FrequentWords(); n != both-before {
		t.Errorf("%d words are kept without the first part, want %d", n, both-before)
	}
	if found := w.find(t, staffroom.TextQuery{Text: "kestrel heron"}); found.Total != 100 {
		t.Errorf("%d documents are found, want 100", found.Total)
	}
}

// TestNothingIsLearntOfAPartThatIsGone searches what was there before all of its documents were written anew.
func TestNothingIsLearntOfAPartThatIsGone(t *testing.T) {
	w := newWorld()
	w.open(t, "")
	w.KeepFrequentFrom(1)
	w.hatch(t, 0, 0, 100)
	search, done, err := w.OldView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	w.hatch(t, 1, 0, 100)
	w.look(t)
	for range 4 {
		if err := search(staffroom.TextQuery{Text: "kestrel heron", Limit: 10, Audiences: []string{staffroom.AudienceEveryone}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.FrequentWords(); n != 0 {
		t.Errorf("%d words of a part that is gone are kept", n)
	}
}
