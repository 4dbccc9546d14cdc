package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/staffroom-schools/staffroom/files"
	"github.com/staffroom-schools/staffroom/staffroom"
)

var (
	_ staffroom.Blobs     = (*files.Files)(nil)
	_ staffroom.Inspector = (*files.Inspector)(nil)
)

const key = "41/hp/file_01h2xcejqtf2nbrexx3vqjhp41"

func open(t *testing.T, address string) *files.Files {
	t.Helper()
	f, err := files.Open(t.Context(), address)
	if err != nil {
		t.Fatalf("Open(%q): %v", address, err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return f
}

// stores runs a test on every sort of file store; dir is empty for the one in memory.
func stores(t *testing.T, test func(t *testing.T, f *files.Files, dir string)) {
	t.Run("memory", func(t *testing.T) { test(t, open(t, "mem://"), "") })
	t.Run("path", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "new folder", "files")
		test(t, open(t, dir), dir)
	})
	t.Run("URL", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "files")
		test(t, open(t, "file://"+filepath.ToSlash(dir)+"?create_dir=true&no_tmp_dir=true"), dir)
	})
}

func TestPutOpenDelete(t *testing.T) {
	stores(t, func(t *testing.T, f *files.Files, dir string) {
		content := bytes.Repeat([]byte("phonics "), 100_000)
		for _, version := range [][]byte{[]byte("old"), content} { // the second replaces the first
			if err := f.Put(t.Context(), key, "text/plain", bytes.NewReader(version)); err != nil {
				t.Fatalf("Put: %v", err)
			}
		}
		r, err := f.Open(t.Context(), key)
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		if _, err := r.Seek(8, io.SeekStart); err != nil {
			t.Errorf("Seek: %v", err)
		}
		part := make([]byte, 7)
		if _, err := io.ReadFull(r, part); err != nil || string(part) != "phonics" {
			t.Errorf("read %q after seeking, %v", part, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := f.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if left := leftovers(t, dir); len(left) != 0 {
			t.Errorf("left in the folder: %v", left)
		}
	})
}

// leftovers are all files in the folder but locks.
func leftovers(t *testing.T, dir string) (found []string) {
	t.Helper()
	if dir == "" {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() != "lock" {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsNotThere(t *testing.T) {
	stores(t, func(t *testing.T, f *files.Files, _ string) {
		if _, err := f.Open(t.Context(), key); staffroom.CodeOf(err) != staffroom.CodeNotFound {
			t.Errorf("Open: %v, want NOT_FOUND", err)
		}
		if err := f.Delete(t.Context(), key); staffroom.CodeOf(err) != staffroom.CodeNotFound {
			t.Errorf("Delete: %v, want NOT_FOUND", err)
		}
	})
}

func TestPutKeepsAllOrNothing(t *testing.T) {
	broken := errors.New("the connection broke")
	stores(t, func(t *testing.T, f *files.Files, dir string) {
		half := io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), iotest.ErrReader(broken))
		if err := f.Put(t.Context(), key, "text/plain", half); !errors.Is(err, broken) {
			t.Errorf("Put: %v, want the reader's error", err)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Put(cancelled, key, "text/plain", strings.NewReader("x")); !errors.Is(err, context.Canceled) {
			t.Errorf("Put with a cancelled context: %v", err)
		}
		if _, err := f.Open(t.Context(), key); staffroom.CodeOf(err) != staffroom.CodeNotFound {
			t.Errorf("Open of half a file: %v, want NOT_FOUND", err)
		}
		if left := leftovers(t, dir); len(left) != 0 {
			t.Errorf("left in the folder: %v", left)
		}
	})
}

func TestKeysOfOthersAreRefused(t *testing.T) {
	stores(t, func(t *testing.T, f *files.Files, dir string) {
		for _, bad := range []string{
			"", "file_1", "../../etc/passwd", "41/../file_1", "41/hp/../../../x", "/41/hp/file_1", "41/hp/file_1/x", `41\hp\file_1`,
			"41/hp/file_1.attrs", "41/hp/FILE_1", "41/hp/file\x00_1", "41/hp/" + strings.Repeat("a", 81), "41/hp/file_1\n",
		} {
			if err := f.Put(t.Context(), bad, "text/plain", strings.NewReader("x")); err == nil {
				t.Errorf("Put(%q) was accepted", bad)
			}
			if _, err := f.Open(t.Context(), bad); err == nil {
				t.Errorf("Open(%q) was accepted", bad)
			}
			if err := f.Delete(t.Context(), bad); err == nil {
				t.Errorf("Delete(%q) was accepted", bad)
			}
		}
		if left := leftovers(t, dir); len(left) != 0 {
			t.Errorf("left in the folder: %v", left)
		}
	})
}

func TestFilesAreForThisProcessOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "files")
	open(t, dir)
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}
}

// TestWhatComesInGoesWithItsProcess opens a folder in which one process lives and another was killed in the middle of an upload.
func TestWhatComesInGoesWithItsProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "files")
	alive, err := files.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("half of it"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, left := filepath.Join(alive.Incoming(), "upload-1"), filepath.Join(filepath.Dir(alive.Incoming()), "process-of-old", "upload-2")
	write(kept)
	write(left)
	another := open(t, dir)
	if another.Incoming() == alive.Incoming() || filepath.Dir(another.Incoming()) != filepath.Join(dir, "incoming") {
		t.Errorf("two processes receive in %s and %s", alive.Incoming(), another.Incoming())
	}
	if found := leftovers(t, dir); !slices.Equal(found, []string{kept}) {
		t.Errorf("there is %v, want %s alone", found, kept)
	}
	if err := alive.Close(); err != nil {
		t.Error(err)
	}
	if found := leftovers(t, dir); len(found) > 0 {
		t.Errorf("the end of a process left %v", found)
	}
	if in := open(t, "mem://").Incoming(); in != "" {
		t.Errorf("in memory uploads are received in %s", in)
	}
}

