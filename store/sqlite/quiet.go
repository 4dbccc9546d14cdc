package sqlite

import (
	"context"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// In quiet times, when nobody writes, a reading connection keeps its reading transaction open for the next who borrows it: beginning and
// ending one takes a fifth of the time that reading a document does. It is good for as long as the header of the WAL index is the same.
//
// Open transactions keep others from starting the WAL anew, which then grows. So they end when this program is about to write, or another
// one has written, and do not stay open again before times are quiet; and those of idle connections end within a second.

const (
	// quietAfter is how long nobody must have written.
	quietAfter = time.Second
	// waryFor is how many times as long it takes after another program has written: it gets no chance to end our transactions before.
	waryFor = 60
)

// borrow takes a reading connection that sees all that is committed; whoever does gives it back by giveBack.
func (db *database) borrow(ctx context.Context) (*conn, error) {
	c, err := db.readers.take(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.renew(db.fresh); err != nil {
		db.readers.put(c)
		return nil, unavailable(err)
	}
	c.room = staffroom.RoomFrom(ctx)
	return c, nil
}

func (db *database) giveBack(c *conn) {
	c.room = nil
	if !db.fresh.quiet.Load() {
		_ = c.letGo() // if it fails, the next who borrows it is told
	}
	db.readers.put(c)
}

// renew makes sure that what is read next is what is committed now.
func (c *conn) renew(f *freshness) error {
	if c.holds && c.header == f.index.read() {
		return nil
	}
	outdated := c.holds
	if err := c.letGo(); err != nil {
		return err
	}
	if outdated && f.quiet.Swap(false) { // somebody has written: no need to wait until settle sees that
		f.letGo()
	}
	if !f.quiet.Load() {
		return nil
	}
	c.header = f.index.read() // before the transaction begins, so that a commit between the two is seen the next time
	if err := c.query("BEGIN", nil, nil); err != nil {
		return err
	}
	c.holds = true
	return nil
}

// letGo ends the reading transaction if one is open.
func (c *conn) letGo() error {
	if !c.holds {
		return nil
	}
	if !c.raw.AutocommitEnabled() { // unless SQLite has ended it, after an error
		if err := c.query("COMMIT", nil, nil); err != nil {
			c.header = walHeader{} // which is that of no database
			return err
		}
	}
	c.holds = false
	return nil
}

// watch looks, until the store closes, whether times are quiet, and ends what idle connections hold.
func (db *database) watch() {
	ticker := time.NewTicker(quietAfter)
	defer ticker.Stop()
	for {
		select {
		case <-db.closing:
			return
		case <-ticker.C:
			db.fresh.settle()
			db.letGo()
		}
	}
}

// letGo ends the reading transactions of connections that nobody uses now.
func (db *database) letGo() {
	db.readers.each(func(c *conn) { _ = c.letGo() }) // if it fails, the next who borrows it is told
}

// settle finds out whether times are quiet: nobody has written since it was called last.
func (f *freshness) settle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recheck() // nobody else may ask whether another program has written, as when nothing is kept
	header := f.header()
	same := header != nil && *header == f.last && !f.committing
	if header != nil {
		f.last = *header
	}
	if f.wary > 0 {
		f.wary--
	}
	f.quiet.Store(same && f.wary == 0)
}
