package search_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/search"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestCatchUpFollowsChanges(t *testing.T) {
	w := library(t)
	changed := resource("resource_title", "Grammar in Year 6", "", "")
	changed.UpdatedAt = past(10)
	withdrawn := resource("resource_body", "Starting well", "", "phonics")
	withdrawn.Status, withdrawn.Audience, withdrawn.UpdatedAt = staffroom.StatusWithdrawn, nil, past(10)
	w.resources.put(changed, withdrawn)
	active := thread("thread_1", "Attendance on Fridays")
	active.UpdatedAt = past(10)
	w.threads.put(active)
	w.posts.put(staffroom.Post{Meta: staffroom.Meta{ID: "post_2", CreatedAt: past(9)}, ThreadID: "thread_1", Body: "Breakfast helps."})
	w.catchUp(t)
	for text, want := range map[string]string{"phonics": "resource_tool", "grammar": "resource_title", "breakfast": "thread_1"} {
		if got := strings.Join(w.ids(t, text), " "); got != want {
			t.Errorf("%q found %q, want %q", text, got, want)
		}
	}
}

func TestWriteThatIsCommittedLateIsFound(t *testing.T) {
	w := newWorld()
	w.open(t, "")
	early, late := resource("resource_early", "Early", "", ""), resource("resource_late", "Late", "", "")
	now := time.Now()
	early.UpdatedAt, late.UpdatedAt = staffroom.At(now), staffroom.At(now.Add(-4*time.Second))
	w.resources.put(early)
	w.catchUp(t)
	w.resources.put(late) // began before, and was committed after
	w.catchUp(t)
	if got := w.ids(t, "late"); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}

func TestAFloodIsNotReadAgainAndAgain(t *testing.T) {
	w := newWorld()
	for i := range 700 { // an import, done long ago
		r := resource(fmt.Sprintf("resource_%04d", i), "Numbers", "", "")
		r.UpdatedAt = staffroom.At(past(0).Add(time.Duration(i) * time.Millisecond))
		w.resources.put(r)
	}
	w.open(t, "")
	w.catchUp(t)
	w.resources.given = 0
	w.catchUp(t)
	if w.resources.given > 1 {
		t.Errorf("the next pass read %d resources again", w.resources.given)
	}
}

// TestDraftsAreNotRead has drafts, which are in no answer before they are published, and one that then is.
func TestDraftsAreNotRead(t *testing.T) {
	w := newWorld()
	w.open(t, "")
	for i := range 30 {
		draft := resource(fmt.Sprintf("resource_%02d", i), "Numbers", "", "")
		draft.Status, draft.Audience, draft.PublishedAt = staffroom.StatusDraft, nil, staffroom.Time{}
		w.resources.put(draft)
	}
	w.catchUp(t)
	if w.resources.given > 0 {
		t.Errorf("%d drafts were read", w.resources.given)
	}
	published := resource("resource_07", "Numbers", "", "")
	published.PublishedAt, published.UpdatedAt = past(10), past(10)
	w.resources.put(published)
	w.catchUp(t)
	if got := w.ids(t, "numbers"); !slices.Equal(got, []string{"resource_07"}) {
		t.Errorf("found %v after one was published", got)
	}
}

func TestClockThatRunsAheadHidesNothing(t *testing.T) {
	w := newWorld()
	w.open(t, "")
	ahead, now := resource("resource_ahead", "Ahead", "", ""), resource("resource_now", "Now", "", "")
	ahead.UpdatedAt = staffroom.At(time.Now().Add(time.Hour))
	w.resources.put(ahead)
	w.catchUp(t)
	now.Title, now.UpdatedAt = "Today", staffroom.At(time.Now())
	w.resources.put(now)
	w.catchUp(t)
	if got := append(w.ids(t, "ahead"), w.ids(t, "today")...); len(got) != 2 {
		t.Errorf("found %v, want both", got)
	}
}

func TestManyPages(t *testing.T) {
	w := newWorld()
	for i := range 1203 { // three pages, many documents with the same time
		r := resource(fmt.Sprintf("resource_%04d", i), "Numbers", "", "")
		r.UpdatedAt = past(i / 400)
		w.resources.put(r)
	}
	w.open(t, "")
	w.catchUp(t)
	if found := w.find(t, staffroom.TextQuery{Text: "numbers"}); found.Total != 1203 {
		t.Errorf("found %d, want 1203", found.Total)
	}
}

