package seed

import (
	"log/slog"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// TestLongMembersSignInAgain on a network that was left alone until all sessions had ended, which the store takes out as soon as it is open.
func TestLongMembersSignInAgain(t *testing.T) {
	const size = Size(10)
	folder, err := Ensure(t.Context(), t.TempDir(), size, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := SignIn(t.Context(), folder, size); err != nil {
			t.Fatal(err)
		}
		if n := sessionsLeft(t, folder, func(s *staffroom.Session) { s.ExpiresAt = staffroom.At(time.Now().Add(-time.Hour)) }); n != Sessions {
			t.Fatalf("%d of %d members are signed in", n, Sessions)
		}
	}
}

// sessionsLeft counts the sessions that have not ended, and changes all of them.
func sessionsLeft(t *testing.T, folder string, change func(*staffroom.Session)) (n int) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), File(folder), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	var all []*staffroom.Session
	for s, err := range store.Sessions.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if s.ExpiresAt.After(time.Now()) {
			n++
		}
		change(s)
		all = append(all, s)
	}
	results, err := store.Sessions.PutMany(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range results {
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}
