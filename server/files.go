package server

import (
	"mime"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// file serves an uploaded file, to be saved and never shown as a page of ours. Who may have it is the service's to say; what one may
// not have is as good as missing. The name in the address is for people only.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	file, content, err := s.config.Files.OpenFile(r.Context(), r.PathValue("resource"), r.PathValue("file"))
	if err != nil {
		s.refuseFile(w, r, err)
		return
	}
	defer func() { _ = content.Close() }()
	header := w.Header()
	header.Set("Content-Type", file.ContentType)
	header.Set("Content-Disposition", attachment(file.Name))
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
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
