package sqlite

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// book is a made-up document for schemas that change.
type book struct {
	staffroom.Meta `json:"meta"`
	Title          string   `json:"title"`
	Shelf          string   `json:"shelf,omitempty"`
	Topics         []string `json:"topics,omitempty"`
	Rare           bool     `json:"rare"`
	Weight         float64  `json:"weight,omitempty"`
}

func bookSchema(indexes ...staffroom.IndexSpec) *staffroom.Schema {
	schema := &staffroom.Schema{Name: "books", Prefix: "book", Indexes: indexes}
	all := []staffroom.FieldSpec{
		{Path: "title", Type: staffroom.TypeText},
		{Path: "shelf", Type: staffroom.TypeText},
		{Path: "topics", Type: staffroom.TypeText, Many: true},
		{Path: "rare", Type: staffroom.TypeBoolean},
		{Path: "weight", Type: staffroom.TypeNumber},
	}
	for _, f := range all { // a program that has no use for a field does not declare it
		if slices.ContainsFunc(indexes, func(i staffroom.IndexSpec) bool { return slices.Contains(i.Fields, f.Path) || len(i.Where) > 0 }) {
			schema.Fields = append(schema.Fields, f)
		}
	}
	return schema
}

func openBooks(t *testing.T, path string, indexes ...staffroom.IndexSpec) (*database, *collection[book]) {
	t.Helper()
	schema := bookSchema(indexes...)
	db, err := open(t.Context(), path, Options{OnQuery: func(sql string, plan []string) {
		if scans := Scans(plan); len(scans) > 0 {
			t.Errorf("%s\nscans a table: %q", sql, scans)
		}
	}}, []*staffroom.Schema{schema})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.close(); err != nil {
			t.Error(err)
		}
	})
	return db, newCollection[book](db, schema)
}

func fields(paths ...staffroom.Field) []staffroom.Field { return paths }

// shelve finds titles and fails unless they are those wanted.
func shelve(t *testing.T, books *collection[book], want string, by staffroom.Field, where ...staffroom.Cond) {
	t.Helper()
	page, err := books.Find(t.Context(), staffroom.Query{Where: where, By: by, Limit: 10})
	if err != nil {
		t.Errorf("%v by %q: %v", where, by, err)
		return
	}
	var got []string
	for _, b := range page.Items {
		got = append(got, b.Title)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("%v by %q: got %q, want %q", where, by, got, want)
	}
}

// A file is opened by programs that declare ever other indexes, and each finds what was stored before.
func TestIndexesComeAndGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	rare := []staffroom.Cond{staffroom.Equal("rare", true)}

	db, books := openBooks(t, path, staffroom.IndexSpec{Name: "title", Fields: fields("title")})
	for _, b := range []*book{
		{Title: "a", Shelf: "1", Topics: []string{"x", "y", "x"}, Rare: true, Weight: 2}, {Title: "b", Shelf: "2", Topics: []string{"y"}, Weight: 0.5}, {Title: "c"},
	} {
		b.ID = b.Title
		if err := books.Insert(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	shelve(t, books, "a b c", "title")
	closeNow(t, db)

	db, books = openBooks(t, path,
		staffroom.IndexSpec{Name: "title", Fields: fields("shelf", "title")}, // another one of the same name
		staffroom.IndexSpec{Name: "topics", Fields: fields("topics", "title")},
		staffroom.IndexSpec{Name: "weight", Fields: fields("weight")},
		staffroom.IndexSpec{Name: "shelf", Fields: fields("shelf"), Unique: true})
	shelve(t, books, "b", "title", staffroom.Equal("shelf", "2"))
	shelve(t, books, "a b", "title", staffroom.Contains("topics", "y"))
	shelve(t, books, "b a", "weight")
	if err := books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: "d"}, Shelf: "2"}); staffroom.CodeOf(err) != staffroom.CodeConflict {
		t.Errorf("the new unique index took a second book: %v", err)
	}
	closeNow(t, db)

	db, books = openBooks(t, path,
		staffroom.IndexSpec{Name: "topics", Fields: fields("topics", "title"), Where: rare},
		staffroom.IndexSpec{Name: "rare", Fields: fields("title"), Where: rare})
	shelve(t, books, "a", "title", staffroom.Contains("topics", "y"), rare[0])
	shelve(t, books, "a", "title", rare[0])
	if _, err := books.Update(t.Context(), "b", func(b *book) error { b.Rare = true; return nil }); err != nil {
		t.Fatal(err)
	}
	shelve(t, books, "a b", "title", staffroom.Contains("topics", "y"), rare[0])
	shelve(t, books, "a b", "title", staffroom.Contains("topics", "x", "y"), rare[0])
	if err := books.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	shelve(t, books, "b", "title", staffroom.Contains("topics", "x", "y"), rare[0])
	if err := books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: "d"}, Shelf: "2"}); err != nil {
		t.Errorf("the index that is gone still refuses a book: %v", err)
	}
	closeNow(t, db)
	left := names(t, path)
	if slices.Contains(left, "books/shelf") || slices.Contains(left, "books/weight") || !slices.Contains(left, "books/topics/order") {
		t.Errorf("the file has %q", left)
	}
}

