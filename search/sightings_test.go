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

// TestNewsIsNotLookedAtAgainAndAgain has changes of half a minute come as news, before a pass meets them.
func TestNewsIsNotLookedAtAgainAndAgain(t *testing.T) {
	w, now := newWorld(), time.Now()
	w.open(t, "")
	for i := range 300 {
		at := now.Add(time.Duration(i) * 100 * time.Millisecond)
		w.SetClock(at)
		id := staffroom.NewID(staffroom.PrefixResource)
		w.resources.put(written(id, "New", at))
		if err := w.Follow(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if i%10 == 9 {
			glance(t, w)
		}
	}
	w.SetClock(now.Add(time.Hour))
	w.catchUp(t)
	w.resources.given = 0
	w.catchUp(t)
	if w.resources.given != 1 || w.Seen() != 1 {
		t.Errorf("the next pass reads %d resources again, and %d are remembered, want the last one", w.resources.given, w.Seen())
	}
}

// TestARestartIndexesNothingAgain restarts after documents that came in passes and as news, the last ones of which the first pass meets again.
func TestARestartIndexesNothingAgain(t *testing.T) {
	dir, w, now := t.TempDir(), newWorld(), time.Now()
	w.open(t, dir)
	w.SetClock(now)
	for i := range 4 {
		id := staffroom.NewID(staffroom.PrefixResource)
		w.resources.put(written(id, "Phonics", now.Add(-time.Duration(i)*time.Second)))
		if i%2 == 0 {
			if err := w.Follow(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		w.catchUp(t)
	}
	if n := w.Updates(); n != 4 {
		t.Fatalf("%d documents are indexed, want 4", n)
	}
	closeIndex(t, w)

	w.open(t, dir)
	w.SetClock(now.Add(time.Hour))
	w.resources.given = 0
	w.catchUp(t)
	if n := w.Updates(); n != 0 || w.resources.given != 4 {
		t.Errorf("of %d documents that are met again, %d are indexed again", w.resources.given, n)
	}
	changed := written(staffroom.NewID(staffroom.PrefixResource), "Fluency", now.Add(-2*time.Second)) // committed late
	w.resources.put(changed)
	w.SetClock(now.Add(time.Hour + time.Second))
	closeIndex(t, w)
	w.open(t, dir)
	w.catchUp(t)
	if got := w.ids(t, "fluency"); len(got) != 1 {
		t.Errorf("of what was committed late before a restart, %v is found", got)
	}
}

// TestNotesOfAFloodAreShort indexes more at once than is noted.
func TestNotesOfAFloodAreShort(t *testing.T) {
	dir, w, now := t.TempDir(), newWorld(), time.Now()
	w.open(t, dir)
	w.SetClock(now)
	for range 700 {
		w.resources.put(written(staffroom.NewID(staffroom.PrefixResource), "Numbers", now))
	}
	w.catchUp(t)
	closeIndex(t, w)
	w.open(t, dir)
	if n := w.Seen(); n != 100 {
		t.Errorf("after a restart %d are remembered, want the last 100", n)
	}
	w.catchUp(t)
	if found := w.find(t, staffroom.TextQuery{Text: "numbers"}); found.Total != 700 {
		t.Errorf("found %d, want 700", found.Total)
	}
}

// TestADocumentThatIsMadeAgainIsFound although the one before had the same id and version.
func TestADocumentThatIsMadeAgainIsFound(t *testing.T) {
	dir, w, now, id := t.TempDir(), newWorld(), time.Now(), staffroom.NewID(staffroom.PrefixResource)
	w.open(t, dir)
	w.SetClock(now)
	w.resources.put(written(id, "Phonics", now))
	w.catchUp(t)
	w.resources.remove(id)
	if err := w.Follow(t.Context(), id); err != nil || w.Seen() != 0 {
		t.Fatalf("after it is gone %d are remembered, %v", w.Seen(), err)
	}
	for _, again := range []string{"Fluency", "Numbers"} { // the second without news that the first is gone
		closeIndex(t, w)
		w.resources.remove(id)
		now = now.Add(time.Hour)
		w.resources.put(written(id, again, now))
		w.open(t, dir)
		w.SetClock(now)
		w.catchUp(t)
		if got := w.ids(t, again); len(got) != 1 {
			t.Errorf("of %q, %v is found", again, got)
		}
	}
}
