package sqlite

import (
	"context"
	"fmt"
	"os"
	"time"

	driver "zombiezen.com/go/sqlite"
)

const (
	// checkpointAfter is how many pages are written to the log before they are copied into the file: the inner pages of indexes, which
	// almost every write changes, are copied once for all of them. It is what SQLite looks up in three steps, and 48 MiB.
	checkpointAfter = 12_000
	// checkpointAtLast is how many it takes until the writer copies them itself while everybody waits, because the checkpointer cannot keep up.
	checkpointAtLast = 2 * checkpointAfter
	// checkpointPause is how long the checkpointer rests before it tries again, as somebody who reads may keep the log from starting anew;
	// heldPause is the same if nothing could be copied at all, and failurePause after an error of the disk, say.
	checkpointPause, heldPause, failurePause = 10 * time.Millisecond, 100 * time.Millisecond, time.Second
	// restartPatience is how long writers wait for the reads under way, so that a log that has become too long starts anew.
	restartPatience = 50 * time.Millisecond
)

// checkpointer copies the log into the file beside the writing, on a connection of its own, so that nobody waits for that. The log starts
// anew only when all of it was copied, which those who write all the time would never let happen: so the last few pages are copied in a turn
// of the writer's. Where the length of the log cannot be seen, the writer does all this by itself.
type checkpointer struct {
	store *database
	conn  *conn
	// file is the database, to have the disk take what was copied. It stays open as long as SQLite has it open; see walIndex.file.
	file *os.File
	// due holds something when there may be enough to copy.
	due chan struct{}
	// copied is how many pages of the log were copied when the last checkpoint ended.
	copied int
	// failing says that the last checkpoint failed, and that the operator knows.
	failing bool
}

// newCheckpointer relieves the writer.
func newCheckpointer(db *database) (*checkpointer, error) {
	c := &checkpointer{store: db, due: make(chan struct{}, 1)}
	if !db.fresh.index.readable() {
		return c, nil
	}
	return c, db.writer.conn.execAll(fmt.Sprintf("PRAGMA wal_autocheckpoint=%d", checkpointAtLast))
}

// look is called after each transaction.
func (c *checkpointer) look() {
	if !c.isDue() {
		return
	}
	select {
	case c.due <- struct{}{}:
	default: // it is about to begin
	}
}

func (c *checkpointer) isDue() bool {
	header := c.store.fresh.header()
	return header != nil && header.frames() >= checkpointAfter
}

// run makes checkpoints until the store closes.
func (c *checkpointer) run() {
	for !isClosed(c.store.closing) {
		select {
		case <-c.store.closing:
		case <-c.due:
			if c.isDue() { // still: while one is made, each transaction says that one is due
				pause, err := c.checkpoint()
				c.rest(c.report(pause, err))
			}
		}
	}
}

func (c *checkpointer) rest(pause time.Duration) {
	select {
	case <-c.store.closing:
	case <-time.After(pause):
	}
}

// report tells the operator of the first of several failures in a row, and gives the pause after it.
func (c *checkpointer) report(pause time.Duration, err error) time.Duration {
	if err == nil {
		c.failing = false
		return pause
	}
	if !c.failing {
		c.store.opts.Log.ErrorContext(context.Background(), "The store's log can't be copied into its file, and grows.", "error", err)
	}
	c.failing = true
	return failurePause
}

// checkpoint copies all that is in the log, and says how long to rest then.
func (c *checkpointer) checkpoint() (pause time.Duration, err error) {
	if err := c.open(); err != nil {
		return 0, err
	}
	_, copied, err := c.copy("PASSIVE")
	if err != nil || copied == c.copied {
		return heldPause, err
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	if _, c.copied, err = c.copy("PASSIVE"); err != nil { // what was written meanwhile
		return 0, err
	}
	select {
	case c.store.writer.turn <- struct{}{}:
		defer func() { <-c.store.writer.turn }()
		return c.finish()
	case <-c.store.closing:
		return 0, nil
	}
}

// finish copies the last pages, while nobody writes. The next writer starts the log anew, unless somebody reads what is in it just then: so
// once the log is too long, the writers wait until it can.
func (c *checkpointer) finish() (pause time.Duration, err error) {
	how := "PASSIVE"
	if header := c.store.fresh.header(); header != nil && header.frames() >= checkpointAtLast {
		how = "RESTART"
	}
	busy := false
	busy, c.copied, err = c.copy(how)
	if busy {
		return failurePause, err
	}
	return checkpointPause, err
}

// flush has the disk take what was copied, which takes longest.
func (c *checkpointer) flush() error {
	if c.store.file.temporary() {
		return nil
	}
	return c.file.Sync()
}

// open opens what is needed, once.
func (c *checkpointer) open() (err error) {
	if c.file == nil {
		if c.file, err = os.Open(c.store.file.path); err != nil {
			return err
		}
	}
	if c.conn != nil {
		return nil
	}
	conn, err := connect(c.store.file, restartPatience, c.store.opts.OnQuery)
	if err != nil {
		return err
	}
	if err := conn.execAll(c.store.file.synchronous()); err != nil {
		return closing(conn, err)
	}
	c.conn = conn
	return nil
}

// copy copies what is in the log now, unless another program does, or somebody reads what was there before, and says how many of its pages were
// copied. PASSIVE waits for nobody; RESTART waits a moment for those who read, and is busy if that is not enough. Once all is copied, SQLite
// has the disk take it.
func (c *checkpointer) copy(how string) (busy bool, copied int, err error) {
	_, err = c.conn.first("PRAGMA wal_checkpoint("+how+")", nil, func(s *driver.Stmt) error {
		busy, copied = s.ColumnInt(0) != 0, s.ColumnInt(2)
		return nil
	})
	return busy, copied, err
}

// disconnect is called after the last checkpoint.
func (c *checkpointer) disconnect() error {
	if c.conn == nil {
		return nil
	}
	return c.conn.close()
}

// close is called when this process has no connection to the database any more.
func (c *checkpointer) close() error {
	if c.file == nil {
		return nil
	}
	return c.file.Close()
}