// An index that lists documents becomes one that counts them, and back.
func TestListsBecomeNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	lists := staffroom.IndexSpec{Name: "topics", Fields: fields("topics", "shelf")}
	numbers := lists
	numbers.Counts = true

	db, books := openBooks(t, path, lists)
	for _, b := range []*book{
		{Title: "a", Shelf: "1", Topics: []string{"x", "y", "x"}},
		{Title: "b", Shelf: "1", Topics: []string{"x"}},
		{Title: "c", Shelf: "2", Topics: []string{"x"}},
		{Title: "d", Topics: []string{"x"}},
		{Title: "e", Shelf: "1"},
	} {
		b.ID = b.Title
		if err := books.Insert(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	count := func(topic string, want map[string]int) {
		t.Helper()
		got, err := books.CountBy(t.Context(), "shelf", []string{"1", "2", "3"}, staffroom.Contains("topics", topic))
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: got %v (%v), want %v", topic, got, err, want)
		}
	}
	count("x", map[string]int{"1": 2, "2": 1})
	closeNow(t, db)

	db, books = openBooks(t, path, numbers)
	count("x", map[string]int{"1": 2, "2": 1})
	count("y", map[string]int{"1": 1})
	for id, shelf := range map[string]string{"b": "2", "d": "3"} {
		if _, err := books.Update(t.Context(), id, func(b *book) error { b.Shelf = shelf; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := books.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	count("x", map[string]int{"2": 2, "3": 1})
	count("y", map[string]int{})
	if left := names(t, path); slices.Contains(left, "books/topics/order") {
		t.Errorf("the file has %q", left)
	}
	closeNow(t, db)

	_, books = openBooks(t, path, lists)
	count("x", map[string]int{"2": 2, "3": 1})
}

// A file of an earlier program, with a trigger for each side table, is brought to the layout: two triggers would add each element twice.
func TestTriggersOfOldAreDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	index := staffroom.IndexSpec{Name: "topics", Fields: fields("topics"), Unique: true}
	db, _ := openBooks(t, path, index)
	err := db.writer.conn.execAll(`CREATE TRIGGER "books/topics/insert" AFTER INSERT ON "books" BEGIN INSERT INTO "books/topics" (n, id, "$.topics") ` +
		`SELECT NEW.n, NEW.id, value FROM json_each(NEW.doc, '$.topics'); END`)
	if err != nil {
		t.Fatal(err)
	}
	closeNow(t, db)

	_, books := openBooks(t, path, index)
	if err := books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: "a"}, Topics: []string{"x", "y", "x"}}); err != nil {
		t.Error(err)
	}
	err = books.Insert(t.Context(), &book{Meta: staffroom.Meta{ID: "b"}, Topics: []string{"z", "y"}})
	if staffroom.CodeOf(err) != staffroom.CodeConflict {
		t.Errorf("a second book on y: %v", err)
	}
}

