package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	driver "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

func TestForeignFilesAreRefusedAndLeftAlone(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other.sqlite")
	alter(t, other, "CREATE TABLE songs (title TEXT)")
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("These are notes, not a database.\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(folder, "newer.sqlite")
	if err := open(t, newer, sqlite.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	alter(t, newer, "PRAGMA user_version=2")
	for path, want := range map[string]string{
		other: "is not a Staffroom store", text: "is not a Staffroom store", newer: "newer Staffroom",
		filepath.Join(folder, "no", "such.sqlite"): "there is no folder", folder: "cannot be opened",
	} {
		before, _ := os.ReadFile(path)
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error with %q", path, err, want)
		}
		after, _ := os.ReadFile(path)
		if string(before) != string(after) {
			t.Errorf("%s was changed", path)
		}
	}
}

// alter runs SQL on a file, as another program might.
func alter(t *testing.T, path string, sql ...string) {
	t.Helper()
	conn, err := driver.OpenConn(path, driver.OpenReadWrite, driver.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, s := range sql {
		if err := sqlitex.ExecuteTransient(conn, s, nil); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestANewFileIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	open(t, path, sqlite.Options{})
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestAStoreInMemoryLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if err := open(t, sqlite.InMemory, sqlite.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) != 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

func TestWhatExpiredIsDeleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	now := time.Now()
	store := open(t, path, sqlite.Options{})
	session := func(id string, until time.Time) *staffroom.Session {
		return &staffroom.Session{Meta: staffroom.Meta{ID: id}, TokenHash: id, ExpiresAt: staffroom.At(until)}
	}
	docs := []*staffroom.Session{session("valid", now.Add(48*time.Hour))}
	for range 1200 {
		docs = append(docs, session(staffroom.NewID(staffroom.PrefixSession), now.Add(time.Hour)))
	}
	if _, err := store.Sessions.PutMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	tomorrow := func() time.Time { return now.Add(24 * time.Hour) }
	store = open(t, path, sqlite.Options{Now: tomorrow})
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if n, err := store.Sessions.Count(t.Context()); err != nil || n == 1 {
			break
		}
	}
	if n, err := store.Sessions.Count(t.Context()); err != nil || n != 1 {
		t.Errorf("%d sessions are left (%v), want the one that is valid", n, err)
	}
	if _, err := store.Sessions.Get(t.Context(), "valid"); err != nil {
		t.Error(err)
	}
}

// Times follow the order of writes even if the clock is set back.
func TestTheClockIsSetBack(t *testing.T) {
	var setBack atomic.Bool
	store := open(t, sqlite.InMemory, sqlite.Options{Now: func() time.Time {
		if setBack.Load() {
			return time.Now().Add(-time.Hour)
		}
		return time.Now()
	}})
	doc := newResource("x")
	if err := store.Resources.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	setBack.Store(true)
	later, err := store.Resources.Update(t.Context(), doc.ID, func(*staffroom.Resource) error { return nil })
	if err != nil || later.UpdatedAt.Before(doc.UpdatedAt.Time) {
		t.Errorf("updated at %v after %v (%v)", later.UpdatedAt, doc.UpdatedAt, err)
	}
}
