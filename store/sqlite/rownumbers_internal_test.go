package sqlite

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// titled gives the title of a book as the file has it, "" if there is no such book.
func titled(t *testing.T, books *collection[book], id string) string {
	t.Helper()
	doc, err := books.fetchOne(t.Context(), id, unkept)
	if err != nil {
		t.Fatal(err)
	}
	if doc == nil {
		return ""
	}
	if doc.ID != id {
		t.Fatalf("asked for %s and got %s", id, doc.ID)
	}
	return doc.Title
}

func TestDocumentsAreFoundByNumberOnceItIsKnown(t *testing.T) {
	db, books := openBooks(t, filepath.Join(t.TempDir(), "store.sqlite"))
	for _, id := range []string{"book_1", "book_2"} {
		if err := books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: id}, Title: "of " + id}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		for _, id := range []string{"book_1", "book_2"} {
			if got := titled(t, books, id); got != "of "+id {
				t.Errorf("%s has %q", id, got)
			}
		}
	}
	reader, err := db.readers.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.readers.put(reader)
	if reader.statements[books.table.getAt] == nil {
		t.Error("what was read before is looked up by its id again")
	}
}

func TestANumberThatAnotherHasIsNotBelieved(t *testing.T) {
	db, books := openBooks(t, filepath.Join(t.TempDir(), "store.sqlite"))
	insert := func(id string) {
		t.Helper()
		if err := books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: id}, Title: "of " + id}); err != nil {
			t.Fatal(err)
		}
	}
	insert("book_1")
	was := titled(t, books, "book_1")
	n := db.rowNumbers.find("book_1")
	if err := books.Delete(t.Context(), "book_1"); err != nil {
		t.Fatal(err)
	}
	if got := titled(t, books, "book_1"); got != "" {
		t.Errorf("a deleted document has %q", got)
	}
	insert("book_2") // SQLite gives it the number of the one that is gone
	if got := titled(t, books, "book_2"); got != "of book_2" || was != "of book_1" {
		t.Errorf("got %q, and before %q", got, was)
	}
	if n == 0 || db.rowNumbers.find("book_2") != n {
		t.Fatal("the two do not have the same number: this test shows nothing")
	}
	if got := titled(t, books, "book_1"); got != "" {
		t.Errorf("a deleted document has what another one with its number has: %q", got)
	}
	insert("book_1") // which is elsewhere now
	for range 2 {
		if got := titled(t, books, "book_1"); got != "of book_1" {
			t.Errorf("a document that came back has %q", got)
		}
	}
}

func TestRowNumbersAreFewAndForget(t *testing.T) {
	const keep = 1 << 20
	p := newRowNumbers(keep)
	if bytes := len(p.slots) * int(unsafe.Sizeof(p.slots[0])); bytes == 0 || bytes > keep/slotShare {
		t.Errorf("the numbers beside %d bytes take %d", keep, bytes)
	}
	const many = 20_000
	for n := range many {
		p.note(fmt.Sprint("book_", n), int64(n+1))
	}
	known := 0
	for n := range many {
		switch p.find(fmt.Sprint("book_", n)) {
		case 0:
		case int64(n + 1):
			known++
		default:
			t.Errorf("book_%d is where another one is", n)
		}
	}
	if known == 0 || known > len(p.slots) {
		t.Errorf("%d slots hold %d documents", len(p.slots), known)
	}
	for _, n := range []int64{math.MaxUint32 + 1, math.MaxInt64, 0, -1} {
		if p.note("book_far", n); p.find("book_far") != 0 {
			t.Errorf("the number %d is remembered as %d", n, p.find("book_far"))
		}
	}
	for _, nothing := range []int{0, -1} {
		none := newRowNumbers(nothing)
		if none.note("book_1", 1); none.find("book_1") != 0 {
			t.Error("a number is known of a store that keeps nothing")
		}
	}
}

func TestWhoeverKeepsAllNeedsNoMemoryForIt(t *testing.T) {
	for _, all := range []int{1 << 40, math.MaxInt} {
		store, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.sqlite"), Options{Keep: new(all)})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAKnownNumberIsLookedUpInOneTree(t *testing.T) {
	db, books := openBooks(t, filepath.Join(t.TempDir(), "store.sqlite"))
	err := db.read(t.Context(), func(reader *conn) error {
		reader.onQuery = func(_ string, plan []string) {
			if !slices.Equal(plan, []string{"SEARCH books USING INTEGER PRIMARY KEY (rowid=?)"}) {
				t.Errorf("the plan is %q", plan)
			}
		}
		return reader.report(books.table.getAt)
	})
	if err != nil {
		t.Fatal(err)
	}
}
