package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// piped is a server that is reached through pipes in memory, so that it can run in a bubble of testing/synctest: time goes on only
// while everybody waits, and a test knows when that is.
type piped struct {
	*house
	listener *pipeListener
	client   *http.Client
	stop     context.CancelFunc
	// done gives what Serve returned.
	done chan error
}

// pipe serves until the test ends or stop is called.
func (h *house) pipe() *piped {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.t.Context())
	listener := &pipeListener{connections: make(chan net.Conn), closed: make(chan struct{})}
	transport := &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}
	p := &piped{house: h, listener: listener, client: &http.Client{Transport: transport}, stop: stop, done: make(chan error, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.done <- h.Serve(ctx, listener)
	}()
	h.t.Cleanup(func() {
		stop()
		<-ended
		transport.CloseIdleConnections()
	})
	return p
}

// fetch reads an address; the status is 0 if there was no answer.
func (p *piped) fetch(path string) (int, string) {
	return fetchWith(p.t, p.client, "http://pipe"+path)
}

// send opens a connection, and writes a text to it.
func (p *piped) send(text string) net.Conn {
	p.t.Helper()
	connection, err := p.listener.dial(p.t.Context(), "", "")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = connection.Close() })
	if _, err := io.WriteString(connection, text); err != nil {
		p.t.Fatal(err)
	}
	return connection
}

// open dials a WebSocket and initialises it.
func (p *piped) open(payload string) *client {
	p.t.Helper()
	c, _, err := dial(p.t, "http://pipe", &websocket.DialOptions{HTTPClient: p.client})
	if err != nil {
		p.t.Fatal(err)
	}
	c.send(`{"type":"connection_init"` + payload + `}`)
	c.want(messageAck, "")
	return c
}

// pipeListener accepts connections in memory.
type pipeListener struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.connections <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, errors.New("nobody listens")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case connection := <-l.connections:
		return connection, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close lets nobody in any more.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is no address.
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
