package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// gate stands between browsers and a server, and does to streams what a test says.
type gate struct {
	*httptest.Server
	behind http.Handler

	mu sync.Mutex
	// instead answers streams; nil lets them through.
	instead http.HandlerFunc
	// asked is how many streams were asked for since instead was set, and open what ends those that were let through.
	asked int
	open  map[*http.Request]context.CancelFunc
}

// newGate makes a gate, and gives the address that a server behind it listens on.
func newGate(t testing.TB) (g *gate, listen string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen = free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: listen})
	proxy.FlushInterval = -1
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	g = &gate{behind: proxy, open: map[*http.Request]context.CancelFunc{}}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g, listen
}

// ServeHTTP lets through what is no stream, and streams if nothing else is to happen to them.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Accept") != "text/event-stream" {
		g.behind.ServeHTTP(w, r)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	r = r.WithContext(ctx)
	g.mu.Lock()
	g.asked++
	answer := g.instead
	g.open[r] = cancel
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.open, r)
	}()
	if answer == nil {
		answer = g.behind.ServeHTTP
	}
	answer(w, r)
}

// do cuts all streams off, and answers those that are asked for from now on; nil lets them through.
func (g *gate) do(instead http.HandlerFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.instead, g.asked = instead, 0
	for _, cancel := range g.open {
		cancel()
	}
}

// connected is how many streams are open.
func (g *gate) connected() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.open)
}

func (g *gate) times() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

// streams answers with events, after which the stream ends.
func streams(events string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, ":\n\n"+events)
	}
}

// TestLongPagesComeBackByThemselves has somebody look at a discussion while everything happens to its live connection that may end it. Each time
// a post is written that the page does not hear, and it must show it, without being loaded again.
func TestLongPagesComeBackByThemselves(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	g, listen := newGate(t)
	address := strings.Replace(g.URL, "127.0.0.1", "localhost", 1)
	h := serve(t, "--listen", listen, "--public-url", address)
	type started struct {
		StartThread struct{ Thread struct{ ID string } }
	}
	amara := h.as("amara.goldfinch@honeycomb.example")
	thread := ask[started](amara, `mutation($input: StartThreadInput!) { startThread(input: $input) { thread { id } } }`,
		vars{"input": vars{"space": vars{"kind": "NETWORK"}, "title": "Who is listening?", "body": "The first word."}}).StartThread.Thread.ID
	b := h.browse()
	b.forgiven = "/graphql" // as what is cut off
	say := func(body string) {
		t.Helper()
		ask[struct{}](amara, `mutation($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { id } } }`,
			vars{"input": vars{"threadId": thread, "body": body}})
	}
	b.signIn("Ruth Primrose")
	b.open("/threads/" + thread)
	b.see("The first word.")
	evaluate[bool](b, `window.loadedOnce = true`)
	say("Heard live.")
	b.see("Heard live.")

	for kind, answer := range map[string]http.HandlerFunc{
		"complete": streams("event: complete\ndata:\n\n"),
		"lagging":  streams("event: next\ndata: {\"errors\":[{\"message\":\"Behind.\",\"extensions\":{\"code\":\"LAGGED\"}}]}\n\n"),
		"cut off":  streams(""),
		"refused":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"gone":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		g.do(answer)
		eventually(t, "the page to come back after an end that was "+kind, func() bool { return g.times() >= 2 })
		say("Said after an end that was " + kind + ".")
		g.do(nil)
		evaluate[bool](b, `dispatchEvent(new Event("online"))`) // so that its pause, which has grown, is short again
		b.see("Said after an end that was " + kind + ".")
	}

	g.do(func(w http.ResponseWriter, r *http.Request) {
		streams("")(w, r)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	evaluate[bool](b, `(() => {
		window.patient = setTimeout;
		window.setTimeout = (f, ms) => patient(f, Math.min(ms, 1000)); // minutes pass in a second
		dispatchEvent(new Event("online"));
		return true;
	})()`)
	eventually(t, "the page to give up a connection that is silent", func() bool { return g.times() >= 3 })
	evaluate[bool](b, `(window.setTimeout = patient, true)`)
	g.do(nil)
	say("Said after silence.")
	b.see("Said after silence.")

	show := func(hidden bool) {
		evaluate[bool](b, fmt.Sprintf(`(() => {
			Object.defineProperty(document, "hidden", {value: %t, configurable: true});
			return document.dispatchEvent(new Event("visibilitychange"));
		})()`, hidden))
	}
	show(true)
	eventually(t, "the page to end its connection when nobody sees it", func() bool { return g.connected() == 0 })
	say("Said to nobody.")
	show(false)
	b.see("Said to nobody.")

	h.stop()
	h.start()
	say("Said after a restart.")
	b.see("Said after a restart.")
	say("Heard live again.")
	b.see("Heard live again.")
	if !evaluate[bool](b, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
	if text := evaluate[string](b, `document.body.innerText`); strings.Index(text, "Heard live.") > strings.Index(text, "Said after a restart.") {
		t.Error("the posts are not in their order")
	}
}
