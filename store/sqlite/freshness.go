package sqlite

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"

	driver "zombiezen.com/go/sqlite"
)

// walHeader is the header of a WAL index: the first of its two copies.
type walHeader [48]byte

// changes is SQLite's count of the commits since the index was made.
func (h *walHeader) changes() uint32 { return binary.NativeEndian.Uint32(h[8:12]) }

// frames is how many pages are in the log.
func (h *walHeader) frames() uint32 { return binary.NativeEndian.Uint32(h[16:20]) }

// follows says whether there was exactly one commit since before. An index that was just made, or made anew after a crash, counts from
// 0, so nothing follows that.
func (h *walHeader) follows(before *walHeader) bool {
	return h != nil && before != nil && before.changes() > 0 && h.changes() == before.changes()+1
}

// freshness knows whether the shelves are still true. What this program writes is taken off them when it is committed, before the
// write is acknowledged. That another program has written to the file is seen by SQLite's data version, which is looked at before
// anything is taken from a shelf; then all of them are emptied. Asking for the data version takes microseconds and locks of the file,
// so that is done only if the header of the WAL index is another one than the last time, which is seen in nanoseconds, and not after a
// commit of our own that the header says was the only one.
type freshness struct {
	// index may be nil. seen was its header at a time when the shelves were true.
	index *walIndex
	seen  atomic.Pointer[walHeader]

	mu sync.Mutex
	// open opens the connection that looks at the data version; probe is nil until it is needed.
	open  func() (*conn, error)
	probe *conn
	// known is a data version, as the probe sees it, that the shelves are true for. After commits of our own they are true for a later
	// one, too; taking that for a write of another program would empty them for nothing, which is all.
	known int64
	// committing says that our own transaction may be done already, but is not taken off the shelves yet.
	committing bool
	// written is the data version as the writer sees it: other programs change it, and our own writes do not.
	written int64
	shelves []*shelf
	lists   *lists
	closed  bool

	// quiet says that nobody has written for a while; last is the header when that was looked at, and wary how often it is to be looked at
	// before it can be: see quiet.go. When it ends, letGo ends the reading transactions that are open.
	quiet atomic.Bool
	last  walHeader
	wary  int
	letGo func()
}

// check says whether the shelves may be used now.
func (f *freshness) check() bool {
	if seen := f.seen.Load(); seen != nil && *seen == f.index.read() {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.recheck()
}

// recheck is check for who holds mu.
func (f *freshness) recheck() bool {
	if f.closed {
		return false
	}
	header := f.header()
	if seen := f.seen.Load(); header != nil && seen != nil && *header == *seen {
		return true // what changed the header was taken off meanwhile
	}
	now, err := f.look()
	switch {
	case err != nil || (now != f.known && f.committing): // perhaps by our own transaction, and perhaps by another's
		return false
	case now != f.known:
		f.othersWrote(f.known)
		f.known = now
	}
	f.seen.Store(header)
	return true
}

// header is the header of the WAL index as it is now; nil if it cannot be read. It is read before the data version, so that a
// write between the two is seen the next time.
func (f *freshness) header() *walHeader {
	if !f.index.readable() {
		return nil
	}
	header := f.index.read()
	return &header
}

// look reads the data version.
func (f *freshness) look() (version int64, err error) {
	if f.probe == nil {
		if f.probe, err = f.open(); err != nil {
			return 0, err
		}
	}
	return dataVersion(f.probe)
}

func dataVersion(c *conn) (version int64, err error) {
	_, err = c.first("PRAGMA data_version", nil, func(s *driver.Stmt) error {
		version = s.ColumnInt64(0)
		return nil
	})
	return version, err
}

// othersWrote is called when the data version is no longer what it was; 0 for the first time.
func (f *freshness) othersWrote(was int64) {
	if was != 0 {
		f.wary = waryFor
	}
	for _, s := range f.shelves {
		s.forget(concern{})
	}
	f.lists.clear()
}

// begin is called before our own transaction is committed.
func (f *freshness) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.committing = true
	if f.quiet.Swap(false) {
		f.letGo()
	}
}

// end is called after it, before anybody is told: it takes what has changed off the shelves. Committed says that the transaction was.
func (f *freshness) end(writer *conn, jobs []*job, committed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.committing = false
	changed := false
	for _, j := range jobs {
		for i, c := range j.changes {
			concern := c.concerns()
			f.forget(concern)
			changed = changed || j.results[i] == nil && concern.table != nil
		}
	}
	header := f.header()
	if committed && changed && header.follows(f.seen.Load()) {
		f.seen.Store(header)
		return
	}
	now, err := f.look() // before the writer's, so that a write of another program after this one is seen by either
	written, writerErr := dataVersion(writer)
	if err != nil || writerErr != nil || written != f.written {
		f.othersWrote(f.written)
	}
	f.known, f.written = now, written
	f.seen.Store(header)
}

func (f *freshness) forget(c concern) {
	if c.table != nil && c.table.shelf != nil {
		c.table.shelf.forget(c)
		f.lists.forget(c)
	}
}

// close is called after all other connections were closed.
func (f *freshness) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.seen.Store(nil)
	var err error
	if f.probe != nil {
		err = f.probe.close()
	}
	return errors.Join(err, f.index.close())
}
