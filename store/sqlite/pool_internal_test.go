package sqlite

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestWhoWaitsForAConnectionGivesUpWithItsContext(t *testing.T) {
	p := newPool(1, make(chan struct{}), func() (*conn, error) { return &conn{}, nil })
	c, err := p.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.put(c)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	got := make(chan error, 1)
	go func() {
		_, err := p.take(ctx)
		got <- err
	}()
	select {
	case err := <-got:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it waits on")
	}
}
