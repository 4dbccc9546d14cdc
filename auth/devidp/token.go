package devidp

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

const (
	// accessLife is how long an access token of the code flow is good.
	accessLife = time.Hour
	// devTokenLife is how long a token of TokenFromDir is good: a working day.
	devTokenLife = 12 * time.Hour
	accessType   = "at+jwt"
)

// accessClaims are the claims of an access token (RFC 9068).
type accessClaims struct {
	jwt.Claims
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
}

func (c *accessClaims) scopes() []string { return strings.Fields(c.Scope) }

// signer makes access tokens and checks them.
type signer struct {
	key              *rsa.PrivateKey
	id               string
	issuer, audience string
	jws              jose.Signer
}

func newSigner(key *rsa.PrivateKey, issuer, audience string) (*signer, error) {
	id, err := keyID(key)
	if err != nil {
		return nil, err
	}
	// zitadel/oidc signs everything with typ "JWT", and has no way to change that; so access tokens are signed here.
	options := (&jose.SignerOptions{}).WithType(accessType)
	jws, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.RS256,
		Key:       jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.RS256)},
	}, options)
	return &signer{key: key, id: id, issuer: issuer, audience: audience, jws: jws}, err
}

// sign makes an access token with this id. It is for the API if one of the API's scopes was granted, and otherwise for user info only.
func (s *signer) sign(id, subject, client string, scopes []string, life time.Duration) (string, error) {
	audience := s.issuer
	if slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(apiScopes(), scope) }) {
		audience = s.audience
	}
	now := time.Now()
	return jwt.Signed(s.jws).Claims(accessClaims{
		Claims: jwt.Claims{
			Issuer: s.issuer, Subject: subject, Audience: jwt.Audience{audience}, ID: id,
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(life)),
		},
		ClientID: client,
		Scope:    strings.Join(scopes, " "),
	}).Serialize() //nolint:misspell // the library spells it so
}

// verify reads an access token of ours that has not expired.
func (s *signer) verify(token string) (*accessClaims, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	if kind := parsed.Headers[0].ExtraHeaders[jose.HeaderType]; kind != accessType {
		return nil, fmt.Errorf("a token of type %q is no access token", kind)
	}
	claims := new(accessClaims)
	if err := parsed.Claims(s.key.Public(), claims); err != nil {
		return nil, err
	}
	return claims, claims.ValidateWithLeeway(jwt.Expected{Issuer: s.issuer, Time: time.Now()}, 0)
}

func (s *signer) tokenFor(people []Person, email string, life time.Duration) (string, error) {
	i := slices.IndexFunc(people, func(p Person) bool { return strings.EqualFold(p.Email, email) })
	if i < 0 {
		return "", fmt.Errorf("nobody has the address %q here; there are:\n%s", email, listed(people))
	}
	scopes := append([]string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail}, apiScopes()...)
	return s.sign(rand.Text(), people[i].Subject, TokenClient, scopes, life)
}

func listed(people []Person) string {
	var text strings.Builder
	for _, p := range people {
		fmt.Fprintf(&text, "  %s  (%s)\n", p.Email, p.Name)
	}
	return text.String()
}

// TokenFromDir is an access token for the person with this address, made with what a development server left in its data
// folder; the server may be running or not. Errors say what to do.
func TokenFromDir(dataDir, email string) (string, error) {
	card, err := readCard(dataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no development server has run on %s yet; start one with “staffroom serve --dev”, or name its folder with --data", dataDir)
	}
	if err != nil {
		return "", fmt.Errorf("what the development server left in %s can't be read; start it again: %w", dataDir, err)
	}
	key, err := loadKey(dataDir)
	if err != nil {
		return "", err
	}
	signer, err := newSigner(key, card.Issuer, card.Audience)
	if err != nil {
		return "", err
	}
	return signer.tokenFor(card.People, email, devTokenLife)
}
