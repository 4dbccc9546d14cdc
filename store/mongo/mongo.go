// Package mongo keeps a network's documents in MongoDB, or in a service that speaks its protocol: the store for a network
// that outgrows one machine.
//
// A stored document is the Go struct by its JSON names, with meta.id as _id too and with times as dates. Each document is
// replaced as a whole, on the condition that it still has the version that was read; nothing needs a transaction.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"golang.org/x/sync/errgroup"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Options are the settings of a store; the zero value is right for production.
type Options struct {
	// Log takes what operators should know; nil for slog.Default().
	Log *slog.Logger
	// Now is the clock; nil for the real one.
	Now func() time.Time
	// SelectTimeout is how long an operation waits for a server that can take it; 0 for 5 seconds.
	SelectTimeout time.Duration
	// MinConnections is how many connections are kept open even when nobody asks for anything; 0 for 8.
	MinConnections uint64
}

// closeTimeout bounds how long Close waits for operations under way.
const closeTimeout = 15 * time.Second

// prepareTimeout bounds how long the making of indexes may take in all; over many documents that is minutes.
const prepareTimeout = 30 * time.Minute

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SelectTimeout <= 0 {
		o.SelectTimeout = 5 * time.Second
	}
	if o.MinConnections == 0 {
		o.MinConnections = 8
	}
	return o
}

// Open connects to the server that uri names and prepares the database in its path ("staffroom" if it has none): it makes
// the indexes and validators that the schemas declare, and drops indexes of ours that they declare no longer. It returns
// UNAVAILABLE if no server answers, and refuses a database that a newer program has written.
func Open(ctx context.Context, uri string, opts Options) (*staffroom.Store, error) {
	db, err := open(ctx, uri, opts)
	if err != nil {
		return nil, err
	}
	return &staffroom.Store{
		Authorities: newCollection[staffroom.Authority](db, &staffroom.AuthoritySchema),
		Schools:     newCollection[staffroom.School](db, &staffroom.SchoolSchema),
		Members:     newCollection[staffroom.Member](db, &staffroom.MemberSchema),
		LeadSchools: newCollection[staffroom.LeadSchool](db, &staffroom.LeadSchoolSchema),
		Resources:   newCollection[staffroom.Resource](db, &staffroom.ResourceSchema),
		Threads:     newCollection[staffroom.Thread](db, &staffroom.ThreadSchema),
		Posts:       newCollection[staffroom.Post](db, &staffroom.PostSchema),
		Sessions:    newCollection[staffroom.Session](db, &staffroom.SessionSchema),
		SignIns:     newCollection[staffroom.SignIn](db, &staffroom.SignInSchema),
		Settings:    newCollection[staffroom.Setting](db, &staffroom.SettingSchema),

		IdempotencyKeys: newCollection[staffroom.IdempotencyKey](db, &staffroom.IdempotencyKeySchema),

		Ping:  db.ping,
		Close: sync.OnceValue(db.close),
	}, nil
}

func schemas() []*staffroom.Schema {
	return []*staffroom.Schema{
		&staffroom.AuthoritySchema, &staffroom.SchoolSchema, &staffroom.MemberSchema,
		&staffroom.LeadSchoolSchema, &staffroom.ResourceSchema, &staffroom.ThreadSchema, &staffroom.PostSchema,
		&staffroom.SessionSchema, &staffroom.SignInSchema, &staffroom.SettingSchema, &staffroom.IdempotencyKeySchema,
	}
}

// database is an open database: the connection, and what its server can't do.
type database struct {
	opts  Options
	mongo *mongo.Database
	lacks lacks
	codec codec
}

func open(ctx context.Context, uri string, opts Options) (*database, error) {
	opts = opts.withDefaults()
	handle, err := connect(uri, opts)
	if err != nil {
		return nil, err
	}
	db := &database{opts: opts, mongo: handle, codec: newCodec()}
	if err := db.start(ctx, uri); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return db, nil
}

// start meets the server and prepares the database.
func (db *database) start(ctx context.Context, uri string) error {
	ctx, cancel := context.WithTimeout(ctx, prepareTimeout)
	defer cancel()
	if err := db.mongo.Client().Ping(ctx, nil); err != nil {
		return unreachable(ctx, uri, err)
	}
	var err error
	if db.lacks, err = whatLacks(ctx, db.mongo); err != nil {
		return explain(ctx, err)
	}
	db.lacks.log(ctx, db.opts.Log)
	if err := db.claim(ctx); err != nil {
		return explain(ctx, err)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, schema := range schemas() {
		group.Go(func() error { return explain(ctx, db.prepare(ctx, schema)) })
	}
	return group.Wait()
}

func (db *database) ping(ctx context.Context) error {
	return explain(ctx, db.mongo.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err())
}

func (db *database) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := db.mongo.Client().Disconnect(ctx); err != nil {
		return fmt.Errorf("mongo: disconnect: %w", err)
	}
	return nil
}

// now is the time by the store's clock.
func (db *database) now() staffroom.Time { return staffroom.At(db.opts.Now()) }
