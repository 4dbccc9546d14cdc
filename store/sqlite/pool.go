package sqlite

import (
	"context"
	"errors"
	"runtime"
)

// pool lends reading connections. It opens them when they are needed first.
type pool struct {
	free    chan *conn
	unused  chan struct{} // holds one for each connection not opened yet
	closing <-chan struct{}
	open    func() (*conn, error)
}

// defaultReaders is a few more than can run at once, so that a slow query does not hold up quick ones.
func defaultReaders() int { return 2 + 2*runtime.GOMAXPROCS(0) }

func newPool(size int, closing <-chan struct{}, open func() (*conn, error)) *pool {
	p := &pool{free: make(chan *conn, size), unused: make(chan struct{}, size), closing: closing, open: open}
	for range size {
		p.unused <- struct{}{}
	}
	return p
}

// take borrows a connection; whoever does gives it back by put.
func (p *pool) take(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if isClosed(p.closing) {
		return nil, closedError()
	}
	select {
	case c := <-p.free:
		return c, nil
	default:
	}
	select {
	case c := <-p.free:
		return c, nil
	case <-p.unused:
		return p.openOne()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closing:
		return nil, closedError()
	}
}

func (p *pool) openOne() (*conn, error) {
	c, err := p.open()
	if err != nil {
		p.unused <- struct{}{}
		return nil, err
	}
	return c, nil
}

func (p *pool) put(c *conn) { p.free <- c }

// close waits until every connection is back, and closes them all.
func (p *pool) close() error {
	var errs []error
	for range cap(p.free) {
		select {
		case <-p.unused:
		case c := <-p.free:
			errs = append(errs, c.close())
		}
	}
	return errors.Join(errs...)
}
