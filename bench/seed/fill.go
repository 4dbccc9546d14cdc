package seed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// layout names what networks look like. Whoever changes documents.go or words.go changes it, so that old ones are made anew.
const layout = "1"

// together is how many documents are made before they are stored.
const together = 1000

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
	if err := Fill(ctx, begun, size); err != nil {
		return "", fmt.Errorf("cannot make a network of %d resources: %w", size, err)
	}
	return folder, os.Rename(begun, File(folder))
}

// Fill makes a network of this size in a new SQLite file.
func Fill(ctx context.Context, path string, size Size) (err error) {
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	m := newMaker(size)
	if size == 0 {
		return nil
	}
	return errors.Join(
		put(ctx, store.Schools, size.Schools(), m.school),
		put(ctx, store.Members, size.Members(), m.member),
		put(ctx, store.Resources, int(size), m.resource),
		put(ctx, store.Threads, size.Threads(), m.thread),
		put(ctx, store.Posts, size.Threads()*PostsPerThread, m.post),
	)
}

// put stores n documents, a thousand at a time.
func put[T any](ctx context.Context, into staffroom.Collection[T], n int, make func(int) *T) error {
	docs := []*T{}
	for i := range n {
		docs = append(docs, make(i))
		if len(docs) < together && i < n-1 {
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
