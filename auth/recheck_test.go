package auth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/auth"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// contexts mounts a page that gives the contexts of its requests away, as streams that stay open keep them.
func (h *house) contexts() <-chan context.Context {
	out := make(chan context.Context, 1)
	h.mux.Handle("/stream", h.auth.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		out <- context.WithoutCancel(r.Context())
	})))
	return out
}

func wantRecheck(t *testing.T, a *auth.Auth, ctx context.Context, name string) { //nolint:revive // t comes first in helpers of tests
	t.Helper()
	viewer, err := a.Recheck(ctx)
	if name == "" {
		if staffroom.CodeOf(err) != staffroom.CodeUnauthenticated {
			t.Errorf("looked again: %+v, %v; want UNAUTHENTICATED", viewer, err)
		}
		return
	}
	if err != nil || viewer.Member == nil || viewer.Member.Name != name {
		t.Errorf("looked again: %+v, %v; want %s", viewer, err, name)
	}
}

func TestOpenStreamsEndWithTheirSession(t *testing.T) {
	h := withDevIDP(t)
	contexts := h.contexts()
	b := h.browser(t)
	b.get("/stream")
	if viewer, err := h.auth.Recheck(<-contexts); err != nil || viewer.Member != nil {
		t.Errorf("a visitor became %+v (%v)", viewer, err)
	}
	b.signIn("/", "p1")
	b.get("/stream")
	ctx := <-contexts
	wantRecheck(t, h.auth, ctx, "Ada Example")
	b.post("/sign-out", nil, "Origin", h.URL)
	wantRecheck(t, h.auth, ctx, "")

	b.signIn("/", "p1")
	b.get("/stream")
	ctx = <-contexts
	wantRecheck(t, h.auth, ctx, "Ada Example")
	h.turn(staffroom.SessionIdle + time.Minute)
	wantRecheck(t, h.auth, ctx, "")
}

func TestOpenStreamsEndWithTheirToken(t *testing.T) {
	h, f := withFake(t)
	contexts := h.contexts()
	b := h.browser(t)
	token := f.sign("at+jwt", "k1", f.accessClaims(nil))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	b.send(request)
	ctx := <-contexts
	if viewer, err := h.auth.Recheck(ctx); err != nil || viewer.ClientID != "third" {
		t.Fatalf("looked again: %+v, %v", viewer, err)
	}
	h.turn(24 * time.Hour)
	wantRecheck(t, h.auth, ctx, "")
}
