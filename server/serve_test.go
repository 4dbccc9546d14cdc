package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// run serves on a real port until the test ends or stop is called. The channel gives what Serve returned.
func (h *house) run() (address string, stop context.CancelFunc, done chan error) {
	h.t.Helper()
	noLeaks(h.t)
	listener, err := (&net.ListenConfig{}).Listen(h.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(h.t.Context())
	done = make(chan error, 1)
	go func() { done <- h.Serve(ctx, listener) }()
	h.t.Cleanup(stop)
	return "http://" + listener.Addr().String(), stop, done
}

func fetchWith(t *testing.T, client *http.Client, address string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	response, err := client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(body)
}

func TestStopping(t *testing.T) { synctest.Test(t, testStopping) }

func testStopping(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.DrainNotice = 300 * time.Millisecond })).pipe()
	socket := h.open("")
	socket.subscribe("a", `subscription {never}`)
	slow := make(chan string, 1)
	go func() {
		_, body := h.fetch("/graphql?query={slow}")
		slow <- body
	}()
	<-h.schema.entered
	h.stop()
	synctest.Wait()
	if code, _ := h.fetch("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("ready while stopping: %d", code)
	}
	if code, _ := h.fetch("/healthz"); code != http.StatusOK {
		t.Errorf("alive while stopping: %d", code)
	}
	socket.wantClosed(websocket.StatusGoingAway)
	if code, _ := h.fetch("/healthz"); code != 0 {
		t.Errorf("it takes requests when the notice is over: %d", code)
	}
	close(h.schema.release)
	if body := <-slow; body != `{"data":{"slow":"done"}}` {
		t.Errorf("the request under way got %s", body)
	}
	if err := <-h.done; err != nil {
		t.Error(err)
	}
}

func TestStoppingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) { l.DrainNotice, l.DrainTimeout = 0, 10*time.Second })).pipe()
		go func() { _, _ = h.fetch("/graphql?query={slow}") }()
		<-h.schema.entered
		h.stop()
		began := time.Now()
		if err := <-h.done; err == nil {
			t.Error("a request was cut off, and nothing says so")
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it stopped after %v", took)
		}
		close(h.schema.release)
	})
}

func TestReady(t *testing.T) {
	for name, test := range map[string]struct {
		ready func(context.Context) error
		code  int
	}{
		"all well":   {func(context.Context) error { return nil }, 200},
		"store gone": {func(context.Context) error { return errors.New(secretText) }, 503},
		"hangs":      {func(ctx context.Context) error { <-ctx.Done(); time.Sleep(time.Millisecond); return nil }, 503},
	} {
		h := newHouse(t, func(c *Config) { c.Ready, c.Limits.ReadyTimeout = test.ready, 20*time.Millisecond })
		a := h.do(httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if a.Code != test.code || a.raw["status"] == nil || strings.Contains(a.Body.String(), "hunter2") {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
}

// TestNotReadySaysWhy checks that the reason is told to whoever asks, and to the operator once.
func TestNotReadySaysWhy(t *testing.T) {
	var err error
	h := newHouse(t, func(c *Config) { c.Ready = func(context.Context) error { return err } })
	ask := func() *answer { return h.do(httptest.NewRequest(http.MethodGet, "/readyz", nil)) }
	err = errors.Join(&staffroom.Error{Code: staffroom.CodeUnavailable, Message: "The disk is full.", Cause: errors.New(secretText)})
	for range 3 {
		if a := ask(); a.Code != 503 || string(a.raw["reason"]) != `"The disk is full."` || strings.Contains(a.Body.String(), "hunter2") {
			t.Errorf("got %d %s", a.Code, a.Body)
		}
	}
	err = nil
	for range 3 {
		if a := ask(); a.Code != 200 || a.raw["reason"] != nil {
			t.Errorf("got %d %s", a.Code, a.Body)
		}
	}
	if log := h.log.String(); strings.Count(log, "Not ready.") != 1 || strings.Count(log, "Ready again.") != 1 {
		t.Errorf("the log says %s", log)
	}
}

func TestConfigSaysAllThatIsWrong(t *testing.T) {
	_, err := New(Config{PublicURL: "staffroom.example", AllowOrigins: []string{"https://app.example/", "*"}})
	for _, problem := range []string{"needs a schema", `"staffroom.example"`, `"https://app.example/"`, `"*"`} {
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("the error %v does not tell of %s", err, problem)
		}
	}
}
