package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk is a disk of its own for a test, in memory.
type smallDisk struct {
	t      testing.TB
	folder string
}

func mountSmallDisk(t testing.TB) *smallDisk {
	t.Helper()
	d := &smallDisk{t, t.TempDir()}
	err := syscall.Mount("tmpfs", d.folder, "tmpfs", 0, "size=64m")
	need(t, err == nil, fmt.Sprintf("no disk could be mounted, for which one must be root: %v", err))
	t.Cleanup(func() {
		if err := syscall.Unmount(d.folder, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return d
}

// filling is a file that takes up room.
func (d *smallDisk) filling() string { return filepath.Join(d.folder, "filling") }

// fill leaves no room.
func (d *smallDisk) fill() {
	d.t.Helper()
	file, err := os.OpenFile(d.filling(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	piece := make([]byte, 4<<10)
	for err == nil {
		_, err = file.Write(piece)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

// free makes room.
func (d *smallDisk) free(bytes int64) {
	d.t.Helper()
	info, err := os.Stat(d.filling())
	if err == nil {
		err = os.Truncate(d.filling(), max(0, info.Size()-bytes))
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// TestFullDisk fills the disk under a server: reading goes on, no processor is kept busy, a restart comes up, and when there is room
// everything is as before.
func TestFullDisk(t *testing.T) {
	disk := mountSmallDisk(t)
	h := serveFrom(t, filepath.Join(disk.folder, "data"), "--log", "json")
	amara := h.as("amara.goldfinch@honeycomb.example")
	if err := startThread(amara); err != nil {
		t.Fatal(err)
	}
	disk.fill()
	h.until("not being able to write its search index", func() bool {
		disk.free(48 << 10) // enough for the store, and soon not for the index
		_ = startThread(amara)
		disk.fill()
		return strings.Contains(h.log.String(), "The search index can't write or merge")
	})
	wantFull := func() {
		t.Helper()
		h.until("saying that the disk is full", func() bool {
			status, body := h.get("/readyz")
			return status == http.StatusServiceUnavailable && strings.Contains(body, "disk is full")
		})
		if status, _ := h.get("/healthz"); status != http.StatusOK {
			t.Errorf("a server that can be read from is not alive: %d", status)
		}
		wantReadable(t, amara)
		if err := startThread(amara); err == nil || !strings.Contains(err.Error(), "The disk is full") || !strings.Contains(err.Error(), "UNAVAILABLE") {
			t.Errorf("a write is answered %v", err)
		}
	}
	wantFull()
	h.until("keeping no processor busy", func() bool {
		before := ticks(t, h.process.Process.Pid)
		time.Sleep(time.Second)
		return ticks(t, h.process.Process.Pid)-before <= 10
	})
	lines := strings.Count(h.log.String(), "search index can't")
	if lines > 5 {
		t.Errorf("%d lines tell of the search index", lines)
	}

	h.stop() // in the midst of it
	disk.fill()
	h.begin()
	disk.fill()
	wantFull()

	wantWell := func() {
		t.Helper()
		h.until("being ready again", func() bool {
			status, _ := h.get("/readyz")
			return status == http.StatusOK
		})
		if err := startThread(amara); err != nil {
			t.Errorf("with room again: %v", err)
		}
	}
	disk.free(32 << 20)
	wantWell()
	h.stop() // in peace, after which nothing is left of SQLite's files but the store itself
	disk.fill()
	h.begin()
	wantReadable(t, amara)
	disk.free(32 << 20)
	wantWell()
	for line := range strings.Lines(h.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("this line of the log is no JSON: %s", line)
		}
	}
}

func startThread(c *caller) error {
	type started struct {
		StartThread struct{ Thread struct{ ID string } }
	}
	_, err := try[started](c.t.Context(), c, `mutation($input: StartThreadInput!) { startThread(input: $input) { thread { id } } }`,
		vars{"input": vars{"space": vars{"kind": "NETWORK"}, "title": "Room for more", "body": strings.Repeat("Bread and butter. ", 100)}})
	return err
}

// wantReadable reads from the store, from the search index, and a file.
func wantReadable(t testing.TB, c *caller) {
	t.Helper()
	type found struct {
		Viewer struct{ Name string }
		Search struct{ TotalCount int }
	}
	got := ask[found](c, `{ viewer { name } search(query: "reading") { totalCount } }`, nil)
	if got.Viewer.Name != "Amara Goldfinch" || got.Search.TotalCount == 0 {
		t.Errorf("reading gives %+v", got)
	}
}

// ticks is how much processor time a process has used, in hundredths of a second.
func ticks(t testing.TB, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}