// What a partial index has no use for is not in its side table, whenever it stops or begins to be of use.
func TestSideTablesHoldWhatIsIndexed(t *testing.T) {
	db, books := openBooks(t, InMemory, staffroom.IndexSpec{
		Name: "topics", Fields: fields("topics", "shelf"), Where: []staffroom.Cond{staffroom.Present("shelf")},
	})
	rows := func(when string, want int64) {
		t.Helper()
		if n, err := db.writer.conn.number(`SELECT count(*) FROM "books/topics"`); err != nil || n != want {
			t.Errorf("%s: %d rows (%v), want %d", when, n, err, want)
		}
	}
	alter := func(change func(*book)) {
		t.Helper()
		if _, err := books.Update(t.Context(), "a", func(b *book) error { change(b); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []*book{{Title: "a", Topics: []string{"x", "y", "x"}}, {Title: "b", Shelf: "1"}} {
		b.ID = b.Title
		if err := books.Insert(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	rows("off the shelf, and without topics", 0)
	alter(func(b *book) { b.Shelf = "1" })
	rows("on the shelf", 2)
	alter(func(b *book) { b.Topics = []string{"z", "x", "w", "z"} })
	rows("other topics", 3)
	shelve(t, books, "a", "shelf", staffroom.Contains("topics", "w"))
	alter(func(b *book) { b.Title = "aa" })
	rows("another title", 3)
	alter(func(b *book) { b.Shelf = "" })
	rows("off again", 0)
	alter(func(b *book) { b.Shelf = "2" })
	if err := books.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	rows("deleted", 0)
}

func closeNow(t *testing.T, db *database) {
	t.Helper()
	if err := db.close(); err != nil {
		t.Fatal(err)
	}
}

// names lists what is in the file.
func names(t *testing.T, path string) (out []string) {
	t.Helper()
	c, err := connect(file{path: path}, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = c.query("SELECT name FROM sqlite_schema", nil, func(s *driver.Stmt) error {
		out = append(out, s.ColumnText(0))
		return nil
	})
	if err := errors.Join(err, c.close()); err != nil {
		t.Fatal(err)
	}
	return out
}

// Opening a file that has everything already writes nothing, so that it needs no lock.
func TestOpeningAgainWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	index := staffroom.IndexSpec{Name: "topics", Fields: fields("topics", "title")}
	db, _ := openBooks(t, path, index)
	closeNow(t, db)
	tables, err := newTables([]*staffroom.Schema{bookSchema(index)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect(file{path: path}, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	current, err := c.current(tables)
	if err := errors.Join(err, c.close()); err != nil || !current {
		t.Errorf("the file is not as it should be: %v", err)
	}
}

// TestANewLayoutIsTold opens a file with other indexes than before, which takes long if it is large.
func TestANewLayoutIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	for i, indexes := range [][]staffroom.IndexSpec{
		{{Name: "title", Fields: []staffroom.Field{"title"}}},
		{{Name: "title", Fields: []staffroom.Field{"title"}}},
		{{Name: "shelf", Fields: []staffroom.Field{"shelf"}}},
	} {
		var log bytes.Buffer
		db, err := open(t.Context(), path, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, []*staffroom.Schema{bookSchema(indexes...)})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.close(); err != nil {
			t.Fatal(err)
		}
		if told, want := strings.Count(log.String(), "layout of this version"), 2*(i/2); told != want {
			t.Errorf("opened for time %d, it tells %d times, want %d: %s", i, told, want, log.String())
		}
	}
}

func TestSchemasThatCannotBe(t *testing.T) {
	for name, index := range map[string]staffroom.IndexSpec{
		"an undeclared field":     {Name: "x", Fields: fields("title", "colour")},
		"a list that comes later": {Name: "x", Fields: fields("title", "topics")},
		"a name with a quote":     {Name: `x" ON y`, Fields: fields("title")},
		"a name that is taken":    {Name: "id", Fields: fields("title")},
	} {
		if _, err := newTables([]*staffroom.Schema{bookSchema(index)}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestAFieldOfAnotherTypeNeedsAMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	db, _ := openBooks(t, path, staffroom.IndexSpec{Name: "weight", Fields: fields("weight")})
	closeNow(t, db)
	changed := &staffroom.Schema{Name: "books", Fields: []staffroom.FieldSpec{{Path: "weight", Type: staffroom.TypeText}}}
	if _, err := open(t.Context(), path, Options{}, []*staffroom.Schema{changed}); err == nil || !strings.Contains(err.Error(), "migration") {
		t.Errorf("got %v", err)
	}
}

// The end of a context stops a query that is running, and leaves its connection fit for the next one.
func TestARunningQueryIsInterrupted(t *testing.T) {
	db, _ := openBooks(t, InMemory, staffroom.IndexSpec{Name: "title", Fields: fields("title")})
	const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := db.read(ctx, func(c *conn) error { return c.query(endless, nil, nil) })
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
	for range 20 {
		if err := db.ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestStatementsAreForgottenInTime(t *testing.T) {
	db, _ := openBooks(t, InMemory, staffroom.IndexSpec{Name: "title", Fields: fields("title")})
	err := db.read(t.Context(), func(c *conn) error {
		for i := range 2 * maxStatements {
			if err := c.query("SELECT 1 -- "+strings.Repeat("x", i), nil, nil); err != nil {
				return err
			}
		}
		if len(c.statements) > maxStatements {
			t.Errorf("%d statements are kept", len(c.statements))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
