package mongo

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/mongo/wiretest"
	"github.com/staffroom-schools/staffroom/store/storetest"
)

// TestContract runs the conformance suite on the test server, and on the one in MONGODB_URI if that is set.
func TestContract(t *testing.T) {
	t.Run("wire server", func(t *testing.T) {
		uri := wiretest.Start(t)
		storetest.Run(t, func(t *testing.T) *staffroom.Store { return openStore(t, fresh(uri)) },
			storetest.Lacks{UniqueLists: true, Speed: true})
	})
	if uri := os.Getenv("MONGODB_URI"); uri != "" {
		t.Run("MONGODB_URI", func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) *staffroom.Store { return openStore(t, fresh(uri)) })
		})
	}
}

// fresh is uri with a database of its own.
func fresh(uri string) string {
	name := "staffroom_test_" + strings.ToLower(rand.Text()[:10])
	head, options, hasOptions := strings.Cut(uri, "?")
	scheme, rest, _ := strings.Cut(head, "://")
	hosts, _, _ := strings.Cut(rest, "/")
	if hasOptions {
		name += "?" + options
	}
	return scheme + "://" + hosts + "/" + name
}

// openStore opens a store whose database is dropped at the end.
func openStore(t *testing.T, uri string) *staffroom.Store {
	t.Helper()
	store, err := Open(t.Context(), uri, quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		drop(t, uri)
	})
	return store
}

func quiet() Options { return Options{Log: slog.New(slog.DiscardHandler)} }

func drop(t *testing.T, uri string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	if err := handle(t, uri).Drop(ctx); err != nil {
		t.Errorf("drop the test's database: %v", err)
	}
}

// handle is the database of uri, to look behind the store.
func handle(t *testing.T, uri string) *driver.Database {
	t.Helper()
	db, err := connect(uri, quiet().withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Client().Disconnect(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("disconnect: %v", err)
		}
	})
	return db
}

func TestOpenWithoutServer(t *testing.T) {
	opts := quiet()
	opts.SelectTimeout = 200 * time.Millisecond
	_, err := Open(t.Context(), "mongodb://ann:s3cret@127.0.0.1:1/staffroom?authSource=admin", opts)
	e, ok := errors.AsType[*staffroom.Error](err)
	if !ok || e.Code != staffroom.CodeUnavailable || !strings.Contains(e.Message, "The MongoDB server at 127.0.0.1:1 does not answer.") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error tells the password: %v", err)
	}
}

func TestOpenAtBadAddress(t *testing.T) {
	for _, uri := range []string{
		"", "postgres://ann:s3cret@db/x", "mongodb://ann:s3cret", "mongodb://ann:s3c/r@et@db/staffroom",
		"mongodb://ann:s3cret@db:port/staffroom", "mongodb://ann:s3cret@db/?maxPoolSize=many",
	} {
		_, err := Open(t.Context(), uri, quiet())
		if staffroom.CodeOf(err) != staffroom.CodeBadInput {
			t.Errorf("%q: %v", uri, err)
			continue
		}
		if strings.Contains(err.Error(), "s3c") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestDatabaseName(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://a,b:27018/":                 "staffroom",
		"mongodb://a":                          "staffroom",
		"mongodb://a/schools?replicaSet=rs0":   "schools",
		"mongodb://ann:x@a/?authSource=admin":  "staffroom",
		"mongodb://ann:x@a/two?authSource=one": "two",
	} {
		db, err := connect(uri, quiet().withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		if db.Name() != want {
			t.Errorf("%s: database %s, want %s", uri, db.Name(), want)
		}
		if err := db.Client().Disconnect(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestPromises checks that an address cannot weaken what the store promises.
func TestPromises(t *testing.T) {
	got := settings("mongodb://a/x?w=1&journal=false&retryWrites=false&readPreference=secondary", quiet().withDefaults())
	if got.WriteConcern.W != "majority" || got.WriteConcern.Journal == nil || !*got.WriteConcern.Journal {
		t.Errorf("write concern %+v", got.WriteConcern)
	}
	if mode := got.ReadPreference.Mode().String(); mode != "primary" || !*got.RetryWrites {
		t.Errorf("read preference %s, retryable writes %t", mode, *got.RetryWrites)
	}
}

func TestOpenAgain(t *testing.T) {
	uri := fresh(wiretest.Start(t))
	first := openStore(t, uri)
	if err := first.Posts.Insert(t.Context(), &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}, Body: "kept"}); err != nil {
		t.Fatal(err)
	}
	db := handle(t, uri)
	stale := driver.IndexModel{Keys: bson.D{{Key: "body", Value: 1}}, Options: indexNamed("staffroom_body")}
	theirs := driver.IndexModel{Keys: bson.D{{Key: "body", Value: -1}}, Options: indexNamed("by_hand")}
	changed := driver.IndexModel{Keys: bson.D{{Key: "threadId", Value: -1}}, Options: indexNamed("staffroom_thread_created")}
	view := db.Collection("posts").Indexes()
	if err := view.DropOne(t.Context(), "staffroom_thread_created"); err != nil {
		t.Fatal(err)
	}
	if _, err := view.CreateMany(t.Context(), []driver.IndexModel{stale, theirs, changed}); err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), uri, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}()
	if post, err := second.Posts.Get(t.Context(), "post_1"); err != nil || post.Body != "kept" {
		t.Errorf("got %+v, %v", post, err)
	}
	want := map[string]string{
		"_id_":                     `{"_id":1}`,
		"by_hand":                  `{"body":-1}`,
		"staffroom_thread_created": `{"threadId":1,"meta.createdAt":1,"_id":1}`,
	}
	specs, err := view.ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(specs) != len(want) {
		t.Errorf("%d indexes, want %d", len(specs), len(want))
	}
	for _, spec := range specs {
		if got := relaxed(t, spec.KeysDocument); got != want[spec.Name] {
			t.Errorf("index %s is %s, want %s", spec.Name, got, want[spec.Name])
		}
	}
}

func TestNewerLayoutIsRefused(t *testing.T) {
	uri := fresh(wiretest.Start(t))
	openStore(t, uri)
	newer := bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: int64(layoutVersion + 1)}}}}
	if _, err := handle(t, uri).Collection("meta").UpdateOne(t.Context(), byID("layout"), newer); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), uri, quiet())
	if err == nil || !strings.Contains(err.Error(), "newer version of Staffroom") {
		t.Errorf("got %v", err)
	}
}

func indexNamed(name string) *options.IndexOptionsBuilder { return options.Index().SetName(name) }
