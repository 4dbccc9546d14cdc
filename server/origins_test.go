package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestCrossSiteRequests(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.AllowOrigins = []string{"https://app.example"} })
	cookie := []string{"Cookie", "session=ann"}
	token := []string{"Authorization", "Bearer ann"}
	evil := []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}
	named := []string{"Origin", "https://app.example", "Sec-Fetch-Site", "cross-site"}
	for name, test := range map[string]struct {
		status  int
		viewer  string
		headers [][]string
	}{
		"no browser":                      {200, "ann", [][]string{cookie}},
		"own page":                        {200, "ann", [][]string{cookie, {"Origin", "http://example.com", "Sec-Fetch-Site", "same-origin"}}},
		"other page with cookie":          {403, "", [][]string{cookie, evil}},
		"page of the same site":           {403, "", [][]string{cookie, {"Origin", "http://other.example.com", "Sec-Fetch-Site", "same-site"}}},
		"other page without anything":     {200, "", [][]string{evil}},
		"page without an origin":          {200, "", [][]string{{"Origin", "null", "Sec-Fetch-Site", "cross-site"}}},
		"no origin, with cookie":          {403, "", [][]string{cookie, {"Origin", "null", "Sec-Fetch-Site", "cross-site"}}},
		"other page, cookie and token":    {403, "", [][]string{cookie, token, evil}},
		"other page with token":           {200, "ann", [][]string{token, evil}},
		"other page, another scheme":      {401, "", [][]string{{"Authorization", "Basic YTpi"}, evil}},
		"named page with cookie":          {200, "ann", [][]string{cookie, named}},
		"named page without":              {200, "", [][]string{named}},
		"old browser, other page, cookie": {403, "", [][]string{cookie, {"Origin", "https://evil.example"}}},
	} {
		for _, document := range []string{`{viewer}`, `mutation {say(text: "x")}`} {
			r := query(document, nil)
			for _, headers := range test.headers {
				withHeaders(r, headers...)
			}
			a := h.do(r)
			if a.Code != test.status {
				t.Errorf("%s: %d %s", name, a.Code, a.Body)
			}
			if test.status == 200 && document == `{viewer}` && !strings.Contains(a.Body.String(), `"viewer":"`+test.viewer+`"`) {
				t.Errorf("%s: %s, want the viewer %q", name, a.Body, test.viewer)
			}
		}
	}
	out := httptest.NewRequest(http.MethodPost, "/sign-out", nil)
	if a := h.do(withHeaders(out, evil...)); a.Code != http.StatusForbidden {
		t.Errorf("another page signs people out: %d", a.Code)
	}
}

func TestCORS(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.AllowOrigins = []string{"https://app.example"} })
	for _, test := range []struct{ path, origin, allowed, credentials string }{
		{"/graphql", "https://app.example", "https://app.example", "true"},
		{"/graphql", "https://evil.example", "*", ""},
		{"/graphql", "null", "*", ""},
		{"/schema.graphql", "https://evil.example", "*", ""},
		{"/files/public/one/x", "https://app.example", "https://app.example", "true"},
		{"/files/public/one/x", "https://evil.example", "*", ""},
		{"/nowhere", "https://evil.example", "*", ""},
		{"/sign-in", "https://app.example", "", ""},
		{"/sign-out", "https://app.example", "", ""},
		{"/idp/", "https://app.example", "", ""}, // its own affair
	} {
		preflight := asked(test.path, test.origin, "authorization,content-type")
		for _, a := range []*answer{h.do(preflight), h.do(withHeaders(httptest.NewRequest(http.MethodGet, test.path+"?query={hello}", nil), "Origin", test.origin))} {
			origin, credentials := a.Header().Get("Access-Control-Allow-Origin"), a.Header().Get("Access-Control-Allow-Credentials")
			if origin != test.allowed || credentials != test.credentials {
				t.Errorf("%s from %s: origin %q, credentials %q", test.path, test.origin, origin, credentials)
			}
			if test.allowed != "" && !slices.ContainsFunc(a.Header().Values("Vary"), func(v string) bool { return strings.Contains(v, "Origin") }) {
				t.Errorf("%s from %s: a cache would give it to other pages: Vary is %q", test.path, test.origin, a.Header().Values("Vary"))
			}
		}
	}
}

// asked is the question of a browser whether a page may send these headers.
func asked(path, origin, headers string) *http.Request {
	return withHeaders(httptest.NewRequest(http.MethodOptions, path, nil),
		"Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", headers)
}

