package server

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// message is one of graphql-transport-ws.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
	// release gives back the place of a large message; nil for a small one.
	release func()
}

// Types of messages.
const (
	messageInit      = "connection_init"
	messageAck       = "connection_ack"
	messagePing      = "ping"
	messagePong      = "pong"
	messageSubscribe = "subscribe"
	messageNext      = "next"
	messageError     = "error"
	messageComplete  = "complete"
)

// handle does what a message asks for, and says whether to go on.
func (c *socket) handle(ctx context.Context, m *message) bool {
	switch m.Type {
	case messageInit:
		return c.init(ctx, m)
	case messagePing:
		return c.send(ctx, encodeMessage(message{Type: messagePong, Payload: m.Payload})) == nil
	case messagePong:
		return true
	case messageSubscribe:
		return c.subscribe(m)
	case messageComplete:
		c.cancel(m.ID)
		return true
	}
	closeSocket(c.conn, closeBadRequest, "There is no message of this type")
	return false
}

// init finds out who the viewer is: by the token in the payload ("authorization": "Bearer …"), or by what the upgrade request had.
func (c *socket) init(ctx context.Context, m *message) bool {
	if c.initialised {
		closeSocket(c.conn, closeTooManyInits, "Too many initialisation requests")
		return false
	}
	authorization, problem := authorizationOf(m.Payload)
	if problem != "" {
		closeSocket(c.conn, closeBadRequest, problem)
		return false
	}
	viewer, recheck := staffroom.ViewerFrom(c.ctx), c.recheck
	if authorization != "" {
		token, ok := bearer(authorization)
		if !ok {
			closeSocket(c.conn, closeForbidden, "Forbidden: the authorization must be Bearer and an access token")
			return false
		}
		recheck = func(ctx context.Context) (*staffroom.Viewer, error) {
			return c.server.auth.ViewerFromBearer(ctx, token)
		}
		if viewer, ok = c.viewer(ctx, token, recheck); !ok {
			return false
		}
	}
	c.mu.Lock()
	c.ctx, c.recheck, c.initialised = staffroom.WithViewer(ctx, viewer), recheck, true
	c.mu.Unlock()
	c.tasks.Go(func() { c.server.watch(c.ctx, c.end, recheck) })
	return c.send(ctx, encodeMessage(message{Type: messageAck})) == nil
}

// viewer is who holds the token; if nobody does, the socket is closed.
func (c *socket) viewer(ctx context.Context, token string, find func(context.Context) (*staffroom.Viewer, error)) (*staffroom.Viewer, bool) {
	judge, refused := c.server.credentials.admit(ctx, token)
	if refused != nil {
		closeSocket(c.conn, websocket.StatusTryAgainLater, refused.errors[0].Message)
		return nil, false
	}
	viewer, err := find(ctx)
	if code := staffroom.CodeOf(err); code != staffroom.CodeUnavailable && code != staffroom.CodeRateLimited { // then it stays what it was
		judge(err == nil)
	}
	if err != nil {
		closeUnknown(c.conn, err)
	}
	return viewer, err == nil
}

// closeUnknown closes a socket whose token did not tell who the viewer is. Clients come back by themselves after 1013, and after 4403 only
// with another token.
func closeUnknown(conn *websocket.Conn, err error) {
	switch staffroom.CodeOf(err) {
	case staffroom.CodeUnauthenticated:
		closeSocket(conn, closeForbidden, "Forbidden: the access token is no good here")
	case staffroom.CodeForbidden:
		closeSocket(conn, closeForbidden, "Forbidden: the access token has none of the scopes of this API")
	default:
		closeSocket(conn, websocket.StatusTryAgainLater, "The access token cannot be checked now: try again later")
	}
}

// authorizationOf is the authorization in the payload of connection_init, its name in upper or lower case as clients have
// it, or among "headers", where some put it: it must not make a silent visitor of whoever sends one; empty for none. The problem, if there is one, is the client's.
func authorizationOf(payload json.RawMessage) (authorization, problem string) {
	if len(payload) == 0 {
		return "", ""
	}
	var fields map[string]any
	if err := json.Unmarshal(payload, &fields); err != nil {
		return "", "The payload of connection_init must be an object"
	}
	headers, _ := fields["headers"].(map[string]any)
	for _, place := range []map[string]any{fields, headers} {
		for name, value := range place {
			if !strings.EqualFold(name, "authorization") || value == nil || value == "" {
				continue
			}
			text, ok := value.(string)
			if !ok || authorization != "" {
				return "", "The authorization in connection_init must be one text"
			}
			authorization = text
		}
	}
	return authorization, ""
}

