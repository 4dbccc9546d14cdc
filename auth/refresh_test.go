package auth_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/staffroom-schools/staffroom/auth/devidp"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// tokens is what the token endpoint answers.
type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Scope        string `json:"scope"`
	Error        string `json:"error"`
}

// grantTokens signs somebody in through the example client, for these scopes.
func (b *browser) grantTokens(scopes ...string) tokens {
	b.t.Helper()
	client, verifier := b.h.thirdParty(append(scopes, "profile", "email")...), oauth2.GenerateVerifier()
	return b.askTokens(url.Values{
		"grant_type": {"authorization_code"}, "code": {b.code(client, verifier, "p1")}, "redirect_uri": {client.RedirectURL}, "code_verifier": {verifier},
	})
}

func (b *browser) refresh(token string, scopes ...string) tokens {
	b.t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	if len(scopes) > 0 {
		form.Set("scope", strings.Join(scopes, " "))
	}
	return b.askTokens(form)
}

func (b *browser) askTokens(form url.Values) (answer tokens) {
	b.t.Helper()
	if form.Get("client_id") == "" {
		form.Set("client_id", devidp.ExampleClient)
	}
	got := b.post("/idp/oauth/token", form)
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || (answer.Error == "") != (got.StatusCode == http.StatusOK) {
		b.t.Fatalf("%s: %s (%v)", got.Status, got.body, err)
	}
	return answer
}

func (b *browser) revoke(token, client string) page {
	b.t.Helper()
	return b.post("/idp/revoke", url.Values{"token": {token}, "client_id": {client}})
}

func TestRefreshTokens(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	if plain := b.grantTokens(staffroom.ScopeRead); plain.RefreshToken != "" {
		t.Error("nobody asked for offline_access, and there is a refresh token")
	}
	first := b.grantTokens("offline_access", staffroom.ScopeRead, staffroom.ScopeWrite)
	second := b.refresh(first.RefreshToken)
	if second.Error != "" || second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken || second.IDToken == "" {
		t.Fatalf("the first renewal: %+v", second)
	}
	for _, access := range []string{first.AccessToken, second.AccessToken} {
		if got := b.seen(b.bearer(access)); got.ClientID != devidp.ExampleClient || !slices.Contains(got.Scopes, staffroom.ScopeWrite) {
			t.Errorf("the bearer is %+v", got)
		}
	}
	wantRefused(t, b.bearer(second.RefreshToken))
	third := b.refresh(second.RefreshToken, staffroom.ScopeRead)
	if got := b.seen(b.bearer(third.AccessToken)); slices.Contains(got.Scopes, staffroom.ScopeWrite) {
		t.Errorf("for fewer scopes it has %q", got.Scopes)
	}
	if more := b.refresh(third.RefreshToken, staffroom.ScopeRead, "phone"); more.Error != "invalid_scope" {
		t.Errorf("for a scope that was not granted: %+v", more)
	}
	if other := b.askTokens(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {third.RefreshToken}, "client_id": {"x"}}); other.Error != "invalid_client" {
		t.Errorf("for another client: %+v", other)
	}
	fourth := b.refresh(third.RefreshToken)
	if fourth.Error != "" || !strings.Contains(fourth.Scope, staffroom.ScopeWrite) {
		t.Fatalf("after asking for fewer scopes and in vain: %+v", fourth)
	}
	// Somebody else has an old one: then nobody goes on.
	if again := b.refresh(first.RefreshToken); again.Error != "invalid_grant" {
		t.Errorf("a refresh token is good twice: %+v", again)
	}
	if after := b.refresh(fourth.RefreshToken); after.Error != "invalid_grant" {
		t.Errorf("after an old one was used the new one still is good: %+v", after)
	}
	wantRefused(t, b.bearer(fourth.AccessToken))
	for _, rubbish := range []string{"", ".", "x.y", "x"} {
		if got := b.refresh(rubbish); got.Error != "invalid_grant" && got.Error != "invalid_request" {
			t.Errorf("%q: %+v", rubbish, got)
		}
	}
}

