package devidp

import (
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

const (
	// grantLife is how long a refresh token is good, from when the person signed in: a working day.
	grantLife = 12 * time.Hour
	// maxGrants is how many grants there may be; the oldest gives way.
	maxGrants = 1000
)

// grant is what a person allowed a client with offline_access: as long as it lasts, its refresh token gets new access tokens. It is an
// [op.IDTokenRequest].
type grant struct {
	id, client, subject string
	scopes              []string
	// at is when the person signed in.
	at time.Time
	// secret is the second half of the refresh token, behind the id. Each refresh token is good once.
	secret string
}

// refreshToken is the one that is good now.
func (g *grant) refreshToken() string { return g.id + "." + g.secret }

// tokenID is an id for an access token of the grant, which tells that it is.
func (g *grant) tokenID() string { return g.id + "." + rand.Text() }

// GetAMR is [op.IDTokenRequest], as are the methods below.
func (g *grant) GetAMR() []string { return nil }

// GetAudience is who the ID token is for.
func (g *grant) GetAudience() []string { return []string{g.client} }

// GetAuthTime is when the person signed in.
func (g *grant) GetAuthTime() time.Time { return g.at }

// GetClientID is who asked.
func (g *grant) GetClientID() string { return g.client }

// GetScopes are those that were allowed.
func (g *grant) GetScopes() []string { return g.scopes }

// GetSubject is who signed in.
func (g *grant) GetSubject() string { return g.subject }

// grant remembers what somebody allowed, who has signed in.
func (s *storage) grant(begun *request) *grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	if len(s.grants) >= maxGrants {
		oldest := ""
		for id, g := range s.grants {
			if oldest == "" || g.at.Before(s.grants[oldest].at) {
				oldest = id
			}
		}
		delete(s.grants, oldest)
	}
	g := &grant{
		id: rand.Text(), secret: rand.Text(), client: begun.GetClientID(), subject: begun.subject, scopes: begun.GetScopes(), at: begun.at,
	}
	s.grants[g.id] = g
	return new(*g)
}

// renew takes a refresh token and gives the grant with a new one, for all of its scopes or for some. A token that was used before has
// been in the hands of somebody else: then the grant ends, with all that came of it (RFC 9700).
func (s *storage) renew(token, client string, scopes []string) (*grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, secret, _ := strings.Cut(token, ".")
	g, ok := s.grants[id]
	foreign := func(scope string) bool { return !slices.Contains(g.scopes, scope) }
	switch {
	case !ok || g.client != client || time.Since(g.at) > grantLife:
		return nil, oidc.ErrInvalidGrant().WithDescription("the refresh token is not known, or no longer")
	case subtle.ConstantTimeCompare([]byte(secret), []byte(g.secret)) != 1:
		s.endGrant(id)
		return nil, oidc.ErrInvalidGrant().WithDescription("the refresh token was used before, so it ended with all that came of it; sign in again")
	case slices.ContainsFunc(scopes, foreign):
		return nil, oidc.ErrInvalidScope().WithDescription("a scope was not granted before")
	}
	g.secret = rand.Text()
	renewed := *g
	if len(scopes) > 0 {
		renewed.scopes = scopes
	}
	return &renewed, nil
}

// endGrant ends a grant with its access tokens. The caller holds the lock.
func (s *storage) endGrant(id string) {
	delete(s.grants, id)
	s.revoked[id] = time.Now().Add(accessLife)
}

// revokeRefresh ends the grant of a refresh token of the client; false if there is none.
func (s *storage) revokeRefresh(token, client string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, secret, _ := strings.Cut(token, ".")
	g, ok := s.grants[id]
	if !ok || g.client != client || subtle.ConstantTimeCompare([]byte(secret), []byte(g.secret)) != 1 {
		return false
	}
	s.endGrant(id)
	return true
}

// revokeAccess makes everybody refuse the access token with this id.
func (s *storage) revokeAccess(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	s.revoked[id] = time.Now().Add(devTokenLife)
}

// isRevoked says whether the access token with this id was revoked, by itself or with its grant.
func (s *storage) isRevoked(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, alone := s.revoked[id]
	grant, _, _ := strings.Cut(id, ".")
	_, all := s.revoked[grant]
	return alone || all
}
