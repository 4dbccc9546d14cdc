package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// client speaks graphql-transport-ws in tests.
type client struct {
	t    *testing.T
	conn *websocket.Conn
}

func (h *house) serve() *httptest.Server {
	noLeaks(h.t)
	listening := httptest.NewServer(h.Server)
	h.t.Cleanup(listening.Close)
	h.t.Cleanup(h.Close)
	return listening
}

// dial opens a socket, and tells the status that the server answered with.
func dial(t *testing.T, address string, options *websocket.DialOptions) (*client, int, error) {
	t.Helper()
	if options == nil {
		options = &websocket.DialOptions{}
	}
	if options.Subprotocols == nil {
		options.Subprotocols = []string{transportProtocol}
	}
	conn, response, err := websocket.Dial(t.Context(), address+"/graphql", options)
	if response == nil {
		return nil, 0, err
	}
	if err != nil {
		return nil, response.StatusCode, err
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t, conn}, response.StatusCode, nil
}

// open dials and initialises.
func (h *house) open(payload string) *client {
	h.t.Helper()
	c, _, err := dial(h.t, h.serve().URL, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	c.send(`{"type":"connection_init"` + payload + `}`)
	c.want(messageAck, "")
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) subscribe(id, document string) {
	c.t.Helper()
	quoted, _ := json.Marshal(document)
	c.send(fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"query":%s}}`, id, quoted))
}

func (c *client) read() (message, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	_, text, err := c.conn.Read(ctx)
	if err != nil {
		return message{}, err
	}
	var m message
	return m, json.Unmarshal(text, &m)
}

func (c *client) want(kind, id string) message {
	c.t.Helper()
	m, err := c.read()
	if err != nil || m.Type != kind || m.ID != id {
		c.t.Fatalf("got %s %q %s (%v), want %s %q", m.Type, m.ID, m.Payload, err, kind, id)
	}
	return m
}

func (c *client) wantClosed(code websocket.StatusCode) {
	c.t.Helper()
	for {
		_, err := c.read()
		if err == nil {
			continue
		}
		var closed websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != code || closed.Reason == "" && code != websocket.StatusMessageTooBig {
			c.t.Errorf("closed with %v, want %d and a reason", err, code)
		}
		return
	}
}

func TestSocketRunsOperations(t *testing.T) {
	c := newHouse(t).open("")
	c.subscribe("a", `subscription {ticks(count: 2)}`)
	for _, want := range []string{`{"data":{"ticks":1}}`, `{"data":{"ticks":2}}`} {
		if m := c.want(messageNext, "a"); string(m.Payload) != want {
			t.Errorf("got %s, want %s", m.Payload, want)
		}
	}
	c.want(messageComplete, "a")
	c.subscribe("a", `{hello fail(how: "domain")}`)
	if m := c.want(messageNext, "a"); !strings.Contains(string(m.Payload), "Only heads") {
		t.Errorf("got %s", m.Payload)
	}
	c.want(messageComplete, "a")
	c.send(`{"type":"ping","payload":{"n":1}}`)
	if m := c.want(messagePong, ""); string(m.Payload) != `{"n":1}` {
		t.Errorf("a pong with %s", m.Payload)
	}
	c.send(`{"type":"pong"}`)
	c.send(`{"type":"complete","id":"nobody"}`)
	c.subscribe(`"quoted"`, `mutation {say(text: "x")}`)
	c.want(messageNext, `"quoted"`)
}

func TestSocketErrorEndsAnOperation(t *testing.T) {
	c := newHouse(t).open("")
	for i, document := range []string{`{helo}`, `{hello`, `subscription {refused}`, `{items(first: 500) {totalCount}}`} {
		id := fmt.Sprint(i)
		c.subscribe(id, document)
		m := c.want(messageError, id)
		var errs []answerError
		if err := json.Unmarshal(m.Payload, &errs); err != nil || len(errs) == 0 || errs[0].Extensions["code"] == nil {
			t.Errorf("%s: the payload %s is no list of errors", document, m.Payload)
		}
	}
	// Were there a complete after an error, it would come before this.
	c.subscribe("last", `{hello}`)
	c.want(messageNext, "last")
}

func TestSocketCompleteByClient(t *testing.T) {
	c := newHouse(t).open("")
	c.subscribe("a", `subscription {never}`)
	c.send(`{"type":"complete","id":"a"}`)
	c.subscribe("a", `{hello}`)
	c.want(messageNext, "a")
	c.want(messageComplete, "a")
}

func TestSocketCloseCodes(t *testing.T) {
	for name, test := range map[string]struct {
		code   websocket.StatusCode
		noInit bool
		send   []string
	}{
		"not JSON":            {4400, false, []string{`{`}},
		"many values":         {4400, true, []string{`{"type":"ping","payload":{"list":[` + strings.Repeat("1,", 20_000) + `1]}}`}},
		"no type":             {4400, false, []string{`{}`}},
		"unknown type":        {4400, false, []string{`{"type":"start"}`}},
		"no id":               {4400, false, []string{`{"type":"subscribe","payload":{"query":"{hello}"}}`}},
		"no request":          {4400, false, []string{`{"id":"a","type":"subscribe","payload":[]}`}},
		"before init":         {4401, true, []string{`{"id":"a","type":"subscribe","payload":{"query":"{hello}"}}`}},
		"bad token":           {4403, true, []string{`{"type":"connection_init","payload":{"authorization":"Bearer bad"}}`}},
		"token without scope": {4403, true, []string{`{"type":"connection_init","payload":{"authorization":"Bearer scopeless"}}`}},
		"token not checked":   {websocket.StatusTryAgainLater, true, []string{`{"type":"connection_init","payload":{"authorization":"Bearer unchecked"}}`}},
		"another scheme":      {4403, true, []string{`{"type":"connection_init","payload":{"Authorization":"Basic YTpi"}}`}},
		"no scheme":           {4403, true, []string{`{"type":"connection_init","payload":{"AUTHORIZATION":"ann"}}`}},
		"empty bearer":        {4403, true, []string{`{"type":"connection_init","payload":{"authorization":"Bearer "}}`}},
		"scheme in headers":   {4403, true, []string{`{"type":"connection_init","payload":{"headers":{"Authorization":"Basic YTpi"}}}`}},
		"a second one there":  {4400, true, []string{`{"type":"connection_init","payload":{"Authorization":"Bearer ann","headers":{"Authorization":"Bearer ann"}}}`}},
		"two tokens":          {4400, true, []string{`{"type":"connection_init","payload":{"authorization":"Bearer ann","Authorization":"Bearer bob"}}`}},
		"token is no text":    {4400, true, []string{`{"type":"connection_init","payload":{"authorization":{"token":"ann"}}}`}},
		"payload of init":     {4400, true, []string{`{"type":"connection_init","payload":[1]}`}},
		"no init":             {4408, true, nil},
		"two inits":           {4429, false, []string{`{"type":"connection_init"}`}},
		"id that is taken":    {4409, false, []string{`{"id":"a","type":"subscribe","payload":{"query":"subscription {never}"}}`, `{"id":"a","type":"subscribe","payload":{"query":"{hello}"}}`}},
		"message of any size": {websocket.StatusMessageTooBig, false, []string{`{"type":"ping","payload":"` + strings.Repeat("x", 70_000) + `"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, limited(func(l *Limits) { l.InitTimeout, l.SocketMessageBytes = 100*time.Millisecond, 64<<10 }))
			c, _, err := dial(t, h.serve().URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !test.noInit {
				c.send(`{"type":"connection_init"}`)
				c.want(messageAck, "")
			}
			for _, text := range test.send {
				c.send(text)
			}
			c.wantClosed(test.code)
		})
	}
}

