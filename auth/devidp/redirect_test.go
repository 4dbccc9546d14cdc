package devidp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/staffroom-schools/staffroom/auth/devidp"
)

func TestRedirectsThatWereConfigured(t *testing.T) {
	cfg := config(t)
	cfg.Redirects = []string{"http://localhost:5173/signed-in", "https://app.test:3000/back?x=1", "org.example.app:/callback"}
	p := start(t, cfg)
	for address, good := range map[string]bool{
		"http://localhost:5173/signed-in": true, "http://localhost:9999/signed-in": true, "http://127.0.0.1:1/signed-in": true,
		"http://localhost:1/callback": true, "https://app.test:3000/back?x=1": true, "org.example.app:/callback": true,
		"https://app.test:3000/back": false, "https://app.test/back?x=1": false, "http://app.test:3000/back?x=1": false, "http://localhost:5173/": false,
		"org.example.app:/other": false, "javascript:alert(1)": false, "http://localhost:5173/signed-in@evil.example/": false,
	} {
		client := oauth2.Config{
			ClientID: devidp.ExampleClient, RedirectURL: address, Scopes: []string{"openid"}, Endpoint: oauth2.Endpoint{AuthURL: "http://localhost:8080/idp/authorize"},
		}
		begun := ask(p, http.MethodGet, client.AuthCodeURL("st", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), "", nil)
		if began := strings.Contains(begun.Header().Get("Location"), "/idp/sign-in"); began != good {
			t.Errorf("%s: %d to %q, want it to begin: %t", address, begun.Code, begun.Header().Get("Location"), good)
		}
		if !good {
			continue
		}
		page := ask(p, http.MethodGet, begun.Header().Get("Location"), "", nil)
		if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://localhost:* http://127.0.0.1:* http://localhost:5173 https://app.test:3000 org.example.app:;") {
			t.Errorf("the policy is %q", csp)
		}
		_, request, _ := strings.Cut(begun.Header().Get("Location"), "request=")
		back := ask(p, http.MethodPost, "http://localhost:8080/idp/sign-in", url.Values{"person": {"p1"}, "request": {request}}.Encode(), nil)
		if there := back.Header().Get("Location"); !strings.HasPrefix(there, strings.TrimSuffix(address, "x=1")) || !strings.Contains(there, "code=") {
			t.Errorf("%s: with the code to %q", address, there)
		}
	}
	for origin, want := range map[string]bool{"https://app.test:3000": true, "http://localhost:1": true, "https://app.test": false, "https://evil.example": false} {
		got := ask(p, http.MethodGet, "http://localhost:8080/idp/.well-known/openid-configuration", "", func(r *http.Request) { r.Header.Set("Origin", origin) })
		if (got.Header().Get("Access-Control-Allow-Origin") == origin) != want {
			t.Errorf("%s may call: %v", origin, got.Header())
		}
	}
	for address, good := range map[string]bool{"https://app.test:3000/": true, "https://app.test:3000/back?x=1": true, "http://localhost:2/signed-in": true, "https://app.test/": false} {
		got := ask(p, http.MethodGet, "http://localhost:8080/idp/end_session?"+url.Values{"client_id": {devidp.ExampleClient}, "post_logout_redirect_uri": {address}}.Encode(), "", nil)
		if (got.Header().Get("Location") == address) != good {
			t.Errorf("after signing out to %s: %d %q", address, got.Code, got.Header().Get("Location"))
		}
	}
}

func TestRedirectsThatAreNone(t *testing.T) {
	for _, address := range []string{
		"", "localhost:5173/callback", "/callback", "http://app.test/callback", "http://192.0.2.1/", "http://localhost.evil.example/", "https://", "https:///x",
		"http://localhost/#x", "https://app.test/#", "https://user@app.test/", "javascript:alert(1)", "data:text/html,x", "app:/callback", "https://app.test/%zz",
	} {
		if err := devidp.CheckRedirect(address); err == nil {
			t.Errorf("%q is taken", address)
		}
		cfg := config(t)
		cfg.Redirects = []string{address}
		if _, err := devidp.New(cfg); err == nil {
			t.Errorf("it started with %q", address)
		}
	}
}
