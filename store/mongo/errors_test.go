package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/mongo/wiretest"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		code  staffroom.Code
		words string
	}{
		{"full disk", driver.WriteException{WriteErrors: driver.WriteErrors{{Code: codeOutOfDiskSpace, Message: "secret"}}}, staffroom.CodeUnavailable, "full"},
		{"no primary", driver.CommandError{Code: codeNotWritablePrimary, Message: "secret"}, staffroom.CodeUnavailable, "primary"},
		{
			"no majority",
			driver.WriteException{WriteConcernError: &driver.WriteConcernError{Code: codeWriteConcernTimeout, Message: "secret"}},
			staffroom.CodeUnavailable, "confirm",
		},
		{"too slow", driver.CommandError{Code: codeMaxTimeMSExpired, Message: "secret"}, staffroom.CodeUnavailable, "busy"},
		{"our own timeout", fmt.Errorf("secret: %w", context.DeadlineExceeded), staffroom.CodeUnavailable, "busy"},
		{"network", driver.CommandError{Labels: []string{"NetworkError"}, Message: "secret"}, staffroom.CodeUnavailable, "not answer"},
		{"closed", driver.ErrClientDisconnected, staffroom.CodeUnavailable, "closed"},
		{"a fault of ours", driver.CommandError{Code: 9, Message: "FailedToParse"}, staffroom.CodeInternal, ""},
		{"an error of the port", staffroom.NotFound("post"), staffroom.CodeNotFound, "no such post"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := explain(t.Context(), c.err)
			if staffroom.CodeOf(err) != c.code {
				t.Fatalf("got %v, want code %s", err, c.code)
			}
			e, ok := errors.AsType[*staffroom.Error](err)
			if ok && (!strings.Contains(e.Message, c.words) || strings.Contains(e.Message, "secret")) {
				t.Errorf("message %q, want one with %q", e.Message, c.words)
			}
		})
	}
}

func TestExplainCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := explain(ctx, driver.CommandError{Labels: []string{"NetworkError"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestServerGone stops the server under an open store.
func TestServerGone(t *testing.T) {
	var store *staffroom.Store
	t.Run("while it runs", func(t *testing.T) {
		opts := quiet()
		opts.SelectTimeout = 300 * time.Millisecond
		var err error
		if store, err = Open(t.Context(), fresh(wiretest.Start(t)), opts); err != nil {
			t.Fatal(err)
		}
	})
	post := &staffroom.Post{Meta: staffroom.Meta{ID: "post_1"}}
	for name, err := range map[string]error{
		"ping":   store.Ping(t.Context()),
		"insert": store.Posts.Insert(t.Context(), post),
		"get":    second(store.Posts.Get(t.Context(), "post_1")),
		"put":    second(store.Posts.PutMany(t.Context(), []*staffroom.Post{post})),
		"count":  second(store.Posts.Count(t.Context())),
	} {
		if staffroom.CodeOf(err) != staffroom.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if post.Version != 0 {
		t.Errorf("a post that was not stored has version %d", post.Version)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

func second[V any](_ V, err error) error { return err }

// TestConflictWithoutDetails finds the index for a server that does not name it.
func TestConflictWithoutDetails(t *testing.T) {
	db, err := open(t.Context(), fresh(wiretest.Start(t)), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.close(); err != nil {
			t.Error(err)
		}
	})
	c := newCollection[staffroom.LeadSchool](db, &staffroom.LeadSchoolSchema)
	holder := &staffroom.LeadSchool{Meta: staffroom.Meta{ID: "leadschool_1"}, Holds: []string{"a", "b"}}
	if err := c.Insert(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		meta  staffroom.Meta
		holds []string
		want  string
	}{
		{"an element that is held", staffroom.Meta{ID: "leadschool_2", Version: 1}, []string{"b", "c"}, "holds"},
		{"the id", staffroom.Meta{ID: "leadschool_1", Version: 1}, []string{"a"}, "id"},
		{"nothing any more", staffroom.Meta{ID: "leadschool_2", Version: 2}, []string{"c"}, ""},
		{"nothing to hold", staffroom.Meta{ID: "leadschool_2", Version: 2}, nil, ""},
	} {
		raw, err := c.encode(&staffroom.LeadSchool{Holds: test.holds}, test.meta)
		if err != nil {
			t.Fatal(err)
		}
		conflict, ok := errors.AsType[*staffroom.Error](c.conflict(t.Context(), raw, bson.Raw(nil)))
		if !ok || conflict.Code != staffroom.CodeConflict || conflict.Field != test.want {
			t.Errorf("%s: %v, want field %q", test.name, conflict, test.want)
		}
	}
}
