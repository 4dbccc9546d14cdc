package auth_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// wantScopeless checks the answer to a good token that is not for our API.
func wantScopeless(t *testing.T, got page) {
	t.Helper()
	if got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, `"FORBIDDEN"`) || !strings.Contains(got.body, staffroom.ScopeRead) ||
		got.Header.Get("WWW-Authenticate") != `Bearer realm="staffroom", error="insufficient_scope", scope="staffroom:read staffroom:write"` {
		t.Errorf("got %s %v: %s", got.Status, got.Header, got.body)
	}
}

// keycloak is an access token as Keycloak makes them unless it is told otherwise, with changes.
func (f *fake) keycloak(changes map[string]any) map[string]any {
	return with(f.accessClaims(map[string]any{
		"typ": "Bearer", "client_id": nil, "azp": "third", "aud": []string{"api", "account"}, "sid": "there", "acr": "1", "auth_time": 1,
		"scope": "openid profile staffroom:read", "preferred_username": "ada", "realm_access": map[string]any{"roles": []string{"x"}},
	}), changes)
}

func TestAccessTokensOfTypeJWT(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	for name, claims := range map[string]map[string]any{
		"Keycloak":                 f.keycloak(nil),
		"Keycloak, older":          f.keycloak(map[string]any{"nonce": "n"}),
		"Keycloak, one audience":   f.keycloak(map[string]any{"aud": "api"}),
		"Keycloak, client as well": f.keycloak(map[string]any{"aud": []string{"api", "third"}}),
		"Auth0":                    f.keycloak(map[string]any{"typ": nil, "sid": nil, "aud": []string{"api", "https://id.example/userinfo"}}),
		"Zitadel":                  f.accessClaims(map[string]any{"aud": []string{"api", "third"}}),
		"a list of scopes":         f.keycloak(map[string]any{"scope": []string{"staffroom:write"}}),
	} {
		for _, kind := range []string{"JWT", "jwt"} {
			t.Log(name)
			if got := b.seen(b.bearer(f.sign(kind, "k1", claims))); got.ClientID != "third" || got.Name != "Ada Example" {
				t.Errorf("%s: got %+v", name, got)
			}
		}
	}
	for name, changes := range map[string]map[string]any{
		"wrong issuer": {"iss": "https://evil.example"}, "wrong audience": {"aud": "account"}, "refresh token": {"typ": "Refresh"},
		"notice": {"typ": "Logout", "events": map[string]any{}}, "no client": {"azp": nil}, "about nobody": {"sub": nil},
	} {
		t.Log(name)
		wantRefused(t, b.bearer(f.sign("JWT", "k1", f.keycloak(changes))))
	}
}

// TestIDTokensAreRefused tries ID tokens of every make, among them such as name our API as their audience or have one of our scopes.
func TestIDTokensAreRefused(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	keycloak := map[string]any{"typ": "ID", "azp": "third", "aud": []string{"third", "api"}, "at_hash": "x", "acr": "1"}
	more := func(changes map[string]any) map[string]any {
		all := maps.Clone(keycloak)
		maps.Copy(all, changes)
		return all
	}
	for name, changes := range map[string]map[string]any{
		"as it is":                  nil,
		"for the audience":          {"aud": "api"},
		"for both":                  {"aud": []string{"web", "api"}, "azp": "web"},
		"for both, with our scopes": {"aud": []string{"web", "api"}, "azp": "web", "scope": "staffroom:read staffroom:write"},
		"without a nonce":           {"aud": []string{"web", "api"}, "azp": "web", "nonce": nil, "scope": "staffroom:read"},
		"at_hash only":              {"aud": []string{"api"}, "azp": "web", "nonce": nil, "scope": "staffroom:read", "at_hash": "x"},
		"c_hash only":               {"aud": []string{"api"}, "azp": "web", "nonce": nil, "scope": "staffroom:read", "c_hash": "x"},
		"without any mark":          {"aud": []string{"web", "api"}, "azp": "web", "nonce": nil},
		"of Keycloak":               keycloak,
		"of Keycloak, with scope":   more(map[string]any{"scope": "openid staffroom:read", "client_id": "third"}),
		"of Keycloak, without hash": more(map[string]any{"scope": "openid staffroom:read", "at_hash": nil, "nonce": nil}),
		"type of claim in capitals": more(map[string]any{"typ": "id", "scope": "staffroom:read", "at_hash": nil, "nonce": nil}),
		"that says it is a bearer":  more(map[string]any{"typ": "Bearer", "scope": "staffroom:read"}),
	} {
		for _, kind := range []string{"JWT", "jwt", "", "ID", "id_token+jwt"} {
			t.Log(name, kind)
			wantRefused(t, b.bearer(f.sign(kind, "k1", f.idClaims("n", changes))))
		}
	}
}

func TestTokensWithoutOurScopes(t *testing.T) {
	h, f := withFake(t)
	b := h.browser(t)
	for name, token := range map[string]string{
		"other scopes":              f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"scope": "openid profile"})),
		"no scopes":                 f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"scope": nil})),
		"empty scope":               f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"scope": ""})),
		"like ours":                 f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"scope": "staffroom:reader staffroom Staffroom:read"})),
		"other scopes and audience": f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"scope": "openid", "aud": "other"})),
		"type JWT":                  f.sign("JWT", "k1", f.keycloak(map[string]any{"scope": "openid profile email", "aud": "account"})),
	} {
		t.Log(name)
		wantScopeless(t, b.bearer(token))
	}
	f.introspect = func(url.Values) map[string]any {
		return f.accessClaims(map[string]any{"active": true, "scope": "openid", "aud": []string{"account"}})
	}
	wantScopeless(t, b.bearer("opaque"))
	if page, err := h.store.Members.Find(t.Context(), staffroom.Query{Limit: 1}); err != nil || len(page.Items) > 0 {
		t.Errorf("somebody without rights became a member: %v, %v", page, err)
	}
	// One of them is enough.
	for _, scope := range []string{staffroom.ScopeRead, staffroom.ScopeWrite} {
		b.seen(b.bearer(f.sign("at+jwt", "k1", f.accessClaims(map[string]any{"scope": scope}))))
	}
}
