//go:build unix

package sqlite

import (
	"os"
	"runtime"
	"syscall"
)

// walIndex is the header of SQLite's WAL index, in memory that all programs share that have the file open. Each commit writes it
// anew (https://www.sqlite.org/walformat.html#the_wal_index_file_format): as long as it is the same, nobody has written.
type walIndex struct {
	// file stays open as long as SQLite has it open: closing any descriptor of a file drops all locks that this process has on it,
	// and the next program that opens the database would take it for abandoned, and make the index anew under our feet.
	file   *os.File
	shared []byte
}

// openWALIndex maps the header of a database that a connection has open. Where that cannot be done, there is none.
func openWALIndex(database string) *walIndex {
	f, err := os.Open(database + "-shm")
	if err != nil {
		return nil
	}
	w := &walIndex{file: f}
	if info, err := f.Stat(); err != nil || info.Size() < int64(len(walHeader{})) {
		return w
	}
	shared, err := syscall.Mmap(int(f.Fd()), 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return w
	}
	w.shared = shared
	// Not when the file is closed: somebody may be looking at it.
	runtime.AddCleanup(w, func(shared []byte) { _ = syscall.Munmap(shared) }, shared)
	return w
}

// readable says whether the header can be read.
func (w *walIndex) readable() bool { return w != nil && w.shared != nil }

// close is called when this process has no connection to the database any more.
func (w *walIndex) close() error {
	if w == nil {
		return nil
	}
	return w.file.Close()
}

// read copies the header. What is written meanwhile may be there in part, which is a header that never was before.
func (w *walIndex) read() (h walHeader) {
	copy(h[:], w.shared)
	runtime.KeepAlive(w)
	return h
}
