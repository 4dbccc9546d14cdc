package sqlite

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// counted fails unless the budget counts what its holders hold, and no more than it may.
func counted(t *testing.T, b *budget) {
	t.Helper()
	sum := 0
	for _, h := range b.holders {
		sum += h.holds()
	}
	if used := int(b.used.Load()); used != sum || used > b.limit {
		t.Fatalf("%d bytes of %d are used, and %d are held", used, b.limit, sum)
	}
}

func TestWhatIsKeptStaysWithinItsBudget(t *testing.T) {
	const limit = 1 << 20
	b := &budget{limit: limit}
	l, many, few, posts := newLists(b), newShelf(b), newShelf(b), &table{}
	for n := range 20 {
		if !few.add(0, fmt.Sprint(n), n, 1000) {
			t.Fatal("a document is not kept though there is room")
		}
	}
	for n := range 3000 {
		id := fmt.Sprint(n)
		many.add(0, id, n, 1000)
		many.add(0, id, n, 1000)
		keep(l, posts, id, 1000, tag{staffroom.FieldPostThread, fmt.Sprint(n % 7)})
		many.addCounts(0, "sort", []string{id}, counts{byValues: map[string]int{id: 1}})
		counted(t, b)
	}
	if len(few.docs) != 20 {
		t.Errorf("%d of 20 documents are left of a collection that takes little", len(few.docs))
	}
	if len(many.docs) < 100 || len(l.kept) < 100 {
		t.Errorf("only %d documents and %d lists are kept", len(many.docs), len(l.kept))
	}
	if keep(l, posts, "too long", limit) || many.keep(0, "too long", 0, limit) {
		t.Error("something is kept that there is no room for")
	}
	l.forget(concern{table: posts})
	many.forget(concern{})
	few.forget(concern{})
	counted(t, b)
	if b.used.Load() != 0 || len(l.kept) != 0 || len(l.places[posts]) != 0 {
		t.Errorf("%d bytes, %d lists, %d places are left", b.used.Load(), len(l.kept), len(l.places[posts]))
	}
}

// TestDocumentsAskedForOnceDoNotPushOthersOff fills a shelf, and walks through more than fits.
func TestDocumentsAskedForOnceDoNotPushOthersOff(t *testing.T) {
	b := &budget{limit: 100_000}
	s := newShelf(b)
	for n := 0; s.add(0, fmt.Sprint("first ", n), n, 1000); n++ {
	}
	there := len(s.docs)
	for n := range 1000 {
		if s.add(0, fmt.Sprint("once ", n), n, 1000) {
			t.Fatal("a document that was asked for once is kept in place of others")
		}
	}
	if !s.add(0, "once 999", 0, 1000) || len(s.docs) != there {
		t.Errorf("a document that was asked for again is not kept: %d documents of %d are there", len(s.docs), there)
	}
	counted(t, b)
}

func TestChangedCountsAreGivenBack(t *testing.T) {
	b := &budget{limit: DefaultKeep}
	s := newShelf(b)
	posts := &table{tags: &tagger{fields: []taggable{{field: staffroom.FieldPostThread}}}}
	values := []string{"1", "2", "3"}
	for range 2 { // the second time replaces the first
		s.addCounts(0, "posts", values, counts{field: staffroom.FieldPostThread, byValues: map[string]int{"1": 5}})
		counted(t, b)
	}
	s.forget(concern{table: posts, id: "post_1", states: [][]tag{{{staffroom.FieldPostThread, "2"}}}})
	counted(t, b)
	if known, missing, _ := s.findCounts("posts", values); known["1"] != 5 || len(missing) != 1 || missing[0] != "2" {
		t.Errorf("after a change of 2, %v are known, and %v missing", known, missing)
	}
	s.forget(concern{table: posts, id: "post_1"})
	counted(t, b)
	if b.used.Load() != 0 {
		t.Errorf("%d bytes are counted for nothing", b.used.Load())
	}
}

