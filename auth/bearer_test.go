package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/auth"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// unsigned is a JWT with the algorithm "none".
func unsigned(claims map[string]any) string {
	body, _ := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + base64.RawURLEncoding.EncodeToString(body) + "."
}

func halfHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// wantRefused checks the answer to a bearer that is not good.
func wantRefused(t *testing.T, got page) {
	t.Helper()
	var body struct {
		Data   *any
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatalf("%s is no JSON: %v", got.body, err)
	}
	if got.StatusCode != http.StatusUnauthorized || !strings.Contains(got.Header.Get("WWW-Authenticate"), `error="invalid_token"`) ||
		len(body.Errors) != 1 || body.Errors[0].Extensions.Code != "UNAUTHENTICATED" || strings.Contains(got.body, `"data"`) {
		t.Errorf("got %s %v: %s", got.Status, got.Header, got.body)
	}
}

func TestBearerOfAMember(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	for _, kind := range []string{"at+jwt", "application/at+jwt", "AT+JWT"} {
		got := b.seen(b.bearer(f.sign(kind, "k1", f.accessClaims(nil))))
		if got.Name != "Ada Example" || got.ClientID != "third" || !slices.Equal(got.Scopes, []string{"staffroom:read", "other"}) || got.SessionID != "" {
			t.Errorf("%s: got %+v", kind, got)
		}
	}
	got := b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"client_id": nil, "azp": "other", "aud": "api"}))))
	if got.ClientID != "other" {
		t.Errorf("got %+v", got)
	}
	// One member, however often the token came.
	n, err := h.store.Members.Count(t.Context(), staffroom.Equal(staffroom.FieldMemberIdentity, staffroom.Identity(f.URL, "s1")))
	if err != nil || n != 1 {
		t.Errorf("%d members, %v", n, err)
	}
}

func TestBearerOfSomebodyNew(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	f.userInfo = map[string]any{"sub": "s2", "name": "Bob Example", "email": "bob@school.example", "email_verified": true}
	bare := map[string]any{"sub": "s2", "name": nil, "email": nil}
	if got := b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(bare)))); got.Name != "Bob Example" || !got.EmailVerified {
		t.Errorf("got %+v", got)
	}
	f.userInfo = map[string]any{"sub": "s3"}
	bare["sub"] = "s3"
	nameless := b.bearer(f.sign("at+jwt", "k1", f.accessClaims(bare)))
	wantRefused(t, nameless)
	if !strings.Contains(nameless.body, "profile and email") {
		t.Errorf("the client does not hear what to ask for: %s", nameless.body)
	}
	f.userInfo = map[string]any{"sub": "s4", "name": "Eve"}
	wantRefused(t, b.bearer(f.sign("at+jwt", "k1", f.accessClaims(bare))))
}

func TestBearerRefused(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	now := time.Now()
	for name, token := range map[string]string{
		"no type":              f.sign("", "k1", f.accessClaims(nil)),
		"logout token":         f.sign("logout+jwt", "k1", f.accessClaims(nil)),
		"wrong issuer":         f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"iss": "https://evil.example"})),
		"wrong audience":       f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"aud": "web"})),
		"no audience":          f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"aud": nil})),
		"expired":              f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"exp": now.Add(-time.Second).Unix()})),
		"never expires":        f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"exp": nil})),
		"issued in the future": f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"iat": now.Add(time.Hour).Unix()})),
		"not issued":           f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"iat": nil})),
		"about nobody":         f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"sub": nil})),
		"no client":            f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"client_id": nil})),
		"alg none":             unsigned(f.accessClaims(nil)),
		"alg HS256":            f.signWith([]byte("s3cret/+-padded-to-32-bytes-or-more"), "at+jwt", "k1", f.accessClaims(nil)),
		"key of another":       f.signWith(newKey(t), "at+jwt", "k1", f.accessClaims(nil)),
		"empty":                "",
		"rubbish":              "a.b.c",
		"too long":             strings.Repeat("a", 9<<10),
	} {
		t.Run(name, func(t *testing.T) {
			f.mu.Lock()
			f.introspect = func(url.Values) map[string]any { return map[string]any{"active": false} }
			f.mu.Unlock()
			tt := *b
			tt.t = t
			wantRefused(t, tt.bearer(token))
		})
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/whoami", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"] = []string{"Basic x", "Bearer " + f.sign("at+jwt", "k1", f.accessClaims(nil))}
	wantRefused(t, b.send(r))
}

