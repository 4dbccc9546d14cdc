package sqlite

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// pool lends reading connections: the one that came back last, whose pages are those most likely to be needed again. It opens them when
// they are needed first.
type pool struct {
	// lent holds something for each connection that is lent, or being opened.
	lent    chan struct{}
	closing <-chan struct{}
	open    func() (*conn, error)
	mu      sync.Mutex
	free    []*conn
}

// defaultReaders is a few more than can run at once, so that a slow query does not hold up quick ones.
func defaultReaders() int { return 2 + 2*runtime.GOMAXPROCS(0) }

func newPool(size int, closing <-chan struct{}, open func() (*conn, error)) *pool {
	return &pool{lent: make(chan struct{}, size), closing: closing, open: open}
}

// take borrows a connection; whoever does gives it back by put.
func (p *pool) take(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if isClosed(p.closing) {
		return nil, closedError()
	}
	if err := p.admit(ctx); err != nil {
		return nil, err
	}
	if c := p.pop(); c != nil {
		return c, nil
	}
	c, err := p.open()
	if err != nil {
		<-p.lent
	}
	return c, err
}

// admit waits until there are fewer connections lent than may be.
func (p *pool) admit(ctx context.Context) error {
	select {
	case p.lent <- struct{}{}: // as nearly always: who does not wait needs to hear of nothing else
		return nil
	default:
	}
	select {
	case p.lent <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.closing:
		return closedError()
	}
}

// pop is the connection that came back last; nil if all that are open are lent.
func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		return nil
	}
	c := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return c
}

func (p *pool) put(c *conn) {
	p.mu.Lock()
	p.free = append(p.free, c)
	p.mu.Unlock()
	<-p.lent
}

// each calls f with every connection that is open and not lent. Nobody can borrow these meanwhile.
func (p *pool) each(f func(*conn)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.free {
		f(c)
	}
}

// close waits until every connection is back, and closes them all.
func (p *pool) close() error {
	for range cap(p.lent) {
		p.lent <- struct{}{}
	}
	var errs []error
	for c := p.pop(); c != nil; c = p.pop() {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
