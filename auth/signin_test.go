package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/auth"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestSignInAtTheBuiltInProvider(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	if got := b.whoAmI(); got.Name != "" {
		t.Fatalf("before signing in one is %+v", got)
	}
	end := b.signIn("/schools?phase=PRIMARY", "p1")
	if end.StatusCode != http.StatusSeeOther || end.Header.Get("Location") != h.URL+"/schools?phase=PRIMARY" {
		t.Fatalf("signing in ended with %s to %q: %s", end.Status, end.Header.Get("Location"), end.body)
	}
	got := b.whoAmI()
	if got.Name != "Ada Example" || got.Email != "ada@school.example" || !got.EmailVerified || got.ClientID != "" || got.SessionID == "" {
		t.Errorf("signed in as %+v", got)
	}
	if want := staffroom.Identity(h.URL+"/idp", "p1"); got.Identity != want {
		t.Errorf("the identity is %q, want %q", got.Identity, want)
	}
	for _, c := range end.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie %s is too open: %s", c.Name, c.Raw)
		}
	}
	if b.cookie("staffroom-sign-in") != "" {
		t.Error("the cookie of the sign-in is still there")
	}
	// Again, as somebody else in the same browser: a new session, and the old one is gone.
	before := b.cookie("staffroom")
	b.signIn("/", "p2")
	if after := b.cookie("staffroom"); after == before || b.whoAmI().Name != "Bob <Example>" {
		t.Errorf("the second sign-in left %q as %q", after, b.whoAmI().Name)
	}
	b.setCookie("staffroom", before)
	if got := b.whoAmI(); got.Name != "" {
		t.Errorf("the session before is still good for %+v", got)
	}
}

func TestCookiesOverHTTPS(t *testing.T) {
	h, f := openHouse(t), newFake(t)
	h.mount(t, auth.Config{Issuer: f.URL, ClientID: "web", ClientSecret: "x", PublicURL: "https://staffroom.example", Dev: true})
	for _, line := range h.browser(t).get("/sign-in").Header.Values("Set-Cookie") {
		for _, want := range []string{"__Host-staffroom-sign-in=", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
			if !strings.Contains(line, want) || strings.Contains(line, "Domain") {
				t.Errorf("%q lacks %q", line, want)
			}
		}
	}
}

func TestSignInAsksForWhatItMust(t *testing.T) {
	h, f := withFake(t)
	there, err := h.browser(t).get("/sign-in").Location()
	if err != nil {
		t.Fatal(err)
	}
	q := there.Query()
	if !strings.HasPrefix(there.String(), f.URL+"/authorize?") || q.Get("response_type") != "code" ||
		q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 ||
		len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 || q.Get("redirect_uri") != h.URL+auth.CallbackPath {
		t.Errorf("the browser is sent to %s", there)
	}
}

// begin starts a sign-in at the fake provider and gives what it was asked.
func (b *browser) begin() url.Values {
	b.t.Helper()
	there, err := b.get("/sign-in?return_to=/there").Location()
	if err != nil {
		b.t.Fatal(err)
	}
	return there.Query()
}

func (b *browser) comeBack(answer url.Values) page {
	b.t.Helper()
	return b.get(auth.CallbackPath + "?" + answer.Encode())
}

// wantFailure checks the page for people, and that nobody is signed in.
func (b *browser) wantFailure(p page, status int) {
	b.t.Helper()
	if p.StatusCode != status || !strings.Contains(p.body, "Signing in did not work") || !strings.Contains(p.body, "Sign in again") {
		b.t.Errorf("got %s, want %d and a page for people: %s", p.Status, status, p.body)
	}
	wantStyled(b.t, p)
	if csp := p.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		b.t.Errorf("the page's policy is %q", csp)
	}
	if got := b.whoAmI(); got.Name != "" {
		b.t.Errorf("signed in as %+v all the same", got)
	}
}

func (f *fake) answerWith(t *testing.T, nonce string, changes map[string]any) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens = func(url.Values) map[string]any {
		return map[string]any{"access_token": "opaque", "token_type": "Bearer", "id_token": f.sign("JWT", "k1", f.idClaims(nonce, changes))}
	}
}

func TestSignInAtAnyProvider(t *testing.T) {
	h, f := withFake(t)
	for name, changes := range map[string]map[string]any{
		"plain":             nil,
		"with azp":          {"azp": "web"},
		"several audiences": {"aud": []string{"web", "more"}, "azp": "web"},
		"verified as text":  {"email_verified": "true"},
		"names apart":       {"name": nil, "given_name": "Ada", "family_name": "Example"},
		"at_hash":           {"at_hash": halfHash("opaque")},
	} {
		t.Run(name, func(t *testing.T) {
			b := h.browser(t)
			asked := b.begin()
			f.answerWith(t, asked.Get("nonce"), changes)
			end := b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}, "iss": {f.URL}})
			if end.Header.Get("Location") != h.URL+"/there" {
				t.Fatalf("ended with %s: %s", end.Status, end.body)
			}
			if got := b.whoAmI(); got.Name != "Ada Example" || !got.EmailVerified {
				t.Errorf("signed in as %+v", got)
			}
		})
	}
}

