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
