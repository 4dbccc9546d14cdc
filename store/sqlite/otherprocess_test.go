package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// TestAnotherProcessIsSeenAtOnce reads a document after each change that another process has acknowledged. Between the changes it reads
// again and again, so that the document is on the shelf.
func TestAnotherProcessIsSeenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	store := open(t, path, sqlite.Options{})
	writer := exec.CommandContext(t.Context(), os.Args[0])
	writer.Env = append(os.Environ(), childPath+"="+path)
	lines, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = writer.Process.Kill()
		_ = writer.Wait() // it was killed
	})
	var counter string
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		var counted int
		if _, err := fmt.Sscanf(scanner.Text(), "counter %s", &counter); err == nil || counter == "" {
			continue
		}
		doc, err := store.Resources.Get(t.Context(), counter)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(scanner.Text(), "counted %d", &counted); err == nil && len(doc.Topics) < counted {
			t.Fatalf("%d changes were acknowledged, and %d are seen", counted, len(doc.Topics))
		}
		if counted == 15 {
			return
		}
	}
	t.Error("the other process ended")
}