// TestWhatIsKeptTakesAsMuchAsIsCounted compares with the heap.
func TestWhatIsKeptTakesAsMuchAsIsCounted(t *testing.T) {
	store, err := Open(t.Context(), InMemory, Options{Keep: new(1 << 30)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	const threads, length = 200, 20
	var posts []*staffroom.Post
	for n := range threads * length {
		posts = append(posts, &staffroom.Post{
			Meta: staffroom.Meta{ID: staffroom.NewID(staffroom.PrefixPost)}, ThreadID: fmt.Sprint("thread ", n/length), AuthorID: fmt.Sprint(n % 7), Body: strings.Repeat("text\n", n%200),
		})
	}
	if _, err := store.Posts.PutMany(t.Context(), posts); err != nil {
		t.Fatal(err)
	}
	c := store.Posts.(*collection[staffroom.Post])
	before := heap()
	for range 2 {
		for n := range threads {
			q := staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldPostThread, fmt.Sprint("thread ", n))}, By: staffroom.FieldPostCreatedAt, Limit: length}
			if _, err := store.Posts.Find(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
	taken, used := heap()-before, c.table.shelf.budget.used.Load()
	if len(c.table.shelf.docs) != threads*length || len(c.db.lists.kept) < threads*9/10 { // who remembers what was asked for takes some for others
		t.Errorf("%d documents and %d lists are kept", len(c.table.shelf.docs), len(c.db.lists.kept))
	}
	t.Logf("%d bytes of the heap, counted as %d", taken, used)
	if float64(taken) > 1.05*float64(used) || float64(taken) < 0.8*float64(used) {
		t.Errorf("%d bytes of the heap are counted as %d", taken, used)
	}
}

// heap is how much memory is in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc) //nolint:gosec // far less than that
}

func TestABudgetOfNothingKeepsNothing(t *testing.T) {
	store, err := Open(t.Context(), InMemory, Options{Keep: new(0)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	post := &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}, ThreadID: "thread_1"}
	if err := store.Posts.Insert(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	c := store.Posts.(*collection[staffroom.Post])
	for range 3 {
		page, err := store.Posts.Find(t.Context(), staffroom.Query{Limit: 5})
		got, getErr := store.Posts.GetMany(t.Context(), []string{"post_1", "post_2"})
		n, countErr := store.Posts.CountBy(t.Context(), staffroom.FieldPostThread, []string{"thread_1"})
		if err != nil || getErr != nil || countErr != nil || len(page.Items) != 1 || got[0] == nil || got[1] != nil || n["thread_1"] != 1 {
			t.Fatal(page, got, n, err, getErr, countErr)
		}
	}
	if c.table.shelf != nil || c.db.lists.holds() != 0 {
		t.Error("something is kept")
	}
}

// TestKeptListsKeepNoRequests asks for lists by values that are parts of large texts, as literals of a query are of its document.
func TestKeptListsKeepNoRequests(t *testing.T) {
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.sqlite"), Options{Keep: new(4 << 20)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	c := store.Posts.(*collection[staffroom.Post]) //nolint:forcetypeassert // Open makes nothing else
	before := heap()
	for n := range 300 {
		request := fmt.Sprintf("%06d", n) + strings.Repeat("#", 100_000)
		thread := staffroom.Equal(staffroom.FieldPostThread, request[:6])
		for range 2 {
			if _, err := c.Find(t.Context(), staffroom.Query{Where: []staffroom.Cond{thread}, By: staffroom.FieldPostCreatedAt, Limit: 20}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.CountBy(t.Context(), staffroom.FieldPostThread, []string{request[:6]}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(c.db.lists.kept) != 300 {
		t.Errorf("%d lists are kept", len(c.db.lists.kept))
	}
	if more := heap() - before; more > 10<<20 {
		t.Errorf("what is kept takes %d MiB", more>>20)
	}
	runtime.KeepAlive(c)
}
