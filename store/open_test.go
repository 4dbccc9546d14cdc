package store_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store"
)

func TestOpenSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder?x=1#.sqlite") // a path, not a URI
	for range 2 {
		opened, err := store.Open(t.Context(), "sqlite:"+path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := opened.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		doc := &staffroom.Post{Meta: staffroom.Meta{ID: "post"}}
		if err := opened.Posts.Insert(t.Context(), doc); err != nil && staffroom.CodeOf(err) != staffroom.CodeConflict {
			t.Error(err)
		}
		if n, err := opened.Posts.Count(t.Context()); err != nil || n != 1 {
			t.Errorf("%d posts are there (%v)", n, err)
		}
		if err := opened.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.sqlite")); err != nil || len(found) != 1 {
		t.Errorf("the store lies in %v (%v)", found, err)
	}
}

func TestWhatIsKeptIsTrue(t *testing.T) {
	for _, options := range [][]store.Option{nil, {store.Keep(0)}, {store.Keep(1 << 20)}} {
		opened, err := store.Open(t.Context(), "sqlite::memory:", slog.New(slog.DiscardHandler), options...)
		if err != nil {
			t.Fatal(err)
		}
		doc := &staffroom.Post{Meta: staffroom.Meta{ID: "post"}}
		if err := opened.Posts.Insert(t.Context(), doc); err != nil {
			t.Error(err)
		}
		for n := range int64(3) {
			if got, err := opened.Posts.Get(t.Context(), "post"); err != nil || got.Version != n+1 {
				t.Errorf("%+v, %v", got, err)
			}
			if _, err := opened.Posts.Update(t.Context(), "post", func(p *staffroom.Post) error { p.Body += "!"; return nil }); err != nil {
				t.Error(err)
			}
		}
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenMongo(t *testing.T) {
	// Nobody listens on this port; the error shows which adapter was asked.
	_, err := store.Open(t.Context(), "mongodb://127.0.0.1:1/staffroom?serverSelectionTimeoutMS=50", slog.New(slog.DiscardHandler))
	if staffroom.CodeOf(err) != staffroom.CodeUnavailable {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
}

func TestOpenNamesWhatIsPossible(t *testing.T) {
	for _, url := range []string{"", "sqlite:", "sqlite", "postgres://me:secret@host/db", "./store.sqlite"} {
		_, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "sqlite:PATH") || !strings.Contains(err.Error(), "mongodb://") {
			t.Errorf("%q: got %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows a password", url)
		}
	}
}
