package server

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"
)

// decoded is the body of an answer in the encoding that it says it has.
func decoded(t *testing.T, a *httptest.ResponseRecorder) string {
	t.Helper()
	var reader io.Reader = a.Body
	var err error
	switch a.Header().Get("Content-Encoding") {
	case "gzip":
		reader, err = gzip.NewReader(a.Body)
	case "zstd":
		reader, err = zstd.NewReader(a.Body)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// recorded answers a request whose body may be compressed.
func recorded(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	a := httptest.NewRecorder()
	h.ServeHTTP(a, r)
	return a
}

func TestAnswersAreCompressedForWhoeverTakesIt(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("Lewisham ", 500)
	for accepted, want := range map[string]string{
		"":                           "",
		"identity":                   "",
		"gzip":                       "gzip",
		"gzip, deflate, br":          "gzip",
		"gzip, deflate, br, zstd":    "zstd",
		"zstd;q=0, gzip;q=0.5":       "gzip",
		"gzip;q=0":                   "",
		"br, something-from-tomorow": "",
	} {
		a := recorded(h, query(`query($n: String) {hello(name: $n)}`, map[string]any{"n": long}, "Accept-Encoding", accepted))
		if got := a.Header().Get("Content-Encoding"); got != want || a.Code != http.StatusOK {
			t.Errorf("who takes %q gets %d in %q, want %q", accepted, a.Code, got, want)
		}
		if want != "" && a.Body.Len() > len(long)/4 {
			t.Errorf("%s: %d bytes of %d", want, a.Body.Len(), len(long))
		}
		if text := decoded(t, a); !strings.Contains(text, long) || !strings.HasSuffix(strings.TrimSpace(text), "}") {
			t.Errorf("who takes %q reads %.100s", accepted, text)
		}
	}
}

func TestShortAnswersAndRefusalsStayReadable(t *testing.T) {
	h := newHouse(t)
	if a := recorded(h, query(`{hello}`, nil, "Accept-Encoding", "gzip, zstd")); a.Header().Get("Content-Encoding") != "" {
		t.Errorf("a short answer comes in %s", a.Header().Get("Content-Encoding"))
	}
	if a := recorded(h, query(`{helo}`, nil, "Accept-Encoding", "gzip")); a.Code != http.StatusUnprocessableEntity || !strings.Contains(decoded(t, a), "helo") {
		t.Errorf("a refusal: %d", a.Code)
	}
}

// TestCompressedAnswersAreKeptRightly asks again with the tag that came with another encoding.
func TestCompressedAnswersAreKeptRightly(t *testing.T) {
	h := newHouse(t)
	ask := func(headers ...string) *httptest.ResponseRecorder {
		return recorded(h, get(url.Values{"query": {`{hello(name: "` + strings.Repeat("x", 3000) + `")}`}}, headers...))
	}
	plain, zipped := ask(), ask("Accept-Encoding", "gzip")
	tag := zipped.Header().Get("ETag")
	if !strings.HasPrefix(tag, "W/") || plain.Header().Get("ETag") != tag || !strings.Contains(zipped.Header().Get("Vary"), "Accept-Encoding") {
		t.Errorf("tags %q and %q, Vary %q", plain.Header().Get("ETag"), tag, zipped.Header().Get("Vary"))
	}
	for _, accepted := range []string{"", "gzip", "zstd"} {
		if again := ask("Accept-Encoding", accepted, "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("asked again in %q: %d with %d bytes", accepted, again.Code, again.Body.Len())
		}
	}
}

func TestStreamsOfEventsAreNotHeldBack(t *testing.T) {
	h := newHouse(t)
	a := recorded(h, query(`subscription {ticks(count: 2)}`, nil, "Accept", typeEvents, "Accept-Encoding", "gzip, zstd"))
	if a.Header().Get("Content-Encoding") != "" || !strings.Contains(a.Body.String(), "event: complete") {
		t.Errorf("a stream with the headers %v: %.200s", a.Header(), a.Body)
	}
	lines, closeBody := h.listen(`subscription {never}`, "Accept-Encoding", "gzip, zstd")
	defer closeBody()
	if line, err := lines.ReadString('\n'); line != ":\n" || err != nil {
		t.Errorf("a stream begins with %q (%v)", line, err)
	}
}

func TestFilesOfTheWebClientComeCompressed(t *testing.T) {
	h := newHouse(t, func(c *Config) {
		c.Web = fstest.MapFS{
			"index.html":         {Data: []byte("the page")},
			"index.html.br":      {Data: []byte("page in br")},
			"assets/a-1.js":      {Data: []byte("the script")},
			"assets/a-1.js.br":   {Data: []byte("script in br")},
			"assets/a-1.js.gz":   {Data: []byte("script in gzip")},
			"assets/small-1.css": {Data: []byte("a{}")},
		}
		c.GraphiQL, c.Pages = c.Web, []string{"/"}
	})
	file := func(path string, headers ...string) *httptest.ResponseRecorder {
		return recorded(h, withHeaders(httptest.NewRequest(http.MethodGet, path, nil), append(headers, "Accept", "text/html, */*")...))
	}
	for _, test := range []struct{ path, accepted, want, encoding, kind string }{
		{"/", "gzip, deflate, br", "page in br", "br", "text/html; charset=utf-8"},
		{"/", "gzip", "the page", "", "text/html; charset=utf-8"},
		{"/graphiql/", "br", "page in br", "br", "text/html; charset=utf-8"},
		{"/assets/a-1.js", "gzip, deflate, br", "script in br", "br", "text/javascript; charset=utf-8"},
		{"/assets/a-1.js", "br;q=0, gzip", "script in gzip", "gzip", "text/javascript; charset=utf-8"},
		{"/assets/a-1.js", "", "the script", "", "text/javascript; charset=utf-8"},
		{"/assets/small-1.css", "br", "a{}", "", "text/css; charset=utf-8"},
	} {
		a := file(test.path, "Accept-Encoding", test.accepted)
		if a.Code != http.StatusOK || a.Body.String() != test.want || a.Header().Get("Content-Encoding") != test.encoding || a.Header().Get("Content-Type") != test.kind {
			t.Errorf("%s for who takes %q: %d %q in %q as %q", test.path, test.accepted, a.Code, a.Body, a.Header().Get("Content-Encoding"), a.Header().Get("Content-Type"))
		}
		again := file(test.path, "Accept-Encoding", test.accepted, "If-None-Match", a.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || !strings.Contains(strings.Join(a.Header().Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s again: %d, Vary %q", test.path, again.Code, a.Header().Values("Vary"))
		}
	}
	if a := file("/assets/a-1.js", "Accept-Encoding", "br", "Range", "bytes=0-2"); a.Code != http.StatusPartialContent || a.Body.String() != "the" {
		t.Errorf("a range: %d %q", a.Code, a.Body)
	}
	if a := file("/assets/a-1.js.br"); a.Code != http.StatusNotFound {
		t.Errorf("a compressed file by its own name: %d", a.Code)
	}
}