func TestRevoking(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	want := func(got page, status int) {
		t.Helper()
		if got.StatusCode != status {
			t.Errorf("revoking: %s: %s, want %d", got.Status, got.body, status)
		}
	}
	one, other := b.grantTokens("offline_access", staffroom.ScopeRead), b.grantTokens("offline_access", staffroom.ScopeRead)
	b.seen(b.bearer(one.AccessToken))
	want(b.revoke(one.AccessToken, devidp.ExampleClient), http.StatusOK)
	wantRefused(t, b.bearer(one.AccessToken))
	renewed := b.refresh(one.RefreshToken)
	b.seen(b.bearer(renewed.AccessToken)) // only the one token was revoked
	want(b.revoke(renewed.RefreshToken, devidp.ExampleClient), http.StatusOK)
	wantRefused(t, b.bearer(renewed.AccessToken))
	if got := b.refresh(renewed.RefreshToken); got.Error != "invalid_grant" {
		t.Errorf("a revoked refresh token: %+v", got)
	}
	b.seen(b.bearer(other.AccessToken))
	// What is no token is as good as revoked; who is no client is told so, and so is who names another client's token.
	want(b.revoke("rubbish", devidp.ExampleClient), http.StatusOK)
	want(b.revoke(other.RefreshToken+"x", devidp.ExampleClient), http.StatusOK)
	if got := b.revoke(other.AccessToken, "nobody"); got.StatusCode < 400 {
		t.Errorf("for nobody: %s", got.Status)
	}
	web, verifier := h.thirdParty(), oauth2.GenerateVerifier()
	web.ClientID, web.ClientSecret, web.RedirectURL = devidp.WebClient, h.idp.AuthConfig().ClientSecret, h.URL+"/sign-in/callback"
	web.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	ours, err := web.Exchange(t.Context(), b.code(web, verifier, "p1"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	want(b.revoke(ours.AccessToken, devidp.ExampleClient), http.StatusBadRequest)
	b.seen(b.bearer(b.refresh(other.RefreshToken).AccessToken))
}

// TestACodeThatComesAgainEndsWhatCameOfIt checks it with a refresh token and without.
func TestACodeThatComesAgainEndsWhatCameOfIt(t *testing.T) {
	b := withDevIDP(t).browser(t)
	for name, scopes := range map[string][]string{
		"with a refresh token": {"profile", "email", staffroom.ScopeRead, "offline_access"}, "alone": {"profile", "email", staffroom.ScopeRead},
	} {
		client, verifier := b.h.thirdParty(scopes...), oauth2.GenerateVerifier()
		form := url.Values{
			"grant_type": {"authorization_code"}, "code": {b.code(client, verifier, "p1")}, "redirect_uri": {client.RedirectURL}, "code_verifier": {verifier},
		}
		first := b.askTokens(form)
		b.seen(b.bearer(first.AccessToken))
		if again := b.askTokens(form); again.Error != "invalid_grant" {
			t.Errorf("%s: a code that comes again is answered with %+v", name, again)
		}
		wantRefused(t, b.bearer(first.AccessToken))
		if first.RefreshToken == "" != (name == "alone") {
			t.Fatalf("%s: the refresh token is %q", name, first.RefreshToken)
		}
		if renewed := b.askTokens(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.RefreshToken}}); renewed.Error == "" {
			t.Errorf("%s: the refresh token is still good", name)
		}
	}
}

