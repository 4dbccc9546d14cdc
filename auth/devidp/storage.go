package devidp

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	// requestLife is how long somebody may look at the sign-in page.
	requestLife = 10 * time.Minute
	// codeLife is how long a code is good.
	codeLife = time.Minute
	// maxRequests is how many sign-ins may be under way.
	maxRequests = 1000
)

var (
	errNoRequest  = errors.New("there is no such sign-in, or it took too long")
	errNotOffered = errors.New("the built-in identity provider does not offer this")
)

// storage is the [op.Storage] of the provider, in memory: a restart forgets the sign-ins under way, the refresh tokens and which tokens
// were revoked. Access tokens themselves are not stored.
type storage struct {
	provider *Provider
	clients  map[string]*client

	mu       sync.Mutex
	requests map[string]*request  // by id
	codes    map[string]string    // code to request id
	redeemed map[string]redeemed  // by code
	grants   map[string]*grant    // by id
	revoked  map[string]time.Time // id of a token or grant to when it may be forgotten
}

func newStorage(p *Provider) *storage {
	s := &storage{
		provider: p, clients: map[string]*client{},
		requests: map[string]*request{}, codes: map[string]string{}, redeemed: map[string]redeemed{},
		grants: map[string]*grant{}, revoked: map[string]time.Time{},
	}
	for _, c := range p.clients() {
		s.clients[c.id] = c
	}
	return s
}

// CreateAuthRequest begins a sign-in, for which somebody must be there. Every client must use PKCE with S256.
func (s *storage) CreateAuthRequest(_ context.Context, asked *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if asked.CodeChallenge == "" || asked.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with code_challenge_method S256 is needed")
	}
	if mode := asked.ResponseMode; mode != "" && mode != oidc.ResponseModeQuery {
		return nil, oidc.ErrInvalidRequest().WithDescription("the response_mode must be query, which is the one without it, too")
	}
	if slices.Contains(asked.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired().WithDescription("nobody is signed in here; send the browser without prompt=none")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	if len(s.requests) >= maxRequests {
		return nil, oidc.ErrServerError().WithDescription("too many sign-ins are under way")
	}
	begun := newRequest(asked)
	s.requests[begun.id] = begun
	return begun, nil
}

// forget drops what is too old.
func (s *storage) forget() {
	now := time.Now()
	for id, r := range s.requests {
		if now.After(r.until) {
			delete(s.requests, id)
			delete(s.codes, r.code)
		}
	}
	for code, r := range s.redeemed {
		if now.After(r.until) {
			delete(s.redeemed, code)
		}
	}
	for id, g := range s.grants {
		if now.Sub(g.at) > grantLife {
			delete(s.grants, id)
		}
	}
	for id, until := range s.revoked {
		if now.After(until) {
			delete(s.revoked, id)
		}
	}
}

// AuthRequestByID is a sign-in under way. It is a copy.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	return s.request(id)
}

func (s *storage) request(id string) (*request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.requests[id]
	if !ok || time.Now().After(found.until) {
		return nil, errNoRequest
	}
	return new(*found), nil
}

// signIn notes who signs in. It does so once for each request.
func (s *storage) signIn(id, subject string) (*request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.requests[id]
	if !ok || found.Done() || time.Now().After(found.until) {
		return nil, errNoRequest
	}
	found.subject, found.at = subject, time.Now()
	return new(*found), nil
}

// SaveAuthCode ties a code to its request.
func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.requests[id]
	if !ok {
		return errNoRequest
	}
	found.code, found.until = code, time.Now().Add(codeLife)
	s.codes[code] = id
	return nil
}

// redeemed is what came of a code: a grant, or an access token alone.
type redeemed struct {
	id    string
	until time.Time
}

// redeem takes the request of a code; the code is good once, whatever comes of it. One that comes again has been in the
// hands of somebody else: then all ends that came of it (RFC 6749, 4.1.2).
func (s *storage) redeem(code string) (*request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.codes[code]
	found := s.requests[id]
	delete(s.codes, code)
	delete(s.requests, id)
	if before, again := s.redeemed[code]; again {
		s.endGrant(before.id)
	}
	if !ok || found == nil || time.Now().After(found.until) {
		return nil, errNoRequest
	}
	return found, nil
}

// remember notes what came of a code.
func (s *storage) remember(code, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	s.redeemed[code] = redeemed{id, time.Now().Add(accessLife)}
}

// DeleteAuthRequest drops a sign-in.
func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	return nil
}

// GetClientByClientID is the client with this id.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if c, ok := s.clients[id]; ok {
		return c, nil
	}
	return nil, oidc.ErrInvalidClient().WithDescription("there is no client with this id")
}

// AuthorizeClientIDSecret checks the secret. Public clients have none, so none is right.
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	c, ok := s.clients[id]
	if !ok || c.secret == "" || subtle.ConstantTimeCompare([]byte(c.secret), []byte(secret)) != 1 {
		return oidc.ErrInvalidClient().WithDescription("the client secret is wrong")
	}
	return nil
}

// SetUserinfoFromScopes says whom an ID token is about, and no more: name and address come from user info.
func (s *storage) SetUserinfoFromScopes(_ context.Context, info *oidc.UserInfo, subject, _ string, _ []string) error {
	info.Subject = subject
	return nil
}

// Health is always good.
func (s *storage) Health(context.Context) error { return nil }

// SigningKey signs ID tokens.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	return privateKey{s.provider.signer}, nil
}

// SignatureAlgorithms is the one there is.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

// KeySet is the one key there is.
func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{publicKey{s.provider.signer}}, nil
}

type privateKey struct{ s *signer }

// SignatureAlgorithm is [op.SigningKey], as are the methods below.
func (k privateKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

// Key is the private key.
func (k privateKey) Key() any { return k.s.key }

// ID is the key's id.
func (k privateKey) ID() string { return k.s.id }

type publicKey struct{ s *signer }

// ID is [op.Key], as are the methods below.
func (k publicKey) ID() string { return k.s.id }

// Algorithm is what it verifies.
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }

// Use is signatures.
func (k publicKey) Use() string { return "sig" }

// Key is the public key.
func (k publicKey) Key() any { return k.s.key.Public() }
