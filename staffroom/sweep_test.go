package staffroom_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/files"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestPostsWithoutAThread leaves a post behind, as a server does that dies between it and its thread.
func TestPostsWithoutAThread(t *testing.T) {
	w := newWorld(t)
	_, opening, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: "Reading", Body: "How?"})
	expectCode(t, "starting a thread", err, "")
	lost := &staffroom.Post{
		Meta: staffroom.Meta{ID: staffroom.NewID(staffroom.PrefixPost)}, ThreadID: staffroom.NewID(staffroom.PrefixThread),
		AuthorID: w.teacher.ID, Body: "Nobody reads this.",
	}
	if err := w.store.Posts.Insert(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	found, err := w.Nodes(w.as(w.teacher), []string{lost.ID, opening.ID})
	if err != nil || found[0] != nil || found[1] == nil {
		t.Errorf("its author reads %v, %v", found, err)
	}
	there := func(id string) bool {
		t.Helper()
		_, err := w.store.Posts.Get(t.Context(), id)
		if code := staffroom.CodeOf(err); code != "" && code != staffroom.CodeNotFound {
			t.Fatal(err)
		}
		return err == nil
	}
	for _, step := range []struct {
		later time.Duration
		lost  bool
	}{{0, true}, {59 * time.Minute, true}, {61 * time.Minute, false}, {2 * time.Hour, false}} {
		expectCode(t, "sweeping", w.another(step.later).Sweep(t.Context()), "")
		if there(lost.ID) != step.lost || !there(opening.ID) {
			t.Errorf("after %v the lost post is there: %t, and the other: %t", step.later, there(lost.ID), there(opening.ID))
		}
	}
}

// flaky is a collection of resources that can be cut off: after the next change, or before it.
type flaky struct {
	staffroom.Collection[staffroom.Resource]
	off, changeFirst bool
}

var errCutOff = errors.New("the store is gone")

func (f *flaky) Update(ctx context.Context, id string, change func(*staffroom.Resource) error) (*staffroom.Resource, error) {
	if f.off && f.changeFirst {
		_, err := f.Collection.Update(ctx, id, change)
		return nil, errors.Join(err, errCutOff)
	}
	if f.off {
		return nil, errCutOff
	}
	return f.Collection.Update(ctx, id, change)
}

func (f *flaky) Get(ctx context.Context, id string) (*staffroom.Resource, error) {
	if f.off {
		return nil, errCutOff
	}
	return f.Collection.Get(ctx, id)
}

// TestFilesThatWereInDoubt cuts the store off while files come and go, ends the process, and begins another one.
func TestFilesThatWereInDoubt(t *testing.T) {
	for name, test := range map[string]struct {
		changeFirst, removes bool
		kept                 int
	}{
		"attached before it is cut off": {true, false, 2},
		"not attached":                  {false, false, 1},
		"taken away":                    {true, true, 0},
		"not taken away":                {false, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			dir := filepath.Join(t.TempDir(), "files")
			r := w.draft(w.teacher, "With files", staffroom.VisibilityMembers)
			cut := &flaky{Collection: w.store.Resources}
			first, end := w.process(dir, cut)
			attach := func() (*staffroom.File, error) {
				_, file, err := first.Resources.AttachFile(w.as(w.teacher), staffroom.AttachFile{ResourceID: r.ID, Name: "a.txt", Content: strings.NewReader("hello")})
				return file, err
			}
			file, err := attach()
			expectCode(t, "attaching", err, "")
			cut.off, cut.changeFirst = true, test.changeFirst
			if test.removes {
				_, err = first.Resources.RemoveFile(w.as(w.teacher), r.ID, file.ID)
			} else {
				_, err = attach()
			}
			if !errors.Is(err, errCutOff) {
				t.Errorf("got %v", err)
			}
			end()
			cut.off = false
			next, _ := w.process(dir, cut)
			expectCode(t, "sweeping", next.Sweep(t.Context()), "")
			now, err := next.Resources.ByID(w.as(w.teacher), r.ID)
			if err != nil || len(now.Files) != test.kept || kept(t, dir) != test.kept {
				t.Errorf("the resource has %d files and the folder %d, want %d; %v", len(now.Files), kept(t, dir), test.kept, err)
			}
			for _, file := range now.Files {
				_, content, err := next.Resources.OpenFile(w.as(w.teacher), r.ID, file.ID)
				if err != nil {
					t.Errorf("a file that is kept: %v", err)
					continue
				}
				_ = content.Close()
			}
		})
	}
}

// process is a server over the world's store, with files in a folder.
func (w *world) process(dir string, resources staffroom.Collection[staffroom.Resource]) (n *staffroom.Network, end func()) {
	w.t.Helper()
	kept, err := files.Open(w.t.Context(), dir)
	if err != nil {
		w.t.Fatal(err)
	}
	store := *w.store
	store.Resources = resources
	return staffroom.New(staffroom.Ports{Store: &store, Blobs: kept, Inspector: believer{}, Index: noIndex{}}), func() {
		if err := kept.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

// kept is how many files are in the folder of a file store.
func kept(t *testing.T, dir string) (count int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(entry.Name(), staffroom.PrefixFile+"_") {
			count++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