func TestSignInReadsUserInfo(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	f.userInfo = map[string]any{"sub": "s1", "name": "Ada From There", "email": "there@school.example"}
	asked := b.begin()
	// The verified address of the token is another one than that of user info, which is not verified.
	f.answerWith(t, asked.Get("nonce"), map[string]any{"name": nil, "email": nil, "email_verified": true})
	b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}})
	if got := b.whoAmI(); got.Name != "Ada From There" || got.Email != "there@school.example" || got.EmailVerified {
		t.Errorf("signed in as %+v", got)
	}

	f.userInfo = map[string]any{"sub": "somebody else", "name": "Eve", "email": "eve@school.example"}
	b = h.browser(t)
	asked = b.begin()
	f.answerWith(t, asked.Get("nonce"), map[string]any{"name": nil, "email": nil})
	b.wantFailure(b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}}), http.StatusBadRequest)
}

func TestSignInRefusesIDTokens(t *testing.T) {
	h, f := withFake(t)
	now := time.Now()
	for name, changes := range map[string]map[string]any{
		"nonce of another":             {"nonce": "another"},
		"no nonce":                     {"nonce": nil},
		"issuer":                       {"iss": "https://evil.example"},
		"audience":                     {"aud": "another"},
		"expired":                      {"exp": now.Add(-time.Second).Unix()},
		"no expiry":                    {"exp": nil},
		"issued to another":            {"azp": "another"},
		"two audiences, issued to ?":   {"aud": []string{"web", "another"}},
		"issued long ago":              {"iat": now.Add(-time.Hour).Unix()},
		"issued in the future":         {"iat": now.Add(time.Hour).Unix()},
		"not issued":                   {"iat": nil},
		"about nobody":                 {"sub": nil},
		"hash of another access token": {"at_hash": halfHash("another")},
	} {
		t.Run(name, func(t *testing.T) {
			b := h.browser(t)
			asked := b.begin()
			f.answerWith(t, asked.Get("nonce"), changes)
			b.wantFailure(b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}}), http.StatusBadRequest)
		})
	}
	for name, make := range map[string]func(map[string]any) string{
		"no signature": unsigned,
		"the client's secret": func(c map[string]any) string {
			return f.signWith([]byte("s3cret/+-padded-to-32-bytes-or-more"), "JWT", "k1", c)
		},
		"a key of another":   func(c map[string]any) string { return f.signWith(newKey(t), "JWT", "k1", c) },
		"a key nobody knows": func(c map[string]any) string { return f.signWith(newKey(t), "JWT", "k2", c) },
		"no token at all":    func(map[string]any) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			b := h.browser(t)
			asked := b.begin()
			f.mu.Lock()
			f.tokens = func(url.Values) map[string]any {
				return map[string]any{"access_token": "opaque", "token_type": "Bearer", "id_token": make(f.idClaims(asked.Get("nonce"), nil))}
			}
			f.mu.Unlock()
			b.wantFailure(b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}}), http.StatusBadRequest)
		})
	}
}

func TestSignInRefusesAnswers(t *testing.T) {
	h, f := withFake(t)
	good := func(asked url.Values) url.Values { return url.Values{"code": {"good"}, "state": {asked.Get("state")}} }
	for name, change := range map[string]func(url.Values){
		"no state":        func(v url.Values) { v.Del("state") },
		"a state made up": func(v url.Values) { v.Set("state", "made-up") },
		"another issuer":  func(v url.Values) { v.Set("iss", "https://evil.example") },
		"two issuers":     func(v url.Values) { v["iss"] = []string{f.URL, "https://evil.example"} },
		"two states":      func(v url.Values) { v.Add("state", "x") },
		"a bad code":      func(v url.Values) { v.Set("code", "bad") },
		"an error":        func(v url.Values) { v.Set("error", "<script>"); v.Set("error_description", "<script>call 0800") },
	} {
		t.Run(name, func(t *testing.T) {
			b := h.browser(t)
			asked := b.begin()
			f.answerWith(t, asked.Get("nonce"), nil)
			answer := good(asked)
			change(answer)
			end := b.comeBack(answer)
			b.wantFailure(end, http.StatusBadRequest)
			if strings.Contains(end.body, "script") || strings.Contains(end.body, "0800") {
				t.Errorf("the page repeats what was sent: %s", end.body)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		b := h.browser(t)
		b.wantFailure(b.comeBack(url.Values{"error": {"access_denied"}, "state": {b.begin().Get("state")}}), http.StatusForbidden)
	})
	t.Run("another browser", func(t *testing.T) {
		mine, other := h.browser(t), h.browser(t)
		asked := mine.begin()
		f.answerWith(t, asked.Get("nonce"), nil)
		other.wantFailure(other.comeBack(good(asked)), http.StatusBadRequest)
		other.begin() // with a cookie of its own
		other.wantFailure(other.comeBack(good(asked)), http.StatusBadRequest)
		if end := mine.comeBack(good(asked)); end.StatusCode != http.StatusSeeOther {
			t.Errorf("the browser that began can't finish any more: %s", end.body)
		}
		// And once only.
		end := mine.comeBack(good(asked))
		if end.StatusCode != http.StatusBadRequest {
			t.Errorf("the state was taken twice: %s", end.Status)
		}
	})
	t.Run("too late", func(t *testing.T) {
		b := h.browser(t)
		asked := b.begin()
		f.answerWith(t, asked.Get("nonce"), nil)
		h.turn(staffroom.SignInLife + time.Second)
		b.wantFailure(b.comeBack(good(asked)), http.StatusBadRequest)
		h.turn(-staffroom.SignInLife - time.Second)
	})
}

func TestSignInNeedsTheIssuerWhereItIsSent(t *testing.T) {
	h, f := withFake(t)
	f.metadata = map[string]any{"authorization_response_iss_parameter_supported": true}
	b := h.browser(t)
	asked := b.begin()
	f.answerWith(t, asked.Get("nonce"), nil)
	b.wantFailure(b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}}), http.StatusBadRequest)
}