func TestSocketBinaryMessage(t *testing.T) {
	c := newHouse(t).open("")
	if err := c.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	c.wantClosed(4400)
}

func TestSocketSpeaksOneProtocol(t *testing.T) {
	address := newHouse(t).serve().URL
	for _, protocols := range [][]string{{"graphql-ws"}, {}} {
		c, _, err := dial(t, address, &websocket.DialOptions{Subprotocols: protocols})
		if err != nil {
			t.Fatal(err)
		}
		c.wantClosed(4406)
	}
}

func TestSocketOrigins(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.AllowOrigins = []string{"https://app.example"} })
	address := h.serve().URL
	for origin, ok := range map[string]bool{"": true, "https://app.example": true, "https://evil.example": false, "http://app.example": false, address: true} {
		_, status, err := dial(t, address, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
		if (err == nil) != ok {
			t.Errorf("origin %q: %v", origin, err)
		}
		if !ok && status != http.StatusForbidden {
			t.Errorf("origin %q: %d", origin, status)
		}
	}
}

func TestSocketViewer(t *testing.T) {
	h := newHouse(t)
	address := h.serve().URL
	for payload, want := range map[string]string{
		"": "ann", `,"payload":{"Authorization":""}`: "ann", `,"payload":{"authorization":null}`: "ann",
		`,"payload":{"Authorization":"Bearer bob"}`: "bob", `,"payload":{"AUTHORIZATION":"bearer bob"}`: "bob",
		`,"payload":{"headers":{"authorization":"Bearer bob"}}`: "bob", `,"payload":{"headers":7}`: "ann",
	} {
		c, _, err := dial(t, address, &websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {"session=ann"}}})
		if err != nil {
			t.Fatal(err)
		}
		c.send(`{"type":"connection_init"` + payload + `}`)
		c.want(messageAck, "")
		c.subscribe("v", `subscription {viewers}`)
		if m := c.want(messageNext, "v"); string(m.Payload) != `{"data":{"viewers":"`+want+`"}}` {
			t.Errorf("%s: got %s", want, m.Payload)
		}
	}
}

