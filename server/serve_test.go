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
	"time"

	"github.com/coder/websocket"
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

func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
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

func TestStopping(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.DrainNotice = 300 * time.Millisecond }))
	address, stop, done := h.run()
	socket, _, err := dial(t, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	socket.send(`{"type":"connection_init"}`)
	socket.want(messageAck, "")
	socket.subscribe("a", `subscription {never}`)
	slow := make(chan string, 1)
	go func() {
		_, body := fetch(t, address+"/graphql?query={slow}")
		slow <- body
	}()
	<-h.schema.entered
	stop()
	eventually(t, "not being ready", func() bool {
		code, _ := fetch(t, address+"/readyz")
		return code == http.StatusServiceUnavailable
	})
	if code, _ := fetch(t, address+"/healthz"); code != http.StatusOK {
		t.Errorf("alive while stopping: %d", code)
	}
	socket.wantClosed(websocket.StatusGoingAway)
	eventually(t, "taking nothing new", func() bool {
		code, _ := fetch(t, address+"/healthz")
		return code == 0
	})
	close(h.schema.release)
	if body := <-slow; body != `{"data":{"slow":"done"}}` {
		t.Errorf("the request under way got %s", body)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStoppingIsBounded(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.DrainNotice, l.DrainTimeout = 0, 100*time.Millisecond }))
	address, stop, done := h.run()
	go func() { _, _ = fetch(t, address+"/graphql?query={slow}") }()
	<-h.schema.entered
	stop()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a request was cut off, and nothing says so")
		}
	case <-time.After(3 * time.Second):
		t.Error("still not stopped")
	}
	close(h.schema.release)
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

func TestConfigSaysAllThatIsWrong(t *testing.T) {
	_, err := New(Config{PublicURL: "staffroom.example", AllowOrigins: []string{"https://app.example/", "*"}})
	for _, problem := range []string{"needs a schema", `"staffroom.example"`, `"https://app.example/"`, `"*"`} {
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("the error %v does not tell of %s", err, problem)
		}
	}
}
