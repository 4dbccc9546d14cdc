package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// transportProtocol is the only WebSocket protocol that is spoken:
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
const transportProtocol = "graphql-transport-ws"

// Close codes of the protocol.
const (
	closeBadRequest    websocket.StatusCode = 4400
	closeUnauthorized  websocket.StatusCode = 4401
	closeForbidden     websocket.StatusCode = 4403
	closeNotAcceptable websocket.StatusCode = 4406
	closeInitTimeout   websocket.StatusCode = 4408
	closeDuplicate     websocket.StatusCode = 4409
	closeTooManyInits  websocket.StatusCode = 4429
)

// maxOperationID is how long the id of an operation may be, in bytes.
const maxOperationID = 128

// socket is one WebSocket. Its reader is the goroutine of the request; every operation has one more.
type socket struct {
	server *Server
	conn   *websocket.Conn
	end    context.CancelCauseFunc

	mu sync.Mutex
	// ctx has the viewer, once connection_init has told.
	ctx         context.Context
	initialised bool
	recheck     func(context.Context) (*staffroom.Viewer, error)
	running     map[string]*running
	tasks       sync.WaitGroup
}

// running is an operation on a socket. Clients may use its id again as soon as they completed it, so it is told by more
// than that.
type running struct {
	id     string
	ctx    context.Context
	cancel context.CancelFunc
}

// socket upgrades the request, and serves it until either side closes.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	release, refused := s.holders.take(owner(r.Context()))
	if refused != nil {
		s.refuse(w, typeGraphQL, refused)
		return
	}
	defer release()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:   []string{transportProtocol},
		OriginPatterns: s.socketOrigins,
	})
	if err != nil {
		return // Accept has answered.
	}
	defer func() { _ = conn.CloseNow() }()
	if conn.Subprotocol() != transportProtocol {
		closeSocket(conn, closeNotAcceptable, "Only the protocol "+transportProtocol+" is spoken here")
		return
	}
	conn.SetReadLimit(int64(s.limits.SocketMessageBytes))
	ctx, end := context.WithCancelCause(r.Context())
	defer end(nil)
	c := &socket{server: s, conn: conn, ctx: ctx, end: end, recheck: s.auth.Recheck, running: map[string]*running{}}
	c.serve(ctx)
}

// serve reads messages until the end, and then waits for everything that it began.
func (c *socket) serve(ctx context.Context) {
	defer c.tasks.Wait()
	defer c.end(nil)
	late := time.AfterFunc(c.server.limits.InitTimeout, c.closeUnlessInitialised)
	defer late.Stop()
	c.tasks.Go(func() { c.ping(ctx) })
	c.tasks.Go(func() { c.closeAtEnd(ctx) })
	pace := rate.NewLimiter(rate.Limit(c.server.limits.SocketMessages), c.server.limits.SocketMessages)
	for {
		m, err := c.read(ctx)
		if err != nil {
			return
		}
		goOn := pace.Wait(ctx) == nil && c.handle(ctx, m)
		if m.release != nil {
			m.release()
		}
		if !goOn {
			return
		}
	}
}

// errNoMessage says that what came is no message, or had no place; the socket is closed then.
var errNoMessage = errors.New("no message")

// read reads a message. A large one has a place.
func (c *socket) read(ctx context.Context) (*message, error) {
	// A context that ends would cut the connection before it is closed with a reason; closing ends the read as well.
	kind, from, err := c.conn.Reader(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	late := time.AfterFunc(c.server.limits.BodyTimeout, func() { _ = c.conn.CloseNow() })
	defer late.Stop()
	var text bytes.Buffer
	release, refused, err := c.server.engine.lanes.readText(c.ctx, from, &text)
	if err != nil {
		return nil, err
	}
	if refused == nil && release != nil {
		if refused = c.server.engine.rates.chargeBytes(c.ctx, text.Len()); refused != nil {
			release()
		}
	}
	if refused != nil {
		closeSocket(c.conn, websocket.StatusTryAgainLater, "Too many large messages in a short time: try again later")
		return nil, errNoMessage
	}
	m := &message{release: release}
	problem := "A message must be a JSON object, as text"
	switch most := c.server.limits.Values; {
	case countValues(text.Bytes()) > most:
		problem = fmt.Sprintf("A message may have at most %d values in its JSON", most)
	case kind == websocket.MessageText && json.Unmarshal(text.Bytes(), m) == nil:
		return m, nil
	}
	if release != nil {
		release()
	}
	closeSocket(c.conn, closeBadRequest, problem)
	return nil, errNoMessage
}

func (c *socket) closeUnlessInitialised() {
	c.mu.Lock()
	initialised := c.initialised
	c.mu.Unlock()
	if !initialised {
		closeSocket(c.conn, closeInitTimeout, "Connection initialisation timeout")
	}
}

// closeAtEnd closes the socket with the reason for which its context ended.
func (c *socket) closeAtEnd(ctx context.Context) {
	<-ctx.Done()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStopping):
		closeSocket(c.conn, websocket.StatusGoingAway, "The server is stopping: connect again")
	case errors.Is(cause, errSessionEnded):
		closeSocket(c.conn, closeForbidden, "The session has ended, or its rights have changed")
	}
}

// ping finds out whether the other side is still there.
func (c *socket) ping(ctx context.Context) {
	ticker := time.NewTicker(c.server.limits.PingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.server.limits.WriteTimeout)
		err := c.conn.Ping(waiting)
		cancel()
		if err != nil {
			_ = c.conn.CloseNow()
			return
		}
	}
}

// send writes a message, in full even if the operation that it is of ends meanwhile. A client that does not take it in time
// is let go.
func (c *socket) send(ctx context.Context, text []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.server.limits.WriteTimeout)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, text)
}

// closeSocket closes with a reason, cut to what a close frame can hold.
func closeSocket(conn *websocket.Conn, code websocket.StatusCode, reason string) {
	// Closing fails only when the other side was faster.
	_ = conn.Close(code, clip(reason, 115))
}
