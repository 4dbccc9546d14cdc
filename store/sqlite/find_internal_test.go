package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// A page is found among few books by sorting them, if its own index leads to many; and otherwise in its order.
func TestFewAreSortedAndManyAreWalked(t *testing.T) {
	db, books := openBooks(t, InMemory,
		staffroom.IndexSpec{Name: "title", Fields: fields("title")}, staffroom.IndexSpec{Name: "shelf_title", Fields: fields("shelf", "title")},
		staffroom.IndexSpec{Name: "rare", Fields: fields("rare", "weight")}, staffroom.IndexSpec{Name: "topics", Fields: fields("topics", "weight")})
	var all []*book
	for i := range 3 * fewDocuments {
		b := &book{Meta: staffroom.Meta{ID: fmt.Sprint(i)}, Title: fmt.Sprintf("%04d", i*7919%10_007), Shelf: "long", Topics: []string{"common"}}
		if b.Rare = i%2 == 0; i%500 == 0 {
			b.Shelf, b.Topics = "short", []string{"common", "seldom"}
		}
		all = append(all, b)
	}
	if _, err := books.PutMany(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	common, seldom := staffroom.Contains("topics", "common"), staffroom.Contains("topics", "seldom")
	long, short := staffroom.Equal("shelf", "long"), staffroom.Equal("shelf", "short")
	rare := staffroom.Equal("rare", true)
	for name, c := range map[string]struct {
		where []staffroom.Cond
		index string
	}{
		"many on a topic, by title":                {[]staffroom.Cond{common}, "books/title"},
		"few on a topic, by title":                 {[]staffroom.Cond{seldom}, "books/topics/order"},
		"nothing on a topic, by title":             {[]staffroom.Cond{staffroom.Contains("topics", "never")}, "books/topics/order"},
		"few on a shelf, in the order of that":     {[]staffroom.Cond{short, seldom}, "books/shelf_title"},
		"few on a topic, of many on a shelf":       {[]staffroom.Cond{long, seldom}, "books/topics/order"},
		"few on a topic, fewer of which are rare":  {[]staffroom.Cond{rare, seldom}, "books/topics/order"},
		"many on a topic, and many rare, by title": {[]staffroom.Cond{rare, common, long}, "books/shelf_title"},
		"all by title":                             {nil, "books/title"},
	} {
		f, err := books.table.find(staffroom.Query{Where: c.where, By: "title", Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		err = db.read(t.Context(), func(reader *conn) error {
			ordered := titles(t, reader, f.page())
			for _, plan := range f.plan.Narrow {
				if sorted := titles(t, reader, f.by(plan).sorted()); !slices.Equal(sorted, ordered) {
					t.Errorf("%s: by %s %q, in order %q", name, plan.Index.Name, sorted, ordered)
				}
			}
			chosen, err := f.choose(reader)
			if err == nil && !strings.Contains(chosen.text(), "INDEXED BY "+quote(c.index)) {
				t.Errorf("%s: %s", name, chosen.text())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	shelve(t, books, "0000", "title", seldom, staffroom.Between("title", "", "0001"))
}

// titles are the keys of the rows that a statement for a page gives.
func titles(t *testing.T, reader *conn, page *statement) (found []string) {
	t.Helper()
	err := reader.query(page.text(), page.args, func(s *driver.Stmt) error {
		found = append(found, s.ColumnText(1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
