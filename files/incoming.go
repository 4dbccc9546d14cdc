package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// incoming is a folder for what is on its way into the file store. Each process has one of its own, and holds a lock in it as long as it
// lives: so the next one that starts knows what was left by one that was killed.
type incoming struct {
	dir  string
	lock *flock.Flock
	// inherited are the names of files in which processes that have ended wrote down their doubts.
	inherited []string
}

// lockName is the file that is locked: in the folder of a process by the process, beside these folders by whoever starts.
const lockName = "lock"

// openIncoming makes a folder in all, and takes away what is left there of processes that have ended.
func openIncoming(all string) (own *incoming, err error) {
	if err := os.MkdirAll(all, 0o700); err != nil {
		return nil, fmt.Errorf("files: make the folder of what comes in: %w", err)
	}
	door := flock.New(filepath.Join(all, lockName)) // a folder is locked before anybody else looks at it
	if err := door.Lock(); err != nil {
		return nil, fmt.Errorf("files: lock the folder of what comes in: %w", err)
	}
	defer func() { err = errors.Join(err, door.Unlock()) }()
	dir, err := os.MkdirTemp(all, "process-*")
	if err != nil {
		return nil, fmt.Errorf("files: make the folder of what comes in: %w", err)
	}
	own = &incoming{dir: dir, lock: flock.New(filepath.Join(dir, lockName))}
	if err := own.lock.Lock(); err != nil {
		return nil, fmt.Errorf("files: lock the folder of what comes in: %w", err)
	}
	return own, own.clear(all)
}

// clear takes away the folders of processes that have ended, and takes over their doubts.
func (i *incoming) clear(all string) error {
	entries, err := os.ReadDir(all)
	if err != nil {
		return fmt.Errorf("files: look for what is left of other processes: %w", err)
	}
	for _, entry := range entries {
		dir := filepath.Join(all, entry.Name())
		if !entry.IsDir() || dir == i.dir {
			continue
		}
		lock := flock.New(filepath.Join(dir, lockName))
		ended, err := lock.TryLock()
		if err == nil && ended {
			err = errors.Join(i.inherit(dir), lock.Unlock())
		}
		if err == nil && ended {
			err = os.RemoveAll(dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // its process takes it away, too, when it ends in peace
			return fmt.Errorf("files: take away what is left of another process: %w", err)
		}
	}
	return nil
}

// inherit takes over the doubts of a process that has ended.
func (i *incoming) inherit(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, doubtBegin) {
			err = errors.Join(err, os.Rename(filepath.Join(dir, name), filepath.Join(i.dir, name)))
			i.inherited = append(i.inherited, name)
		}
	}
	return err
}

// close takes the folder away, unless there are doubts in it: the next process takes those over.
func (i *incoming) close() error {
	entries, err := os.ReadDir(i.dir)
	doubts := false
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), doubtBegin) {
			doubts = true
		} else if entry.Name() != lockName {
			err = errors.Join(err, os.Remove(filepath.Join(i.dir, entry.Name())))
		}
	}
	err = errors.Join(err, i.lock.Unlock())
	if !doubts {
		err = errors.Join(err, os.RemoveAll(i.dir))
	}
	if err != nil {
		return fmt.Errorf("files: take away the folder of what comes in: %w", err)
	}
	return nil
}
