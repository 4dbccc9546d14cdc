package files

import (
	"context"
	"sync"
)

// turns let a number of uploads be looked at at the same time, and of each member only one: so whoever sends many large pictures keeps nobody
// from sharing a page of text.
type turns struct {
	all chan struct{}
	mu  sync.Mutex
	of  map[string]*turn
}

// turn is that of a member who has it, or waits for it.
type turn struct {
	taken  chan struct{}
	wanted int
}

func newTurns(count int) *turns {
	return &turns{all: make(chan struct{}, count), of: map[string]*turn{}}
}

// take waits for the member's turn until ctx ends.
func (t *turns) take(ctx context.Context, member string) (release func(), err error) {
	own := t.want(member)
	if err := enter(ctx, own.taken); err != nil {
		t.unwant(member)
		return nil, err
	}
	if err := enter(ctx, t.all); err != nil {
		<-own.taken
		t.unwant(member)
		return nil, err
	}
	return func() {
		<-t.all
		<-own.taken
		t.unwant(member)
	}, nil
}

func enter(ctx context.Context, place chan struct{}) error {
	select {
	case place <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *turns) want(member string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.of[member]
	if own == nil {
		own = &turn{taken: make(chan struct{}, 1)}
		t.of[member] = own
	}
	own.wanted++
	return own
}

func (t *turns) unwant(member string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[member].wanted--; t.of[member].wanted == 0 {
		delete(t.of, member)
	}
}
