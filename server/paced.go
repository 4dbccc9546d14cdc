package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// paced is the body of an upload, which must come at a least speed: whoever sends nothing keeps a place from others. Only the time counts
// in which the server waits for the sender.
type paced struct {
	io.ReadCloser
	control *http.ResponseController
	limits  Limits
	// end is when the whole must be there, at the latest.
	end time.Time
	// missing is how many bytes must come while there is patience.
	missing  int
	patience time.Duration
}

func (s *Server) pace(w http.ResponseWriter, body io.ReadCloser) io.ReadCloser {
	return &paced{ReadCloser: body, control: http.NewResponseController(w), limits: s.limits, end: time.Now().Add(s.limits.UploadTimeout)}
}

// Read fails with os.ErrDeadlineExceeded if too little comes.
func (p *paced) Read(b []byte) (int, error) {
	if p.missing <= 0 {
		p.patience = p.limits.UploadPatience
		p.missing = int(float64(p.limits.UploadSpeed) * p.patience.Seconds())
	}
	begin := time.Now()
	deadline := begin.Add(p.patience)
	if p.end.Before(deadline) {
		deadline = p.end
	}
	_ = p.control.SetReadDeadline(deadline) // connections that cannot take one (in tests) need none
	n, err := p.ReadCloser.Read(b)
	p.missing -= n
	p.patience -= time.Since(begin)
	return n, err
}

// tooSlow answers an upload that stalled.
func tooSlow(limits Limits) *refusal {
	refused := refuse(http.StatusRequestTimeout, staffroom.CodeUnavailable, fmt.Sprintf(
		"The upload was ended, because too little of it came: at least %s a second over %v, and all of it within %v. Look at the connection and send it again.",
		byteCount(limits.UploadSpeed), limits.UploadPatience, limits.UploadTimeout))
	refused.malformed = true
	return refused
}

// isLate says that a read ended because nothing came in time.
func isLate(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
