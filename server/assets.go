package server

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"regexp"
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

// urnPattern is what a school's number in the register looks like.
var urnPattern = regexp.MustCompile(`^[0-9]{6}$`)

// webPage serves the web client's page, which itself looks at the address. What cannot be the id of anything is no page.
func (s *Server) webPage(w http.ResponseWriter, r *http.Request) {
	id, urn := r.PathValue("id"), r.PathValue("urn")
	if id != "" && staffroom.PrefixOf(id) == "" || urn != "" && !urnPattern.MatchString(urn) {
		s.missing(w, r)
		return
	}
	s.webHeaders(w)
	static{s.config.Web}.serve(w, r, "index.html")
}

func (s *Server) webHeaders(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", s.policy("'self'"))
	w.Header().Set("Cache-Control", "no-cache")
}

// rest serves files of the web client's build, and says that there is nothing at all other addresses. What has a hash in its name (under
// assets/) never changes.
func (s *Server) rest(w http.ResponseWriter, r *http.Request) {
	files, name := static{s.config.Web}, strings.TrimPrefix(r.URL.Path, "/")
	if s.config.Web == nil || r.Method != http.MethodGet && r.Method != http.MethodHead || name == "index.html" || !files.has(name) {
		s.missing(w, r)
		return
	}
	s.webHeaders(w)
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	files.serve(w, r, name)
}

// missingPage is what people see where there is no web client; programs get an error in the form of GraphQL's.
const missingPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Not found</title>` +
	`<h1>There is nothing here</h1><p>The page may have moved, or it is not yours to see. <a href="/">Go to the start</a>.</p></html>`

// missing answers 404, in the same way for what is not there and what the viewer may not know of. People see the web client, which says so
// in its own way.
func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if negotiate(r, typeJSON, "text/html") == "text/html" {
		page := []byte(missingPage)
		if s.config.Web != nil && r.Method == http.MethodGet {
			if own, err := fs.ReadFile(s.config.Web, "index.html"); err == nil {
				w.Header().Set("Content-Security-Policy", s.policy("'self'"))
				page = own
			}
		}
		s.write(w, http.StatusNotFound, "text/html", encoded{head: page})
		return
	}
	refused := refuse(http.StatusNotFound, staffroom.CodeNotFound, "There is nothing at this address, or it is not yours to see.")
	refused.malformed = true
	s.refuse(w, typeJSON, refused)
}