func TestSignInSideBySide(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	first, second := b.begin(), b.begin()
	f.answerWith(t, first.Get("nonce"), nil)
	if end := b.comeBack(url.Values{"code": {"good"}, "state": {first.Get("state")}}); end.StatusCode != http.StatusSeeOther {
		t.Errorf("the first of two tabs can't finish: %s", end.body)
	}
	if first.Get("state") == second.Get("state") || first.Get("nonce") == second.Get("nonce") {
		t.Error("two sign-ins share their secrets")
	}
}

func TestProviderDown(t *testing.T) {
	h, f := withFake(t)
	f.down.Store(true)
	b := h.browser(t)
	b.wantFailure(b.get("/sign-in"), http.StatusServiceUnavailable)
	b.get("/sign-in")
	if got := b.bearer(f.sign("at+jwt", "k1", f.accessClaims(nil))); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("a bearer is answered %s: %s", got.Status, got.body)
	}
	// It comes back, and is found by itself.
	f.down.Store(false)
	h.turn(6 * time.Second)
	asked := b.begin()
	f.answerWith(t, asked.Get("nonce"), nil)
	b.comeBack(url.Values{"code": {"good"}, "state": {asked.Get("state")}})
	// Down again, long after: who is signed in stays, and signing out works here.
	f.down.Store(true)
	h.turn(90 * time.Minute)
	if got := b.whoAmI(); got.Name != "Ada Example" {
		t.Errorf("the session is gone: %+v", got)
	}
	if out := b.post("/sign-out", nil); out.StatusCode != http.StatusSeeOther || b.whoAmI().Name != "" {
		t.Errorf("signing out: %s: %s", out.Status, out.body)
	}
}

func TestProviderIsAskedSeldom(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	f.down.Store(true)
	for range 20 {
		b.get("/sign-in")
	}
	f.down.Store(false)
	h.turn(6 * time.Second)
	for range 20 {
		b.get("/sign-in")
	}
	if got := f.discoveries.Load(); got != 2 {
		t.Errorf("the discovery document was fetched %d times", got)
	}
}

func TestProviderMustUseHTTPS(t *testing.T) {
	h, f := withFake(t)
	f.metadata = map[string]any{"token_endpoint": "http://login.example/token"}
	b := h.browser(t)
	b.wantFailure(b.get("/sign-in"), http.StatusServiceUnavailable)
}

func TestProviderAnswersAreBounded(t *testing.T) {
	huge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for range 64 {
			fmt.Fprint(w, strings.Repeat(" ", 64<<10))
		}
		fmt.Fprint(w, "{}")
	}))
	defer huge.Close()
	h := openHouse(t)
	h.mount(t, auth.Config{Issuer: huge.URL, ClientID: "web", ClientSecret: "x", PublicURL: h.URL, Dev: true})
	b := h.browser(t)
	b.wantFailure(b.get("/sign-in"), http.StatusServiceUnavailable)
}

func TestConfigProblemsAreListedTogether(t *testing.T) {
	err := auth.Config{}.Validate()
	for _, flag := range []string{"--oidc-issuer", "--oidc-client-id", "--oidc-client-secret-file", "--public-url"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%v does not name %s", err, flag)
		}
	}
	good := auth.Config{Issuer: "https://login.example/realm", ClientID: "web", ClientSecret: "x", PublicURL: "https://staffroom.example"}
	if err := good.Validate(); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
	for name, change := range map[string]func(*auth.Config){
		"provider for one machine":        func(c *auth.Config) { c.Issuer = "http://localhost:8080/idp" },
		"provider in the clear":           func(c *auth.Config) { c.Issuer, c.Dev = "http://login.example", true },
		"provider with a query":           func(c *auth.Config) { c.Issuer += "?a" },
		"public address in the clear":     func(c *auth.Config) { c.PublicURL, c.Dev = "http://staffroom.example", true },
		"public address with a path":      func(c *auth.Config) { c.PublicURL += "/" },
		"public address that looks local": func(c *auth.Config) { c.PublicURL = "http://localhost.evil.example" },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil {
			t.Errorf("%s: accepted %+v", name, bad)
		}
	}
}
