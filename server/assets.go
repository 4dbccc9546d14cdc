package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// schema serves the whole SDL.
func (s *Server) schema(w http.ResponseWriter, r *http.Request) {
	if s.config.SDL == "" || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		s.missing(w, r)
		return
	}
	sum := sha256.Sum256([]byte(s.config.SDL))
	w.Header().Set("Cache-Control", "public, max-age=60")
	if notModified(w, r, `"`+hex.EncodeToString(sum[:16])+`"`) {
		return
	}
	s.write(w, http.StatusOK, "application/graphql", encoded{head: []byte(s.config.SDL)})
}

// graphiql serves GraphiQL, whose editor sets styles of its own.
func (s *Server) graphiql() http.Handler {
	files := static{s.config.GraphiQL}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/graphiql/")
		if name == "" {
			name = "index.html"
		}
		if !files.has(name) {
			s.missing(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", s.policy("'self' 'unsafe-inline'"))
		w.Header().Set("Cache-Control", "public, max-age=300")
		files.serve(w, r, name)
	})
}

// web serves the web client: a file of its build where there is one, and its page for every other path, which the page itself
// looks at. What has a hash in its name (under assets/) never changes.
func (s *Server) web() http.Handler {
	if s.config.Web == nil {
		return http.HandlerFunc(s.missing)
	}
	files := static{s.config.Web}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", s.policy("'self'"))
		w.Header().Set("Cache-Control", "no-cache")
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			s.missing(w, r)
		case files.has(name) && name != "index.html":
			if strings.HasPrefix(name, "assets/") {
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			files.serve(w, r, name)
		case path.Ext(name) != "" || negotiate(r, "text/html") == "":
			s.missing(w, r)
		default:
			files.serve(w, r, "index.html")
		}
	})
}

// missingPage is what people see; programs get an error in the form of GraphQL's.
const missingPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Not found</title>` +
	`<h1>There is nothing here</h1><p>The page may have moved, or it is not yours to see. <a href="/">Go to the start</a>.</p></html>`

// missing answers 404, in the same way for what is not there and what the viewer may not know of.
func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if negotiate(r, typeJSON, "text/html") == "text/html" {
		s.write(w, http.StatusNotFound, "text/html", encoded{head: []byte(missingPage)})
		return
	}
	refused := refuse(http.StatusNotFound, staffroom.CodeNotFound, "There is nothing at this address, or it is not yours to see.")
	refused.malformed = true
	s.refuse(w, typeJSON, refused)
}
