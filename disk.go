package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// diskRoom is how much a disk must have room for, to be one that can be written to.
	diskRoom = 256 << 10
	// diskLook is how long what was found out about the disk is believed.
	diskLook = time.Second
)

// disk finds out whether there is room where the server writes, by writing: what bounds that may be a disk, a quota, or the operator.
type disk struct {
	folders []string

	mu     sync.Mutex
	looked time.Time
	found  error
}

// newDisk looks at the data folder and at that of the embedded store.
func newDisk(globals *Globals) *disk {
	d := &disk{folders: []string{globals.Data}}
	if path, embedded := strings.CutPrefix(globals.storeURL(), "sqlite:"); embedded && filepath.Dir(path) != filepath.Clean(globals.Data) {
		d.folders = append(d.folders, filepath.Dir(path))
	}
	return d
}

// check says why nothing can be written; nil if it can. The disk itself is not waited for.
func (d *disk) check() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.looked) < diskLook {
		return d.found
	}
	d.found = nil
	for _, folder := range d.folders {
		d.found = errors.Join(d.found, tryRoom(folder))
	}
	d.looked = time.Now()
	return d.found
}

// tryRoom writes a file, and takes it away again.
func tryRoom(folder string) error {
	name := filepath.Join(folder, "room")
	err := os.WriteFile(name, make([]byte, diskRoom), 0o600)
	if removing := os.Remove(name); err == nil {
		err = removing
	}
	if err == nil {
		return nil
	}
	message := "The disk cannot be written to."
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		message = "The disk is full: nothing can be changed until it has room again. What is there can be read."
	}
	return &staffroom.Error{Code: staffroom.CodeUnavailable, Message: message, Cause: err}
}
