// Package sqlite keeps a network's documents in one SQLite file: the store that needs nothing installed.
//
// Each collection is a table of JSON documents. The fields that queries name are virtual columns over the JSON, and the
// declared indexes are indexes over those; an index over a list is a side table with a row for each element, which
// triggers keep up to date. One connection writes, a few others read.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// InMemory is the path that opens an empty store which is gone after Close, for tests and trials.
const InMemory = ":memory:"

// Options are the settings of a store; the zero value is right for production.
type Options struct {
	// Log takes what operators should know; nil for slog.Default().
	Log *slog.Logger
	// Now is the clock; nil for the real one.
	Now func() time.Time
	// Readers is how many connections read at once; 0 for a number that fits the machine.
	Readers int
	// BusyTimeout is how long a write waits for another program that writes to the same file; 0 for 10 seconds.
	BusyTimeout time.Duration
	// Keep is up to how many bytes of what was read are kept in memory, for as long as they are true; 0 keeps nothing, and nil is for
	// DefaultKeep.
	Keep *int
	// MaxPages is how many pages of 4 KiB the file may have; 0 for as many as fit on the disk.
	MaxPages int
	// OnQuery is told each distinct SQL text before it runs for the first time on a connection, with its query plan as
	// EXPLAIN QUERY PLAN gives it; see [Scans]. Several goroutines call it at once. Nil for none.
	OnQuery func(sql string, plan []string)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Readers <= 0 {
		o.Readers = defaultReaders()
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = 10 * time.Second
	}
	if o.Keep == nil {
		o.Keep = new(DefaultKeep)
	}
	return o
}

// Open opens the store in the file at path and makes it if there is none; its folder must exist. Indexes that the
// schemas declare and the file lacks are made, others are dropped. A file that is no store of ours is left untouched
// and refused, and so is one that a newer program has written.
func Open(ctx context.Context, path string, opts Options) (*staffroom.Store, error) {
	schemas := []*staffroom.Schema{
		&staffroom.AuthoritySchema, &staffroom.SchoolSchema, &staffroom.MemberSchema,
		&staffroom.LeadSchoolSchema, &staffroom.ResourceSchema, &staffroom.ThreadSchema, &staffroom.PostSchema,
		&staffroom.SessionSchema, &staffroom.SignInSchema, &staffroom.SettingSchema, &staffroom.IdempotencyKeySchema,
	}
	db, err := open(ctx, path, opts, schemas)
	if err != nil {
		return nil, err
	}
	return &staffroom.Store{
		Authorities: newCollection[staffroom.Authority](db, schemas[0]),
		Schools:     newCollection[staffroom.School](db, schemas[1]),
		Members:     newCollection[staffroom.Member](db, schemas[2]),
		LeadSchools: newCollection[staffroom.LeadSchool](db, schemas[3]),
		Resources:   newCollection[staffroom.Resource](db, schemas[4]),
		Threads:     newCollection[staffroom.Thread](db, schemas[5]),
		Posts:       newCollection[staffroom.Post](db, schemas[6]),
		Sessions:    newCollection[staffroom.Session](db, schemas[7]),
		SignIns:     newCollection[staffroom.SignIn](db, schemas[8]),
		Settings:    newCollection[staffroom.Setting](db, schemas[9]),

		IdempotencyKeys: newCollection[staffroom.IdempotencyKey](db, schemas[10]),

		Ping:  db.ping,
		Close: db.close,
	}, nil
}

// database is an open file: who reads, who writes, and what runs in the background.
type database struct {
	opts    Options
	file    file
	readers *pool
	writer  *writer
	// checkpoints copies the log into the file.
	checkpoints *checkpointer
	fresh       *freshness
	lists       *lists
	tables      map[string]*table
	// closing is closed when nothing new may begin.
	closing chan struct{}
	close1  func() error
	behind  sync.WaitGroup // what runs in the background
}

func open(ctx context.Context, path string, opts Options, schemas []*staffroom.Schema) (*database, error) {
	opts = opts.withDefaults()
	tables, err := newTables(schemas)
	if err != nil {
		return nil, err
	}
	f, err := locate(path)
	if err != nil {
		return nil, err
	}
	main, err := openWriter(ctx, f, opts, tables)
	if staffroom.CodeOf(err) == staffroom.CodeUnavailable && f.giveReserve() {
		main, err = openWriter(ctx, f, opts, tables)
	}
	if err != nil {
		return nil, errors.Join(err, f.discard())
	}
	db := &database{opts: opts, file: f, tables: tables, closing: make(chan struct{})}
	db.close1 = sync.OnceValue(db.shut)
	db.readers = newPool(opts.Readers, db.closing, func() (*conn, error) { return openReader(f, opts) })
	db.fresh = &freshness{open: func() (*conn, error) { return openReader(f, opts) }, index: openWALIndex(f.path), letGo: db.letGo}
	db.makeShelves()
	db.writer = newWriter(main, opts, db.fresh, db.closing)
	if db.checkpoints, err = newCheckpointer(db); err != nil {
		return nil, errors.Join(unavailable(err), main.close(), db.fresh.close(), f.discard())
	}
	db.writer.committed = db.checkpoints.look
	f.keepReserve()
	db.behind.Go(db.checkpoints.run)
	db.behind.Go(db.sweep)
	db.behind.Go(db.watch)
	return db, nil
}

// makeShelves makes what keeps what was read.
func (db *database) makeShelves() {
	budget := &budget{limit: *db.opts.Keep}
	db.lists = newLists(budget)
	db.fresh.lists = db.lists
	if budget.limit <= 0 {
		return
	}
	for _, t := range db.tables {
		if t.schema.Prefix != staffroom.PrefixSignIn { // which is a secret, and asked for once
			t.shelf = newShelf(budget)
			db.fresh.shelves = append(db.fresh.shelves, t.shelf)
		}
	}
}

// ping asks for a reading connection and runs the smallest query on it.
func (db *database) ping(ctx context.Context) error {
	return db.read(ctx, func(c *conn) error { return c.query("SELECT 1", nil, nil) })
}

// close ends the store; further calls give the first one's result.
func (db *database) close() error { return db.close1() }

func (db *database) shut() error {
	close(db.closing)
	db.behind.Wait()
	err := errors.Join(db.readers.close(), db.checkpoints.disconnect(), db.writer.close(), db.fresh.close(), db.checkpoints.close(), db.file.discard())
	db.file.keepReserve() // for which SQLite may have made room just now
	if err != nil {
		return fmt.Errorf("sqlite: close %s: %w", db.file.path, err)
	}
	return nil
}

// read lends a reading connection to f. A cancelled ctx interrupts what runs on it.
func (db *database) read(ctx context.Context, f func(*conn) error) error {
	c, err := db.borrow(ctx)
	if err != nil {
		return err
	}
	defer db.giveBack(c)
	return explain(ctx, c.guarded(ctx, func() error { return f(c) }))
}
