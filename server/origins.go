package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// crossSite keeps pages of other origins from acting as the person who looks at them.
//
// Pages of our own origin and of Config.AllowOrigins may use the person's cookie. Pages of any other origin may call
// the addresses made with open, without the cookie: they read as visitors by GET, or send a bearer token of their own.
func (s *Server) crossSite() (func(http.Handler) http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	origins := s.socketOrigins
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("the origin %q cannot be trusted: %w", origin, err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.refuse(w, typeGraphQL, forbidden("A page of another origin may send this only with a bearer token and without a cookie, "+
			"or after its origin was allowed."))
	}))
	return func(next http.Handler) http.Handler {
		guarded := protection.Handler(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if onlyBearer(r) {
				next.ServeHTTP(w, r)
				return
			}
			guarded.ServeHTTP(w, r)
		})
	}, nil
}

// onlyBearer says that the request acts by a token that its sender holds, and by nothing that a browser adds by itself.
func onlyBearer(r *http.Request) bool {
	return r.Header.Get("Cookie") == "" && bearer(r.Header.Get("Authorization")) != ""
}

// bearer is the token in the value of an Authorization header; empty if it has none.
func bearer(authorization string) string {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// open lets pages of other origins read the answers: named ones with cookies, all others without.
func (s *Server) open(next http.Handler) http.Handler {
	options := cors.Options{
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: append(preflightHeaders(), "Accept", "Authorization", "Content-Type", "X-Request-Id"),
		ExposedHeaders: []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Request-Id"},
		MaxAge:         600,
	}
	named := options
	named.AllowCredentials, named.AllowedOrigins = true, s.config.AllowOrigins
	anyone := options
	anyone.AllowedOrigins = []string{"*"}
	withCookies, without := cors.New(named).Handler(next), cors.New(anyone).Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(s.config.AllowOrigins, r.Header.Get("Origin")) {
			withCookies.ServeHTTP(w, r)
			return
		}
		without.ServeHTTP(w, r)
	})
}
