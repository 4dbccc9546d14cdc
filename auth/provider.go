package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// metadataLife is how long the provider's description of itself and its keys are used before they are asked for
	// again; while it does not answer, the old ones stay.
	metadataLife = time.Hour
	// discoveryPause is how long nobody asks again after the provider did not answer.
	discoveryPause = 5 * time.Second
)

// provider finds out about the OpenID Connect provider when it is needed, and again when that failed.
type provider struct {
	cfg    Config
	client *http.Client
	flight singleflight.Group

	mu     sync.Mutex
	remote *remote
	failed error
	// next is when to ask again.
	next time.Time
}

// remote is what the provider says about itself.
type remote struct {
	*oidc.Provider
	metadata metadata
	keySet   *keys
}

// metadata is what go-oidc does not read of the discovery document.
type metadata struct {
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	UserinfoEndpoint      string   `json:"userinfo_endpoint"`
	IntrospectionEndpoint string   `json:"introspection_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	NamesIssuer           bool     `json:"authorization_response_iss_parameter_supported"`
}

func newProvider(cfg Config) *provider {
	return &provider{cfg: cfg, client: outbound(cfg.Transport)}
}

// get is what the provider says about itself. UNAVAILABLE if it can't be reached and never was. What is known already is
// given at once, and asked again meanwhile if it is old.
func (p *provider) get(ctx context.Context) (*remote, error) {
	known, fresh, failed := p.known()
	if fresh {
		return known, failed
	}
	found := p.flight.DoChan("", func() (any, error) {
		// Others wait for the same answer, so it does not end with the request that asked first; the client is timed.
		return p.discover(context.WithoutCancel(ctx))
	})
	if known != nil {
		return known, nil
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-found:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*remote), nil
	}
}

// known is what is remembered of the provider, or of the failure to ask, and whether that is fresh enough not to ask.
func (p *provider) known() (known *remote, fresh bool, failed error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fresh = p.cfg.Now().Before(p.next)
	if p.remote != nil {
		return p.remote, fresh, nil
	}
	return nil, fresh, p.failed
}

// discover asks the provider and remembers the answer. If it does not answer now but did before, that stays.
func (p *provider) discover(ctx context.Context) (*remote, error) {
	found, err := p.ask(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.remote, p.failed, p.next = found, nil, p.cfg.Now().Add(metadataLife)
		return found, nil
	}
	p.cfg.Log.WarnContext(ctx, "the sign-in provider does not answer", slog.String("issuer", p.cfg.Issuer), slog.Any("error", brief(err)))
	p.next = p.cfg.Now().Add(discoveryPause)
	if p.remote != nil {
		return p.remote, nil
	}
	p.failed = &staffroom.Error{
		Code:    staffroom.CodeUnavailable,
		Message: "The service that people sign in with does not answer. Try again in a few minutes.",
		Cause:   brief(err),
	}
	return nil, p.failed
}

func (p *provider) ask(ctx context.Context) (*remote, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.cfg.Issuer)
	if err != nil {
		return nil, err
	}
	r := &remote{Provider: found}
	if err := found.Claims(&r.metadata); err != nil {
		return nil, err
	}
	if err := r.metadata.check(p.cfg); err != nil {
		return nil, err
	}
	r.keySet = p.keysAt(r.metadata.JWKSURI)
	return r, nil
}

// keysAt is the keys at this address; the ones that are known stay while the address does.
func (p *provider) keysAt(address string) *keys {
	if before, _, _ := p.known(); before != nil && before.keySet.address == address {
		return before.keySet
	}
	return newKeys(p.cfg, p.client, address)
}

// check refuses endpoints that secrets would travel to in the clear, and a provider without what signing in needs.
func (m metadata) check(cfg Config) error {
	for name, endpoint := range map[string]string{
		"authorization_endpoint": m.AuthorizationEndpoint, "token_endpoint": m.TokenEndpoint, "jwks_uri": m.JWKSURI,
	} {
		if endpoint == "" {
			return fmt.Errorf("the discovery document has no %s", name)
		}
	}
	for _, endpoint := range []string{
		m.AuthorizationEndpoint, m.TokenEndpoint, m.JWKSURI, m.UserinfoEndpoint, m.IntrospectionEndpoint, m.EndSessionEndpoint,
	} {
		u, err := url.Parse(endpoint)
		if err != nil {
			return fmt.Errorf("the discovery document names %q: %w", endpoint, err)
		}
		local := cfg.Dev && u.Scheme == "http" && IsLoopback(u.Host)
		if endpoint != "" && u.Scheme != "https" && !local {
			return fmt.Errorf("the discovery document names %q, which is not https", endpoint)
		}
	}
	return nil
}

// oauth is our side of the authorization code flow.
func (r *remote) oauth(cfg Config) *oauth2.Config {
	endpoint := r.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(r.metadata.AuthMethods) > 0 && !slices.Contains(r.metadata.AuthMethods, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID:     cfg.ClientID,
		ClientSecret: cfg.ClientSecret,
		Endpoint:     endpoint,
		RedirectURL:  cfg.PublicURL + CallbackPath,
		Scopes:       []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail},
	}
}
