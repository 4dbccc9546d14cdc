package auth_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/staffroom-schools/staffroom/auth/devidp"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// thirdParty is the example client as its author would set it up.
func (h *house) thirdParty(scopes ...string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:    devidp.ExampleClient,
		RedirectURL: "http://localhost:54321/callback",
		Scopes:      append([]string{"openid"}, scopes...),
		Endpoint: oauth2.Endpoint{
			AuthURL: h.URL + "/idp/authorize", TokenURL: h.URL + "/idp/oauth/token", AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// code signs a sample person in for the client and gives the code.
func (b *browser) code(client *oauth2.Config, verifier, subject string) string {
	b.t.Helper()
	back, err := b.pick(b.follow(b.get(client.AuthCodeURL("st", oauth2.S256ChallengeOption(verifier)))), subject).Location()
	if err != nil {
		b.t.Fatal(err)
	}
	q := back.Query()
	if !strings.HasPrefix(back.String(), client.RedirectURL+"?") || q.Get("state") != "st" || q.Get("iss") != b.h.URL+"/idp" {
		b.t.Fatalf("the browser is sent back to %s", back)
	}
	return q.Get("code")
}

func TestThirdPartyClient(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	client, verifier := h.thirdParty("profile", "email", staffroom.ScopeRead), oauth2.GenerateVerifier()
	code := b.code(client, verifier, "p1")
	tokens, err := client.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	got := b.seen(b.bearer(tokens.AccessToken))
	if got.Name != "Ada Example" || got.Email != "ada@school.example" || !got.EmailVerified || got.ClientID != devidp.ExampleClient {
		t.Errorf("the bearer is %+v", got)
	}
	if !slices.Contains(got.Scopes, staffroom.ScopeRead) || slices.Contains(got.Scopes, staffroom.ScopeWrite) {
		t.Errorf("the bearer has the scopes %q", got.Scopes)
	}
	if idToken, _ := tokens.Extra("id_token").(string); idToken == "" {
		t.Error("there is no ID token")
	} else {
		wantRefused(t, b.bearer(idToken))
	}
	if _, err := client.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); err == nil {
		t.Error("the code is good twice")
	}
	// The same person in a browser is the same member.
	b.signIn("/", "p1")
	if web := b.whoAmI(); web.Identity != got.Identity {
		t.Errorf("%q in the browser and %q through the client", web.Identity, got.Identity)
	}
}

func TestThirdPartyClientWithoutOurScopes(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	client, verifier := h.thirdParty("profile"), oauth2.GenerateVerifier()
	tokens, err := client.Exchange(t.Context(), b.code(client, verifier, "p1"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	wantScopeless(t, b.bearer(tokens.AccessToken))
}

func TestThirdPartyCodeNeedsItsVerifier(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	client := h.thirdParty(staffroom.ScopeRead)
	for name, options := range map[string][]oauth2.AuthCodeOption{
		"none": nil, "another": {oauth2.VerifierOption(oauth2.GenerateVerifier())},
	} {
		code := b.code(client, oauth2.GenerateVerifier(), "p1")
		if _, err := client.Exchange(t.Context(), code, options...); err == nil {
			t.Errorf("a code was redeemed with the verifier: %s", name)
		}
	}
	// A code that was made for Staffroom itself is of no use to the example client.
	verifier := oauth2.GenerateVerifier()
	web := *client
	web.ClientID, web.RedirectURL = devidp.WebClient, h.URL+"/sign-in/callback"
	code := b.code(&web, verifier, "p1")
	client.RedirectURL = web.RedirectURL
	if _, err := client.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); err == nil {
		t.Error("a code was redeemed by another client")
	}
}

func TestWebClientsOnThisMachineMayRedeemCodes(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	for origin, want := range map[string]string{
		"http://localhost:5173": "http://localhost:5173", "https://evil.example": "", "http://localhost.evil.example": "", "null": "",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, h.URL+"/idp/oauth/token", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", http.MethodPost)
		got := b.send(r).Header
		if got.Get("Access-Control-Allow-Origin") != want || got.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", origin, got)
		}
	}
}

func TestSignInPageIsStyled(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	wantStyled(t, b.follow(b.follow(b.get("/sign-in"))))
}

func TestAuthorizeRefuses(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	s256 := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	for name, asked := range map[string]string{
		"no PKCE":          h.thirdParty().AuthCodeURL("st"),
		"plain PKCE":       h.thirdParty().AuthCodeURL("st", oauth2.SetAuthURLParam("code_challenge", "x"), oauth2.SetAuthURLParam("code_challenge_method", "plain")),
		"empty PKCE":       h.thirdParty().AuthCodeURL("st", oauth2.SetAuthURLParam("code_challenge_method", "S256")),
		"another redirect": h.thirdParty().AuthCodeURL("st", s256, oauth2.SetAuthURLParam("redirect_uri", "https://evil.example/callback")),
		"another path":     h.thirdParty().AuthCodeURL("st", s256, oauth2.SetAuthURLParam("redirect_uri", "http://localhost:1/other")),
		"looks like us":    h.thirdParty().AuthCodeURL("st", s256, oauth2.SetAuthURLParam("redirect_uri", "http://localhost.evil.example/callback")),
		"implicit":         h.thirdParty().AuthCodeURL("st", s256, oauth2.SetAuthURLParam("response_type", "id_token token")),
		"unknown client":   h.thirdParty().AuthCodeURL("st", s256, oauth2.SetAuthURLParam("client_id", "x")),
	} {
		got := b.get(asked)
		there, _ := got.Location()
		if there != nil && (strings.Contains(there.Host, "evil") || strings.HasPrefix(there.Path, "/idp/sign-in")) {
			t.Errorf("%s: sent to %s", name, there)
		}
	}
}

func TestUserInfoIntrospectionAndRevocation(t *testing.T) {
	h := withDevIDP(t)
	b := h.browser(t)
	token, err := h.idp.Token("ADA@school.example", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got := b.seen(b.bearer(token))
	if got.Name != "Ada Example" || !slices.Contains(got.Scopes, staffroom.ScopeWrite) || got.ClientID != devidp.TokenClient {
		t.Errorf("the bearer is %+v", got)
	}
	secret := h.idp.AuthConfig().ClientSecret
	introspect := func(password, token string) (status int, said struct {
		Active bool
		Sub    string
		Aud    []string
	},
	) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/idp/oauth/introspect", strings.NewReader(url.Values{"token": {token}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(devidp.WebClient, password)
		p := b.send(r)
		_ = json.Unmarshal([]byte(p.body), &said)
		return p.StatusCode, said
	}
	if _, said := introspect(secret, token); !said.Active || said.Sub != "p1" || !slices.Contains(said.Aud, h.URL) {
		t.Errorf("introspection says %+v", said)
	}
	if status, said := introspect("wrong", token); said.Active || status == http.StatusOK {
		t.Errorf("introspection without the secret says %d %+v", status, said)
	}
	client, verifier := h.thirdParty(), oauth2.GenerateVerifier()
	tokens, err := client.Exchange(t.Context(), b.code(client, verifier, "p1"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if _, said := introspect(secret, tokens.Extra("id_token").(string)); said.Active {
		t.Error("an ID token passes as an access token")
	}
	if got := b.post("/idp/revoke", url.Values{"token": {token}, "client_id": {devidp.ExampleClient}}); got.StatusCode != http.StatusOK {
		t.Errorf("revoking: %s: %s", got.Status, got.body)
	}
	if _, said := introspect(secret, token); said.Active {
		t.Error("the token was revoked and is still active")
	}
	if _, err := h.idp.Token("nobody@school.example", time.Hour); err == nil || !strings.Contains(err.Error(), "bob@school.example") {
		t.Errorf("the error does not say who there is: %v", err)
	}
}
