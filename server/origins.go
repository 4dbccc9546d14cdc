package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// crossSite keeps pages of other origins from acting as the person who looks at them, and lets them do everything else.
//
// Pages of our own origin and of Config.AllowOrigins may use the person's cookie. Pages of any other origin may call all but the
// pages of signing in, without the cookie: as visitors, or with a bearer token of their own. They can read every answer, and why
// they were refused, because that is settled before anybody refuses anything.
func (s *Server) crossSite() (func(http.Handler) http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range s.socketOrigins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("the origin %q cannot be trusted: %w", origin, err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.refuse(w, typeGraphQL, forbidden("A page of another origin may send this only without cookies, as a visitor or with a "+
			"bearer token, or after its origin was allowed."))
	}))
	return func(next http.Handler) http.Handler {
		guarded := protection.Handler(next)
		shared := s.readable(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Cookie") == "" { // then the browser adds nothing that says who the person is
				next.ServeHTTP(w, r)
				return
			}
			guarded.ServeHTTP(w, r)
		}))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case under(r, "/idp/"): // it uses no cookies, guards its own form, and says itself whose pages may call it
				next.ServeHTTP(w, r)
			case under(r, "/sign-in"), under(r, "/sign-out"):
				guarded.ServeHTTP(w, r)
			default:
				shared.ServeHTTP(w, r)
			}
		})
	}, nil
}

func under(r *http.Request, path string) bool { return strings.HasPrefix(r.URL.Path, path) }

// bearer is the token in the value of an Authorization header; false if it is of another kind. It may be empty.
func bearer(authorization string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(authorization, " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "bearer")
}

// readable lets pages of other origins read the answers: named ones with cookies, all others without.
//
// They may send any header: clients add many of their own, for tracing and the like, and what must not come from other pages is
// refused for the cookie that comes with it, not for a header. They may try any method, so that they can read why it is refused.
func (s *Server) readable(next http.Handler) http.Handler {
	options := cors.Options{
		AllowedMethods: []string{
			http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{
			"Accept-Ranges", "Allow", "Content-Disposition", "Content-Range", "ETag", "RateLimit-Limit", "RateLimit-Remaining",
			"RateLimit-Reset", "Retry-After", "WWW-Authenticate", "X-Request-Id",
		},
		MaxAge: 600,
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