func TestSocketEndsWithItsSession(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.RecheckInterval = 20 * time.Millisecond }))
	c := h.open(`,"payload":{"Authorization":"Bearer ann"}`)
	c.subscribe("v", `subscription {viewers}`)
	c.want(messageNext, "v")
	time.Sleep(60 * time.Millisecond)
	c.send(`{"type":"ping"}`)
	c.want(messagePong, "")
	h.auth.end("ann")
	c.wantClosed(4403)
}

// TestSocketOperationsNeedTheSession checks that nobody acts with rights that were taken away since the socket was opened.
func TestSocketOperationsNeedTheSession(t *testing.T) {
	h := newHouse(t)
	c := h.open(`,"payload":{"Authorization":"Bearer ann"}`)
	c.subscribe("before", `{__typename}`)
	c.want(messageNext, "before")
	c.want(messageComplete, "before")
	h.auth.end("ann")
	c.subscribe("after", `{__typename}`)
	c.wantClosed(4403)
}

func TestSocketLosesDeadClients(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.PingInterval, l.WriteTimeout = 20*time.Millisecond, 50*time.Millisecond }))
	c := h.open("")
	c.subscribe("a", `subscription {never}`)
	eventually(t, "the start of the operation", func() bool { return h.openCount() == 1 })
	// A client that does not read answers no ping.
	eventually(t, "the end of the socket", func() bool { return h.openCount() == 0 })
}

// openCount is how many sockets and streams are open.
func (h *house) openCount() int {
	h.holders.mu.Lock()
	defer h.holders.mu.Unlock()
	return h.holders.total
}

// TestSocketTellsWhoLags checks that a subscriber who is too slow is told so, and not that the subscription is complete.
func TestSocketTellsWhoLags(t *testing.T) {
	c := newHouse(t).open("")
	c.subscribe("a", `subscription {lags}`)
	c.want(messageNext, "a")
	if m := c.want(messageError, "a"); !strings.Contains(string(m.Payload), `"LAGGED"`) {
		t.Errorf("got %s", m.Payload)
	}
	c.send(`{"type":"ping"}`)
	c.want(messagePong, "") // and nothing about a before
}