func TestIndexOnDiskGoesOnFromItsMark(t *testing.T) {
	dir, w := t.TempDir(), newWorld()
	w.resources.put(resource("resource_1", "Phonics", "", ""))
	later := resource("resource_2", "Fluency", "", "")
	later.UpdatedAt = past(60)
	w.resources.put(later)
	w.open(t, dir)
	w.catchUp(t)
	closeIndex(t, w)

	w.resources.remove("resource_1") // so that only the index can know of it
	w.open(t, dir)
	w.catchUp(t)
	if got := append(w.ids(t, "phonics"), w.ids(t, "fluency")...); !slices.Equal(got, []string{"resource_1", "resource_2"}) {
		t.Errorf("after opening again: %v", got)
	}
}

func closeIndex(t *testing.T, w *world) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func TestUnusableIndexIsMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"another layout":     func(t *testing.T, dir string) { write(t, filepath.Join(dir, "layout"), "0") },
		"no layout":          func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "layout")) },
		"no meta":            func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "index", "index_meta.json")) },
		"broken root":        func(t *testing.T, dir string) { write(t, filepath.Join(dir, "index", "store", "root.bolt"), "broken") },
		"no root":            func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "index", "store", "root.bolt")) },
		"broken segments":    func(t *testing.T, dir string) { eachSegment(t, dir, func(path string) { write(t, path, "broken") }) },
		"overwritten footer": func(t *testing.T, dir string) { eachSegment(t, dir, spoilEnd) },
		"no segments":        func(t *testing.T, dir string) { eachSegment(t, dir, func(path string) { remove(t, path) }) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, w := t.TempDir(), newWorld()
			w.resources.put(resource("resource_1", "Phonics", "", ""))
			w.open(t, dir)
			w.catchUp(t)
			waitForSegment(t, dir)
			closeIndex(t, w)
			spoil(t, dir)
			w.open(t, dir)
			w.catchUp(t)
			if got := w.ids(t, "phonics"); len(got) != 1 {
				t.Errorf("found %v after the index was made anew", got)
			}
		})
	}
}

// waitForSegment waits until the index has written its documents to the disk.
func waitForSegment(t *testing.T, dir string) {
	t.Helper()
	eventually(t, "what the index writes", func() bool { return len(segments(t, dir)) > 0 })
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "index", "store", "*.zap"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func eachSegment(t *testing.T, dir string, spoil func(path string)) {
	t.Helper()
	found := segments(t, dir)
	if len(found) == 0 {
		t.Fatal("no segment to spoil")
	}
	for _, path := range found {
		spoil(path)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func spoilEnd(path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	for i := max(0, len(content)-40); i < len(content); i++ {
		content[i] ^= 0xA5
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		panic(err)
	}
}

func TestIndexThatIsOpenElsewhereIsAnErrorAndStays(t *testing.T) {
	dir, w := t.TempDir(), newWorld()
	w.resources.put(resource("resource_1", "Phonics", "", ""))
	w.open(t, dir)
	w.catchUp(t)
	_, err := search.Open(dir, w.store(), w.hub, quietLog())
	if err == nil || !strings.Contains(err.Error(), "another process") || !strings.Contains(err.Error(), dir) {
		t.Errorf("Open of an index in use: %v", err)
	}
	if got := w.ids(t, "phonics"); len(got) != 1 {
		t.Errorf("the first process finds %v", got)
	}
}

func TestRunHearsOfChanges(t *testing.T) {
	w := newWorld()
	w.open(t, "")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()

	id := staffroom.NewID(staffroom.PrefixResource)
	w.resources.put(resource(id, "Phonics", "", ""))
	eventually(t, "a document without news", func() bool { return len(w.ids(t, "phonics")) == 1 })
	w.resources.remove(id)
	if err := w.hub.Publish(ctx, staffroom.Event{Topic: staffroom.TopicChanges, ID: id}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a deletion with news", func() bool { return len(w.ids(t, "phonics")) == 0 })

	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Run does not end with its context")
	}
	closeIndex(t, w)
	if _, err := w.Search(t.Context(), staffroom.TextQuery{Audiences: []string{"everyone"}, Limit: 1}); staffroom.CodeOf(err) != staffroom.CodeUnavailable {
		t.Errorf("Search after Close: %v, want UNAVAILABLE", err)
	}
}

// patience is how long tests wait for what must happen, on a machine that does other work as well.
const patience = time.Minute

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s is not noticed", what)
}
