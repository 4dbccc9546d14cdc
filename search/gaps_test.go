package search_test

import (
	"fmt"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestWordsWithAGapSurviveMerging has a word that many documents have, then as many twice do not, then many do again. Bleve's newest
// files lose count there: merging them with documents that have other fields fails, or crashes the process.
func TestWordsWithAGapSurviveMerging(t *testing.T) {
	const stretch = 3000
	dir := t.TempDir()
	w := newWorld()
	w.open(t, dir)
	for i := range 4 * stretch {
		title := "kestrel"
		if i >= stretch && i < 3*stretch {
			title = "heron"
		}
		r := resource(fmt.Sprintf("resource_%05d", i), title, "", "")
		r.UpdatedAt = past(i)
		w.resources.put(r)
	}
	w.catchUp(t)
	running(t, w)
	eventually(t, "that the index is at rest", func() bool { return len(segments(t, dir)) == 1 })
	for i := range 2 * stretch {
		w.threads.put(thread(fmt.Sprintf("thread_%05d", i), "kestrel"))
	}
	w.catchUp(t)
	eventually(t, "that the index is at rest again", func() bool { return len(segments(t, dir)) == 1 })
	for text, want := range map[string]int{"kestrel": 4 * stretch, "heron": 2 * stretch} {
		if found := w.find(t, staffroom.TextQuery{Text: text, Limit: 1}); found.Total != want {
			t.Errorf("%q finds %d after merging, not %d", text, found.Total, want)
		}
	}
}
