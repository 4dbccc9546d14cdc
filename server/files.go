package server

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// files serves uploaded files: to whoever has a signed address, whoever they are, and else to the viewer.
func (s *Server) files() http.Handler {
	signed, known := s.counted(http.HandlerFunc(s.signedFile), 1), s.viewer(s.counted(http.HandlerFunc(s.file), 1))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer") // the address may be a secret
		if r.URL.Query().Has(signatureParameter) {
			signed.ServeHTTP(w, r)
			return
		}
		known.ServeHTTP(w, r)
	})
}

// signatureParameter is what a signed address has behind its question mark.
const signatureParameter = "signed"

// file serves a file for the viewer. Who may have it is the service's to say; what one may not have is as good as missing. The name in the
// address is for people only.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	file, content, err := s.config.Files.OpenFile(r.Context(), r.PathValue("resource"), r.PathValue("file"))
	if err != nil {
		s.refuseFile(w, r, err)
		return
	}
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	serveFile(w, r, file, content)
}

// signedFile serves a file for whoever has its signed address. Pages of any origin may show it.
func (s *Server) signedFile(w http.ResponseWriter, r *http.Request) {
	signature := r.URL.Query().Get(signatureParameter)
	file, content, err := s.config.Files.OpenSignedFile(r.Context(), r.PathValue("resource"), r.PathValue("file"), signature)
	switch known, _ := errors.AsType[*staffroom.Error](err); {
	case staffroom.CodeOf(err) == staffroom.CodeForbidden:
		w.Header().Set("Cache-Control", "no-store")
		s.refuse(w, typeJSON, forbidden(known.Message))
	case err != nil:
		s.refuseFile(w, r, err)
	default:
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		serveFile(w, r, file, content)
	}
}

// serveFile sends a file, to be saved and never shown as a page of ours.
func serveFile(w http.ResponseWriter, r *http.Request, file *staffroom.File, content io.ReadSeekCloser) {
	defer func() { _ = content.Close() }()
	header := w.Header()
	header.Set("Content-Type", file.ContentType)
	header.Set("Content-Disposition", attachment(file.Name))
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cache-Control", "private, no-cache")
	header.Set("Vary", "Cookie, Authorization, Origin")
	header.Set("ETag", `"`+file.SHA256+`"`)
	http.ServeContent(w, r, "", file.UploadedAt.Time, content)
}

// attachment tells browsers to save the file under its own name.
func attachment(name string) string {
	if value := mime.FormatMediaType("attachment", map[string]string{"filename": name}); value != "" {
		return value
	}
	return "attachment"
}

func (s *Server) refuseFile(w http.ResponseWriter, r *http.Request, err error) {
	switch staffroom.CodeOf(err) {
	case staffroom.CodeNotFound, staffroom.CodeForbidden, staffroom.CodeUnauthenticated, staffroom.CodeBadInput:
		s.missing(w, r)
	case staffroom.CodeUnavailable:
		s.refuse(w, typeJSON, busyWith(s.engine.presenter.show(r.Context(), err)))
	default:
		s.refuse(w, typeJSON, &refusal{
			status: http.StatusInternalServerError, malformed: true,
			errors: gqlerror.List{s.engine.presenter.show(r.Context(), err)},
		})
	}
}

func busyWith(err *gqlerror.Error) *refusal {
	refused := busy("requests")
	refused.errors = gqlerror.List{err}
	return refused
}
