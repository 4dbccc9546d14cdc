package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// file is where a store lies.
type file struct {
	path string
	// folder is removed with the store; empty for a store that stays.
	folder string
}

// locate prepares the file at path: a new one can be read by its owner alone, because it holds people's data, and SQLite
// gives the files beside it the same mode. A store in memory is a file in a folder of its own, so that it works in
// exactly the same way as any other.
func locate(path string) (file, error) {
	if path == InMemory {
		folder, err := os.MkdirTemp("", "staffroom-")
		if err != nil {
			return file{}, fmt.Errorf("sqlite: no room for a store in memory: %w", err)
		}
		f := file{path: filepath.Join(folder, "store.sqlite"), folder: folder}
		return f, create(f.path)
	}
	return file{path: path}, create(path)
}

func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the store %s cannot be made, because there is no folder %s: make the folder first: %w", path, filepath.Dir(path), err)
	case err != nil:
		return fmt.Errorf("the store %s cannot be opened for reading and writing: %w", path, err)
	}
	return f.Close()
}

// temporary says that nobody needs what is in the file after a power cut.
func (f file) temporary() bool { return f.folder != "" }

// synchronous has a connection wait until the disk has what it writes.
func (f file) synchronous() string {
	if f.temporary() {
		return "PRAGMA synchronous=OFF"
	}
	return "PRAGMA synchronous=FULL"
}

// discard removes what must not stay.
func (f file) discard() error {
	if !f.temporary() {
		return nil
	}
	return os.RemoveAll(f.folder)
}