func (c *socket) subscribe(m *message) bool {
	switch {
	case !c.initialised:
		closeSocket(c.conn, closeUnauthorized, "Not initialised: send connection_init first")
		return false
	case m.ID == "" || len(m.ID) > maxOperationID:
		closeSocket(c.conn, closeBadRequest, "A subscription needs an id of at most 128 bytes")
		return false
	}
	req, refused := decodeRequest(m.Payload, c.server.limits.Values)
	if refused != nil {
		closeSocket(c.conn, closeBadRequest, "The payload of subscribe is not a GraphQL request")
		return false
	}
	switch op, outcome := c.begin(m.ID); outcome {
	case taken:
		closeSocket(c.conn, closeDuplicate, "Subscriber for "+clip(m.ID, 60)+" already exists")
		return false
	case full:
		return c.sendRefusal(c.ctx, m.ID, refuse(0, staffroom.CodeRateLimited,
			"This socket has as many operations as it may have. Complete some of them first.")) == nil
	default:
		release := m.release
		if req.large = release != nil; req.large {
			m.release = nil // it is the operation's now
		}
		c.tasks.Go(func() {
			c.run(op, req)
			if release != nil {
				release()
			}
		})
		return true
	}
}

// Outcomes of begin.
const (
	begun = iota
	taken
	full
)

// begin makes a place for an operation, if its id is not taken and there is room.
func (c *socket) begin(id string) (op *running, outcome int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[id] != nil {
		return nil, taken
	}
	if len(c.running) >= c.server.limits.SocketOperations {
		return nil, full
	}
	op = &running{id: id}
	op.ctx, op.cancel = context.WithCancel(c.ctx)
	c.running[id] = op
	return op, begun
}

// run runs one operation to its end, and tells it: by error or by complete, but never by both, and not to a client that
// completed it itself. Each operation is run with the rights of this moment, as it would be in a request of its own: not even for
// a minute may somebody act with those that were taken away.
func (c *socket) run(op *running, req *request) {
	if sessionEnded(op.ctx, c.recheck) {
		c.end(errSessionEnded)
		return
	}
	checked, refused := c.server.engine.prepare(op.ctx, req, func(ast.Operation) *refusal { return nil })
	if refused == nil {
		refused = c.server.stream(checked, func(response encoded) error {
			if op.ctx.Err() != nil {
				return op.ctx.Err() // Its id may be another's by now.
			}
			return c.send(op.ctx, frame(messageNext, op.id, response))
		})
	}
	if !c.finish(op) {
		return
	}
	if refused != nil {
		_ = c.sendRefusal(c.ctx, op.id, refused)
		return
	}
	_ = c.send(c.ctx, encodeMessage(message{Type: messageComplete, ID: op.id}))
}

// cancel ends the operation that has this id now, if any.
func (c *socket) cancel(id string) {
	c.mu.Lock()
	op := c.running[id]
	c.mu.Unlock()
	if op != nil {
		c.finish(op)
	}
}

// finish takes an operation off the list; false if that was done before.
func (c *socket) finish(op *running) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	op.cancel()
	if c.running[op.id] != op {
		return false
	}
	delete(c.running, op.id)
	return true
}

func (c *socket) sendRefusal(ctx context.Context, id string, refused *refusal) error {
	errs := refused.errors[:min(len(refused.errors), c.server.limits.Errors)]
	payload, err := json.Marshal(errs)
	if err != nil {
		return err
	}
	return c.send(ctx, encodeMessage(message{Type: messageError, ID: id, Payload: payload}))
}

// frame is a message with a response as its payload, made without looking into the response again.
func frame(kind, id string, response encoded) []byte {
	quoted, err := json.Marshal(id)
	if err != nil {
		panic("server: a string has no JSON: " + err.Error())
	}
	text := make([]byte, 0, response.len()+len(quoted)+len(kind)+40)
	text = append(text, `{"id":`...)
	text = append(text, quoted...)
	text = append(text, `,"type":"`+kind+`","payload":`...)
	text = append(append(append(text, response.head...), response.data...), response.tail...)
	return append(text, '}')
}

func encodeMessage(m message) []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic("server: a message has no JSON: " + err.Error())
	}
	return text
}
