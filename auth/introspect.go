package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// introspectionLife is how long an answer about a token is believed: a revoked token works that much longer.
	introspectionLife = 30 * time.Second
	// introspectionCache is how many answers are kept.
	introspectionCache = 4096
	// introspectionRate and introspectionBurst limit how often the provider is asked, in requests per second and in
	// requests at once: anybody can make up tokens. Tokens that were good before have as much for themselves.
	introspectionRate  = 20
	introspectionBurst = 40
	// addressRate and addressBurst limit how much of that one network address may use for tokens that are not known, and
	// networkRate and networkBurst how much its neighbours may: whoever rents one IPv6 network has thousands of addresses.
	addressRate  = 2
	addressBurst = 10
	networkRate  = 5
	networkBurst = 20
)

// introspector asks the provider about opaque tokens (RFC 7662).
type introspector struct {
	cfg    Config
	client *http.Client
	// unknown limits questions about tokens that were not good before, of all and by the address and the network that they
	// come from; known limits those about others.
	unknown, known       *rate.Limiter
	byAddress, byNetwork *lru.Cache[string, *rate.Limiter]
	// good and bad are answers by the hashes of their tokens: apart, so that tokens that somebody makes up do not push out others.
	good, bad *lru.Cache[[sha256.Size]byte, answer]
}

// answer is what the provider said about a token; nil access for "not good".
type answer struct {
	granted *access
	until   time.Time
}

// introspection is the part of the provider's answer that we read.
type introspection struct {
	access
	Active bool    `json:"active"`
	Issuer string  `json:"iss"`
	Expiry float64 `json:"exp"`
	Type   string  `json:"token_type"`
	// Use is the kind of token as Ory tells it: "access_token" or "refresh_token"; Kind as Keycloak does: "Bearer", "ID",
	// "Refresh".
	Use  string `json:"token_use"`
	Kind string `json:"typ"`
}

func newIntrospector(cfg Config, p *provider) *introspector {
	return &introspector{
		cfg: cfg, client: p.client,
		unknown: rate.NewLimiter(introspectionRate, introspectionBurst), known: rate.NewLimiter(introspectionRate, introspectionBurst),
		byAddress: newCache[string, *rate.Limiter](), byNetwork: newCache[string, *rate.Limiter](),
		good: newCache[[sha256.Size]byte, answer](), bad: newCache[[sha256.Size]byte, answer](),
	}
}

func newCache[K comparable, V any]() *lru.Cache[K, V] {
	cache, err := lru.New[K, V](introspectionCache)
	if err != nil {
		panic("auth: a cache of a fixed size can't be made: " + err.Error())
	}
	return cache
}

// access is what the provider says about the token, now or a moment ago. It fails closed: who can't be asked is not
// believed.
func (i *introspector) access(ctx context.Context, remote *remote, token string) (*access, error) {
	if remote.metadata.IntrospectionEndpoint == "" || i.cfg.ClientSecret == "" {
		return nil, errors.New("the token is no JWT, and the provider can't be asked about others")
	}
	key := sha256.Sum256([]byte(token))
	known, wasGood := i.good.Get(key)
	if !wasGood {
		known, _ = i.bad.Get(key)
	}
	if !i.cfg.Now().Before(known.until) {
		if !i.mayAsk(ctx, wasGood) {
			return nil, staffroom.Errorf(staffroom.CodeRateLimited, "Too many new access tokens came in at once. Try again in a few seconds.")
		}
		asked, err := i.ask(ctx, remote.metadata.IntrospectionEndpoint, token)
		if err != nil {
			return nil, err
		}
		known = i.judge(asked)
		i.remember(key, known)
		if known.granted != nil && !wasGood {
			i.giveBack(ctx)
		}
	}
	if known.granted == nil {
		return nil, errors.New("the provider says that the token is not active")
	}
	return known.granted, nil
}

func (i *introspector) remember(key [sha256.Size]byte, said answer) {
	in, out := i.good, i.bad
	if said.granted == nil {
		in, out = out, in
	}
	in.Add(key, said)
	out.Remove(key)
}

