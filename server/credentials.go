package server

import (
	"cmp"
	"context"
	"hash/maphash"
	"net/http"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// credentials bounds how many access tokens and cookies that are no good may come from one address: finding out takes a look into the
// store, checking a signature, or asking the provider, and anybody can make them up. One that nobody knows is counted until it turns out to
// be good. Those that were good when they came last are not counted, so that whoever makes some up keeps nobody out who was here before.
type credentials struct {
	rates *rates
	seed  maphash.Seed
	// good holds hashes; two credentials that have the same one, which is up to chance, share that they are not counted.
	good *lru.Cache[uint64, struct{}]
}

func newCredentials(rates *rates) *credentials {
	good, err := lru.New[uint64, struct{}](max(1, rates.limits.Buckets))
	if err != nil {
		panic("server: a cache of at least one entry is refused: " + err.Error())
	}
	return &credentials{rates: rates, seed: maphash.MakeSeed(), good: good}
}

// admit counts a credential, unless it was good before. judge is told whether it is good this time.
func (c *credentials) admit(ctx context.Context, credential string) (judge func(good bool), refused *refusal) {
	hash := maphash.String(c.seed, credential)
	address := infoFrom(ctx).address
	_, known := c.good.Get(hash)
	if !known {
		if refused := c.rates.takeCredential(address); refused != nil {
			return nil, refused
		}
	}
	return func(good bool) {
		if !good {
			c.good.Remove(hash)
			return
		}
		c.good.Add(hash, struct{}{})
		if !known {
			c.rates.giveCredentialBack(address)
		}
	}, nil
}

// credentialsOf is the account of the credentials that may come from an address.
func (r *rates) credentialsOf(address string) []bucket {
	return r.account(nil, account{"credentials", address}, r.limits.BadCredentials)
}

// takeCredential takes one of the credentials that may come from an address.
func (r *rates) takeCredential(address string) *refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for _, bucket := range r.credentialsOf(address) {
		if !bucket.AllowN(now, 1) {
			refused := refuseRate(bucket.figures(bucket.TokensAt(now), 1, now), 1, now)
			refused.errors[0].Message = "Too many access tokens or cookies that are no good came from your network address in the last minute. Wait " +
				refused.header.Get("Retry-After") + " s and try again."
			return refused
		}
	}
	return nil
}

// giveCredentialBack gives back what takeCredential took for a credential that turned out to be good: a school behind one address signs in
// at nine.
func (r *rates) giveCredentialBack(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, bucket := range r.credentialsOf(address) {
		bucket.AllowN(r.now(), -1)
	}
}

// asking is a request whose viewer is being found out. It remembers how the request is answered if that fails.
type asking struct {
	tally
	judge   func(good bool)
	reached bool
}

// askingKey is where the context of a request has its asking.
type askingKey struct{}

// viewer finds out who sends a request, unless too many credentials came from there that are no good.
func (s *Server) viewer(next http.Handler) http.Handler {
	found := s.auth.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := r.Context().Value(askingKey{}).(*asking); ok {
			a.reached, w = true, a.ResponseWriter
			a.judge(staffroom.ViewerFrom(r.Context()).Member != nil)
		}
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		credential := s.auth.Credential(r)
		if credential == "" {
			found.ServeHTTP(w, r)
			return
		}
		judge, refused := s.credentials.admit(r.Context(), credential)
		if refused != nil {
			s.refuse(w, cmp.Or(negotiate(r, typeJSON, typeGraphQL), typeJSON), refused)
			return
		}
		a := &asking{tally: tally{ResponseWriter: w}, judge: judge}
		found.ServeHTTP(a, r.WithContext(context.WithValue(r.Context(), askingKey{}, a)))
		// One that cannot be looked at now stays what it was.
		if unknown := a.status >= http.StatusInternalServerError || a.status == http.StatusTooManyRequests; !a.reached && !unknown {
			judge(false)
		}
	})
}