// TestDoubtsOutliveTheirProcess leaves doubts about files, one of which was being written.
func TestDoubtsOutliveTheirProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "files")
	first, err := files.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	const owner, settled = "resource_01h2xcejqtf2nbrexx3vqjhp42", "42/hp/file_01h2xcejqtf2nbrexx3vqjhp42"
	for _, key := range []string{key, settled} {
		doubt, err := first.Doubt(t.Context(), key, owner)
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Put(t.Context(), key, "text/plain", strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
		if key == settled {
			if err := doubt.Settle(); err != nil {
				t.Fatal(err)
			}
		}
	}
	half := filepath.Join(dir, filepath.FromSlash(key)+".18a7b3c2.tmp")
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if left, err := first.Doubts(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("its own doubts are %v, %v", left, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // whoever does not settle them hands them on
		next, err := files.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		left, err := next.Doubts(t.Context())
		if err != nil || len(left) != 1 || left[0].Key != key || left[0].Owner != owner {
			t.Errorf("the doubts are %+v, %v", left, err)
		}
		if err := next.Close(); err != nil {
			t.Fatal(err)
		}
	}
	last := open(t, dir)
	left, err := last.Doubts(t.Context())
	if err != nil || len(left) != 1 {
		t.Fatalf("the doubts are %+v, %v", left, err)
	}
	if err := errors.Join(last.Delete(t.Context(), key), left[0].Settle()); err != nil {
		t.Error(err)
	}
	if left, err := last.Doubts(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("after settling: %v, %v", left, err)
	}
	if found := leftovers(t, dir); !slices.Equal(found, []string{filepath.Join(dir, filepath.FromSlash(settled))}) {
		t.Errorf("left are %v", found)
	}
	for _, bad := range [][2]string{{"../x", owner}, {key, "../x"}, {key, ""}, {key, "a@b"}} {
		if _, err := last.Doubt(t.Context(), bad[0], bad[1]); err == nil {
			t.Errorf("a doubt about %q of %q was written down", bad[0], bad[1])
		}
	}
}

func TestUnknownAddressIsRefused(t *testing.T) {
	for _, address := range []string{"", "s3://bucket", "file://", "https://example.org/x?secret=1"} {
		if _, err := files.Open(t.Context(), address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%q): %v", address, err)
		}
	}
}