// TestOtherSchemesAreNoVisitors checks that whoever means to authorise is never taken for somebody who does not.
func TestOtherSchemesAreNoVisitors(t *testing.T) {
	h, f := withFake(t)
	b := h.signedIn(t, f, nil)
	ask := func(authorization string) page {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"/whoami", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", authorization)
		return b.send(r)
	}
	for _, authorization := range []string{
		"Basic YTpi", "Digest username=x", "Negotiate x", "token", "Bearer", "Bearer ", "bearer", "Bearer\ttoken", "Bearertoken", "BearerBearer x", "null", ", Bearer x",
	} {
		t.Log(authorization)
		wantRefused(t, ask(authorization))
	}
	if got := b.seen(ask("")); got.SessionID == "" {
		t.Error("an empty header, which clients without a token send, hides the cookie")
	}
}

// TestWhatIsLookedAtIsACredential checks that whatever makes a request something else than a visitor's can be counted.
func TestWhatIsLookedAtIsACredential(t *testing.T) {
	h := withDevIDP(t)
	for header, want := range map[string]string{"": "", "Bearer x": "x", "bearer  x": "x", "Bearer": "Bearer", "Bearer ": "Bearer", "Basic eDp5": "Basic eDp5"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", header)
		if got := h.auth.Credential(r); got != want {
			t.Errorf("the credential of %q is %q, want %q", header, got, want)
		}
	}
}

func TestOpaqueBearer(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	said := func(changes map[string]any) func(url.Values) map[string]any {
		return func(form url.Values) map[string]any {
			if form.Get("token_type_hint") != "access_token" {
				return map[string]any{"active": false}
			}
			return with(f.accessClaims(map[string]any{"active": true, "token_type": "Bearer"}), changes)
		}
	}
	f.introspect = said(nil)
	for range 5 {
		if got := b.seen(b.bearer("opaque-good")); got.Name != "Ada Example" || got.ClientID != "third" || !slices.Contains(got.Scopes, "staffroom:read") {
			t.Errorf("got %+v", got)
		}
	}
	if got := f.introspections.Load(); got != 1 {
		t.Errorf("the provider was asked %d times", got)
	}
	for name, changes := range map[string]map[string]any{
		"inactive":       {"active": false},
		"not said":       {"active": nil},
		"wrong audience": {"aud": "web"},
		"no audience":    {"aud": nil},
		"wrong issuer":   {"iss": "https://evil.example"},
		"expired":        {"exp": time.Now().Add(-time.Second).Unix()},
		"nobody":         {"sub": nil},
		"another type":   {"token_type": "DPoP"},
		"refresh token":  {"token_use": "refresh_token"},
		"of Keycloak":    {"typ": "Refresh"},
		"ID token":       {"typ": "ID"},
	} {
		f.introspect = said(changes)
		t.Log(name)
		wantRefused(t, b.bearer("opaque-"+name))
	}
	for name, changes := range map[string]map[string]any{"Ory": {"token_use": "access_token"}, "Keycloak": {"typ": "Bearer"}} {
		f.introspect = said(changes)
		t.Log(name)
		b.seen(b.bearer("opaque-" + name))
	}
	// Revoked: known for the cache's short life only. Down: not believed.
	f.introspect = said(map[string]any{"active": false})
	h.turn(31 * time.Second)
	wantRefused(t, b.bearer("opaque-good"))
	f.introspect = said(nil)
	h.turn(31 * time.Second)
	f.down.Store(true)
	if got := b.bearer("opaque-good"); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("with the provider down: %s", got.Status)
	}
}

