package staffroom_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// sessionHouse is the services over a new store, with a clock that a test turns.
type sessionHouse struct {
	*staffroom.Network
	store *staffroom.Store
	clock time.Time
}

func newSessionHouse(t *testing.T) *sessionHouse {
	t.Helper()
	store := openIndexed(t)
	h := &sessionHouse{store: store, clock: time.Now()}
	h.Network = staffroom.New(staffroom.Ports{Store: store, Now: func() time.Time { return h.clock }})
	return h
}

func (h *sessionHouse) member(t *testing.T, subject string) *staffroom.Member {
	t.Helper()
	m, err := h.Members.SignedIn(t.Context(), staffroom.SignedIn{Issuer: "https://login.example", Subject: subject, Name: "Ada Example"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (h *sessionHouse) start(t *testing.T, n staffroom.NewSession) (string, *staffroom.Session) {
	t.Helper()
	token, session, err := h.Sessions.Start(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return token, session
}

func wantCode(t *testing.T, err error, want staffroom.Code) {
	t.Helper()
	if got := staffroom.CodeOf(err); got != want {
		t.Errorf("got error %v, want the code %q", err, want)
	}
}

func as(ctx context.Context, m *staffroom.Member) context.Context {
	return staffroom.WithViewer(ctx, &staffroom.Viewer{Member: m})
}

func TestSessionTokenIsNotStored(t *testing.T) {
	h := newSessionHouse(t)
	token, session := h.start(t, staffroom.NewSession{Member: h.member(t, "ada"), Browser: strings.Repeat("é", 300)})
	stored, err := h.store.Sessions.Get(t.Context(), session.ID)
	if err != nil {
		t.Fatal(err)
	}
	if stored.TokenHash == token || strings.Contains(stored.TokenHash, token) || len(token) < 26 {
		t.Errorf("the store holds %q for the token %q", stored.TokenHash, token)
	}
	if len(stored.Browser) > 200 || !strings.HasPrefix(stored.Browser, "éé") {
		t.Errorf("the browser's name was kept as %q", stored.Browser)
	}
	_, err = h.Sessions.Find(t.Context(), stored.TokenHash)
	wantCode(t, err, staffroom.CodeUnauthenticated)
}

func TestSessionEnds(t *testing.T) {
	h := newSessionHouse(t)
	token, _ := h.start(t, staffroom.NewSession{Member: h.member(t, "ada")})
	// Used every hour, it lives until the absolute end.
	for h.clock = h.clock.Add(time.Hour); ; h.clock = h.clock.Add(time.Hour) {
		session, err := h.Sessions.Find(t.Context(), token)
		if err != nil {
			wantCode(t, err, staffroom.CodeUnauthenticated)
			break
		}
		if !h.clock.Before(session.ExpiresAt.Time) {
			t.Fatal("the session outlived its absolute end")
		}
	}
	// Not used, it ends earlier.
	token, session := h.start(t, staffroom.NewSession{Member: h.member(t, "ada")})
	if got := session.ExpiresAt.Sub(session.LastSeenAt.Time); got != staffroom.SessionLife {
		t.Errorf("a session lives %v, want %v", got, staffroom.SessionLife)
	}
	h.clock = h.clock.Add(staffroom.SessionIdle)
	_, err := h.Sessions.Find(t.Context(), token)
	wantCode(t, err, staffroom.CodeUnauthenticated)
}

func TestSessionUseIsWrittenSeldom(t *testing.T) {
	h := newSessionHouse(t)
	token, started := h.start(t, staffroom.NewSession{Member: h.member(t, "ada")})
	for range 4 {
		h.clock = h.clock.Add(time.Minute)
		session, err := h.Sessions.Find(t.Context(), token)
		if err != nil || session.Version != started.Version {
			t.Fatalf("after a minute: version %v, %v", session, err)
		}
	}
	h.clock = h.clock.Add(time.Minute)
	var session *staffroom.Session
	for deadline := time.Now().Add(time.Minute); session == nil || session.Version == started.Version; { // a busy machine notes it later
		var err error
		if session, err = h.Sessions.Find(t.Context(), token); err != nil || time.Now().After(deadline) {
			t.Fatalf("after five minutes: %+v, %v", session, err)
		}
	}
	if session.Version != started.Version+1 || !session.IdleUntil.After(started.IdleUntil.Time) {
		t.Errorf("after five minutes: %+v", session)
	}
}

// stalled are sessions in a store that does not get on with its writes until it is let go.
type stalled struct {
	staffroom.Collection[staffroom.Session]
	begun chan struct{}
	goOn  chan struct{}
}

func (s *stalled) Update(ctx context.Context, id string, change func(*staffroom.Session) error) (*staffroom.Session, error) {
	s.begun <- struct{}{}
	<-s.goOn
	return s.Collection.Update(ctx, id, change)
}

// TestSlowWritesKeepNobodySignedOutOrWaiting finds a session many times while the store is busy with noting its first use.
func TestSlowWritesKeepNobodySignedOutOrWaiting(t *testing.T) {
	h := newSessionHouse(t)
	token, started := h.start(t, staffroom.NewSession{Member: h.member(t, "ada")})
	slow := &stalled{h.store.Sessions, make(chan struct{}, 100), make(chan struct{})}
	h.store.Sessions = slow
	h.clock = h.clock.Add(time.Hour)
	for range 20 {
		if session, err := h.Sessions.Find(t.Context(), token); err != nil || session.ID != started.ID {
			t.Fatalf("while the store is busy: %+v, %v", session, err)
		}
	}
	if got := len(slow.begun); got != 1 {
		t.Errorf("the same use is noted %d times at once", got)
	}
	close(slow.goOn)
	for deadline := time.Now().Add(time.Minute); ; {
		session, err := h.Sessions.Find(t.Context(), token)
		if err == nil && session.Version > started.Version {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the use was never noted: %+v, %v", session, err)
		}
	}
}

func TestSessionRenewsWhenRightsChange(t *testing.T) {
	h := newSessionHouse(t)
	ada := h.member(t, "ada")
	old, session := h.start(t, staffroom.NewSession{Member: ada, ProviderSession: "there"})
	if token, _, err := h.Sessions.Renew(t.Context(), session, ada); err != nil || token != "" {
		t.Fatalf("with the same rights: %q, %v", token, err)
	}
	ada.Membership, ada.Roles = staffroom.MembershipActive, []staffroom.Role{staffroom.RoleEditor}

	tokens := make([]string, 8)
	var group sync.WaitGroup
	for i := range tokens {
		group.Go(func() {
			var err error
			if tokens[i], _, err = h.Sessions.Renew(t.Context(), session, ada); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	token := strings.Join(tokens, "")
	renewed, err := h.Sessions.Find(t.Context(), token)
	if err != nil {
		t.Fatalf("of eight at once not exactly one renewed it: %q, %v", tokens, err)
	}
	if token == old || renewed.ID == session.ID || renewed.ProviderSession != "there" || renewed.ExpiresAt != session.ExpiresAt {
		t.Errorf("renewed %+v from %+v", renewed, session)
	}
	if _, err := h.Sessions.Find(t.Context(), old); err != nil {
		t.Errorf("the old token should work a little longer: %v", err)
	}
	h.clock = h.clock.Add(time.Minute)
	_, err = h.Sessions.Find(t.Context(), old)
	wantCode(t, err, staffroom.CodeUnauthenticated)
}

func TestSessionListAndRevoke(t *testing.T) {
	h := newSessionHouse(t)
	ada, bob := h.member(t, "ada"), h.member(t, "bob")
	_, first := h.start(t, staffroom.NewSession{Member: ada})
	h.clock = h.clock.Add(time.Minute)
	token, second := h.start(t, staffroom.NewSession{Member: ada})
	bobs, other := h.start(t, staffroom.NewSession{Member: bob})

	_, err := h.Sessions.List(t.Context())
	wantCode(t, err, staffroom.CodeUnauthenticated)
	client := staffroom.WithViewer(t.Context(), &staffroom.Viewer{Member: ada, ClientID: "x", Scopes: []string{staffroom.ScopeWrite}})
	_, err = h.Sessions.List(client)
	wantCode(t, err, staffroom.CodeForbidden)

	list, err := h.Sessions.List(as(t.Context(), ada))
	if err != nil || len(list) != 2 || list[0].ID != second.ID || list[1].ID != first.ID {
		t.Fatalf("got %v, %v", list, err)
	}
	wantCode(t, h.Sessions.Revoke(as(t.Context(), ada), other.ID), staffroom.CodeNotFound)
	wantCode(t, h.Sessions.Revoke(as(t.Context(), ada), "session_x"), staffroom.CodeNotFound)
	wantCode(t, h.Sessions.Revoke(client, first.ID), staffroom.CodeForbidden)
	wantCode(t, h.Sessions.Revoke(as(t.Context(), ada), second.ID), "")
	_, err = h.Sessions.Find(t.Context(), token)
	wantCode(t, err, staffroom.CodeUnauthenticated)

	wantCode(t, h.Sessions.RevokeAllOf(t.Context(), bob.ID), "")
	_, err = h.Sessions.Find(t.Context(), bobs)
	wantCode(t, err, staffroom.CodeUnauthenticated)
	if list, err = h.Sessions.List(as(t.Context(), ada)); err != nil || len(list) != 1 {
		t.Errorf("Ada's other session should be left: %v, %v", list, err)
	}
}

func TestSignInIsTakenOnceByItsBrowser(t *testing.T) {
	h := newSessionHouse(t)
	begun := staffroom.NewSignIn{State: "state", Browser: "mine", Nonce: "n", Verifier: "v", ReturnTo: "/there"}
	wantCode(t, h.Sessions.Begin(t.Context(), begun), "")
	for _, try := range [][2]string{{"state", "other"}, {"other", "mine"}, {"", ""}, {"state", ""}} {
		_, err := h.Sessions.Take(t.Context(), try[0], try[1])
		wantCode(t, err, staffroom.CodeNotFound)
	}
	taken, err := h.Sessions.Take(t.Context(), "state", "mine")
	if err != nil || taken.Nonce != "n" || taken.Verifier != "v" || taken.ReturnTo != "/there" {
		t.Fatalf("got %+v, %v", taken, err)
	}
	_, err = h.Sessions.Take(t.Context(), "state", "mine")
	wantCode(t, err, staffroom.CodeNotFound)

	wantCode(t, h.Sessions.Begin(t.Context(), begun), "")
	h.clock = h.clock.Add(staffroom.SignInLife)
	_, err = h.Sessions.Take(t.Context(), "state", "mine")
	wantCode(t, err, staffroom.CodeNotFound)
}
