package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"
	driver "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// readsOnce names the environment variable that makes this test binary a program that looks into a store and ends, and opensOnce one that opens
// a store and ends.
const (
	readsOnce = "STAFFROOM_TEST_READ_FROM"
	opensOnce = "STAFFROOM_TEST_OPEN"
)

func openOnce(path string) error {
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		return err
	}
	return store.Close()
}

// readOnce is what `sqlite3 FILE "SELECT …"` does.
func readOnce(path string) error {
	conn, err := driver.OpenConn(path, driver.OpenReadWrite)
	if err != nil {
		return err
	}
	_, err = sqlitex.ResultInt64(conn.Prep("SELECT count(*) FROM resources"))
	if closing := conn.Close(); err == nil {
		err = closing
	}
	return err
}

// TestAnotherProcessIsSeenAtOnce reads a document after each change that another process has acknowledged. Between the changes it reads
// again and again, so that the document is on the shelf.
func TestAnotherProcessIsSeenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	store := open(t, path, sqlite.Options{})
	var counter string
	_, lines := writing(t, path)
	for lines.Scan() {
		var counted int
		if _, err := fmt.Sscanf(lines.Text(), "counter %s", &counter); err == nil || counter == "" {
			continue
		}
		doc, err := store.Resources.Get(t.Context(), counter)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(lines.Text(), "counted %d", &counted); err == nil && len(doc.Topics) < counted {
			t.Fatalf("%d changes were acknowledged, and %d are seen", counted, len(doc.Topics))
		}
		if counted == 15 {
			return
		}
	}
	t.Error("the other process ended")
}

// TestOthersMayComeAndGo has other processes open and close the file while one writes: a backup, or a look with sqlite3. The one must not
// lose its locks, nor they take it for dead.
func TestOthersMayComeAndGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	_, lines := writing(t, path)
	for counted := 0; counted < 12; {
		if !lines.Scan() {
			t.Fatalf("the writer ended after %d others had come and gone", counted)
		}
		if n, _ := fmt.Sscanf(lines.Text(), "counted %d", &counted); n == 0 {
			continue
		}
		if err := inAnother(t, readsOnce, path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTwoOpenANewFileAtOnce as when a server and an import are started together: neither is turned away.
func TestTwoOpenANewFileAtOnce(t *testing.T) {
	for round := range 15 {
		path := filepath.Join(t.TempDir(), "store.sqlite")
		var both errgroup.Group
		for range 2 {
			both.Go(func() error { return inAnother(t, opensOnce, path) })
		}
		if err := both.Wait(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}

// inAnother has another process do what the variable says, and waits for its end.
func inAnother(t *testing.T, variable, path string) error {
	t.Helper()
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), variable+"="+path)
	if out, err := other.CombinedOutput(); err != nil {
		return fmt.Errorf("the other says %w: %s", err, out)
	}
	return nil
}

// writing starts a process that [writeForEver], and gives the lines that it prints. It ends with the test.
func writing(t *testing.T, path string) (writer *exec.Cmd, printed *bufio.Scanner) {
	t.Helper()
	writer = exec.CommandContext(t.Context(), os.Args[0])
	writer.Env = append(os.Environ(), childPath+"="+path)
	writer.Stderr = os.Stderr
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
	return writer, bufio.NewScanner(lines)
}
