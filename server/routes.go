package server

import (
	"context"
	"net/http"
	"time"
)

// routes is every address that the server answers, and what all requests go through on the way.
func (s *Server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	compressed, err := compressor()
	if err != nil {
		return nil, err
	}
	s.route(mux, "/graphql", compressed(s.viewer(s.graphql())))
	s.route(mux, "/schema.graphql", compressed(http.HandlerFunc(s.schema)))
	download := s.page(s.files(), s.limits.DownloadTimeout)
	s.route(mux, "GET /files/{resource}/{file}", download)
	s.route(mux, "GET /files/{resource}/{file}/{name}", download)
	s.route(mux, "GET /healthz", s.page(http.HandlerFunc(s.healthz), s.limits.ReadyTimeout))
	s.route(mux, "GET /readyz", s.page(http.HandlerFunc(s.readyz), 2*s.limits.ReadyTimeout))
	s.routeSignIn(mux)
	if s.config.DevIDP != nil {
		s.route(mux, "/idp", s.page(http.HandlerFunc(s.missing), s.limits.RequestTimeout)) // which else led to what is no page
		s.route(mux, "/idp/", compressed(s.page(s.config.DevIDP, s.limits.RequestTimeout)))
	}
	if s.config.GraphiQL != nil {
		s.route(mux, "GET /graphiql", http.RedirectHandler("/graphiql/", http.StatusMovedPermanently))
		s.route(mux, "GET /graphiql/", s.page(s.graphiql(), s.limits.RequestTimeout))
	}
	if s.config.Web != nil {
		for _, address := range s.config.Pages {
			if address == "/" {
				address = "/{$}" // alone
			}
			s.route(mux, "GET "+address, s.page(http.HandlerFunc(s.webPage), s.limits.RequestTimeout))
		}
	}
	s.route(mux, "/", s.page(http.HandlerFunc(s.rest), s.limits.RequestTimeout))

	crossSite, err := s.crossSite()
	if err != nil {
		return nil, err
	}
	return s.identify(s.accessLog(s.recover(s.securityHeaders(crossSite(mux))))), nil
}

// routeSignIn mounts the pages of signing in and out.
func (s *Server) routeSignIn(mux *http.ServeMux) {
	pages := http.NewServeMux()
	s.auth.Routes(pages)
	mount := func(path string, points int) {
		counted := s.page(s.counted(pages, points), s.limits.RequestTimeout)
		s.route(mux, path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, there := pages.Handler(r); there == "" {
				s.missing(w, r)
				return
			}
			counted.ServeHTTP(w, r)
		}))
	}
	for _, path := range []string{"/sign-in", "/sign-in/", "/sign-out"} {
		mount(path, s.limits.MutationPoints)
	}
	mount("/sign-out/", 1) // where the provider tells, from one address, of everybody who signs out there
}

// counted takes points for each request: of the viewer, or of the address where nobody looked for one.
func (s *Server) counted(next http.Handler, points int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, refused := s.engine.rates.charge(r.Context(), points); refused != nil {
			s.refuse(w, typeJSON, refused)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// route mounts a handler and tells the log which pattern a request matched.
func (s *Server) route(mux *http.ServeMux, pattern string, handler http.Handler) {
	mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		infoFrom(r.Context()).route = pattern
		handler.ServeHTTP(w, r)
	}))
}

// page bounds a request that takes no large body and answers within a time.
func (s *Server) page(handler http.Handler, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Connections that cannot take a deadline (in tests) need none.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout + s.limits.WriteTimeout))
		r.Body = http.MaxBytesReader(w, r.Body, int64(s.limits.LargeBodyBytes))
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		handler.ServeHTTP(w, r.WithContext(ctx))
	})
}
