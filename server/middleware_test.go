package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestRequestIDs(t *testing.T) {
	h := newHouse(t)
	for given, kept := range map[string]bool{"abcdefgh-1234": true, "": false, "short": false, "with\nnewline-in-it": false, strings.Repeat("x", 65): false} {
		r := query(`{hello}`, nil)
		if given != "" {
			r.Header["X-Request-Id"] = []string{given}
		}
		got := h.do(r).Header().Get("X-Request-Id")
		if (got == given) != kept || len(got) < 8 {
			t.Errorf("given %q, the answer has %q", given, got)
		}
		if !strings.Contains(h.log.String(), `"request":"`+got+`"`) {
			t.Errorf("the log does not have the request %q", got)
		}
	}
}

func TestAccessLog(t *testing.T) {
	h := newHouse(t)
	h.do(withHeaders(get(url.Values{"query": {`query Find($n: String) {hello(name: $n)}`}, "variables": {`{"n":"Ada Lovelace"}`}}), "Cookie", "session=ann"))
	var line struct {
		Method, Route, Operation string
		Status, Bytes            int
		Duration                 float64
	}
	if err := json.Unmarshal([]byte(h.log.String()), &line); err != nil {
		t.Fatalf("not one line: %s", h.log)
	}
	if line.Method != "GET" || line.Route != "/graphql" || line.Operation != "Find" || line.Status != 200 || line.Bytes == 0 || line.Duration == 0 {
		t.Errorf("the line says %+v", line)
	}
	for _, personal := range []string{"Ada", "ann", "hello("} {
		if strings.Contains(h.log.String(), personal) {
			t.Errorf("the log has %q: %s", personal, h.log)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	pages := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}, "assets/app-1.js": {Data: []byte("1")}}
	h := newHouse(t, func(c *Config) {
		c.Web, c.GraphiQL, c.PublicURL, c.Pages = pages, pages, "https://staffroom.example", []string{"/", "/some/page"}
		c.FormTargets = []string{"https://id.example"}
	})
	for path, csp := range map[string]string{
		"/healthz":            "default-src 'none'",
		"/":                   "style-src 'self';",
		"/some/page":          "form-action 'self' https://id.example",
		"/graphiql/":          "style-src 'self' 'unsafe-inline'",
		"/files/public/one/x": "sandbox; default-src 'none'",
	} {
		a := h.do(withHeaders(httptest.NewRequest(http.MethodGet, path, nil), "Accept", "text/html,*/*"))
		header := a.Header()
		policy := header.Get("Content-Security-Policy")
		if a.Code != 200 || !strings.Contains(policy, csp) {
			t.Errorf("%s: %d, policy %q", path, a.Code, policy)
		}
		if strings.Contains(policy, "script-src") && !strings.Contains(policy, "script-src 'self';") {
			t.Errorf("%s: the policy %q lets in scripts from elsewhere", path, policy)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") == "" ||
			header.Get("Strict-Transport-Security") == "" || header.Get("Server") != "" {
			t.Errorf("%s: headers %v", path, header)
		}
	}
	plain := newHouse(t).do(httptest.NewRequest(http.MethodGet, "/healthz", nil))
	if plain.Header().Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without TLS would lock people out")
	}
}

func TestAddress(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for _, test := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:1234", "", "192.0.2.1"},
		{"192.0.2.1:1234", "198.51.100.7", "192.0.2.1"},
		{"10.0.0.1:1234", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:1234", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:1234", "nonsense", "10.0.0.1"},
		{"[2001:db8:1:2:3::4]:1234", "", "2001:db8:1:2::/64"},
		{"[::ffff:10.0.0.1]:1", "192.0.2.5", "192.0.2.5"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = test.remote
		r.Header.Set("X-Forwarded-For", test.forwarded)
		if got := trusted.address(r); got != test.want {
			t.Errorf("%s for %q: %q, want %q", test.remote, test.forwarded, got, test.want)
		}
	}
}

func TestFiles(t *testing.T) {
	h := newHouse(t)
	file := func(path string, headers ...string) *answer {
		return h.do(withHeaders(httptest.NewRequest(http.MethodGet, path, nil), headers...))
	}
	a := file("/files/public/one/anything.html")
	want := map[string]string{
		"Content-Type": "text/html", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
		"ETag": `"abc123"`, "Cache-Control": "private, no-cache",
	}
	for name, value := range want {
		if got := a.Header().Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if got := a.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename") {
		t.Errorf("Content-Disposition is %q", got)
	}
	if part := file("/files/public/one/x", "Range", "bytes=1-6"); part.Code != http.StatusPartialContent || part.Body.String() != "script" {
		t.Errorf("a range: %d %q", part.Code, part.Body)
	}
	if same := file("/files/public/one/x", "If-None-Match", `"abc123"`); same.Code != http.StatusNotModified {
		t.Errorf("the same again: %d", same.Code)
	}
	if short := file("/files/public/one"); short.Code != 200 {
		t.Errorf("without a name: %d", short.Code)
	}
	if mine := file("/files/private/one/x", "Cookie", "session=ann"); mine.Code != 200 || mine.Body.String() != "secret" {
		t.Errorf("a member: %d %q", mine.Code, mine.Body)
	}
	hidden, missing := file("/files/private/one/x"), file("/files/private/two/x")
	hidden.want(t, 404, staffroom.CodeNotFound)
	if hidden.Body.String() != missing.Body.String() {
		t.Errorf("hidden %s differs from missing %s", hidden.Body, missing.Body)
	}
}