// withOpaqueTokens has a provider whose tokens are no JWTs, of which those are good that say so. Requests come from address.
func withOpaqueTokens(t *testing.T, address *string) (*house, *fake) {
	t.Helper()
	h, f := openHouse(t), newFake(t)
	h.mount(t, auth.Config{
		Issuer: f.URL, ClientID: "web", ClientSecret: "s3cret/+", PublicURL: h.URL, Audience: "api", Dev: true,
		Address: func(context.Context) string { return *address },
	})
	f.introspect = func(form url.Values) map[string]any {
		good := strings.HasPrefix(form.Get("token"), "good")
		return f.accessClaims(map[string]any{"active": good, "token_type": "Bearer"})
	}
	return h, f
}

// TestManyGoodOpaqueTokensOfOneAddressAreLetIn has a school begin its day behind one address.
func TestManyGoodOpaqueTokensOfOneAddressAreLetIn(t *testing.T) {
	address := "192.0.2.1"
	h, _ := withOpaqueTokens(t, &address)
	b := h.browser(t)
	for i := range 30 {
		b.seen(b.bearer(fmt.Sprint("good-", i)))
	}
}

// TestMadeUpOpaqueTokensKeepNobodyOut has one address make up tokens, and others use good ones, old and new.
func TestMadeUpOpaqueTokensKeepNobodyOut(t *testing.T) {
	address := "1"
	h, f := withOpaqueTokens(t, &address)
	b := h.browser(t)
	b.seen(b.bearer("good-before"))
	address = "2"
	for i := range 300 {
		if got := b.bearer(fmt.Sprint("made-up-", i)); got.StatusCode != http.StatusUnauthorized && got.StatusCode != http.StatusTooManyRequests {
			t.Fatalf("a token that is made up is answered %s", got.Status)
		}
	}
	h.turn(31 * time.Second) // what the provider said is to be asked again
	b.seen(b.bearer("good-before"))
	address = "3"
	b.seen(b.bearer("good-new"))
	if asked := f.introspections.Load(); asked > 150 {
		t.Errorf("the provider was asked %d times", asked)
	}
}

// TestMadeUpOpaqueTokensOfOneNetworkKeepNobodyOut has somebody make up tokens who has many addresses.
func TestMadeUpOpaqueTokensOfOneNetworkKeepNobodyOut(t *testing.T) {
	for _, pattern := range []string{"2001:db8:1:%x::/64", "192.0.2.%d"} {
		address := ""
		h, _ := withOpaqueTokens(t, &address)
		b := h.browser(t)
		for i := range 200 {
			address = fmt.Sprintf(pattern, i)
			b.bearer(fmt.Sprint("made-up-", i))
		}
		for _, address = range []string{"198.51.100.1", "2001:db8:2::/64", "somebody"} {
			b.seen(b.bearer("good-" + address))
		}
	}
}

func TestOpaqueBearerWhereNobodyCanBeAsked(t *testing.T) {
	h, f := withFake(t)
	f.metadata = map[string]any{"introspection_endpoint": ""}
	wantRefused(t, h.browser(t).bearer("opaque"))
}

func TestViewerFromBearer(t *testing.T) {
	h, f := withFake(t)
	token := f.sign("at+jwt", "k1", f.accessClaims(nil))
	for _, payload := range []string{token, "Bearer " + token, "bearer " + token} {
		v, err := h.auth.ViewerFromBearer(t.Context(), payload)
		if err != nil || v.ClientID != "third" || v.Member == nil {
			t.Errorf("got %+v, %v", v, err)
		}
	}
	if _, err := h.auth.ViewerFromBearer(t.Context(), "Basic "+token); staffroom.CodeOf(err) != staffroom.CodeUnauthenticated {
		t.Errorf("got %v", err)
	}
}
