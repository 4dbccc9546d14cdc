package devidp

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/staffroom-schools/staffroom/auth"
)

// CheckRedirect says what is wrong with an address of [Config.Redirects]; nil for nothing.
func CheckRedirect(address string) error {
	u, err := url.Parse(address)
	if err != nil || !u.IsAbs() || u.Fragment != "" || strings.Contains(address, "#") || u.User != nil {
		return fmt.Errorf("%q is no address that people can be sent to; it looks like http://localhost:5173/signed-in", address)
	}
	switch u.Scheme {
	case "https":
	case "http":
		if !auth.IsLoopback(u.Host) {
			return fmt.Errorf("%q must begin with https://, because codes pass through it; plain http:// is for localhost", address)
		}
	default: // an application on this machine (RFC 8252), and neither javascript: nor data:
		if !strings.Contains(u.Scheme, ".") {
			return fmt.Errorf("%q must begin with http://localhost, https://, or a scheme with a dot as org.example.app: has one", address)
		}
		return nil
	}
	if u.Host == "" {
		return fmt.Errorf("%q names no host", address)
	}
	return nil
}

// origins are those of the redirect addresses that were configured.
func (p *Provider) origins() []string {
	var found []string
	for _, address := range p.cfg.Redirects {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			found = append(found, u.Scheme+"://"+u.Host)
		}
	}
	return found
}

// mayCall says whether pages of the origin may call the provider: those on this machine, and those that people are sent to.
func (p *Provider) mayCall(origin string) bool {
	from, err := url.Parse(origin)
	return err == nil && auth.IsLoopback(from.Host) || slices.Contains(p.origins(), origin)
}

// formTargets is where the form on the sign-in page may lead: browsers hold the policy of a page against the redirect after its form, too.
func (p *Provider) formTargets() string {
	targets := append([]string{"'self'", "http://localhost:*", "http://127.0.0.1:*"}, p.origins()...)
	for _, address := range p.cfg.Redirects {
		if u, err := url.Parse(address); err == nil && u.Host == "" {
			targets = append(targets, u.Scheme+":")
		}
	}
	return strings.Join(targets, " ")
}

// mayEndAt says whether browsers may be sent to the address after signing out. On this machine any port will do, as it does for codes.
func (c *client) mayEndAt(address string) bool {
	if slices.Contains(c.afterLogout, address) {
		return true
	}
	asked, local := op.HTTPLoopbackOrLocalhost(address)
	return local && c.applicationKey == op.ApplicationTypeNative && slices.ContainsFunc(c.afterLogout, func(registered string) bool {
		known, local := op.HTTPLoopbackOrLocalhost(registered)
		return local && known.Scheme == asked.Scheme && known.Path == asked.Path && known.RawQuery == asked.RawQuery && asked.User == nil
	})
}
