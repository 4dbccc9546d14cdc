package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// room counts what is read, and lets read so much without having been entered.
type room struct {
	free, read, entered int
	refuses             error
}

// Turn implements [staffroom.Turns].
func (r *room) Turn(context.Context, int) error { return nil }

// Read implements [staffroom.ReadingRoom].
func (r *room) Read(bytes int) error {
	if r.read += bytes; r.read > r.free && r.entered == 0 {
		return staffroom.ErrNoRoom
	}
	return nil
}

// Enter implements [staffroom.ReadingRoom].
func (r *room) Enter(context.Context) error {
	r.entered++
	return r.refuses
}

// counted reads long documents: what is read is counted, begins again once there is room, and ends if there is none.
func (s *suite) counted(t *testing.T) {
	full := errors.New("full")
	var thread string
	var ids []string
	for name, read := range map[string]func(ctx context.Context, s *staffroom.Store) (int, error){
		"Find": func(ctx context.Context, s *staffroom.Store) (int, error) {
			where := []staffroom.Cond{staffroom.Equal(staffroom.FieldPostThread, thread)}
			page, err := s.Posts.Find(ctx, staffroom.Query{Where: where, By: staffroom.FieldPostCreatedAt, Limit: 5})
			if err != nil {
				return 0, err
			}
			return len(page.Items), nil
		},
		"GetMany": func(ctx context.Context, s *staffroom.Store) (int, error) {
			docs, err := s.Posts.GetMany(ctx, ids)
			return len(docs), err
		},
		"Get": func(ctx context.Context, s *staffroom.Store) (n int, err error) {
			for _, id := range ids {
				doc, err := s.Posts.Get(ctx, id)
				if err != nil || doc.ID != id {
					return n, err
				}
				n++
			}
			return n, nil
		},
	} {
		for _, refuses := range []error{full, nil} {
			fresh := s.reopen(t) // which has nothing in memory yet
			thread, ids = tag(), nil
			for range 3 {
				doc := &staffroom.Post{Meta: newMeta(staffroom.PrefixPost), ThreadID: thread, Body: strings.Repeat("long ", 2000)}
				insertAll(t, fresh.Posts, doc)
				ids = append(ids, doc.ID)
			}
			r := &room{free: 15_000, refuses: refuses}
			n, err := read(staffroom.WithTurns(t.Context(), r), fresh)
			if !errors.Is(err, refuses) || err == nil && n != 3 || r.entered != 1 {
				t.Errorf("%s of three documents gives %d after %d bytes and %d times of waiting for room: %v", name, n, r.read, r.entered, err)
			}
		}
	}
}
