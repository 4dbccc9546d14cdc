package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// fake is a provider that does what a test says, right or wrong.
type fake struct {
	*httptest.Server
	t   *testing.T
	key *ecdsa.PrivateKey

	keyFetches, introspections, discoveries atomic.Int64
	// down, keysDown and userInfoDown say which parts do not answer.
	down, keysDown, userInfoDown atomic.Bool

	mu sync.Mutex
	// published are the keys that the provider names, by id.
	published map[string]*ecdsa.PrivateKey
	// metadata is added to the discovery document.
	metadata map[string]any
	// tokens answers the token endpoint.
	tokens func(url.Values) map[string]any
	// userInfo and introspect answer those endpoints.
	userInfo   map[string]any
	introspect func(url.Values) map[string]any
}

func newFake(t *testing.T) *fake {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, key: key, published: map[string]*ecdsa.PrivateKey{"k1": key}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", f.discovery)
	mux.HandleFunc("GET /keys", f.keys)
	mux.HandleFunc("POST /token", f.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) {
		if f.userInfoDown.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		f.write(w, f.userInfo)
	})
	mux.HandleFunc("POST /introspect", f.introspection)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/.well-known/") {
			f.discoveries.Add(1)
		}
		if f.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token",
		"jwks_uri": f.URL + "/keys", "userinfo_endpoint": f.URL + "/userinfo",
		"introspection_endpoint": f.URL + "/introspect", "end_session_endpoint": f.URL + "/end?a=b",
	}
	f.mu.Lock()
	maps.Copy(document, f.metadata)
	f.mu.Unlock()
	f.write(w, document)
}

// keys answers as large providers do: with keys of other kinds and for other uses among those that sign.
func (f *fake) keys(w http.ResponseWriter, _ *http.Request) {
	f.keyFetches.Add(1)
	if f.keysDown.Load() {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	all := []any{map[string]any{"kty": "OKP", "crv": "X448", "kid": "odd", "x": "AA"}, map[string]any{"kty": "new", "kid": "new"}}
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, key := range f.published {
		all = append(all, jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
	}
	f.write(w, map[string]any{"keys": all})
}

// publish takes a key into those that the provider names, or off them if it is nil.
func (f *fake) publish(id string, key *ecdsa.PrivateKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if key == nil {
		delete(f.published, id)
		return
	}
	f.published[id] = key
}

func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if id != "web" || secret != url.QueryEscape("s3cret/+") || r.PostFormValue("code") != "good" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.write(w, f.tokens(r.PostForm))
}

func (f *fake) introspection(w http.ResponseWriter, r *http.Request) {
	f.introspections.Add(1)
	if id, secret, _ := r.BasicAuth(); id != "web" || secret != url.QueryEscape("s3cret/+") {
		http.Error(w, "who?", http.StatusUnauthorized)
		return
	}
	_ = r.ParseForm()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.write(w, f.introspect(r.PostForm))
}

func (f *fake) write(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

// sign makes a JWT of this type, under this key id, with the fake's key.
func (f *fake) sign(kind, kid string, claims map[string]any) string {
	return f.signWith(f.key, kind, kid, claims)
}

func (f *fake) signWith(key any, kind, kid string, claims map[string]any) string {
	f.t.Helper()
	options := (&jose.SignerOptions{}).WithHeader("kid", kid)
	if kind != "" {
		options = options.WithType(jose.ContentType(kind))
	}
	algorithm := jose.ES256
	if _, shared := key.([]byte); shared {
		algorithm = jose.HS256
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		f.t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize() //nolint:misspell // the library spells it so
	if err != nil {
		f.t.Fatal(err)
	}
	return text
}

// idClaims are those of a good ID token, with changes; a nil value takes a claim away.
func (f *fake) idClaims(nonce string, changes map[string]any) map[string]any {
	return with(map[string]any{
		"iss": f.URL, "aud": "web", "sub": "s1", "nonce": nonce, "sid": "there",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"name": "Ada Example", "email": "ada@school.example", "email_verified": true,
	}, changes)
}

// accessClaims are those of a good access token, with changes; a nil value takes a claim away.
func (f *fake) accessClaims(changes map[string]any) map[string]any {
	return with(map[string]any{
		"iss": f.URL, "aud": []string{"api"}, "sub": "s1", "client_id": "third", "scope": "staffroom:read other",
		"jti": "1", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"name": "Ada Example", "email": "ada@school.example",
	}, changes)
}

func with(claims, changes map[string]any) map[string]any {
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return claims
}
