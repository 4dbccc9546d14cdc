package seed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// layout names what networks look like. Whoever changes documents.go or words.go changes it, so that old ones are made anew.
const layout = "3"

// together is how many documents are made before they are stored, and progress how many between two lines of the log.
const together, progress = 1000, 100_000

// Folder is the data folder of the network of this size under root, which Ensure makes.
func Folder(root string, size Size) string {
	return filepath.Join(root, fmt.Sprintf("v%s-%d", layout, int(size)), "data")
}

// File is the SQLite file in a data folder.
func File(folder string) string { return filepath.Join(folder, "staffroom.db") }

// Ensure makes the data folder of the network of this size under root, unless it is there whole, and returns it.
func Ensure(ctx context.Context, root string, size Size, log *slog.Logger) (string, error) {
	folder := Folder(root, size)
	if _, err := os.Stat(File(folder)); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	begun := File(folder) + ".begun" // gets its name once it is whole
	for _, old := range []string{begun, begun + "-wal", begun + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	log.InfoContext(ctx, "Making a network.", "resources", int(size), "documents", size.Documents(), "folder", folder)
	if err := Fill(ctx, begun, size, log); err != nil {
		return "", fmt.Errorf("cannot make a network of %d resources: %w", size, err)
	}
	return folder, os.Rename(begun, File(folder))
}

// Fill makes a network of this size in a new SQLite file. A million resources take some nine minutes.
func Fill(ctx context.Context, path string, size Size, log *slog.Logger) (err error) {
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	m := newMaker(size)
	if size == 0 {
		return nil
	}
	resource := func(i int) *staffroom.Resource {
		if i > 0 && i%progress == 0 {
			log.InfoContext(ctx, "Making a network.", "resources", i, "of", int(size))
		}
		return m.resource(i)
	}
	if err := errors.Join(
		put(ctx, store.Members, 0, size.Members(), m.member),
		put(ctx, store.Posts, 0, size.Threads()*PostsPerThread, m.post),
		put(ctx, store.Schools, 0, size.Schools()-1, m.school),
		put(ctx, store.Resources, 0, int(size)-1, resource),
		put(ctx, store.Threads, 0, size.Threads()-1, m.thread),
	); err != nil {
		return err
	}
	time.Sleep(calm)
	return errors.Join(
		put(ctx, store.Schools, size.Schools()-1, size.Schools(), m.school),
		put(ctx, store.Resources, int(size)-1, int(size), resource),
		put(ctx, store.Threads, size.Threads()-1, size.Threads(), m.thread),
	)
}

// calm is how long nothing is written before the last documents. The search index looks at what was written in the seconds before the
// last change again and again; in a network of people that is little, and after a flood it would be everything.
const calm = 6 * time.Second

// put stores documents from first to the one before end, a thousand at a time.
func put[T any](ctx context.Context, into staffroom.Collection[T], first, end int, document func(int) *T) error {
	docs := []*T{}
	for i := first; i < end; i++ {
		docs = append(docs, document(i))
		if len(docs) < together && i < end-1 {
			continue
		}
		results, err := into.PutMany(ctx, docs)
		if err := errors.Join(append(results, err)...); err != nil {
			return err
		}
		docs = docs[:0]
	}
	return nil
}
