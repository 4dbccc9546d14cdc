package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hold takes a place that there is.
func hold(t *testing.T, p *places, owner string, weight int) (release func()) {
	t.Helper()
	release, err := p.take(t.Context(), owner, weight, time.Nanosecond)
	if err != nil {
		t.Fatalf("%s gets no place: %v", owner, err)
	}
	return release
}

func TestPlacesAreGivenInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(4, 100)
		first, second := hold(t, p, "a", 2), hold(t, p, "b", 2)
		var order []string
		var waiting sync.WaitGroup
		for _, owner := range []string{"many", "many", "many", "one", "two"} {
			waiting.Go(func() {
				release, err := p.take(t.Context(), owner, 2, 0)
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, owner)
				time.Sleep(time.Second)
				release()
			})
			synctest.Wait()
		}
		first() // from here on there is room for one at a time
		waiting.Wait()
		second()
		if want := []string{"many", "one", "two", "many", "many"}; !slices.Equal(order, want) {
			t.Errorf("the order was %v, want %v", order, want)
		}
		if len(p.tenants) != 0 || p.used != 0 || p.waiting != 0 || p.turns.Len() != 0 {
			t.Errorf("left behind: %+v", p)
		}
	})
}

func TestOneOwnerHasHalfOfTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(10, 100)
		first, second := hold(t, p, "a", 2), hold(t, p, "a", 3)
		if _, err := p.take(t.Context(), "a", 1, time.Second); !errors.Is(err, errFull) {
			t.Errorf("an owner who has half of the room gets more: %v", err)
		}
		other := hold(t, p, "b", 5)
		for _, release := range []func(){first, second, other} {
			release()
		}
		hold(t, p, "a", 1000)() // which is all of it, for one thing alone
		hold(t, p, "b", 10)()
	})
}

// TestAHeavyOneIsNotPassed checks that what needs much room gets it, though lighter things come all the time.
func TestAHeavyOneIsNotPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(10, 100)
		releases := []func(){hold(t, p, "a", 3), hold(t, p, "b", 3)}
		got := make(chan error, 1)
		go func() {
			release, err := p.take(t.Context(), "heavy", 5, 0)
			if err == nil {
				defer release()
			}
			got <- err
		}()
		synctest.Wait()
		light := make(chan error, 1)
		go func() {
			release, err := p.take(t.Context(), "c", 4, 0)
			if err == nil {
				defer release()
			}
			light <- err
		}()
		synctest.Wait()
		select {
		case <-light:
			t.Error("a lighter one passed")
		default:
		}
		releases[0]()
		if err := <-got; err != nil {
			t.Error(err)
		}
		if err := <-light; err != nil {
			t.Error(err)
		}
		releases[1]()
	})
}

func TestWhoGivesUpKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(10, 100)
		release := hold(t, p, "a", 4)
		ctx, cancel := context.WithCancel(t.Context())
		hold := hold(t, p, "b", 4)
		go func() { _, _ = p.take(ctx, "heavy", 5, 0) }()
		synctest.Wait()
		light := make(chan error, 1)
		go func() {
			_, err := p.take(t.Context(), "c", 2, 0)
			light <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-light; err != nil {
			t.Error(err)
		}
		release()
		hold()
	})
}

func TestTooMuchIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(4, 1)
		var waiting sync.WaitGroup
		wait := func(owner string) {
			waiting.Go(func() {
				if release, err := p.take(t.Context(), owner, 2, 0); err != nil {
					t.Errorf("%s: %v", owner, err)
				} else {
					release()
				}
			})
			synctest.Wait()
		}
		first, second := hold(t, p, "a", 2), hold(t, p, "b", 2)
		wait("a")
		if _, err := p.take(t.Context(), "a", 1, 0); !errors.Is(err, errTooMany) {
			t.Errorf("who waits for their share may wait for more: %v", err)
		}
		wait("b")
		if _, err := p.take(t.Context(), "c", 1, 0); !errors.Is(err, errFull) {
			t.Errorf("when all wait for all the room, one more may wait: %v", err)
		}
		first()
		second()
		waiting.Wait()
		if len(p.tenants) != 0 {
			t.Errorf("left behind: %v", p.tenants)
		}
	})
}

// TestPlacesUnderLoad has many owners take places by chance, some of whom give up, and looks whether there was room for all of them.
func TestPlacesUnderLoad(t *testing.T) {
	p := newPlaces(100, 1000)
	var mu sync.Mutex
	used, by, things := 0, map[string]int{}, map[string]int{}
	count := func(owner string, weight, more int) {
		mu.Lock()
		defer mu.Unlock()
		used += weight
		by[owner] += weight
		things[owner] += more
		if used > 100 || by[owner] > 50 && things[owner] > 1 {
			t.Errorf("%d are under way, %d of %s", used, by[owner], owner)
		}
	}
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() {
			chance := rand.New(rand.NewPCG(uint64(n), 7))
			for range 300 {
				owner, weight := fmt.Sprint(chance.IntN(5)), 1+chance.IntN(120)
				ctx, cancel := context.WithCancel(t.Context())
				if chance.IntN(4) == 0 {
					go cancel()
				}
				release, err := p.take(ctx, owner, weight, 0)
				if err == nil {
					count(owner, min(weight, 100), 1)
					count(owner, -min(weight, 100), -1)
					release()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if len(p.tenants) != 0 || p.used != 0 || p.waiting != 0 || p.turns.Len() != 0 {
		t.Errorf("left behind: %d tenants, %d used, %d waiting", len(p.tenants), p.used, p.waiting)
	}
}
