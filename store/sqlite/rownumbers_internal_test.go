package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	driver "zombiezen.com/go/sqlite"

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

// insertBooks stores books with these ids.
func insertBooks(t *testing.T, books *collection[book], ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: id}, Title: "of " + id}); err != nil {
			t.Fatal(err)
		}
	}
}

// numberOf is the row number of a book, 0 if there is no such book.
func numberOf(t *testing.T, db *database, id string) (n int64) {
	t.Helper()
	err := db.read(t.Context(), func(reader *conn) error {
		_, err := reader.first("SELECT n FROM books WHERE id = ?", []any{id}, func(s *driver.Stmt) error {
			n = s.ColumnInt64(0)
			return nil
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// alike are two ids of the same millisecond that ask for the same row number.
func alike() (one, other string) {
	one = staffroom.NewID("book")
	last := byte('0')
	if one[len(one)-1] == last {
		last = '1'
	}
	return one, one[:len(one)-1] + string(last)
}

func TestRowNumbersAreTheBeginningsOfIDs(t *testing.T) {
	for id, want := range map[string]int64{
		"book_01h455vb4pex5vsknk084sn02q": 0x01890a5dac96<<15 | 7<<11 | 0x74b, // 01890a5d-ac96-774b-bcce-b302099a8057, the example of TypeID
		"book_00000000000000000000000000": 0,
		"book_01h455vb4p4x5vsknk084sn02q": 0, // of another version
		"book_01h455vb4pex5vsknk084sn02":  0,
		"book_81h455vb4pex5vsknk084sn02q": 0, // more than 128 bits
		"book_01H455vb4pex5vsknk084sn02q": 0,
		"book_1":                          0,
		"":                                0,
		staffroom.NamedID("book", "one"):  0,
	} {
		if got := rowNumber(id); got != want {
			t.Errorf("%q is at %#x, want %#x", id, got, want)
		}
	}
	var last int64
	numbers := map[int64]bool{}
	for range 2000 { // some hundred within a millisecond
		n := rowNumber(staffroom.NewID("book"))
		if n < last>>11<<11 || n < firstTimed {
			t.Fatalf("%#x comes after %#x", n, last)
		}
		last, numbers[n] = n, true
	}
	if len(numbers) < 1990 {
		t.Errorf("2000 ids ask for %d numbers", len(numbers))
	}
}

// TestDocumentsAreFoundByTheirNumbers reads one, a few and many, some of which have no number of their own.
func TestDocumentsAreFoundByTheirNumbers(t *testing.T) {
	db, books := openBooks(t, filepath.Join(t.TempDir(), "store.sqlite"))
	one, other := alike()
	ids := []string{one, other, "book_1", staffroom.NamedID("book", "named")}
	for range 30 {
		ids = append(ids, staffroom.NewID("book"))
	}
	insertBooks(t, books, ids...)
	if a, b := numberOf(t, db, one), numberOf(t, db, other); a != rowNumber(one) || b == rowNumber(other) || b == 0 {
		t.Fatalf("the two are at %d and %d: this test shows nothing", a, b)
	}
	ids = append(ids, staffroom.NewID("book"), "book_none") // which are not there
	for _, many := range []int{1, 5, len(ids)} {
		for some := range slices.Chunk(ids, many) {
			docs := make([]*book, len(some))
			if err := books.fetchMany(t.Context(), some, docs, unkept); err != nil {
				t.Fatal(err)
			}
			for i, doc := range docs {
				there := slices.Index(ids, some[i]) < len(ids)-2
				if there != (doc != nil) || there && doc.Title != "of "+some[i] {
					t.Errorf("of %d together, %s is %v", many, some[i], doc)
				}
			}
		}
	}
}

func TestANumberThatAnotherHasIsNotBelieved(t *testing.T) {
	db, books := openBooks(t, filepath.Join(t.TempDir(), "store.sqlite"))
	one, other := alike()
	insertBooks(t, books, one)
	if got := titled(t, books, other); got != "" {
		t.Errorf("a document that is not there has %q", got)
	}
	insertBooks(t, books, other)
	if got := titled(t, books, other); got != "of "+other {
		t.Errorf("got %q", got)
	}
	if err := books.Delete(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if got := titled(t, books, one); got != "" {
		t.Errorf("a deleted document has %q", got)
	}
	if err := books.Delete(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	insertBooks(t, books, other, one) // the other way round
	if titled(t, books, one) != "of "+one || titled(t, books, other) != "of "+other || numberOf(t, db, other) != rowNumber(other) {
		t.Error("they are not found in each other's places")
	}
}

// TestAnIDThatIsTakenIsAConflict although it is its number that SQLite finds taken first.
func TestAnIDThatIsTakenIsAConflict(t *testing.T) {
	_, books := openBooks(t, filepath.Join(t.TempDir(), "store.sqlite"))
	id := staffroom.NewID("book")
	insertBooks(t, books, id)
	err := books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: id}, Title: "Another"})
	if staffroom.CodeOf(err) != staffroom.CodeConflict || !strings.Contains(fmt.Sprintf("%+v", err), "already") {
		t.Errorf("the error is %v", err)
	}
	if got := titled(t, books, id); got != "of "+id {
		t.Errorf("it has %q now", got)
	}
}

// TestDocumentsOfAnOlderVersionAreFoundByID and new ones by their numbers.
func TestDocumentsOfAnOlderVersionAreFoundByID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	db, _ := openBooks(t, path)
	old := []string{staffroom.NewID("book"), staffroom.NewID("book"), staffroom.NewID("book")}
	for _, id := range old {
		doc, err := json.Marshal(book{Meta: staffroom.Meta{ID: id, Version: 1}, Title: "of " + id})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.writer.conn.query("INSERT INTO books (id, version, doc) VALUES (?, 1, ?)", []any{id, doc}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.close(); err != nil {
		t.Fatal(err)
	}
	again, books := openBooks(t, path)
	if n := numberOf(t, again, old[2]); n != 3 || books.table.number(old[2]) != 0 {
		t.Fatalf("the last old one is at %d, and looked for at %d", n, books.table.number(old[2]))
	}
	for range 3000 { // another millisecond, so that its number is above theirs
		if id := staffroom.NewID("book"); rowNumber(id) > rowNumber(old[2]) {
			insertBooks(t, books, id)
			old = append(old, id)
			break
		}
	}
	if id := old[len(old)-1]; len(old) != 4 || books.table.number(id) == 0 || numberOf(t, again, id) != rowNumber(id) {
		t.Errorf("a new one is at %d", numberOf(t, again, id))
	}
	for _, id := range old {
		if got := titled(t, books, id); got != "of "+id {
			t.Errorf("%s has %q", id, got)
		}
	}
}

func TestAKnownNumberIsLookedUpInOneTree(t *testing.T) {
	db, books := openBooks(t, filepath.Join(t.TempDir(), "store.sqlite"))
	err := db.read(t.Context(), func(reader *conn) error {
		reader.onQuery = func(_ string, plan []string) {
			if plan[0] != "SEARCH books USING INTEGER PRIMARY KEY (rowid=?)" {
				t.Errorf("the plan is %q", plan)
			}
		}
		return errors.Join(reader.report(books.table.getAt), reader.report(books.table.getManyAt))
	})
	if err != nil {
		t.Fatal(err)
	}
}