// mayAsk says whether the provider may be asked about one more token.
func (i *introspector) mayAsk(ctx context.Context, wasGood bool) bool {
	if wasGood {
		return i.known.Allow()
	}
	for _, limiter := range i.limiters(ctx) {
		if !limiter.Allow() {
			return false
		}
	}
	return i.unknown.Allow()
}

// giveBack undoes what a token took that turned out to be good: a school behind one address signs in at nine.
func (i *introspector) giveBack(ctx context.Context) {
	for _, limiter := range i.limiters(ctx) {
		limiter.AllowN(time.Now(), -1)
	}
}

// limiters are those of where the request in ctx comes from.
func (i *introspector) limiters(ctx context.Context) []*rate.Limiter {
	if i.cfg.Address == nil {
		return nil
	}
	address := i.cfg.Address(ctx)
	return []*rate.Limiter{
		limiterOf(i.byAddress, address, addressRate, addressBurst), limiterOf(i.byNetwork, networkOf(address), networkRate, networkBurst),
	}
}

func limiterOf(limiters *lru.Cache[string, *rate.Limiter], key string, perSecond rate.Limit, burst int) *rate.Limiter {
	fresh := rate.NewLimiter(perSecond, burst)
	if limiter, found, _ := limiters.PeekOrAdd(key, fresh); found {
		return limiter
	}
	return fresh
}

// networkOf is the network that an address, or the network of a household, belongs to: such as one customer is given. It
// is the address itself if that is none.
func networkOf(address string) string {
	const ipv4, ipv6 = 24, 48
	bare, _, _ := strings.Cut(address, "/")
	parsed, err := netip.ParseAddr(bare)
	if err != nil {
		return address
	}
	bits := ipv6
	if parsed.Is4() {
		bits = ipv4
	}
	network, err := parsed.Prefix(bits)
	if err != nil {
		return address
	}
	return network.String()
}

// judge decides what the answer means, and for how long.
func (i *introspector) judge(said *introspection) answer {
	now := i.cfg.Now()
	until := now.Add(introspectionLife)
	if said.Expiry != 0 {
		if expiry := time.Unix(int64(said.Expiry), 0); expiry.Before(until) {
			until = expiry
		}
	}
	good := said.Active && said.isAccess() && now.Before(until) &&
		(said.Issuer == "" || said.Issuer == i.cfg.Issuer) &&
		said.Subject != "" && len(said.Subject) <= maxSubject
	if !good || said.client() == "" {
		return answer{until: now.Add(introspectionLife)}
	}
	return answer{granted: &said.access, until: until}
}

// isAccess says whether nothing says that the token is of another kind: some providers answer for refresh tokens, too.
func (s *introspection) isAccess() bool {
	for _, kind := range []string{s.Type, s.Use, s.Kind} {
		switch strings.ToLower(kind) {
		case "", "bearer", "access_token", "access", "at+jwt", "jwt":
		default:
			return false
		}
	}
	return true
}

func (i *introspector) ask(ctx context.Context, endpoint, token string) (*introspection, error) {
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.SetBasicAuth(url.QueryEscape(i.cfg.ClientID), url.QueryEscape(i.cfg.ClientSecret))
	said, err := i.send(request)
	if err != nil {
		return nil, &staffroom.Error{
			Code:    staffroom.CodeUnavailable,
			Message: "The sign-in service, which must be asked about this access token, does not answer. Try again in a minute.",
			Cause:   err,
		}
	}
	return said, nil
}

func (i *introspector) send(request *http.Request) (_ *introspection, err error) {
	response, err := i.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("introspection was answered %s", response.Status)
	}
	said := new(introspection)
	if err := json.NewDecoder(response.Body).Decode(said); err != nil {
		return nil, err
	}
	return said, nil
}

// audience is one text or a list.
type audience []string

// UnmarshalJSON reads both forms.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}
