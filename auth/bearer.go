package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxToken is the longest bearer token that is looked at, in bytes.
const maxToken = 8 << 10

// access is what a good access token says.
type access struct {
	claims
	ID       string   `json:"jti"`
	Audience audience `json:"aud"`
}

// ViewerFromBearer is the member whom the access token speaks for, through the client that it was issued to. The token may
// come with its scheme, as in an Authorization header. UNAUTHENTICATED if it is not good, whatever the reason, which is
// logged only; FORBIDDEN if it has none of our scopes; UNAVAILABLE if the provider, which must be asked, does not answer.
func (a *Auth) ViewerFromBearer(ctx context.Context, token string) (*staffroom.Viewer, error) {
	if bare, ok := cutScheme(token); ok {
		token = bare
	}
	granted, err := a.accessOf(ctx, token)
	if err != nil {
		return nil, a.badToken(ctx, err)
	}
	viewer, err := a.viewerOf(ctx, granted, token)
	if err != nil {
		return nil, a.badToken(ctx, err)
	}
	// A copy, because viewers that the domain gave out are not ours to change.
	through := *viewer
	through.ClientID, through.Scopes = granted.client(), granted.Scope
	return &through, nil
}

// cutScheme takes "Bearer" off, in upper or lower case; false if it is not there. Nothing may be left.
func cutScheme(header string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(header, " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// accessOf checks the token: a JWT by itself, any other by asking the provider.
func (a *Auth) accessOf(ctx context.Context, token string) (*access, error) {
	if token == "" || len(token) > maxToken {
		return nil, errors.New("the token is empty or too long")
	}
	remote, err := a.provider.get(ctx)
	if err != nil {
		return nil, err
	}
	var granted *access
	if strings.Count(token, ".") == 2 {
		granted, err = a.accessOfJWT(ctx, remote, token)
	} else {
		granted, err = a.opaque.access(ctx, remote, token)
	}
	if err != nil {
		return nil, err
	}
	return granted, a.checkGrant(granted)
}

// accessOfJWT checks a JWT by RFC 9068, except whom it is for.
func (a *Auth) accessOfJWT(ctx context.Context, remote *remote, token string) (*access, error) {
	if err := checkKind(token); err != nil {
		return nil, err
	}
	read, err := verified(remote, a.cfg, "", func(v *oidc.IDTokenVerifier) (*oidc.IDToken, error) { return v.Verify(ctx, token) })
	if err != nil {
		return nil, err
	}
	granted := new(access)
	if err := read.Claims(granted); err != nil {
		return nil, err
	}
	switch {
	case granted.IssuedAt == nil || a.now().Add(clockSkew).Before(read.IssuedAt):
		return nil, errors.New("the token does not say when it was issued, or was issued in the future")
	case granted.Subject == "" || len(granted.Subject) > maxSubject:
		return nil, errors.New("the token is about nobody")
	case granted.client() == "":
		return nil, errors.New("the token does not name its client")
	case a.cfg.Revoked != nil && a.cfg.Revoked(granted.ID):
		return nil, errors.New("the token was revoked")
	}
	return granted, nil
}

// checkGrant checks that the token is for our API. Scopes come first: providers name our API in a token only where the client asked for
// one of its scopes, and a client that did not must hear what to ask for.
func (a *Auth) checkGrant(granted *access) error {
	ours := func(scope string) bool { return scope == staffroom.ScopeRead || scope == staffroom.ScopeWrite }
	switch {
	case !slices.ContainsFunc(granted.Scope, ours):
		return staffroom.Errorf(staffroom.CodeForbidden, "The access token has neither the scope %s nor %s, so it may do nothing here. "+
			"Ask for them when the person signs in.", staffroom.ScopeRead, staffroom.ScopeWrite)
	case !slices.Contains(granted.Audience, a.cfg.Audience):
		return fmt.Errorf("the token is for %s and not for %s", quoted(strings.Join(granted.Audience, " ")), quoted(a.cfg.Audience))
	default:
		return nil
	}
}

// client is the id of the client that the token was issued to.
func (t *access) client() string {
	if t.ClientID != "" {
		return t.ClientID
	}
	return t.AuthorizedParty
}

// viewerOf finds the member, or makes one of somebody who signs in through a third-party client first.
func (a *Auth) viewerOf(ctx context.Context, granted *access, token string) (*staffroom.Viewer, error) {
	viewer, err := a.members.ViewerByIdentity(ctx, a.cfg.Issuer, granted.Subject)
	if staffroom.CodeOf(err) != staffroom.CodeNotFound {
		return viewer, err
	}
	about := granted.claims
	if about.displayName() == "" || about.Email == "" {
		remote, err := a.provider.get(ctx)
		if err != nil {
			return nil, err
		}
		if err := a.askUserInfo(ctx, remote, token, &about); err != nil {
			if staffroom.CodeOf(err) == staffroom.CodeUnavailable || errors.Is(err, errSomebodyElse) {
				return nil, err
			}
			a.log.InfoContext(ctx, "user info does not tell about a new member", "reason", brief(err))
		}
	}
	if about.displayName() == "" {
		return nil, staffroom.Errorf(staffroom.CodeUnauthenticated, "The person has not been here before, and the access token does not tell the name. "+
			"Ask for the scopes openid, profile and email, too, when the person signs in.")
	}
	member, err := a.members.SignedIn(ctx, about.signedIn(a.cfg.Issuer))
	if err != nil {
		return nil, err
	}
	return a.members.ViewerOf(ctx, member.ID)
}

// badToken is what a caller may know of err. Store and provider that do not answer are no fault of the token.
func (a *Auth) badToken(ctx context.Context, err error) error {
	switch code := staffroom.CodeOf(err); {
	case ctx.Err() != nil:
		return ctx.Err()
	case code == staffroom.CodeUnavailable || code == staffroom.CodeRateLimited:
		return err
	case code == staffroom.CodeForbidden || code == staffroom.CodeUnauthenticated: // which say what to ask for
		a.log.InfoContext(ctx, "refused an access token for its scopes")
		return err
	default:
		a.log.InfoContext(ctx, "refused an access token", "reason", brief(err))
		return &staffroom.Error{
			Code:    staffroom.CodeUnauthenticated,
			Message: "The access token is not valid here. It has expired, was revoked, or was issued for something else. Get a new one from the sign-in service.",
			Cause:   brief(err),
		}
	}
}
