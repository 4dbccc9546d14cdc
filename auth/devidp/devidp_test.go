package devidp_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/staffroom-schools/staffroom/auth/devidp"
)

func config(t *testing.T) devidp.Config {
	t.Helper()
	return devidp.Config{
		PublicURL: "http://localhost:8080", DataDir: filepath.Join(t.TempDir(), "data"), Log: slog.New(slog.DiscardHandler),
		People: []devidp.Person{{Subject: "p1", Name: `Eve "><script>alert(1)</script>`, Email: "eve@school.example", Role: "Head", School: "Example School"}},
	}
}

func start(t *testing.T, cfg devidp.Config) *devidp.Provider {
	t.Helper()
	p, err := devidp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask sends a request as from this machine, with changes.
func ask(p *devidp.Provider, method, target, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1234"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w
}

func TestOnlyThisMachine(t *testing.T) {
	p := start(t, config(t))
	const discovery = "http://localhost:8080/idp/.well-known/openid-configuration"
	for name, c := range map[string]struct {
		target, from string
		want         int
	}{
		"localhost":     {discovery, "127.0.0.1:1", http.StatusOK},
		"IPv6":          {"http://[::1]:8080/idp/.well-known/openid-configuration", "[::1]:1", http.StatusOK},
		"from outside":  {discovery, "192.168.1.7:1", http.StatusForbidden},
		"DNS rebinding": {"http://rebound.example/idp/.well-known/openid-configuration", "127.0.0.1:1", http.StatusForbidden},
		"looks like us": {"http://127.0.0.1.evil.example/idp/.well-known/openid-configuration", "127.0.0.1:1", http.StatusForbidden},
	} {
		got := ask(p, http.MethodGet, c.target, "", func(r *http.Request) { r.RemoteAddr = c.from })
		if got.Code != c.want {
			t.Errorf("%s: %d, want %d: %s", name, got.Code, c.want, got.Body)
		}
	}
}

func TestRefusesToBeOpenToOthers(t *testing.T) {
	for _, address := range []string{"http://staffroom.example", "https://staffroom.example", "http://192.168.1.7:8080", "http://localhost:8080/path", "localhost:8080", ""} {
		cfg := config(t)
		cfg.PublicURL = address
		if _, err := devidp.New(cfg); err == nil {
			t.Errorf("it started at %q", address)
		}
		if _, err := os.Stat(cfg.DataDir); err == nil {
			t.Errorf("it wrote into the data folder at %q", address)
		}
	}
}

func TestDiscovery(t *testing.T) {
	p := start(t, config(t))
	var said map[string]any
	got := ask(p, http.MethodGet, "http://localhost:8080/idp/.well-known/openid-configuration", "", nil)
	if err := json.Unmarshal(got.Body.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	const issuer = "http://localhost:8080/idp"
	for name, want := range map[string]string{
		"issuer": issuer, "response_types_supported": "[code]", "grant_types_supported": "[authorization_code refresh_token]",
		"code_challenge_methods_supported": "[S256]", "authorization_response_iss_parameter_supported": "true",
		"scopes_supported": "[openid profile email offline_access staffroom:read staffroom:write]",
	} {
		if got := fmt.Sprint(said[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{"token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint", "introspection_endpoint", "revocation_endpoint"} {
		if endpoint := fmt.Sprint(said[name]); !strings.HasPrefix(endpoint, issuer+"/") {
			t.Errorf("the %s is elsewhere: %q", name, endpoint)
		}
	}
}

func TestSignInPage(t *testing.T) {
	p := start(t, config(t))
	client := oauth2.Config{ClientID: devidp.ExampleClient, RedirectURL: "http://localhost:1/callback", Endpoint: oauth2.Endpoint{AuthURL: "http://localhost:8080/idp/authorize"}, Scopes: []string{"openid"}}
	begun := ask(p, http.MethodGet, client.AuthCodeURL("st", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), "", nil)
	page := ask(p, http.MethodGet, begun.Header().Get("Location"), "", nil)
	body := page.Body.String()
	if page.Code != http.StatusOK || strings.Contains(body, "<script>") || !strings.Contains(body, "Eve &#34;&gt;&lt;script&gt;") ||
		!strings.Contains(body, "Head, Example School") || !strings.Contains(body, "eve@school.example") {
		t.Errorf("the page: %d %s", page.Code, body)
	}
	if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is %q", csp)
	}
	_, request, _ := strings.Cut(begun.Header().Get("Location"), "request=")
	for name, c := range map[string]struct {
		form   string
		change func(*http.Request)
		want   int
	}{
		"no request":      {"person=p1", nil, http.StatusNotFound},
		"made-up request": {"person=p1&request=x", nil, http.StatusNotFound},
		"made-up person":  {"person=p9&request=" + request, nil, http.StatusBadRequest},
		"another site": {"person=p1&request=" + request, func(r *http.Request) {
			r.Header.Set("Origin", "http://localhost:9999")
			r.Header.Set("Sec-Fetch-Site", "same-site")
		}, http.StatusForbidden},
		"huge": {"person=p1&x=" + strings.Repeat("x", 100<<10) + "&request=" + request, nil, http.StatusBadRequest},
	} {
		if got := ask(p, http.MethodPost, "http://localhost:8080/idp/sign-in", c.form, c.change); got.Code != c.want {
			t.Errorf("%s: %d, want %d", name, got.Code, c.want)
		}
	}
	for _, want := range []int{http.StatusSeeOther, http.StatusNotFound} {
		if got := ask(p, http.MethodPost, "http://localhost:8080/idp/sign-in", "person=p1&request="+request, nil); got.Code != want {
			t.Errorf("%d, want %d: a request is good once", got.Code, want)
		}
	}
}

func TestFilesArePrivateAndStay(t *testing.T) {
	cfg := config(t)
	first, second := start(t, cfg), start(t, cfg)
	for _, name := range []string{"devidp.key", "devidp.json"} {
		info, err := os.Stat(filepath.Join(cfg.DataDir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	keys := func(p *devidp.Provider) string {
		body, err := io.ReadAll(ask(p, http.MethodGet, "http://localhost:8080/idp/keys", "", nil).Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if keys(first) != keys(second) || strings.Contains(keys(first), `"d"`) {
		t.Errorf("the keys are %s and then %s", keys(first), keys(second))
	}
	if a, b := first.AuthConfig().ClientSecret, second.AuthConfig().ClientSecret; a == b || len(a) < 26 {
		t.Errorf("the client secrets of two starts are %q and %q", a, b)
	}
}

func TestTokenFromDir(t *testing.T) {
	cfg := config(t)
	if _, err := devidp.TokenFromDir(cfg.DataDir, "eve@school.example"); err == nil || !strings.Contains(err.Error(), "serve --dev") {
		t.Errorf("before any start: %v", err)
	}
	p := start(t, cfg)
	if _, err := devidp.TokenFromDir(cfg.DataDir, "nobody@school.example"); err == nil || !strings.Contains(err.Error(), "eve@school.example") {
		t.Errorf("for nobody: %v", err)
	}
	token, err := devidp.TokenFromDir(cfg.DataDir, "eve@school.example")
	if err != nil {
		t.Fatal(err)
	}
	got := ask(p, http.MethodGet, "http://localhost:8080/idp/userinfo", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
	if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "eve@school.example") {
		t.Errorf("user info says %d %s", got.Code, got.Body)
	}
	if err := os.WriteFile(filepath.Join(cfg.DataDir, "devidp.key"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := devidp.TokenFromDir(cfg.DataDir, "eve@school.example"); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("with a broken key: %v", err)
	}
}
