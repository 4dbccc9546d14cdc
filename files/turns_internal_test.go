package files

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// TestTurns lets one member want much, and others only something.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, had := newTurns(2), map[string]int{}
		take := func(member string) (release func()) {
			t.Helper()
			release, err := turns.take(t.Context(), member)
			if err != nil {
				t.Fatal(err)
			}
			had[member]++
			return release
		}
		first := take("ann")
		for range 5 {
			go func() { take("ann")() }()
		}
		synctest.Wait()
		take("bob")()
		second := take("cat")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, member := range []string{"ann", "dan"} {
			if _, err := turns.take(ctx, member); !errors.Is(err, context.Canceled) {
				t.Errorf("%s gave up and got %v", member, err)
			}
		}
		if had["ann"] != 1 {
			t.Errorf("one member had %d turns at a time", had["ann"])
		}
		first()
		second()
		synctest.Wait()
		if had["ann"] != 6 || len(turns.of) != 0 || len(turns.all) != 0 {
			t.Errorf("in the end ann had %d turns, %d are wanted and %d taken", had["ann"], len(turns.of), len(turns.all))
		}
	})
}
