package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestDisk(t *testing.T) {
	data := t.TempDir()
	d := newDisk(&Globals{Data: data})
	if err := d.check(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("looking for room leaves %v, %v", left, err)
	}
	d = newDisk(&Globals{Data: data, Store: "sqlite:" + filepath.Join(data, "none", "staffroom.db")})
	if err := d.check(); staffroom.CodeOf(err) != staffroom.CodeUnavailable || !strings.Contains(err.Error(), "cannot be written to") {
		t.Errorf("a folder that cannot be written to: %v", err)
	}
	if d := newDisk(&Globals{Data: data, Store: "mongodb://127.0.0.1/x"}); len(d.folders) != 1 {
		t.Errorf("with a store elsewhere these folders are looked at: %v", d.folders)
	}
}
