package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// pagesEach is about how many pages an update by writeBig takes.
const pagesEach = 50

// writeBig changes a post so often, by so many at once who never rest.
func writeBig(t *testing.T, c *collection[staffroom.Post], updates, writers int) {
	t.Helper()
	var running sync.WaitGroup
	for range writers {
		id := staffroom.NewID(staffroom.PrefixPost)
		if err := c.Insert(t.Context(), &staffroom.Post{Meta: staffroom.Meta{ID: id}}); err != nil {
			t.Fatal(err)
		}
		running.Go(func() {
			for n := range updates / writers {
				body := strings.Repeat(fmt.Sprint(n%10), pagesEach*4096) // SQLite leaves pages out that stay the same
				if _, err := c.Update(t.Context(), id, func(p *staffroom.Post) error { p.Body = body; return nil }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
}

// logged is how many pages are in the log.
func (db *database) logged() int {
	header := db.fresh.index.read()
	return int(header.frames())
}

func needWALIndex(t *testing.T, c *collection[staffroom.Post]) {
	t.Helper()
	if !c.db.fresh.index.readable() {
		t.Skip("here, the writer makes the checkpoints")
	}
}

// TestLongTheLogStartsAnewWhileManyWrite has writers who give nobody a moment in which all of the log is copied.
func TestLongTheLogStartsAnewWhileManyWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	c := openPosts(t, path)
	needWALIndex(t, c)
	const updates = 3 * checkpointAtLast / pagesEach
	writeBig(t, c, updates, 8)
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() > checkpointAtLast*4096*3/4 { // so that it was not the writer, in the end
		t.Errorf("the log takes %d bytes after %d were written (%v)", info.Size(), updates*pagesEach*4096, err)
	}
}

// TestLongTheLogStartsAnewAfterALongRead has another program read what was there long ago.
func TestLongTheLogStartsAnewAfterALongRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	c := openPosts(t, path)
	needWALIndex(t, c)
	writeBig(t, c, 1, 1)
	other, err := connect(file{path: path}, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.close() })
	if err := other.execAll("BEGIN", "SELECT count(*) FROM posts"); err != nil {
		t.Fatal(err)
	}
	writeBig(t, c, checkpointAfter/pagesEach*3/2, 4)
	if n := c.db.logged(); n < checkpointAfter {
		t.Fatalf("the log started anew at %d pages under somebody who reads what was there before", n)
	}
	if err := other.execAll("COMMIT"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); c.db.logged() >= checkpointAfter; time.Sleep(checkpointPause) {
		if time.Now().After(end) {
			t.Fatalf("there are %d pages in the log, which nobody reads", c.db.logged())
		}
		writeBig(t, c, 1, 1)
	}
}

// TestLongTheLogStartsAnewUnderReadersWhoOverlap has readers who leave no moment in which nobody reads.
func TestLongTheLogStartsAnewUnderReadersWhoOverlap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	c := openPosts(t, path)
	needWALIndex(t, c)
	ctx, stop := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	for i := range 4 {
		reading.Go(func() {
			time.Sleep(time.Duration(i) * time.Millisecond)
			for ctx.Err() == nil {
				_ = c.db.read(ctx, func(reader *conn) error {
					return reader.query("SELECT 1 FROM sqlite_schema LIMIT 1", nil, func(*driver.Stmt) error { time.Sleep(4 * time.Millisecond); return nil })
				})
			}
		})
	}
	writeBig(t, c, 4*checkpointAtLast/pagesEach, 4)
	stop()
	reading.Wait()
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() > 2*checkpointAtLast*4096 {
		t.Errorf("the log takes %d bytes (%v)", info.Size(), err)
	}
}

// TestLongNothingIsLeftOfTheLog closes a store that makes checkpoints.
func TestLongNothingIsLeftOfTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	c := openPosts(t, path)
	needWALIndex(t, c)
	writeBig(t, c, checkpointAfter/pagesEach*5/2, 4)
	if err := c.db.close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path + "-wal", path + "-shm"} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there (%v)", name, err)
		}
	}
}
