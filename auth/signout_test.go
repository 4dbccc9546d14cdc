package auth_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/auth"
	"github.com/staffroom-schools/staffroom/staffroom"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// signedIn is a browser signed in at the fake provider.
func (h *house) signedIn(t *testing.T, f *fake, changes map[string]any) *browser {
	t.Helper()
	b := h.browser(t)
	asked := b.begin()
	f.answerWith(t, asked.Get("nonce"), changes)
	if end := b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}}); end.StatusCode != http.StatusSeeOther {
		t.Fatalf("signing in: %s: %s", end.Status, end.body)
	}
	return b
}

func TestSignOutAtTheBuiltInProvider(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	b.signIn("/", "p1")
	token := b.cookie("staffroom")
	away := b.post("/sign-out", nil)
	if b.cookie("staffroom") != "" || b.whoAmI().Name != "" {
		t.Error("still signed in")
	}
	b.setCookie("staffroom", token)
	if got := b.whoAmI(); got.Name != "" {
		t.Errorf("the token is still good for %+v", got)
	}
	if home := b.follow(away); home.Header.Get("Location") != h.URL+"/" {
		t.Errorf("the provider answers %s to %q: %s", home.Status, home.Header.Get("Location"), home.body)
	}
}

func TestSignOutTellsTheProvider(t *testing.T) {
	h, f := withFake(t)
	there, err := h.signedIn(t, f, nil).post("/sign-out", nil).Location()
	if err != nil {
		t.Fatal(err)
	}
	q := there.Query()
	if there.Path != "/end" || q.Get("a") != "b" || q.Get("id_token_hint") == "" || q.Get("client_id") != "web" || q.Get("post_logout_redirect_uri") != h.URL+"/" {
		t.Errorf("the browser is sent to %s", there)
	}
}

func TestSignOutIsForOurOwnPages(t *testing.T) {
	h, f := withFake(t)
	b := h.signedIn(t, f, nil)
	if got := b.post("/sign-out", nil, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); got.StatusCode != http.StatusForbidden {
		t.Errorf("another site signs people out: %s", got.Status)
	}
	if got := b.get("/sign-out"); got.StatusCode == http.StatusSeeOther || b.whoAmI().Name == "" {
		t.Errorf("a link signs people out: %s", got.Status)
	}
}

func TestStaleCookieIsAVisitors(t *testing.T) {
	h, f := withFake(t)
	b := h.signedIn(t, f, nil)
	h.turn(staffroom.SessionIdle + time.Second)
	if got := b.whoAmI(); got.Name != "" || b.cookie("staffroom") != "" {
		t.Errorf("got %+v with the cookie %q", got, b.cookie("staffroom"))
	}
	b.setCookie("staffroom", "made-up")
	if got := b.whoAmI(); got.Name != "" || b.cookie("staffroom") != "" {
		t.Errorf("got %+v with the cookie %q", got, b.cookie("staffroom"))
	}
}

func TestCookieChangesWithRights(t *testing.T) {
	h, f := withFake(t)
	b := h.signedIn(t, f, nil)
	id, before := b.whoAmI().SessionID, b.cookie("staffroom")
	session, err := h.network.Sessions.Find(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = h.store.Members.Update(t.Context(), session.MemberID, func(m *staffroom.Member) error {
		m.Roles = []staffroom.Role{staffroom.RoleModerator}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	got := b.whoAmI()
	if after := b.cookie("staffroom"); after == before || after == "" || got.SessionID == id || got.Name == "" {
		t.Errorf("the cookie went from %q to %q, the session from %s to %s", before, after, id, got.SessionID)
	}
	if again := b.whoAmI(); again.SessionID != got.SessionID {
		t.Errorf("it changed again: %s to %s", got.SessionID, again.SessionID)
	}
}

func TestBackChannelSignOut(t *testing.T) {
	h, f := withFake(t)
	notice := func(changes map[string]any) url.Values {
		return url.Values{"logout_token": {f.sign("logout+jwt", "k1", with(map[string]any{
			"iss": f.URL, "aud": "web", "jti": time.Now().String(), "sid": "there", "events": map[string]any{logoutEvent: map[string]any{}},
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		}, changes))}}
	}
	b, other := h.signedIn(t, f, nil), h.signedIn(t, f, map[string]any{"sid": "elsewhere"})
	for name, changes := range map[string]map[string]any{
		"issuer": {"iss": "https://evil.example"}, "audience": {"aud": "another"}, "nonce": {"nonce": "n"}, "events": {"events": nil},
		"expired": {"exp": time.Now().Add(-time.Minute).Unix()}, "old": {"iat": time.Now().Add(-time.Hour).Unix()},
		"nobody": {"sid": nil}, "no id": {"jti": nil},
	} {
		if got := b.post(auth.BackChannelPath, notice(changes)); got.StatusCode != http.StatusBadRequest || b.whoAmI().Name == "" {
			t.Errorf("%s: %s, and then one is %+v", name, got.Status, b.whoAmI())
		}
	}
	if got := b.post(auth.BackChannelPath, url.Values{"logout_token": {f.signWith(newKey(t), "logout+jwt", "k1", nil)}}); got.StatusCode != http.StatusBadRequest {
		t.Errorf("a key of another: %s", got.Status)
	}

	good := notice(nil)
	if got := b.post(auth.BackChannelPath, good); got.StatusCode != http.StatusOK || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %s", got.Status, got.body)
	}
	if b.whoAmI().Name != "" || other.whoAmI().Name == "" {
		t.Error("not exactly the session that was named has ended")
	}
	if got := b.post(auth.BackChannelPath, good); got.StatusCode != http.StatusBadRequest {
		t.Errorf("the notice was taken twice: %s", got.Status)
	}
	if got := b.post(auth.BackChannelPath, notice(map[string]any{"sid": nil, "sub": "s1"})); got.StatusCode != http.StatusOK || other.whoAmI().Name != "" {
		t.Errorf("all sessions of a person: %s, and then one is %+v", got.Status, other.whoAmI())
	}
}
