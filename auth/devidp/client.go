package devidp

import (
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/staffroom-schools/staffroom/auth"
)

// client is an [op.Client].
type client struct {
	id             string
	secret         string // empty for a public client
	redirects      []string
	afterLogout    []string
	signInPage     string
	mayUseAPI      bool
	applicationKey op.ApplicationType
}

// clients are the two that there are: Staffroom itself, and one for trying out the API.
func (p *Provider) clients() []*client {
	signInPage := p.issuer + signInPath
	return []*client{
		{
			id: WebClient, secret: p.secret, applicationKey: op.ApplicationTypeWeb,
			redirects:   []string{p.cfg.PublicURL + auth.CallbackPath},
			afterLogout: []string{p.cfg.PublicURL + "/"},
			signInPage:  signInPage,
		},
		{
			// For native clients zitadel/oidc accepts any port of localhost and the loopback addresses, by RFC 8252.
			id: ExampleClient, applicationKey: op.ApplicationTypeNative, mayUseAPI: true,
			redirects:   append([]string{"http://localhost/callback", "http://127.0.0.1/callback"}, p.cfg.Redirects...),
			afterLogout: slices.Concat([]string{"http://localhost/", "http://127.0.0.1/"}, p.cfg.Redirects, p.homes()),
			signInPage:  signInPage,
		},
	}
}

// homes are the first pages of the origins that were configured.
func (p *Provider) homes() []string {
	homes := p.origins()
	for i := range homes {
		homes[i] += "/"
	}
	return homes
}

// GetID is [op.Client], as are the methods below.
func (c *client) GetID() string { return c.id }

// RedirectURIs are where codes may be sent.
func (c *client) RedirectURIs() []string { return c.redirects }

// PostLogoutRedirectURIs are where browsers may be sent after signing out.
func (c *client) PostLogoutRedirectURIs() []string { return c.afterLogout }

// ApplicationType is web for the client with a secret and native for the public one.
func (c *client) ApplicationType() op.ApplicationType { return c.applicationKey }

// AuthMethod is by secret if there is one.
func (c *client) AuthMethod() oidc.AuthMethod {
	if c.secret == "" {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}

// ResponseTypes is the code flow alone.
func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

// GrantTypes is the code flow, and refresh tokens for clients of the API.
func (c *client) GrantTypes() []oidc.GrantType {
	if !c.mayUseAPI {
		return []oidc.GrantType{oidc.GrantTypeCode}
	}
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}

// LoginURL is the sign-in page for a request.
func (c *client) LoginURL(request string) string { return c.signInPage + "?request=" + request }

// AccessTokenType is JWT; see server.CodeExchange.
func (c *client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

// IDTokenLifetime is long enough for one sign-in; an old token still does as a hint for signing out.
func (c *client) IDTokenLifetime() time.Duration { return requestLife }

// DevMode is off: it would loosen the checks of redirect addresses.
func (c *client) DevMode() bool { return false }

// RestrictAdditionalIdTokenScopes keeps all.
func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string { return all }

// RestrictAdditionalAccessTokenScopes keeps all.
func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string { return all }

// IsScopeAllowed allows the API's scopes to clients of the API.
func (c *client) IsScopeAllowed(scope string) bool {
	return c.mayUseAPI && slices.Contains(apiScopes(), scope)
}

// IDTokenUserinfoClaimsAssertion is off: name and address come from user info.
func (c *client) IDTokenUserinfoClaimsAssertion() bool { return false }

// ClockSkew is none, on one machine.
func (c *client) ClockSkew() time.Duration { return 0 }

func all(scopes []string) []string { return scopes }
