package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryLogLineOfARequestNamesIt(t *testing.T) {
	var lines strings.Builder
	log, flush := newLog(&lines, "text")
	globals := &Globals{Data: t.TempDir()}
	parts, err := openParts(t.Context(), globals, 0, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := parts.close(); err != nil {
			t.Error(err)
		}
	})
	serve := &ServeCmd{Dev: true}
	srv, err := serve.assemble(&settings{publicURL: "http://localhost:1"}, parts, globals.Data, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:1/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer nonsense")
	request.Header.Set("X-Request-Id", "request-of-a-test")
	srv.ServeHTTP(httptest.NewRecorder(), request)
	flush()
	found := strings.Split(strings.TrimSpace(lines.String()), "\n")
	if len(found) < 2 {
		t.Errorf("a refused token and its request make only:\n%s", &lines)
	}
	for _, line := range found {
		if strings.Count(line, "request=request-of-a-test") != 1 {
			t.Errorf("this line does not name its request once: %s", line)
		}
	}
}

// writes are what was written at once.
type writes struct {
	mu  sync.Mutex
	all []string
}

// Write implements io.Writer.
func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, string(p))
	return len(p), nil
}

func (w *writes) got() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.all)
}

func TestLogLinesAreGatheredForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var to writes
		log, _ := newLog(&to, "text")
		log.Info("One.")
		log.Info("Two.")
		time.Sleep(gatherLines - 1)
		synctest.Wait()
		if got := to.got(); len(got) != 0 {
			t.Errorf("lines were not gathered: %q", got)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if got := to.got(); len(got) != 1 || strings.Count(got[0], "\n") != 2 || !strings.Contains(got[0], "One.") || !strings.Contains(got[0], "Two.") {
			t.Errorf("after %v there was: %q", gatherLines, got)
		}
		log.Info("Three.")
		time.Sleep(gatherLines)
		synctest.Wait()
		if got := to.got(); len(got) != 2 || !strings.Contains(got[1], "Three.") {
			t.Errorf("after a pause there was: %q", got)
		}
	})
}

func TestWarningsAreWrittenAtOnceAndAfterWhatWentBefore(t *testing.T) {
	var to writes
	log, _ := newLog(&to, "json")
	log.With("part", "search").Info("Before.")
	log.WithGroup("store").Warn("Look at this.", "file", "staffroom.db")
	if got := to.got(); len(got) != 1 || strings.Index(got[0], "Before.") > strings.Index(got[0], "Look at this.") || !strings.Contains(got[0], `"store":{"file"`) {
		t.Errorf("a warning was not written with what went before: %q", got)
	}
}

func TestGatheredLinesHaveABound(t *testing.T) {
	var to writes
	log, flush := newLog(&to, "text")
	const lines, long = 100, 1000
	for range lines {
		log.Info(strings.Repeat("x", long))
	}
	flush()
	flush()
	got, written := to.got(), 0
	for _, together := range got {
		if len(together) > gatherBytes+2*long || !strings.HasSuffix(together, "\n") {
			t.Errorf("%d bytes were written at once, ending in %q", len(together), together[len(together)-5:])
		}
		written += strings.Count(together, "\n")
	}
	if written != lines || len(got) < lines*long/(gatherBytes+2*long) {
		t.Errorf("%d of %d lines were written, %d times", written, lines, len(got))
	}
}

func TestALogThatCannotBeWrittenIsLeft(t *testing.T) {
	lines := &gathered{to: broken{}}
	long := make([]byte, gatherBytes)
	for range 3 {
		if _, err := lines.Write(long); err == nil {
			t.Error("the writer does not say that it can't write")
		}
		if len(lines.lines) != 0 {
			t.Errorf("%d bytes are left to grow", len(lines.lines))
		}
	}
}

type broken struct{}

// Write implements io.Writer.
func (broken) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }
