package server

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func get(params url.Values, headers ...string) *http.Request {
	return withHeaders(httptest.NewRequest(http.MethodGet, "/graphql?"+params.Encode(), nil), headers...)
}

func TestStatusCodes(t *testing.T) {
	bad := staffroom.CodeBadInput
	tests := []struct {
		name    string
		request *http.Request
		status  int
		legacy  int
		code    staffroom.Code
		hasData bool
	}{
		{"data", query(`{hello}`, nil), 200, 200, "", true},
		{"data and errors", query(`{hello fail(how:"domain")}`, nil), 294, 200, staffroom.CodeForbidden, true},
		{"broken JSON", post(`{"query": "{hello}"`), 400, 400, bad, false},
		{"no JSON", post(``), 400, 400, bad, false},
		{"JSON and more", post(`{"query":"{hello}"} {}`), 400, 400, bad, false},
		{"batch", post(`[{"query":"{hello}"}]`), 422, 422, bad, false},
		{"query of the wrong type", post(`{"query": 1}`), 422, 422, bad, false},
		{"variables of the wrong type", post(`{"query":"{hello}","variables":[1]}`), 422, 422, bad, false},
		{"no query", post(`{"qeury":"{hello}"}`), 422, 422, bad, false},
		{"document does not parse", query(`{hello`, nil), 400, 200, bad, false},
		{"document without operation", query(`fragment f on Query {hello}`, nil), 400, 200, bad, false},
		{"empty document", query(` # nothing`, nil), 400, 200, bad, false},
		{"validation", query(`{helo}`, nil), 422, 200, bad, false},
		{"no variable", query(`query($n: Int!) {items(first: $n) {totalCount}}`, nil), 422, 200, bad, false},
		{"variable of the wrong type", query(`query($n: Int) {items(first: $n) {totalCount}}`, map[string]any{"n": "many"}), 422, 200, bad, false},
		{"enum value", query(`query($k: Kind) {items(kind: $k) {totalCount}}`, map[string]any{"k": "PAMPHLET"}), 422, 200, bad, false},
		{"undetermined operation", query(`query a {hello} query b {hello}`, nil), 422, 200, bad, false},
		{"unknown operation", post(`{"query":"query a {hello}","operationName":"b"}`), 422, 200, bad, false},
		{"subscription over POST", query(`subscription {ticks(count: 1)}`, nil), 422, 200, bad, false},
		{"too complex", query(`{`+strings.Repeat("hello ", 2000)+`}`, nil), 422, 200, staffroom.CodeTooComplex, false},
		{"query over GET", get(url.Values{"query": {"query($n: String) {hello(name: $n)}"}, "variables": {`{"n":"x"}`}}), 200, 200, "", true},
		{"mutation over GET", get(url.Values{"query": {`mutation {say(text: "x")}`}}), 405, 405, bad, false},
		{"variables of a GET", get(url.Values{"query": {"{hello}"}, "variables": {`{`}}), 400, 400, bad, false},
		{"method", httptest.NewRequest(http.MethodPut, "/graphql", nil), 405, 405, bad, false},
		{"content type", post(`{"query":"{hello}"}`, "Content-Type", "text/plain"), 415, 415, bad, false},
		{"charset", post(`{"query":"{hello}"}`, "Content-Type", "application/json; charset=utf-16"), 415, 415, bad, false},
		{"form", post(`query={hello}`, "Content-Type", "application/x-www-form-urlencoded"), 415, 415, bad, false},
		{"graphql body", post(`{hello}`, "Content-Type", "application/graphql"), 415, 415, bad, false},
		{"compressed", post(`{"query":"{hello}"}`, "Content-Encoding", "gzip"), 415, 415, bad, false},
	}
	for _, test := range tests {
		for kind, status := range map[string]int{typeGraphQL: test.status, typeJSON: test.legacy} {
			t.Run(test.name+" as "+kind, func(t *testing.T) {
				h := newHouse(t)
				r := test.request.Clone(t.Context())
				r.Body = rereadable(t, test.request)
				r.Header.Set("Accept", kind)
				a := h.do(r)
				a.want(t, status, test.code)
				if _, has := a.raw["data"]; has != test.hasData {
					t.Errorf("data key: %t, want %t: %s", has, test.hasData, a.Body)
				}
				if got := a.Header().Get("Content-Type"); got != kind+"; charset=utf-8" {
					t.Errorf("Content-Type %q, want %q", got, kind)
				}
				if status == http.StatusMethodNotAllowed && a.Header().Get("Allow") == "" {
					t.Error("405 without Allow")
				}
			})
		}
	}
}

func TestAccept(t *testing.T) {
	for accept, want := range map[string]string{
		"":                                  typeGraphQL,
		"*/*":                               typeGraphQL,
		"application/*":                     typeGraphQL,
		"application/json":                  typeJSON,
		typeGraphQL + ", " + typeJSON:       typeGraphQL,
		typeGraphQL + ";q=0.5, " + typeJSON: typeJSON,
		typeGraphQL + ";q=0, */*;q=0.1":     typeJSON,
		"application/json; charset=utf-8":   typeJSON,
		"text/html, */*;q=0.8":              typeGraphQL,
		"text/html":                         "",
		"application/json;q=0":              "",
		"application/json; charset=latin1":  "",
	} {
		a := newHouse(t).do(query(`{hello}`, nil, "Accept", accept))
		if want == "" {
			a.want(t, http.StatusNotAcceptable, staffroom.CodeBadInput)
			continue
		}
		if got := a.Header().Get("Content-Type"); a.Code != 200 || got != want+"; charset=utf-8" {
			t.Errorf("Accept %q: %d %q, want %q", accept, a.Code, got, want)
		}
	}
}

