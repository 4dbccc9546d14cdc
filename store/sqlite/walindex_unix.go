//go:build unix

package sqlite

import (
	"os"
	"runtime"
	"syscall"
)

// walIndex is the header of SQLite's WAL index, in memory that all programs share that have the file open. Each commit writes it
// anew (https://www.sqlite.org/walformat.html#the_wal_index_file_format): as long as it is the same, nobody has written.
type walIndex struct{ shared []byte }

// openWALIndex maps the header of a database that a connection has open. Where that cannot be done, there is none.
func openWALIndex(database string) *walIndex {
	f, err := os.Open(database + "-shm")
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // it was only read
	if info, err := f.Stat(); err != nil || info.Size() < int64(len(walHeader{})) {
		return nil
	}
	shared, err := syscall.Mmap(int(f.Fd()), 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	w := &walIndex{shared}
	// Not when the file is closed: somebody may be looking at it.
	runtime.AddCleanup(w, func(shared []byte) { _ = syscall.Munmap(shared) }, shared)
	return w
}

// read copies the header. What is written meanwhile may be there in part, which is a header that never was before.
func (w *walIndex) read() (h walHeader) {
	copy(h[:], w.shared)
	runtime.KeepAlive(w)
	return h
}