// TestAskingWithoutAnybodyThere checks what clients hear that ask for tokens in a hidden frame.
func TestAskingWithoutAnybodyThere(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	hint := b.grantTokens(staffroom.ScopeRead).IDToken
	for name, more := range map[string][]oauth2.AuthCodeOption{
		"alone":          nil,
		"with a hint":    {oauth2.SetAuthURLParam("id_token_hint", hint)},
		"with rubbish":   {oauth2.SetAuthURLParam("id_token_hint", "rubbish")},
		"with a mode":    {oauth2.SetAuthURLParam("response_mode", "query")},
		"after a moment": {oauth2.SetAuthURLParam("max_age", "1")},
	} {
		options := append(more, oauth2.SetAuthURLParam("prompt", "none"), oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
		back, err := b.get(h.thirdParty(staffroom.ScopeRead).AuthCodeURL("st", options...)).Location()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		q := back.Query()
		if back.Host != "localhost:54321" || back.Path != "/callback" || q.Get("error") != "login_required" || q.Get("state") != "st" || q.Get("iss") != h.URL+"/idp" {
			t.Errorf("%s: the browser is sent to %s", name, back)
		}
	}
	mode := func(mode string) []oauth2.AuthCodeOption {
		return []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("response_mode", mode), oauth2.S256ChallengeOption(oauth2.GenerateVerifier())}
	}
	for name, options := range map[string][]oauth2.AuthCodeOption{
		"without PKCE": nil, "as a fragment": mode("fragment"), "as a form": mode("form_post"), "in a made-up way": mode("pigeon"),
	} {
		back, err := b.get(h.thirdParty(staffroom.ScopeRead).AuthCodeURL("st", options...)).Location()
		if err != nil || back.Query().Get("error") != "invalid_request" || back.Query().Get("iss") == "" {
			t.Errorf("%s the browser is sent to %v, %v", name, back, err)
		}
	}
}

func TestEndingASessionThere(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	hint := b.grantTokens(staffroom.ScopeRead).IDToken
	for name, c := range map[string]struct{ query, want string }{
		"nothing said":    {"", h.URL + "/"},
		"back to a page":  {"id_token_hint=" + hint + "&post_logout_redirect_uri=http://localhost:5173/&state=s", "http://localhost:5173/?state=s"},
		"by the client":   {"client_id=" + devidp.ExampleClient + "&post_logout_redirect_uri=http://127.0.0.1:1/", "http://127.0.0.1:1/"},
		"elsewhere":       {"id_token_hint=" + hint + "&post_logout_redirect_uri=https://evil.example/", ""},
		"looks like us":   {"id_token_hint=" + hint + "&post_logout_redirect_uri=http://localhost:1@evil.example/", ""},
		"with a name":     {"id_token_hint=" + hint + "&post_logout_redirect_uri=http://user:x@localhost/", ""},
		"another path":    {"id_token_hint=" + hint + "&post_logout_redirect_uri=http://localhost:5173/other", ""},
		"another client":  {"id_token_hint=" + hint + "&client_id=" + devidp.WebClient, ""},
		"rubbish":         {"id_token_hint=rubbish", ""},
		"ours elsewhere":  {"client_id=" + devidp.WebClient + "&post_logout_redirect_uri=http://localhost:5173/", ""},
		"nobody's client": {"client_id=x&post_logout_redirect_uri=http://localhost:5173/", h.URL + "/"},
	} {
		got := b.get("/idp/end_session?" + c.query)
		if there := got.Header.Get("Location"); there != c.want || c.want == "" && got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s to %q, want %q: %s", name, got.Status, there, c.want, got.body)
		}
	}
}

// TestPagesMayCallTheProvider asks as pages do, for all that a client needs.
func TestPagesMayCallTheProvider(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	for path, method := range map[string]string{
		"/idp/.well-known/openid-configuration": "GET", "/idp/keys": "GET", "/idp/userinfo": "GET", "/idp/oauth/token": "POST", "/idp/revoke": "POST",
	} {
		for _, asked := range []string{http.MethodOptions, method} {
			r, err := http.NewRequestWithContext(t.Context(), asked, h.URL+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", "http://localhost:5173")
			if asked == http.MethodOptions {
				r.Header.Set("Access-Control-Request-Method", method)
				r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,x-client-name")
			}
			got := b.send(r)
			if got.Header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" || asked == http.MethodOptions && got.Header.Get("Access-Control-Allow-Headers") == "" {
				t.Errorf("%s %s: %v", asked, path, got.Header)
			}
		}
	}
}
