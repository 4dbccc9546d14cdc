package server

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// tally is a ResponseWriter that remembers the status and counts bytes.
type tally struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the connection.
func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteHeader remembers the status.
func (t *tally) WriteHeader(status int) {
	if t.status == 0 && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (t *tally) Write(p []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(p)
	t.bytes += int64(n)
	return n, err
}

// accessLog writes one line for each request: what was asked for and how it went, but nothing that a person wrote or is.
func (s *Server) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		counted := &tally{ResponseWriter: w}
		defer s.logRequest(r, counted, begin)
		next.ServeHTTP(counted, r)
	})
}

// logRequest goes past the logger to its handler, as the logger would look up the line of code first, which is always this one.
func (s *Server) logRequest(r *http.Request, answered *tally, begin time.Time) {
	info, handler, level := infoFrom(r.Context()), s.config.Log.Handler(), slog.LevelInfo
	if answered.status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	ctx := r.Context()
	if !handler.Enabled(ctx, level) {
		return
	}
	now := time.Now()
	line := slog.NewRecord(now, level, "Request.", 0)
	line.AddAttrs(
		slog.String("request", info.id),
		slog.String("method", method(r)),
		slog.String("route", info.route),
		slog.String("operation", clip(info.operationName(), 64)),
		slog.Int("status", answered.status),
		slog.Int64("bytes", answered.bytes),
		slog.Duration("duration", now.Sub(begin)))
	_ = handler.Handle(ctx, line) // There is nobody left to tell.
}

// method is the method if it is a usual one: anything else is what a caller made up.
func method(r *http.Request) string {
	if len(r.Method) > len(http.MethodOptions) {
		return "other"
	}
	return r.Method
}

// recover answers 500 for a handler that panicked. If an answer has begun, the connection is cut, so that nobody takes half of
// it for the whole.
func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			id := RequestID(r.Context())
			s.config.Log.ErrorContext(r.Context(), "A handler panicked.", "request", id, "panic", fmt.Sprint(value), "stack", string(debug.Stack()))
			if counted, ok := w.(*tally); ok && counted.status != 0 {
				panic(http.ErrAbortHandler)
			}
			s.refuse(w, typeJSON, &refusal{status: http.StatusInternalServerError, malformed: true, errors: gqlerror.List{internalError(id)}})
		}()
		next.ServeHTTP(w, r)
	})
}

// securityHeaders sets what every answer has, and what a browser wants of one that it may show, which those of the API are not. Handlers
// may replace the policy with their own.
func (s *Server) securityHeaders(next http.Handler) http.Handler {
	always := http.Header{}
	always.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	always.Set("X-Content-Type-Options", "nosniff")
	if s.secure() {
		always.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	shown := always.Clone()
	shown.Set("X-Frame-Options", "DENY")
	shown.Set("Referrer-Policy", "same-origin")
	shown.Set("Cross-Origin-Opener-Policy", "same-origin")
	shown.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set := shown
		if r.URL.Path == "/graphql" || under(r, "/idp/") { // the provider's pages open as windows of clients' pages, too
			set = always
		}
		maps.Copy(w.Header(), set) // all answers share the values: whoever wants another one sets it anew
		next.ServeHTTP(w, r)
	})
}

// policy is the Content-Security-Policy of pages of ours: nothing inline, nothing from elsewhere.
func (s *Server) policy(styles string) string {
	forms := strings.Join(append([]string{"'self'"}, s.config.FormTargets...), " ")
	return "default-src 'none'; script-src 'self'; style-src " + styles + "; img-src 'self' data: blob:; font-src 'self' data:; " +
		"connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action " + forms
}

// httpLog takes what net/http has to say about broken connections. It is for debugging: clients can make any amount of it.
func httpLog(to *slog.Logger) *log.Logger { return slog.NewLogLogger(to.Handler(), slog.LevelDebug) }
