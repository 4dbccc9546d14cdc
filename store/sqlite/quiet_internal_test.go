package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// openPosts opens the posts of the store at path, which keeps nothing, so that every read is one of the file.
func openPosts(t *testing.T, path string) *collection[staffroom.Post] {
	t.Helper()
	store, err := Open(t.Context(), path, Options{Keep: new(0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store.Posts.(*collection[staffroom.Post])
}

// openUnswept is openPosts for a store that has nothing that expires, and so writes nothing by itself.
func openUnswept(t *testing.T, path string) *collection[staffroom.Post] {
	t.Helper()
	db, err := open(t.Context(), path, Options{Keep: new(0)}, []*staffroom.Schema{&staffroom.PostSchema})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.close(); err != nil {
			t.Error(err)
		}
	})
	return newCollection[staffroom.Post](db, &staffroom.PostSchema)
}

// holding is how many connections hold a reading transaction.
func (db *database) holding() (n int) {
	db.readers.each(func(c *conn) {
		if c.holds {
			n++
		}
	})
	return n
}

// readAtOnce reads in quiet times with all connections that there are. The store itself finds now and then that times are not quiet.
func readAtOnce(t *testing.T, c *collection[staffroom.Post], id string) {
	t.Helper()
	for range 5 {
		c.db.fresh.quiet.Store(true)
		var all []*conn
		for range c.db.opts.Readers {
			reader, err := c.db.borrow(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.take(reader, id, unkept); err != nil {
				t.Error(err)
			}
			all = append(all, reader)
		}
		for _, reader := range all {
			c.db.giveBack(reader)
		}
		if c.db.holding() == c.db.opts.Readers {
			return
		}
	}
	t.Error("connections do not keep their transactions in quiet times")
}

func TestReadsInQuietTimesSeeEveryWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	programs := []*collection[staffroom.Post]{openPosts(t, path), openPosts(t, path)}
	if err := programs[0].Insert(t.Context(), &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}}); err != nil {
		t.Fatal(err)
	}
	for n := range 60 {
		for _, c := range programs {
			readAtOnce(t, c, "post_1")
		}
		if _, err := programs[n/3%2].Update(t.Context(), "post_1", func(p *staffroom.Post) error { p.Body = fmt.Sprint(n); return nil }); err != nil {
			t.Fatal(err)
		}
		for i, c := range programs {
			one, err := c.Get(t.Context(), "post_1")
			page, findErr := c.Find(t.Context(), staffroom.Query{Limit: 1})
			if err != nil || findErr != nil || one.Body != fmt.Sprint(n) || page.Items[0].Body != fmt.Sprint(n) {
				t.Fatalf("program %d reads %+v, %+v (%v, %v) after %d was written", i, one, page, err, findErr, n)
			}
		}
	}
}

// TestReadsInQuietTimesGoOnWhileOthersWrite lets many read while times change.
func TestReadsInQuietTimesGoOnWhileOthersWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	one, other := openPosts(t, path), openPosts(t, path)
	if err := one.Insert(t.Context(), &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}}); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for last := int64(0); !isClosed(stop); {
				one.db.fresh.quiet.Store(true)
				got, err := one.Get(t.Context(), "post_1")
				if err != nil || got.Version < last {
					t.Errorf("%+v, %v after version %d", got, err, last)
					return
				}
				last = got.Version
			}
		})
	}
	for n := range int64(100) {
		c := []*collection[staffroom.Post]{one, other}[n%2]
		if _, err := c.Update(t.Context(), "post_1", func(p *staffroom.Post) error { p.Body = fmt.Sprint(n); return nil }); err != nil {
			t.Error(err)
		}
		if got, err := one.Get(t.Context(), "post_1"); err != nil || got.Version != n+2 {
			t.Errorf("%+v, %v after version %d was written", got, err, n+2)
		}
	}
	close(stop)
	readers.Wait()
}

// TestLongTheWALStartsAnewWhileThereAreReads writes much in quiet times, in which connections hold their transactions.
func TestLongTheWALStartsAnewWhileThereAreReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	c := openPosts(t, path)
	post := &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}}
	if err := c.Insert(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	const rounds, bytes = 1200, 200_000 // three times what the log has when the checkpointer makes room in any case
	for n := range rounds {
		readAtOnce(t, c, "post_1")
		if _, err := c.Update(t.Context(), "post_1", func(p *staffroom.Post) error { p.Body = strings.Repeat(fmt.Sprint(n%10), bytes); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() > rounds*bytes/3 {
		t.Errorf("the WAL takes %d bytes after %d were written (%v)", info.Size(), rounds*bytes, err)
	}
}

func TestIdleConnectionsLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	c := openPosts(t, path)
	if err := c.Insert(t.Context(), &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}}); err != nil {
		t.Fatal(err)
	}
	other, err := driver.OpenConn(path, driver.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}()
	readAtOnce(t, c, "post_1")
	for end := time.Now().Add(time.Minute); held(t, other); time.Sleep(quietAfter / 10) {
		if time.Now().After(end) {
			t.Fatal("idle connections keep another program from emptying the WAL")
		}
	}
	if n := c.db.holding(); n != 0 {
		t.Errorf("%d idle connections hold a transaction", n)
	}
}

// held says whether somebody keeps another program from emptying the WAL.
func held(t *testing.T, other *driver.Conn) bool {
	t.Helper()
	stmt, _, err := other.PrepareTransient("PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stmt.Step(); err != nil {
		t.Fatal(err)
	}
	busy := stmt.ColumnInt(0) != 0
	if err := stmt.Finalize(); err != nil {
		t.Error(err)
	}
	return busy
}

func TestTimesAreQuietWhenNobodyWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	one, other := openUnswept(t, path), openUnswept(t, path)
	fresh := one.db.fresh
	// quiet says whether times are, after so many looks.
	quiet := func(looks int) bool {
		for range looks {
			fresh.settle()
		}
		return fresh.quiet.Load()
	}
	insert := func(c *collection[staffroom.Post], id string) {
		if err := c.Insert(t.Context(), &staffroom.Post{Meta: staffroom.Meta{ID: id}}); err != nil {
			t.Fatal(err)
		}
	}
	insert(one, "post_1")
	if quiet(1) || !quiet(1) {
		t.Error("times are quiet at once, or never")
	}
	insert(one, "post_2")
	if fresh.quiet.Load() || quiet(1) || !quiet(1) {
		t.Error("a write of our own is no end of quiet times, or one for long")
	}
	insert(other, "post_3")
	if quiet(1) || !fresh.check() || quiet(waryFor-5) || !quiet(5) { // the store itself may look meanwhile
		t.Error("another program that writes is no end of quiet times, or one for ever")
	}
}

// TestOthersWritesAreNoticedWhenNothingIsKept has nobody ask whether what is kept is still true, as nothing is.
func TestOthersWritesAreNoticedWhenNothingIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	store, err := Open(t.Context(), path, Options{Keep: new(0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	one := store.Posts.(*collection[staffroom.Post]) //nolint:forcetypeassert // Open makes nothing else
	other, fresh := openPosts(t, path), one.db.fresh
	if _, err := one.Get(t.Context(), "post_1"); err == nil {
		t.Fatal("a post is there before it was written")
	}
	fresh.settle()
	fresh.settle()
	if !fresh.quiet.Load() {
		t.Fatal("times are not quiet")
	}
	if err := other.Insert(t.Context(), &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Get(t.Context(), "post_1"); err != nil {
		t.Error(err)
	}
	fresh.settle()
	fresh.settle()
	fresh.settle()
	if fresh.quiet.Load() {
		t.Error("times are quiet again at once after another program has written")
	}
}
