package auth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// broken is a collection that can't be read now.
type broken struct {
	staffroom.Collection[staffroom.Session]
}

// Find fails.
func (broken) Find(context.Context, staffroom.Query) (*staffroom.Page[staffroom.Session], error) {
	return nil, staffroom.Errorf(staffroom.CodeUnavailable, "The store does not answer.")
}

func TestStoreDownSignsNobodyOut(t *testing.T) {
	h, f := withFake(t)
	b := h.signedIn(t, f, nil)
	whole := h.store.Sessions
	h.store.Sessions = broken{whole}
	if got := b.get("/whoami"); got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.body, `"UNAVAILABLE"`) {
		t.Errorf("got %s: %s", got.Status, got.body)
	}
	if got := b.get("/whoami"); len(got.Cookies()) > 0 {
		t.Errorf("the cookie was changed: %v", got.Cookies())
	}
	out := b.post("/sign-out", nil)
	if out.StatusCode != http.StatusServiceUnavailable || !strings.Contains(out.body, "Signing out did not work") {
		t.Errorf("signing out: %s: %s", out.Status, out.body)
	}
	h.store.Sessions = whole
	if b.post("/sign-out", nil); b.whoAmI().Name != "" {
		t.Error("trying again does not sign out")
	}
}
