// Package wiretest starts a server for tests that speaks the MongoDB wire protocol: the command of the module in
// store/mongo/wireserver. Nothing has to be installed for it; the first build fetches its modules.
package wiretest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// startTimeout bounds how long the server may take from its start until it prints its address.
const startTimeout = 30 * time.Second

// Start runs a server with an empty store for this test, and gives its address ("mongodb://127.0.0.1:41231/"). It is
// stopped, and its data deleted, when the test ends. A server that can't be started fails the test.
func Start(t testing.TB) (uri string) {
	t.Helper()
	binary, err := Build(t.Context())
	if err != nil {
		t.Fatalf("build the test server: %v", err)
	}
	// The server stops by itself when the pipe to it closes, even if this process is killed.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "--dir", t.TempDir())
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the test server: %v", err)
	}
	t.Cleanup(func() { stop(t, cmd, stdin) })
	return firstLine(t, stdout)
}

func stop(t testing.TB, cmd *exec.Cmd, stdin io.Closer) {
	if err := stdin.Close(); err != nil {
		t.Errorf("stop the test server: %v", err)
	}
	killer := time.AfterFunc(startTimeout, func() { _ = cmd.Process.Kill() })
	defer killer.Stop()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the test server ended badly: %v", err)
	}
}

func firstLine(t testing.TB, from io.Reader) string {
	t.Helper()
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(from).ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case text := <-line:
		if text == "" {
			t.Fatal("the test server ended without an address; its reason is above")
		}
		return text
	case <-time.After(startTimeout):
		t.Fatalf("the test server gave no address within %v", startTimeout)
	}
	return ""
}

// Build makes the server's binary, unless there is one of the same source already, and gives its path. Several processes
// may build at once.
func Build(ctx context.Context) (string, error) {
	source, err := sourceDir()
	if err != nil {
		return "", err
	}
	name, err := fingerprint(source)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "staffroom-wireserver")
	binary := filepath.Join(cache, name)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	return binary, compile(ctx, source, cache, binary)
}

// compile builds beside the binary and renames, so that nobody ever runs half a file.
func compile(ctx context.Context, source, cache, binary string) error {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return fmt.Errorf("make the cache: %w", err)
	}
	dir, err := os.MkdirTemp(cache, "build-")
	if err != nil {
		return fmt.Errorf("make a folder to build in: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fresh := filepath.Join(dir, "wireserver")
	out, err := exec.CommandContext(ctx, "go", "build", "-C", source, "-o", fresh, ".").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build -C %s: %w\n%s", source, err, out)
	}
	if err := os.Rename(fresh, binary); err != nil {
		return fmt.Errorf("put the binary in its place: %w", err)
	}
	return nil
}

// sourceDir finds the server's module from the folder that the test runs in, which is one of the main module's.
func sourceDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for {
		source := filepath.Join(dir, "store", "mongo", "wireserver")
		if _, err := os.Stat(filepath.Join(source, "go.mod")); err == nil {
			return source, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("store/mongo/wireserver is in no folder above the working directory")
		}
		dir = parent
	}
}

// fingerprint names what the binary is made of: the Go version and the module's files.
func fingerprint(source string) (string, error) {
	files, err := filepath.Glob(filepath.Join(source, "*"))
	if err != nil {
		return "", fmt.Errorf("list the source: %w", err)
	}
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read the source: %w", err)
		}
		_, _ = fmt.Fprintln(sum, filepath.Base(file), len(content))
		_, _ = sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
