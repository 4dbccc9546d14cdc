package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
)

// TestWhatGqlgenLeavesToUs asks our server and gqlgen's own in one way. We must pass; gqlgen must fail, or what we do instead can go.
func TestWhatGqlgenLeavesToUs(t *testing.T) {
	errorsOf := func(a *answer) string { return a.Body.String() }
	noData := func(a *answer) bool { _, has := a.raw["data"]; return !has }
	for name, test := range map[string]struct {
		request func() *http.Request
		good    func(*answer) bool
	}{
		"tokens": {
			func() *http.Request {
				return query(`{hello(name: "`+strings.Repeat(`") a: hello(name: "`, 2000)+`")}`, nil)
			},
			func(a *answer) bool { return a.Code != 200 },
		},
		"depth": {
			func() *http.Request {
				return query(`{item(id: 1) `+strings.Repeat("{self ", 100)+"{id}"+strings.Repeat("}", 100)+"}", nil)
			},
			func(a *answer) bool { return a.Code == 422 },
		},
		"errors without end": {
			func() *http.Request { return query(`{`+strings.Repeat("x y z ", 100)+`}`, nil) },
			func(a *answer) bool { return len(a.errors) <= 20 },
		},
		"body without end": {
			func() *http.Request { return query(`{hello}`+strings.Repeat(" ", 2<<20), nil) },
			func(a *answer) bool { return a.Code == http.StatusRequestEntityTooLarge },
		},
		"body in the error": {
			func() *http.Request { return post(`{"token":"hunter2"`) },
			func(a *answer) bool { return a.Code == 400 && !strings.Contains(errorsOf(a), "hunter2") },
		},
		"text of errors": {
			func() *http.Request { return query(`{fail(how: "unknown")}`, nil) },
			func(a *answer) bool { return len(a.errors) == 1 && !strings.Contains(errorsOf(a), "hunter2") },
		},
		"data of a refused request": {func() *http.Request { return query(`{helo}`, nil) }, noData},
		"data of a broken document": {func() *http.Request { return query(`{`, nil) }, noData},
		"status of too complex": {
			func() *http.Request {
				return query(`{item(id: 1) {items(first: 100) {nodes {items(first: 100) {nodes {items(first: 100) {totalCount}}}}}}}`, nil)
			},
			func(a *answer) bool { return a.Code == 422 && a.code() == "TOO_COMPLEX" },
		},
		"status of data with errors": {
			func() *http.Request { return query(`{hello fail(how: "domain")}`, nil, "Accept", typeGraphQL) },
			func(a *answer) bool { return a.Code == 294 },
		},
		"mutation over GET": {
			func() *http.Request { return get(url.Values{"query": {`mutation {say(text: "x")}`}}) },
			func(a *answer) bool { return a.Code == 405 && a.Header().Get("Allow") == "POST" },
		},
		"quality in Accept": {
			func() *http.Request { return query(`{hello}`, nil, "Accept", typeGraphQL+";q=0.1, "+typeJSON) },
			func(a *answer) bool { return strings.HasPrefix(a.Header().Get("Content-Type"), typeJSON) },
		},
		"unacceptable": {
			func() *http.Request { return query(`{hello}`, nil, "Accept", "text/html") },
			func(a *answer) bool { return a.Code == http.StatusNotAcceptable },
		},
		"content type": {
			func() *http.Request { return post(`x`, "Content-Type", "text/plain") },
			func(a *answer) bool { return a.Code == http.StatusUnsupportedMediaType },
		},
		"upload from another site": {
			func() *http.Request {
				r := form(t, part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a", "x"})
				r.Header.Del("Staffroom-Client")
				return r
			},
			func(a *answer) bool { return a.Code == 403 },
		},
		"number of files": {
			func() *http.Request {
				places := `{"0":["variables.f"]`
				for i := range 30 {
					places += `,"x` + string(rune('a'+i)) + `":["variables.f"]`
				}
				return form(t, part{"operations", "", attachOne}, part{"map", "", places + "}"})
			},
			func(a *answer) bool { return a.Code == http.StatusRequestEntityTooLarge },
		},
		"upload that is too big": {
			func() *http.Request {
				r := form(t, part{"operations", "", attachOne}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a", "x"})
				r.ContentLength = 1 << 40
				return r
			},
			func(a *answer) bool { return a.Code == http.StatusRequestEntityTooLarge },
		},
		"suggestions": {
			func() *http.Request { return query(`{items(firs: 1) {totalCount}}`, nil) },
			func(a *answer) bool { return len(a.errors) == 1 && !strings.Contains(errorsOf(a), "Did you mean") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, func(c *Config) { c.Introspection = false })
			if a := h.do(test.request()); !test.good(a) {
				t.Errorf("ours: %d %v %.300s", a.Code, a.Header(), a.Body)
			}
			theirs := handler.NewDefaultServer(newTestSchema(t))
			theirs.SetDisableSuggestion(true)
			theirs.Use(extension.FixedComplexityLimit(1000))
			if a := ask(t, theirs, test.request()); test.good(a) {
				t.Errorf("gqlgen does this by itself now: %d %.300s", a.Code, a.Body)
			}
		})
	}
}

// countingSchema counts how often gqlgen asks for the complexity of a field.
type countingSchema struct {
	*testSchema
	asked int
}

func (s *countingSchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	s.asked++
	return 0, false
}

// TestGqlgenWalksBombsStepByStep shows, on a bomb of ten fragments, what the check of documents is for.
func TestGqlgenWalksBombsStepByStep(t *testing.T) {
	// Of the thirty fragments only the last ten are used.
	lines := strings.SplitAfter(bomb("Query", "...f20", "...f%d ...f%d", "hello"), "\n")
	document := lines[0] + strings.Join(lines[21:], "")
	schema := &countingSchema{testSchema: newTestSchema(t)}
	theirs := handler.New(schema)
	theirs.AddTransport(transport.POST{})
	theirs.Use(extension.FixedComplexityLimit(1))
	ask(t, theirs, query(document, nil))
	if schema.asked < 1<<10 {
		t.Errorf("gqlgen takes %d steps for ten fragments that double: it remembers them now", schema.asked)
	}
}

// TestGqlgenSockets shows what gqlgen's WebSocket does where ours closes as the protocol says.
func TestGqlgenSockets(t *testing.T) {
	for name, test := range map[string]struct {
		protocol string
		send     []string
		ours     websocket.StatusCode
	}{
		"broken message":  {transportProtocol, []string{`{`}, 4400},
		"before init":     {transportProtocol, []string{`{"id":"a","type":"subscribe","payload":{"query":"{hello}"}}`}, 4401},
		"two inits":       {transportProtocol, []string{`{"type":"connection_init"}`, `{"type":"connection_init"}`}, 4429},
		"legacy protocol": {"graphql-ws", []string{`{"type":"connection_init"}`}, 4406},
		"id that is taken": {transportProtocol, []string{
			`{"type":"connection_init"}`,
			`{"id":"a","type":"subscribe","payload":{"query":"subscription {never}"}}`,
			`{"id":"a","type":"subscribe","payload":{"query":"subscription {never}"}}`,
		}, 4409},
		"no init": {transportProtocol, nil, 4408},
	} {
		t.Run(name, func(t *testing.T) {
			theirs := handler.New(newTestSchema(t))
			theirs.AddTransport(transport.Websocket{})
			ours := newHouse(t, limited(func(l *Limits) { l.InitTimeout = 100 * time.Millisecond }))
			for _, side := range []http.Handler{theirs, ours.Server} {
				listening := httptest.NewServer(side)
				code := closedWith(t, listening.URL, test.protocol, test.send)
				if (code == test.ours) != (side == ours.Server) {
					t.Errorf("%T closes with %d", side, code)
				}
				listening.CloseClientConnections()
				listening.Close()
			}
			ours.Close()
		})
	}
}

// closedWith sends messages and gives the code that the server closes with in half a second; -1 for none.
func closedWith(t *testing.T, address, protocol string, send []string) websocket.StatusCode {
	t.Helper()
	c, _, err := dial(t, address, &websocket.DialOptions{Subprotocols: []string{protocol}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range send {
		c.send(text)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	for {
		if _, _, err := c.conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}
