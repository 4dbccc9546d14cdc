package server

import (
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// places bound what goes on at once by its weight. All that is under way weighs no more than there is room for, and what one owner has
// under way no more than half of it, unless it is one thing alone. Who has to wait gets a place in turn: the first of each owner, then the
// next of each.
type places struct {
	room int
	// rounds is how many times as much may wait of one owner as may be under way, and most is how much may wait of all:
	// what would wait longer is refused at once.
	rounds, most int

	mu            sync.Mutex
	used, waiting int
	tenants       map[string]*tenant
	// turns are the tenants who wait for nothing but room, in the order of their turns.
	turns list.List
}

// tenant is an owner who has something under way or waiting.
type tenant struct {
	owner         string
	used, waiting int
	queue         []*ticket
	// turn is the tenant's place in turns; nil if nothing waits, or only because the owner has their half under way.
	turn *list.Element
}

// ticket is something that waits.
type ticket struct {
	weight int
	// admitted is closed when it has its place.
	admitted chan struct{}
}

// Why there is no place.
var (
	// errTooMany says that the owner waits for too much.
	errTooMany = errors.New("the owner has too much under way")
	// errFull says that everybody does.
	errFull = errors.New("too much is under way")
)

func newPlaces(room, rounds int) *places {
	room = max(2, room)
	return &places{room: room, rounds: rounds, most: rounds * room, tenants: map[string]*tenant{}}
}

// share is how much of the room one owner may have.
func (p *places) share() int { return p.room / 2 }

// mayHave says whether what one owner has under way stays within their share.
func (p *places) mayHave(t *tenant, weight int) bool {
	return t.used == 0 || t.used+weight <= p.share()
}

// take takes a place, and waits for it until ctx ends or patience is over; without end if patience is 0. What is heavier than all the room
// counts as that. release gives the place back, once.
func (p *places) take(ctx context.Context, owner string, weight int, patience time.Duration) (release func(), err error) {
	weight = min(max(1, weight), p.room)
	t, waits, err := p.enter(owner, weight)
	if err != nil {
		return nil, err
	}
	release = func() { p.leave(t, weight) }
	if waits == nil {
		return release, nil
	}
	var late <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-waits.admitted:
		return release, nil
	case <-late:
	case <-ctx.Done():
	}
	if p.giveUp(t, waits) {
		return nil, errFull
	}
	return release, nil // it came at the last moment
}

// shrink gives back a part of a place of this weight that owner has, and returns what gives back the rest.
func (p *places) shrink(owner string, weight, rest int) (release func()) {
	p.mu.Lock()
	t := p.tenants[owner]
	p.mu.Unlock()
	weight = min(weight, p.room)
	rest = max(1, min(weight, rest))
	p.leave(t, weight-rest)
	return func() { p.leave(t, rest) }
}

// enter takes a place, or a ticket if there is none yet.
func (p *places) enter(owner string, weight int) (*tenant, *ticket, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tenants[owner]
	if t == nil {
		t = &tenant{owner: owner}
		p.tenants[owner] = t
	}
	if p.turns.Len() == 0 && len(t.queue) == 0 && p.used+weight <= p.room && p.mayHave(t, weight) {
		p.admit(t, weight)
		return t, nil, nil
	}
	switch {
	case t.waiting+weight > p.rounds*max(p.share(), weight):
		p.forget(t)
		return nil, nil, errTooMany
	case p.waiting+weight > p.most:
		p.forget(t)
		return nil, nil, errFull
	}
	waits := &ticket{weight, make(chan struct{})}
	t.queue = append(t.queue, waits)
	t.waiting, p.waiting = t.waiting+weight, p.waiting+weight
	p.takeTurn(t)
	return t, waits, nil
}

func (p *places) admit(t *tenant, weight int) {
	t.used, p.used = t.used+weight, p.used+weight
}

func (p *places) leave(t *tenant, weight int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.admit(t, -weight)
	p.takeTurn(t)
	p.call()
	p.forget(t)
}

// giveUp takes a ticket back; false if it has been called.
func (p *places) giveUp(t *tenant, waits *ticket) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(t.queue, waits)
	if i < 0 {
		return false
	}
	t.queue = slices.Delete(t.queue, i, i+1)
	t.waiting, p.waiting = t.waiting-waits.weight, p.waiting-waits.weight
	p.takeTurn(t)
	p.call() // what comes next may be lighter
	p.forget(t)
	return true
}

// takeTurn puts the tenant behind all others if they wait for nothing but room, and takes them out if they do not.
func (p *places) takeTurn(t *tenant) {
	ready := len(t.queue) > 0 && p.mayHave(t, t.queue[0].weight)
	switch {
	case ready && t.turn == nil:
		t.turn = p.turns.PushBack(t)
	case !ready && t.turn != nil:
		p.turns.Remove(t.turn)
		t.turn = nil
	}
}

// call gives places to those whose turn it is, as long as there is room for the next.
func (p *places) call() {
	for front := p.turns.Front(); front != nil; front = p.turns.Front() {
		t := front.Value.(*tenant) //nolint:forcetypeassert // only these are in it
		next := t.queue[0]
		if p.used+next.weight > p.room {
			return
		}
		t.queue = t.queue[1:]
		t.waiting, p.waiting = t.waiting-next.weight, p.waiting-next.weight
		p.admit(t, next.weight)
		close(next.admitted)
		p.turns.Remove(t.turn)
		t.turn = nil
		p.takeTurn(t)
	}
}

// forget lets go of a tenant who has nothing here.
func (p *places) forget(t *tenant) {
	if t.used == 0 && len(t.queue) == 0 {
		delete(p.tenants, t.owner)
	}
}
