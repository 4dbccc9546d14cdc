package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func getFile(path string, headers ...string) *http.Request {
	return withHeaders(httptest.NewRequest(http.MethodGet, path, nil), headers...)
}

// TestSignedFiles reads a file by its signed address, as a page of another origin does: without a token, whoever is signed in.
func TestSignedFiles(t *testing.T) {
	h := newHouse(t)
	const path = "/files/private/one/x?signed=good"
	for name, headers := range map[string][]string{
		"nobody": nil, "another origin": {"Origin", "https://app.example"}, "a token that is no good": {"Authorization", "Bearer bad"},
		"a session": {"Cookie", "session=bob", "Sec-Fetch-Site", "cross-site"},
	} {
		a := h.do(getFile(path, headers...))
		if a.Code != 200 || a.Body.String() != "secret" {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
		for header, want := range map[string]string{
			"Cross-Origin-Resource-Policy": "cross-origin", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-cache",
		} {
			if got := a.Header().Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
	}
	if part := h.do(getFile(path, "Range", "bytes=2-3")); part.Code != http.StatusPartialContent || part.Body.String() != "cr" {
		t.Errorf("a range: %d %q", part.Code, part.Body)
	}
	if same := h.do(getFile(path, "If-None-Match", `"abc123"`)); same.Code != http.StatusNotModified {
		t.Errorf("the same again: %d", same.Code)
	}
	for _, bad := range []string{"?signed=", "?signed", "?signed=bad", "?signed=bad&signed=good"} {
		a := h.do(getFile("/files/private/one/x"+bad, "Authorization", "Bearer ann"))
		a.want(t, http.StatusForbidden, staffroom.CodeForbidden)
		if a.Header().Get("Cache-Control") != "no-store" || strings.Contains(a.Body.String(), "private") {
			t.Errorf("%s: %v %s", bad, a.Header(), a.Body)
		}
	}
	h.do(getFile("/files/private/two/x?signed=good")).want(t, http.StatusNotFound, staffroom.CodeNotFound)
	if strings.Contains(h.log.String(), "good") || strings.Contains(h.log.String(), "signed=") {
		t.Errorf("the log has a signature: %s", h.log)
	}
}

// TestSignedFilesAreCounted checks that trying signatures costs the points of an address.
func TestSignedFilesAreCounted(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.AddressPoints = 2 }))
	for _, want := range []int{http.StatusForbidden, http.StatusForbidden, http.StatusTooManyRequests} {
		if a := h.do(getFile("/files/private/one/x?signed=bad")); a.Code != want {
			t.Errorf("got %d, want %d", a.Code, want)
		}
	}
}

// TestFilesForPagesOfOtherOrigins reads a file with a bearer token from a page of another origin, and asks before as browsers do.
func TestFilesForPagesOfOtherOrigins(t *testing.T) {
	h := newHouse(t)
	asks := h.do(withHeaders(httptest.NewRequest(http.MethodOptions, "/files/private/one/x", nil), "Origin", "https://app.example",
		"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization,range,if-none-match"))
	if asks.Code >= 300 || asks.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a page that asks: %d %v", asks.Code, asks.Header())
	}
	allowed := strings.ToLower(asks.Header().Get("Access-Control-Allow-Headers"))
	for _, header := range []string{"authorization", "range", "if-none-match"} {
		if !strings.Contains(allowed, header) {
			t.Errorf("a page may not send %s, only %s", header, allowed)
		}
	}
	for method, body := range map[string]string{http.MethodGet: "secret", http.MethodHead: ""} {
		a := h.do(withHeaders(httptest.NewRequest(method, "/files/private/one/x", nil), "Origin", "https://app.example", "Authorization", "Bearer ann"))
		if a.Code != 200 || a.Body.String() != body || a.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %q %v", method, a.Code, a.Body, a.Header())
		}
		exposed := a.Header().Get("Access-Control-Expose-Headers")
		for _, header := range []string{"Content-Disposition", "Content-Range", "Etag", "Accept-Ranges"} {
			if !strings.Contains(strings.ToLower(exposed), strings.ToLower(header)) {
				t.Errorf("a page may not read %s, only %s", header, exposed)
			}
		}
		if vary := strings.Join(a.Header().Values("Vary"), ","); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Authorization") {
			t.Errorf("Vary is %q", vary)
		}
	}
	if a := h.do(getFile("/files/private/one/x", "Origin", "https://app.example")); a.Code != 404 || a.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("without a token: %d %v", a.Code, a.Header())
	}
}
