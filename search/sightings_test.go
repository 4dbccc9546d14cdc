package search_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/events"
	"github.com/staffroom-schools/staffroom/search"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// TestWhatIsKnownOfDocumentsKeepsNoTexts catches up with large withdrawn resources, of which nothing comes into the index.
func TestWhatIsKnownOfDocumentsKeepsNoTexts(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.sqlite"), sqlite.Options{Keep: new(0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	fillWithdrawn(t, store)
	ix, err := search.Open("", store, events.NewHub(), quietLog())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ix.Close() }()
	before := heap()
	if err := ix.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if more := heap() - before; more > 10<<20 {
		t.Errorf("after 30 MB of withdrawn resources, %d MiB more are kept", more>>20)
	}
	runtime.KeepAlive(ix)
}

// fillWithdrawn writes 30 MB.
func fillWithdrawn(t *testing.T, store *staffroom.Store) {
	t.Helper()
	withdrawn := make([]*staffroom.Resource, 500)
	for i := range withdrawn {
		withdrawn[i] = &staffroom.Resource{
			Meta: staffroom.Meta{ID: fmt.Sprintf("resource_%d", i)}, Title: "x", ChangedAt: staffroom.At(time.Now()), Body: strings.Repeat("x", 60_000),
			Status: staffroom.StatusWithdrawn, PublishedAt: staffroom.At(time.Now()),
		}
	}
	if _, err := store.Resources.PutMany(t.Context(), withdrawn); err != nil {
		t.Fatal(err)
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) //nolint:gosec // far below the end of numbers
}

// TestNewsOfDraftsIsNotRemembered hears of many drafts, of which no pass will ever forget anything.
func TestNewsOfDraftsIsNotRemembered(t *testing.T) {
	w := newWorld()
	w.open(t, "")
	for range 100 {
		r := resource(staffroom.NewID(staffroom.PrefixResource), "A draft", "", "")
		r.Status, r.Audience, r.PublishedAt = staffroom.StatusDraft, nil, staffroom.Time{}
		w.resources.put(r)
		if err := w.Follow(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.Seen(); n != 0 {
		t.Errorf("%d drafts are remembered", n)
	}
}