// withClient has a web client with some pages, and GraphiQL.
func withClient(c *Config) {
	c.Web = fstest.MapFS{"index.html": {Data: []byte("the page")}, "assets/app-1.js": {Data: []byte("the script")}}
	c.GraphiQL = c.Web
	c.DevIDP = http.NotFoundHandler()
	c.Pages = []string{"/", "/resources", "/resources/{id}", "/resources/{id}/edit", "/schools/{urn}"}
}

func TestWebClient(t *testing.T) {
	h, id := newHouse(t, withClient), staffroom.NewID(staffroom.PrefixResource)
	for _, test := range []struct {
		method, path, accept string
		status               int
		body                 string
	}{
		{"GET", "/", "text/html", 200, "the page"},
		{"HEAD", "/", "text/html", 200, ""},
		{"GET", "/", "*/*", 200, "the page"},
		{"GET", "/resources/" + id, "text/html", 200, "the page"},
		{"GET", "/resources/" + id + "/edit", "text/html", 200, "the page"},
		{"GET", "/schools/123456", "text/html", 200, "the page"},
		{"GET", "/assets/app-1.js", "*/*", 200, "the script"},
		{"GET", "/assets/app-2.js", "*/*", 404, "not yours to see"},
		{"GET", "/graphiql/", "text/html", 200, "the page"},
		{"POST", "/", "text/html", 404, "not yours to see"},
		{"GET", "/sign-in", "text/html", 200, "sign in"},
	} {
		a := h.do(withHeaders(httptest.NewRequest(test.method, test.path, nil), "Accept", test.accept))
		if a.Code != test.status || !strings.Contains(a.Body.String(), test.body) {
			t.Errorf("%s %s: %d %q", test.method, test.path, a.Code, a.Body)
		}
	}
	if got := h.do(httptest.NewRequest(http.MethodGet, "/assets/app-1.js", nil)).Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("an asset has Cache-Control %q", got)
	}
}

// TestUnknownAddressesAreMissing asks for what nobody has, for browsers, programs and probes: a probe with a mistyped address must not find
// the server well.
func TestUnknownAddressesAreMissing(t *testing.T) {
	for _, h := range []*house{newHouse(t, withClient), newHouse(t)} {
		for _, path := range []string{
			"/healthzz", "/healthz/", "/healthz/x", "/Healthz", "/health", "/readyz/x", "/readyz/", "/ready", "/livez", "/status", "/metrics", "/ping", "/api", "/api/x",
			"/graphql/", "/graphql/x", "/graphq", "/schema.graphql/x", "/schema", "/graphiql/x", "/idp", "/idp/x", "/files", "/files/x", "/files/a/b/c/d",
			"/assets", "/assets/", "/assets/none.js", "/index.html", "/sign-in/x", "/sign-out/x", "/resources/", "/resources/1/x", "/resources/healthz", "/resources/1/edit",
			"/schools/readyz", "/schools/1234567", "/favicon.ico", "/.env", "/%2e%2e/x",
		} {
			for _, accept := range []string{"", "*/*", "application/json", "text/html,application/xhtml+xml,*/*;q=0.8"} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					a := httptest.NewRecorder()
					h.ServeHTTP(a, withHeaders(httptest.NewRequest(method, path, nil), "Accept", accept))
					if a.Code != http.StatusNotFound {
						t.Errorf("%s %s for who accepts %q: %d %.60s", method, path, accept, a.Code, a.Body)
					}
				}
			}
		}
	}
}

// TestMissingPagesLookLikeTheOthers checks that people see the web client, which says that there is no such page.
func TestMissingPagesLookLikeTheOthers(t *testing.T) {
	a := newHouse(t, withClient).do(withHeaders(httptest.NewRequest(http.MethodGet, "/nowhere", nil), "Accept", "text/html"))
	if a.Code != http.StatusNotFound || a.Body.String() != "the page" || !strings.Contains(a.Header().Get("Content-Security-Policy"), "script-src 'self'") {
		t.Errorf("%d %s, headers %v", a.Code, a.Body, a.Header())
	}
}

// TestSignInsAreCounted checks that nobody fills the store with sign-ins that they begin and never finish.
func TestSignInsAreCounted(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.AddressPoints, l.MutationPoints = 25, 10 }))
	begin := func(address string) *answer {
		r := httptest.NewRequest(http.MethodGet, "/sign-in", http.NoBody)
		r.RemoteAddr = address
		return h.do(r)
	}
	for i, want := range []int{200, 200, 429} {
		if a := begin("192.0.2.7:1"); a.Code != want || want == 429 && a.Header().Get("Retry-After") == "" {
			t.Errorf("sign-in %d: %d %s", i, a.Code, a.Body)
		}
	}
	if a := begin("192.0.2.8:1"); a.Code != 200 {
		t.Errorf("somebody else's: %d", a.Code)
	}
}
