package search_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// prepare has parts with so many documents get their companions, once Bleve has written them to the disk.
func (w *world) prepare(t *testing.T, documents uint64) {
	t.Helper()
	w.PrepareFrom(documents)
	eventually(t, "that all large parts have companions", func() bool {
		with, _, err := w.Prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return with > 0 && w.Unprepared() == 0
	})
}

// merged is a network in one part, which Bleve has nothing to merge with.
func merged(t *testing.T, dir string, documents int) *world {
	t.Helper()
	w := newWorld()
	w.open(t, dir)
	w.hatch(t, 0, 0, documents)
	w.mergeAll(t, dir)
	return w
}

// mergeAll makes all parts one. Bleve leaves those that are not on the disk yet, so it is asked again.
func (w *world) mergeAll(t *testing.T, dir string) {
	t.Helper()
	eventually(t, "that all are in one part on the disk", func() bool {
		w.MergeAll(t.Context())
		return len(w.Parts()) == 1 && len(segments(t, dir)) == 1
	})
}

// companionsIn are the files in the folder of companions.
func companionsIn(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "companions", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// companion closes an index, and gives the file of its one companion and what is in it.
func (w *world) companion(t *testing.T, dir string) (file string, whole []byte) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file = companionsIn(t, dir)[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, whole
}

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

// birdsFound is how many documents two birds find, by which kinds they are counted, and the first ones.
func (w *world) birdsFound(t *testing.T) string {
	t.Helper()
	found := w.find(t, staffroom.TextQuery{Text: "heron kestrel", Facets: []staffroom.Facet{staffroom.FacetKind, staffroom.FacetTopic}})
	return fmt.Sprint(found.Total, found.Facets(), found.Hits)
}

// TestCompanionsOutliveTheProgram opens an index again, whose companion is there at once.
func TestCompanionsOutliveTheProgram(t *testing.T) {
	dir := t.TempDir()
	w := merged(t, dir, 300)
	before := w.birdsFound(t)
	w.prepare(t, 1)
	words := w.FrequentWords()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(t, dir)
	w.PrepareFrom(1)
	if after := w.birdsFound(t); after != before || w.FrequentWords() != words || words == 0 {
		t.Errorf("%d words are prepared and %s is found, want %d and %s", w.FrequentWords(), after, words, before)
	}
}

// TestDamagedCompanionsAreMadeAnew cuts one off, changes its end, and puts that of another index in its place.
func TestDamagedCompanionsAreMadeAnew(t *testing.T) {
	otherDir := t.TempDir()
	other := merged(t, otherDir, 400)
	other.prepare(t, 1)
	_, foreign := other.companion(t, otherDir)
	for name, spoil := range map[string]func([]byte) []byte{
		"empty":   func([]byte) []byte { return nil },
		"short":   func(whole []byte) []byte { return whole[:100] },
		"cut off": func(whole []byte) []byte { return whole[8:] },
		"no end":  func(whole []byte) []byte { return append(whole[:len(whole)-40], make([]byte, 40)...) },
		"garbled": func(whole []byte) []byte {
			return append(slices.Repeat([]byte{'x'}, len(whole)-40), whole[len(whole)-40:]...)
		},
		"foreign": func([]byte) []byte { return foreign },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := merged(t, dir, 300)
			before := w.birdsFound(t)
			w.prepare(t, 1)
			file, whole := w.companion(t, dir)
			if err := os.WriteFile(file, spoil(slices.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			w.open(t, dir)
			w.PrepareFrom(1)
			if after := w.birdsFound(t); after != before || w.FrequentWords() != 0 {
				t.Errorf("%d words are taken from it, and %s is found, want %s", w.FrequentWords(), after, before)
			}
			w.prepare(t, 1)
			if again, err := os.ReadFile(file); err != nil || !slices.Equal(again, whole) {
				t.Errorf("it is not made as it was: %v", err)
			}
		})
	}
}

// TestCompanionsOfMergedPartsAreRemoved while somebody still looks into them.
func TestCompanionsOfMergedPartsAreRemoved(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.open(t, dir)
	for part := range 3 {
		w.hatch(t, part, 100*part, 100)
	}
	w.prepare(t, 1)
	unfinished := filepath.Join(dir, "companions", "of-a-crash.companion.unfinished")
	if err := os.WriteFile(unfinished, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	search, done, err := w.OldView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.MergeAll(t.Context())
	eventually(t, "that all are in one part, and its companion alone is there", func() bool {
		w.prepare(t, 1)
		files := companionsIn(t, dir)
		return len(files) == 1 && !slices.Contains(files, unfinished)
	})
	for range 20 { // what is mapped must not vanish
		runtime.GC()
		if err := search(staffroom.TextQuery{Text: "kestrel heron", Limit: 10, Audiences: []string{staffroom.AudienceEveryone}}); err != nil {
			t.Fatal(err)
		}
	}
	done()
	if found := w.find(t, staffroom.TextQuery{Text: "kestrel heron"}); found.Total != 300 {
		t.Errorf("%d documents are found, want 300", found.Total)
	}
}

// TestDocumentsThatAreTakenOutAreNotFoundInACompanion which still has them.
func TestDocumentsThatAreTakenOutAreNotFoundInACompanion(t *testing.T) {
	w := merged(t, t.TempDir(), 3000) // so many that Bleve does not merge them with a few others
	w.prepare(t, 2000)
	w.hatch(t, 1, 0, 50) // written again elsewhere
	for i := range 25 {
		r := resource(fmt.Sprintf("resource_%05d", 100+i), "kestrel heron plover", "", "")
		r.UpdatedAt, r.Status, r.Audience = past(2), staffroom.StatusWithdrawn, nil
		w.resources.put(r)
	}
	w.catchUp(t)
	if w.FrequentWords() == 0 {
		t.Fatal("no words are prepared: this test shows nothing")
	}
	found := w.find(t, staffroom.TextQuery{Text: "kestrel heron", Limit: 5000, Facets: []staffroom.Facet{staffroom.FacetKind}})
	if counted := found.Facets()[staffroom.FacetKind][0].Count; found.Total != 2975 || counted != 2975 || len(found.Hits) != 2975 {
		t.Errorf("%d documents are found, %d counted and %d shown, want 2975", found.Total, counted, len(found.Hits))
	}
}

// TestCompanionsAreMadeAtRest by an index that runs, and after a while even if documents come in without a pause.
func TestCompanionsAreMadeAtRest(t *testing.T) {
	t.Run("quiet", func(t *testing.T) {
		w := newWorld()
		w.open(t, t.TempDir())
		w.PrepareFrom(100)
		w.hatch(t, 0, 0, 300)
		running(t, w)
		eventually(t, "that words are prepared", func() bool { return w.FrequentWords() > 0 })
	})
	t.Run("busy", func(t *testing.T) {
		w := newWorld()
		w.open(t, t.TempDir())
		w.PrepareFrom(2000)
		w.PrepareAfter(3)
		w.hatch(t, 0, 0, 3000) // so many that Bleve does not merge them with a few others
		running(t, w)
		minute := 1
		eventually(t, "that words are prepared", func() bool {
			w.hatch(t, minute, 5000+minute, 1)
			minute++
			return w.FrequentWords() > 0
		})
	})
}

// TestMakingACompanionEndsWithItsContext and leaves nothing.
func TestMakingACompanionEndsWithItsContext(t *testing.T) {
	w, dir := newWorld(), t.TempDir()
	w.open(t, dir)
	w.PrepareFrom(1)
	w.hatch(t, 0, 0, 300)
	eventually(t, "that the part is on the disk", func() bool { return len(segments(t, dir)) > 0 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if with, _, err := w.Prepare(ctx); err == nil || with > 0 {
		t.Errorf("it was made all the same, or nothing was said of it: %v", err)
	}
	if files := companionsIn(t, dir); len(files) > 0 {
		t.Errorf("%v are left", files)
	}
}

// TestIndexClosesWhileItIsTidied although that begins to look into the index only then.
func TestIndexClosesWhileItIsTidied(t *testing.T) {
	w := newWorld()
	w.open(t, t.TempDir())
	w.hatch(t, 0, 0, 10)
	w.TidyLater(t.Context(), 200*time.Millisecond)
	closed := make(chan error, 1)
	go func() { closed <- w.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it does not close")
	}
}

// TestBytesThatChangedInACompanionEndNoProgram spoils what is looked up, in many places: a search may fail, and others go on.
func TestBytesThatChangedInACompanionEndNoProgram(t *testing.T) {
	dir := t.TempDir()
	w := merged(t, dir, 3000)
	w.prepare(t, 1)
	file, whole := w.companion(t, dir)
	failed := 0
	for place := range 60 {
		spoilt := slices.Clone(whole)
		from := place * (len(whole) * 9 / 10) / 60 // lists come before what says where they are
		copy(spoilt[from:], slices.Repeat([]byte{0xff}, 2000))
		if err := os.WriteFile(file, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		w.open(t, dir)
		w.PrepareFrom(1)
		w.CountAlongside(0)
		func() {
			defer func() {
				if recover() != nil {
					failed++
				}
			}()
			w.birdsFound(t)
		}()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if failed == 0 {
		t.Error("no search failed: this test shows nothing")
	}
}