func TestBodyIsNotEchoed(t *testing.T) {
	for _, body := range []string{`{"password":"hunter2"`, `{"query":"{hello(name: \"hunter2\"`, `{"query":{"hunter2":1}}`} {
		if a := newHouse(t).do(post(body)); strings.Contains(a.Body.String(), "hunter2") {
			t.Errorf("the answer to %s repeats it: %s", body, a.Body)
		}
	}
}

func TestCacheControl(t *testing.T) {
	h := newHouse(t)
	visitor := h.do(get(url.Values{"query": {"{hello}"}}))
	if got := visitor.Header().Get("Cache-Control"); !strings.HasPrefix(got, "public") || visitor.Header().Get("ETag") == "" {
		t.Errorf("a visitor's query has Cache-Control %q and ETag %q", got, visitor.Header().Get("ETag"))
	}
	again := h.do(get(url.Values{"query": {"{hello}"}}, "If-None-Match", visitor.Header().Get("ETag")))
	if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("the same again: %d %q, want 304", again.Code, again.Body)
	}
	for name, r := range map[string]*http.Request{
		"member":  get(url.Values{"query": {"{hello}"}}, "Cookie", "session=ann"),
		"bearer":  get(url.Values{"query": {"{hello}"}}, "Authorization", "Bearer ann"),
		"errors":  get(url.Values{"query": {`{fail(how:"domain")}`}}),
		"refused": get(url.Values{"query": {`{helo}`}}),
		"POST":    query(`{hello}`, nil),
	} {
		if got := h.do(r).Header().Get("Cache-Control"); got != "private, no-store" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

// TestAnswersVaryOnlyWhereTheyMayBeKept, or where a page of another origin asks.
func TestAnswersVaryOnlyWhereTheyMayBeKept(t *testing.T) {
	h := newHouse(t)
	for name, test := range map[string]struct {
		request *http.Request
		want    string
	}{
		"a visitor's query":       {get(url.Values{"query": {"{hello}"}}), "Accept, Accept-Encoding, Authorization, Cookie, Origin"},
		"by POST":                 {query(`{hello}`, nil), ""},
		"a member's":              {get(url.Values{"query": {"{hello}"}}, "Cookie", "session=ann"), ""},
		"a member's, from a page": {get(url.Values{"query": {"{hello}"}}, "Authorization", "Bearer ann", "Origin", "https://other.example"), "Origin, Accept-Encoding"},
	} {
		if got := strings.Join(h.do(test.request).Header().Values("Vary"), ", "); got != test.want {
			t.Errorf("%s: Vary %q, want %q", name, got, test.want)
		}
	}
}

// TestAnswersSayHowLongTheyAre at all lengths around the one up to which net/http finds out by itself.
func TestAnswersSayHowLongTheyAre(t *testing.T) {
	site := httptest.NewServer(newHouse(t))
	defer site.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}} // what is compressed is not known beforehand
	for length := toldAlone - 40; length <= toldAlone+10; length++ {
		body := query(`query ($name: String) { hello(name: $name) }`, map[string]any{"name": strings.Repeat("x", length)}).Body
		response, err := client.Post(site.URL+"/graphql", "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK || response.ContentLength != int64(len(text)) || len(text) < length {
			t.Errorf("%d: of %d bytes, %d are announced", response.StatusCode, len(text), response.ContentLength)
		}
	}
}

func TestPersistedQueries(t *testing.T) {
	sum := sha(`{hello}`)
	h := newHouse(t, func(c *Config) { c.TrustedDocuments = map[string]string{sha(`{viewer}`): `{viewer}`} })
	byHash := `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + sum + `"}}}`
	if a := h.do(post(byHash)); a.Code != 422 || a.errors[0].Message != "PersistedQueryNotFound" {
		t.Errorf("an unknown hash: %d %s", a.Code, a.Body)
	}
	with := `{"query":"{hello}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + sum + `"}}}`
	h.do(post(with)).want(t, 200, "")
	h.do(post(byHash)).want(t, 200, "")
	h.do(post(strings.Replace(with, sum, sha("other"), 1))).want(t, 422, staffroom.CodeBadInput)
	h.do(post(strings.Replace(byHash, sum, "xyz", 1))).want(t, 422, staffroom.CodeBadInput)
	h.do(get(url.Values{"documentId": {"sha256:" + sha(`{viewer}`)}})).want(t, 200, "")

	invalid := `{"query":"{helo}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + sha(`{helo}`) + `"}}}`
	h.do(post(invalid)).want(t, 422, staffroom.CodeBadInput)
	if h.engine.persisted.sent.len() != 1 {
		t.Error("a document that is not valid was kept")
	}
}
