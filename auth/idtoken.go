package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// clockSkew is how far the provider's clock may be ahead of ours.
	clockSkew = time.Minute
	// idTokenAge is how old an ID token may be that was just given out.
	idTokenAge = 10 * time.Minute
	// maxSubject is the longest subject that OpenID Connect allows, in characters.
	maxSubject = 255
	// maxQuoted is how much of what others sent goes into a log line.
	maxQuoted = 100
	// maxReason is how much of an error's text goes into a log line, in bytes.
	maxReason = 500
)

// identity is who signed in.
type identity struct {
	staffroom.SignedIn
	idToken, providerSession string
}

// claims are what we read of ID tokens, access tokens and user info.
type claims struct {
	Subject         string   `json:"sub"`
	AuthorizedParty string   `json:"azp"`
	ClientID        string   `json:"client_id"`
	ProviderSession string   `json:"sid"`
	Name            string   `json:"name"`
	GivenName       string   `json:"given_name"`
	FamilyName      string   `json:"family_name"`
	Username        string   `json:"preferred_username"`
	Email           string   `json:"email"`
	EmailVerified   flag     `json:"email_verified"`
	Scope           scopes   `json:"scope"`
	IssuedAt        *float64 `json:"iat"`
}

// flag is a boolean that some providers write as text.
type flag bool

// UnmarshalJSON reads true and "true".
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = string(b) == "true" || string(b) == `"true"`
	return nil
}

// displayName is what the provider calls the person, by the best of what it tells.
func (c *claims) displayName() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.GivenName != "" && c.FamilyName != "":
		return c.GivenName + " " + c.FamilyName
	default:
		return c.Username
	}
}

func (c *claims) signedIn(issuer string) staffroom.SignedIn {
	return staffroom.SignedIn{
		Issuer: issuer, Subject: c.Subject, Name: c.displayName(), Email: c.Email, EmailVerified: bool(c.EmailVerified),
	}
}

// identityOf checks the tokens and reads who they are about.
func (a *Auth) identityOf(ctx context.Context, remote *remote, tokens *oauth2.Token, nonce string) (*identity, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, failure("the provider gave no ID token", nil)
	}
	token, err := verified(remote, a.cfg, a.cfg.ClientID, func(v *oidc.IDTokenVerifier) (*oidc.IDToken, error) { return v.Verify(ctx, raw) })
	if err != nil {
		return nil, failure("the ID token does not verify", err)
	}
	var about claims
	if err := token.Claims(&about); err != nil {
		return nil, failure("the ID token has odd claims", err)
	}
	if err := a.checkIDToken(token, &about, tokens.AccessToken, nonce); err != nil {
		return nil, failure("the ID token is not for this sign-in", err)
	}
	if about.displayName() == "" || about.Email == "" {
		if err := a.askUserInfo(ctx, remote, tokens.AccessToken, &about); err != nil {
			return nil, failure("the user info is of no use", err)
		}
	}
	return &identity{SignedIn: about.signedIn(a.cfg.Issuer), idToken: raw, providerSession: about.ProviderSession}, nil
}

// checkIDToken checks what go-oidc leaves to its callers.
func (a *Auth) checkIDToken(token *oidc.IDToken, about *claims, accessToken, nonce string) error {
	switch age := a.now().Sub(token.IssuedAt); {
	case token.Nonce == "" || !same(token.Nonce, nonce):
		return errors.New("its nonce is not the one of the sign-in")
	case about.AuthorizedParty != "" && about.AuthorizedParty != a.cfg.ClientID:
		return fmt.Errorf("it was issued to %s", quoted(about.AuthorizedParty))
	case len(token.Audience) > 1 && about.AuthorizedParty == "":
		return errors.New("it has several audiences and does not say to whom it was issued")
	case about.IssuedAt == nil || age < -clockSkew || age > idTokenAge:
		return errors.New("it was not issued just now")
	case token.Subject == "" || len(token.Subject) > maxSubject:
		return errors.New("its subject is missing or too long")
	case token.AccessTokenHash == "":
		// at_hash is optional in the code flow: both tokens came from the token endpoint, over one connection.
		return nil
	default:
		return token.VerifyAccessToken(accessToken)
	}
}

var errSomebodyElse = errors.New("the user info is about somebody else")

// askUserInfo fills in name and address from the user info endpoint, if the provider has one.
func (a *Auth) askUserInfo(ctx context.Context, remote *remote, accessToken string, about *claims) error {
	if remote.UserInfoEndpoint() == "" {
		return nil
	}
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: accessToken})
	watched := &watching{next: a.provider.client.Transport}
	client := *a.provider.client
	client.Transport = watched
	info, err := remote.UserInfo(oidc.ClientContext(ctx, &client), source)
	switch {
	case err != nil && watched.unavailable:
		return &staffroom.Error{
			Code:    staffroom.CodeUnavailable,
			Message: "The sign-in service does not say who you are at the moment. Try again in a few seconds.",
			Cause:   brief(err),
		}
	case err != nil:
		return err
	}
	if info.Subject != about.Subject {
		return errSomebodyElse
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return err
	}
	if about.displayName() == "" {
		about.Name = more.displayName()
	}
	// An address and whether it was verified belong together, so both come from the same place.
	if about.Email == "" {
		about.Email, about.EmailVerified = more.Email, more.EmailVerified
	}
	return nil
}

// scopes are written as one text with spaces, or as a list.
type scopes []string

// UnmarshalJSON reads both forms.
func (s *scopes) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err == nil {
		*s = list
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("scope: %w", err)
	}
	*s = strings.Fields(text)
	return nil
}

// brief is err for the log, cut short: some errors hold whole answers of the provider.
func brief(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); len(text) > maxReason {
		return errors.New(text[:maxReason] + "…")
	}
	return err
}

// quoted is text of others for a log line: cut short, and without control characters.
func quoted(text string) string {
	if len(text) > maxQuoted {
		text = text[:maxQuoted]
	}
	return strconv.Quote(text)
}
