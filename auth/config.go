package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config is what signing in needs to know.
type Config struct {
	// Issuer is the provider's issuer identifier, exactly as it names itself: a URL.
	Issuer string
	// ClientID and ClientSecret are ours at the provider.
	ClientID, ClientSecret string
	// PublicURL is where browsers reach this server, without a path: https://staffroom.example.
	PublicURL string
	// Audience is what access tokens for our API are for; empty for PublicURL.
	Audience string
	// Revoked says whether the provider has revoked the JWT with this id; nil where nobody can say, and JWTs are good until they expire.
	Revoked func(tokenID string) bool
	// Dev allows a provider on this machine over plain HTTP, which the built-in one is.
	Dev bool
	// Transport carries requests to the provider; nil for http.DefaultTransport. They are timed and bounded in any case.
	Transport http.RoundTripper
	// RequestID gives the id of a request for error pages; nil for none.
	RequestID func(context.Context) string
	// Address gives the network address that a request came from, so that one can't use up what all may ask of the provider; nil for none.
	Address func(context.Context) string
	// Log takes what operators should know; nil for slog.Default().
	Log *slog.Logger
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// Validate lists every problem of the configuration, each with the flag it is about; nil if there is none.
func (c Config) Validate() error {
	return errors.Join(
		c.checkIssuer(),
		required("--oidc-client-id", c.ClientID, "the provider gave it out when this server was registered there"),
		required("--oidc-client-secret-file", c.ClientSecret, "the file must hold the secret that the provider gave out"),
		c.checkPublicURL(),
	)
}

func (c Config) checkIssuer() error {
	const flag = "--oidc-issuer"
	if c.Issuer == "" {
		return required(flag, c.Issuer, "it is the address of the OpenID Connect provider that people sign in at")
	}
	issuer, err := url.Parse(c.Issuer)
	switch {
	case err != nil || issuer.Host == "" || issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil:
		return fmt.Errorf("%s: %q is not the address of a provider; it looks like https://login.example.org", flag, c.Issuer)
	case issuer.Scheme == "https":
		return nil
	case issuer.Scheme != "http" || !IsLoopback(issuer.Host):
		return fmt.Errorf("%s: %q must begin with https://, because people's sign-in passes through it", flag, c.Issuer)
	case !c.Dev:
		return fmt.Errorf("%s: %q is a provider for one machine, good for development only; name a real one, or start with --dev", flag, c.Issuer)
	default:
		return nil
	}
}

func (c Config) checkPublicURL() error {
	const flag = "--public-url"
	if c.PublicURL == "" {
		return required(flag, c.PublicURL, "it is the address at which browsers reach this server")
	}
	public, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || public.Host == "" || public.Path != "" || public.RawQuery != "" || public.Fragment != "" || public.User != nil:
		return fmt.Errorf("%s: %q is not an address without a path; it looks like https://staffroom.example", flag, c.PublicURL)
	case public.Scheme == "https", public.Scheme == "http" && IsLoopback(public.Host):
		return nil
	default:
		return fmt.Errorf("%s: %q must begin with https://, because sessions pass through it; plain http:// is for localhost", flag, c.PublicURL)
	}
}

func required(flag, value, why string) error {
	if value != "" {
		return nil
	}
	return fmt.Errorf("%s is missing: %s", flag, why)
}

func (c Config) withDefaults() Config {
	if c.Audience == "" {
		c.Audience = c.PublicURL
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// IsLoopback says whether host, with or without a port, names this machine: localhost, or a loopback address.
func IsLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}
