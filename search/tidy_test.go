package search_test

import (
	"slices"
	"testing"
	"time"
)

// written waits until so many parts are on the disk: those that are not, Bleve puts together before it writes them.
func (w *world) written(t *testing.T, dir string, parts int) {
	t.Helper()
	eventually(t, "that the parts are written", func() bool { return len(segments(t, dir)) == parts })
}

// TestPartsOfAFewDocumentsBecomeOne at rest, and the large one beside them is left as it is.
func TestPartsOfAFewDocumentsBecomeOne(t *testing.T) {
	dir := t.TempDir()
	w := merged(t, dir, 9000) // beside so many, Bleve leaves four small parts
	for i := range 3 {
		w.hatch(t, 1+i, 9000+i, 1)
		w.written(t, dir, 2+i)
	}
	time.Sleep(time.Second) // for Bleve to merge what it would
	if parts := w.Parts(); !slices.Equal(parts, []uint64{9000, 1, 1, 1}) {
		t.Fatalf("parts of %v documents: this test shows nothing", parts)
	}
	running(t, w)
	eventually(t, "that the small parts are one", func() bool { return len(w.Parts()) == 2 })
	if parts := w.Parts(); !slices.Equal(parts, []uint64{9000, 3}) {
		t.Errorf("parts of %v documents", parts)
	}
}

// TestPartsOfDeletedDocumentsKeepNobodyFromMakingCompanions has a small part nearly all of which is deleted.
func TestPartsOfDeletedDocumentsKeepNobodyFromMakingCompanions(t *testing.T) {
	dir := t.TempDir()
	w := merged(t, dir, 3000)
	w.PrepareFrom(2000)
	w.hatch(t, 1, 3000, 10)
	w.written(t, dir, 2)
	w.hatch(t, 2, 3000, 9) // which were in the second part
	if parts := w.Parts(); !slices.Equal(parts, []uint64{3000, 10, 9}) {
		t.Fatalf("parts of %v documents: this test shows nothing", parts)
	}
	running(t, w)
	eventually(t, "that the small parts are one, and the large one is prepared", func() bool {
		return slices.Equal(w.Parts(), []uint64{3000, 10}) && w.Unprepared() == 0
	})
}
