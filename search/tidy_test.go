package search_test

import (
	"slices"
	"testing"
)

// TestPartsOfAFewDocumentsBecomeOne at rest, and the large one beside them is left as it is.
func TestPartsOfAFewDocumentsBecomeOne(t *testing.T) {
	w := merged(t, t.TempDir(), 3000)
	for i := range 4 {
		w.hatch(t, 1+i, 3000+i, 1)
	}
	if parts := w.Parts(); len(parts) < 3 { // Bleve may have put some together before it wrote them
		t.Fatalf("parts of %v documents: this test shows nothing", parts)
	}
	running(t, w)
	eventually(t, "that the small parts are one", func() bool { return len(w.Parts()) == 2 })
	if parts := w.Parts(); !slices.Equal(parts, []uint64{3000, 4}) {
		t.Errorf("parts of %v documents", parts)
	}
}

// TestPartsOfDeletedDocumentsKeepNobodyFromMakingCompanions has a small part nearly all of which is deleted.
func TestPartsOfDeletedDocumentsKeepNobodyFromMakingCompanions(t *testing.T) {
	w := merged(t, t.TempDir(), 3000)
	w.PrepareFrom(2000)
	w.hatch(t, 1, 3000, 10)
	eventually(t, "that they are written", func() bool { return len(w.Parts()) == 2 })
	w.hatch(t, 2, 3000, 9) // which were in the second part
	if parts := w.Parts(); !slices.Equal(parts, []uint64{3000, 10, 9}) {
		t.Fatalf("parts of %v documents: this test shows nothing", parts)
	}
	running(t, w)
	eventually(t, "that the small parts are one, and the large one is prepared", func() bool {
		return slices.Equal(w.Parts(), []uint64{3000, 10}) && w.Unprepared() == 0
	})
}
