package server

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestEvents(t *testing.T) {
	const complete = "event: complete\ndata:\n\n"
	events := []string{"Accept", typeEvents}
	for name, test := range map[string]struct {
		request *http.Request
		want    string
	}{
		"subscription by POST": {
			query(`subscription {ticks(count: 2)}`, nil, events...),
			":\n\nevent: next\ndata: {\"data\":{\"ticks\":1}}\n\nevent: next\ndata: {\"data\":{\"ticks\":2}}\n\n" + complete,
		},
		"subscription by GET": {
			get(url.Values{"query": {`subscription {ticks(count: 1)}`}}, events...),
			":\n\nevent: next\ndata: {\"data\":{\"ticks\":1}}\n\n" + complete,
		},
		"query": {query(`{hello(name: "x")}`, nil, events...), ":\n\nevent: next\ndata: {\"data\":{\"hello\":\"Hello, x\"}}\n\n" + complete},
		"refused source": {
			query(`subscription {refused}`, nil, events...),
			":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"This thread is not yours to follow.\",\"extensions\":{\"code\":\"FORBIDDEN\"}}]}\n\n" + complete,
		},
		"too far behind": { // no end that is complete: the client comes back
			query(`subscription {lags}`, nil, events...),
			":\n\nevent: next\ndata: {\"data\":{\"lags\":1}}\n\n" +
				"event: next\ndata: {\"errors\":[{\"message\":\"You are too far behind.\",\"extensions\":{\"code\":\"LAGGED\"}}]}\n\n: cut off, as the error says\n\n",
		},
	} {
		h := newHouse(t)
		noLeaks(t)
		a := h.do(test.request)
		if a.Code != 200 || a.Body.String() != test.want || a.Header().Get("Content-Type") != typeEvents+"; charset=utf-8" {
			t.Errorf("%s: %d %q, want %q", name, a.Code, a.Body, test.want)
		}
	}
}

func TestEventsRefuse(t *testing.T) {
	h := newHouse(t)
	invalid := h.do(query(`{helo}`, nil, "Accept", typeEvents))
	if body := invalid.Body.String(); invalid.Code != 200 || !strings.Contains(body, "event: next\ndata: {\"errors\"") || !strings.HasSuffix(body, "event: complete\ndata:\n\n") {
		t.Errorf("a document that is not valid: %d %q", invalid.Code, body)
	}
	h.do(post(`{`, "Accept", typeEvents)).want(t, 400, staffroom.CodeBadInput)
	h.do(get(url.Values{"query": {`mutation {say(text: "x")}`}}, "Accept", typeEvents)).want(t, 405, staffroom.CodeBadInput)
}

// listen opens a stream on a real connection, and gives its lines.
func (h *house) listen(document string, headers ...string) (*bufio.Reader, func()) {
	h.t.Helper()
	address := h.serve().URL + "/graphql?" + url.Values{"query": {document}}.Encode()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(withHeaders(r, append(headers, "Accept", typeEvents)...))
	if err != nil {
		h.t.Fatal(err)
	}
	return bufio.NewReader(response.Body), func() { _ = response.Body.Close() }
}

func TestEventsEndWithTheirSession(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.RecheckInterval = 20 * time.Millisecond }))
	lines, closeBody := h.listen(`subscription {viewers}`, "Authorization", "Bearer ann")
	defer closeBody()
	eventually(t, "the start of the stream", func() bool { return h.openCount() == 1 })
	h.auth.end("ann")
	all, err := io.ReadAll(lines)
	if err != nil || !strings.Contains(string(all), `"ann"`) || !strings.Contains(string(all), ": the session has ended") || strings.Contains(string(all), "complete") {
		t.Errorf("got %q (%v)", all, err)
	}
}

func TestEventsEndWithTheirClient(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.PingInterval = 10 * time.Millisecond }))
	lines, closeBody := h.listen(`subscription {never}`)
	for range 5 {
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	closeBody()
	eventually(t, "the end of the stream", func() bool { return h.openCount() == 0 })
}