// TestPreflightLetsThroughWhatClientsSend takes each header alone, because a browser asks for those of one request.
func TestPreflightLetsThroughWhatClientsSend(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.AllowOrigins = []string{"https://app.example"} })
	for header := range strings.FieldsSeq(`accept authorization content-type staffroom-client apollo-require-preflight graphql-require-preflight
		x-request-id apollographql-client-name apollographql-client-version x-apollo-operation-name x-apollo-operation-id traceparent tracestate
		baggage sentry-trace if-none-match if-range range cache-control pragma x-requested-with idempotency-key last-event-id
		x-datadog-trace-id x-b3-traceid newrelic graphql-client-name x-some-client`) {
		for _, path := range []string{"/graphql", "/files/public/one/x", "/schema.graphql"} {
			for _, origin := range []string{"https://app.example", "https://other.example"} {
				a := h.do(asked(path, origin, header))
				if a.Code != http.StatusNoContent || a.Header().Get("Access-Control-Allow-Headers") != header || a.Header().Get("Access-Control-Allow-Methods") != "POST" {
					t.Errorf("%s of a page of %s to %s: %d %v", header, origin, path, a.Code, a.Header())
				}
			}
		}
	}
}

// TestPagesCanReadEveryRefusal looks at an answer of each status that pages of other origins meet.
func TestPagesCanReadEveryRefusal(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.BodyBytes, l.Sockets, l.AddressPoints, l.MutationPoints = 2000, 0, 60, 30 }))
	from := []string{"Origin", "https://other.example", "Sec-Fetch-Site", "cross-site"}
	get := func(path string, headers ...string) *http.Request {
		return withHeaders(httptest.NewRequest(http.MethodGet, path, nil), headers...)
	}
	form := post("", "Content-Type", "multipart/form-data; boundary=x")
	for _, test := range []struct {
		status  int
		request *http.Request
	}{
		{400, post(`{`)},
		{401, query(`{hello}`, nil, "Authorization", "Bearer bad")},
		{401, query(`{hello}`, nil, "Authorization", "Basic YTpi")},
		{401, get("/files/private/one/x", "Authorization", "Bearer bad")},
		{401, withHeaders(form.Clone(t.Context()), "Staffroom-Client", "test")},
		{403, form},
		{403, query(`{hello}`, nil, "Cookie", "session=ann")},
		{404, get("/files/private/one/x")},
		{404, get("/graphql/nowhere")},
		{405, httptest.NewRequest(http.MethodPut, "/graphql", nil)},
		{405, httptest.NewRequest(http.MethodOptions, "/graphql", nil)},
		{404, httptest.NewRequest(http.MethodDelete, "/files/public/one/x", nil)},
		{406, query(`{hello}`, nil, "Accept", "image/png")},
		{413, query(`{hello} #`+strings.Repeat("x", 3000), nil)},
		{415, query(`{hello}`, nil, "Content-Type", "text/plain")},
		{422, query(`{nothing}`, nil)},
		{200, query(`mutation {say(text: "x")}`, nil)},
		{429, query(`mutation {say(text: "x")}`, nil)},
		{503, query(`subscription {never}`, nil, "Accept", "text/event-stream")},
	} {
		a := h.do(withHeaders(test.request, from...))
		exposed := strings.ToLower(a.Header().Get("Access-Control-Expose-Headers"))
		if a.Code != test.status || a.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s %s: %d with %v, want %d: %s", test.request.Method, test.request.URL, a.Code, a.Header(), test.status, a.Body)
		}
		for header := range strings.FieldsSeq("etag www-authenticate retry-after x-request-id ratelimit-limit ratelimit-remaining ratelimit-reset content-disposition") {
			if !slices.Contains(strings.Split(exposed, ", "), header) {
				t.Errorf("%d: the page cannot read %s: %q", test.status, header, exposed)
			}
		}
	}
}

// TestPagesCanReadOurFaults checks an answer that comes from a panic.
func TestPagesCanReadOurFaults(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Files = panicking{} })
	a := h.do(withHeaders(httptest.NewRequest(http.MethodGet, "/files/public/one/x", nil), "Origin", "https://other.example"))
	a.want(t, http.StatusInternalServerError, staffroom.CodeInternal)
	if a.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the page cannot read it: %v", a.Header())
	}
}
