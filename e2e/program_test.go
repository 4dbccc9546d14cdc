package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// patience is how long a condition may take to come true on a busy machine.
	patience = 2 * time.Minute
	// stopTime is how long the program may take to stop: it says for half a second that it is not ready any more, and then
	// finishes what is under way.
	stopTime = time.Minute
)

// workshop is a folder for what all tests use: the program and the browser's profile.
var workshop string

func TestMain(m *testing.M) {
	os.Exit(inWorkshop(m.Run))
}

func inWorkshop(run func() int) int {
	folder, err := os.MkdirTemp("", "staffroom-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	workshop = folder
	status := run()
	closeBrowser()
	if err := os.RemoveAll(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return status
}

// buildOnce builds the program and gives its path.
var buildOnce = sync.OnceValues(func() (string, error) {
	if err := lookAtSources(); err != nil {
		return "", err
	}
	path := filepath.Join(workshop, "staffroom")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// lookAtSources lists every folder of the project. `go test` remembers what a test looked at and runs it again when that
// changed; it would not know otherwise that the program is made of these files, and show old results.
func lookAtSources() error {
	return filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && slices.Contains([]string{".git", "node_modules", "bin", "data"}, entry.Name()) {
			return filepath.SkipDir
		}
		return err
	})
}

// program is the command `staffroom` with these arguments, and with no settings from outside.
func program(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "STAFFROOM_") })
	return cmd
}

// command runs `staffroom` to its end, and gives what it printed and its exit status.
func command(t testing.TB, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := program(t.Context(), t, args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), problems.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("staffroom %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), problems.String(), 0
}

// house is a server with its data folder. It can be stopped, killed and started again.
type house struct {
	t testing.TB
	// data is the data folder, and options are the flags of serve besides it.
	data    string
	options []string
	// address is where the server said it is, "http://localhost:41231". It stays when the server is started again.
	address  string
	process  *exec.Cmd
	said     *transcript
	log      *transcript
	finished chan struct{}
	failure  error
}

// serve starts a server in development mode on an empty data folder, and stops it when the test ends. When the test fails, the log
// of the server is shown.
func serve(t testing.TB, options ...string) *house {
	t.Helper()
	return serveFrom(t, t.TempDir(), options...)
}

// serveFrom is serve with this data folder.
func serveFrom(t testing.TB, data string, options ...string) *house {
	t.Helper()
	h := &house{t: t, data: data, options: options, log: &transcript{}}
	t.Cleanup(func() {
		if h.running() {
			h.stop()
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", h.log)
		}
	})
	h.start()
	return h
}

// start starts the server, on the port that it had before if it had one, and waits until it is ready.
func (h *house) start() {
	h.t.Helper()
	h.begin()
	h.until("being ready", func() bool {
		status, _ := h.get("/readyz")
		return status == http.StatusOK
	})
}

// begin is start for a server that may not become ready.
func (h *house) begin() {
	h.t.Helper()
	_, port, again := strings.Cut(h.address, "http://localhost:")
	if !again {
		port = "0"
	}
	args := append([]string{"serve", "--dev", "--listen", "127.0.0.1:" + port, "--data", h.data}, h.options...)
	h.process = program(context.WithoutCancel(h.t.Context()), h.t, args...)
	h.said, h.finished = &transcript{}, make(chan struct{})
	h.process.Stdout, h.process.Stderr = h.said, h.log
	if err := h.process.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		h.failure = h.process.Wait()
		close(h.finished)
	}()
	h.until("saying where it is", func() bool {
		found := regexp.MustCompile(`(?m)^Staffroom is at (http://localhost:\d+)$`).FindStringSubmatch(h.said.String())
		if found == nil {
			return false
		}
		h.address = found[1]
		return true
	})
}

// in is the same server for a part of the test. It must not be stopped there.
func (h *house) in(t testing.TB) *house {
	part := *h
	part.t = t
	return &part
}

// running says whether the process lives.
func (h *house) running() bool {
	select {
	case <-h.finished:
		return false
	default:
		return h.process != nil
	}
}

// stop asks the server to stop, as service managers do, and checks that it does so soon and in peace.
func (h *house) stop() {
	h.t.Helper()
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
		h.t.Errorf("asking the server to stop: %v", err)
	}
	h.wantStopped()
}

// wantStopped checks that the server, which was asked to stop, does so soon and in peace.
func (h *house) wantStopped() {
	h.t.Helper()
	select {
	case <-h.finished:
		if h.failure != nil {
			h.t.Errorf("the server ended with %v", h.failure)
		}
	case <-time.After(stopTime):
		h.t.Errorf("the server did not stop within %v", stopTime)
		h.kill()
	}
}

// kill ends the server as a power cut does.
func (h *house) kill() {
	h.t.Helper()
	if err := h.process.Process.Kill(); err != nil {
		h.t.Errorf("killing the server: %v", err)
	}
	<-h.finished
}

// until waits for a condition of the server, and fails the test if the server ends before.
func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	eventually(h.t, "the server "+what, func() bool {
		if !h.running() {
			h.t.Fatalf("the server ended (%v) before %s", h.failure, what)
		}
		return holds()
	})
}

// get asks for a page of the server; the status is 0 if there was no answer.
func (h *house) get(path string) (status int, body string) {
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.address+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(read)
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !within(patience, holds) {
		t.Fatalf("waited %v in vain: %s", patience, what)
	}
}

// within says whether a condition comes to hold in some time.
func within(some time.Duration, holds func() bool) bool {
	deadline := time.Now().Add(some)
	for !holds() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

// need skips the test on a developer's machine, and fails it in CI.
func need(t testing.TB, ok bool, what string) {
	t.Helper()
	switch {
	case ok:
	case os.Getenv("CI") != "":
		t.Fatal(what)
	default:
		t.Skip(what)
	}
}

// transcript takes down what a process prints.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes down p.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

// String is all that was taken down.
func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
