package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func authorized(token string) *http.Request {
	return query(`{viewer}`, nil, "Authorization", "Bearer "+token)
}

func TestJunkTokensKeepNobodyOut(t *testing.T) {
	const few = 3
	h := newHouse(t, limited(func(l *Limits) { l.BadCredentials = few }))
	for n, junk := range []func(i int) *http.Request{
		func(i int) *http.Request { return authorized(fmt.Sprint("bad", i)) },
		func(i int) *http.Request { return query(`{viewer}`, nil, "Cookie", fmt.Sprint("session=bad", i)) },
		func(i int) *http.Request {
			return withHeaders(httptest.NewRequest(http.MethodGet, "/files/public/one", nil), "Authorization", fmt.Sprint("Bearer bad", i))
		},
	} {
		address := fmt.Sprintf("192.0.2.%d", 10+n)
		ann := fmt.Sprint("ann", n)
		h.do(from(authorized(ann), address)).want(t, 200, "")
		for i := range few {
			if a := h.do(from(junk(i), address)); a.Code != http.StatusUnauthorized {
				t.Errorf("junk is answered %d", a.Code)
			}
		}
		before := h.auth.looks()
		for i := range 10 {
			a := h.do(from(junk(100+i), address))
			a.want(t, 429, staffroom.CodeRateLimited)
			if a.Header().Get("Retry-After") == "" || !strings.Contains(a.errors[0].Message, "Wait") {
				t.Errorf("a refusal says %s, headers %v", a.Body, a.Header())
			}
		}
		if looked := h.auth.looks() - before; looked != 0 {
			t.Errorf("%d credentials were looked at over the limit", looked)
		}
		h.do(from(authorized(ann), address)).want(t, 200, "")
		h.do(from(authorized(ann+"bob"), address)).want(t, 429, staffroom.CodeRateLimited)
		h.do(from(authorized(ann+"bob"), address+"1")).want(t, 200, "")
		h.do(from(query(`{hello}`, nil), address)).want(t, 200, "")
	}
}

// TestManyPeopleOfOneAddressAreLetIn checks that a school which signs in behind one address is not taken for somebody who makes tokens up.
func TestManyPeopleOfOneAddressAreLetIn(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.BadCredentials = 1 }))
	for i := range 10 {
		h.do(authorized(fmt.Sprint("ann", i))).want(t, 200, "")
	}
	for _, want := range []int{401, 429} {
		if a := h.do(authorized("bad")); a.Code != want {
			t.Errorf("a token that is no good is answered %d, want %d", a.Code, want)
		}
	}
}

// TestTokensThatCannotBeLookedAtStayGood has the provider away for a while.
func TestTokensThatCannotBeLookedAtStayGood(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.BadCredentials = 1 }))
	h.do(authorized("ann")).want(t, 200, "")
	for _, want := range []int{401, 429} {
		if a := h.do(authorized("bad")); a.Code != want {
			t.Errorf("a token that is no good is answered %d, want %d", a.Code, want)
		}
	}
	h.auth.setAway(true)
	if a := h.do(authorized("ann")); a.Code != http.StatusServiceUnavailable {
		t.Errorf("while nobody can say what a token is, it is answered %d", a.Code)
	}
	h.auth.setAway(false)
	h.do(authorized("ann")).want(t, 200, "")
}

// TestTokensThatWereGoodAreCountedAgain checks that whoever was let in once does not pass the count for ever.
func TestTokensThatWereGoodAreCountedAgain(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.BadCredentials = 1 }))
	h.do(authorized("ann")).want(t, 200, "")
	h.auth.end("ann")
	for _, want := range []int{401, 401, 429} { // the first is known, the second is counted
		if a := h.do(authorized("ann")); a.Code != want {
			t.Errorf("a token that has ended is answered %d, want %d", a.Code, want)
		}
	}
}

func TestJunkTokensOnSocketsAreCounted(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.BadCredentials = 1 }))
	address := h.serve().URL
	for _, code := range []websocket.StatusCode{closeForbidden, websocket.StatusTryAgainLater} {
		c, _, err := dial(t, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.send(`{"type":"connection_init","payload":{"authorization":"Bearer bad"}}`)
		c.wantClosed(code)
	}
	if looked := h.auth.looks(); looked != 1 {
		t.Errorf("%d tokens were looked at, want 1", looked)
	}
}

// TestRequestsOfTheWrongFormAreCounted sends what is refused before there is a document to look at.
func TestRequestsOfTheWrongFormAreCounted(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"broken":    post(`{`),
		"several":   post(`[{"query":"{hello}"}]`),
		"no JSON":   post(`x`, "Content-Type", "text/plain"),
		"an upload": post(`--b`, "Content-Type", "multipart/form-data; boundary=b", "Staffroom-Client", "test"),
		"a stream":  post(`{`, "Accept", typeEvents),
	} {
		h := newHouse(t)
		h.do(r)
		if took := h.limits.AddressPoints - h.left("192.0.2.1"); took != 1 {
			t.Errorf("%s takes %d points, want 1", name, took)
		}
	}
}

func TestWhatNeedsNobodyIsCounted(t *testing.T) {
	for path, points := range map[string]int{"/files/public/one": 1, "/files/public/none/x": 1, "/sign-in": 10, "/sign-in/callback?code=x": 10, "/sign-out": 10} {
		h := newHouse(t)
		h.stopRefill()
		method := http.MethodGet
		if path == "/sign-out" {
			method = http.MethodPost
		}
		h.do(httptest.NewRequest(method, path, nil))
		if took := h.limits.AddressPoints - h.left("192.0.2.1"); took != points {
			t.Errorf("%s takes %d points, want %d", path, took, points)
		}
		h.engine.rates.limits.AddressPoints, h.limits.AddressPoints = points, points
		h.engine.rates.buckets.Purge()
		h.do(httptest.NewRequest(method, path, nil))
		if a := h.do(httptest.NewRequest(method, path, nil)); a.Code != http.StatusTooManyRequests {
			t.Errorf("%s is answered %d when no points are left", path, a.Code)
		}
	}
}
