package auth

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"github.com/staffroom-schools/staffroom/staffroom"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// problem is what the page for people says.
type problem struct {
	Style   template.CSS
	Title   string
	Message string
	// Again is where to try again; empty where a link can't.
	Again   string
	Request string
}

func parsePage() (*template.Template, error) {
	return template.New("page").Parse(pageSource)
}

// fail shows people that signing in or out did not work: what happened, why, and what to do.
func (a *Auth) fail(w http.ResponseWriter, r *http.Request, returnTo string, err error) {
	ctx := r.Context()
	status, message := statusOf(err)
	a.log.WarnContext(ctx, "a sign-in or sign-out failed", "path", r.URL.Path, "status", status, "error", err)
	title, again := "Signing in did not work", SignInPath+"?"+url.Values{"return_to": {localPath(returnTo)}}.Encode()
	if r.URL.Path == SignOutPath {
		title, again = "Signing out did not work", ""
	}
	var page bytes.Buffer
	if err := a.page.Execute(&page, problem{
		Style:   template.CSS(pageStyle),
		Title:   title,
		Message: message,
		Again:   again,
		Request: a.requestID(ctx),
	}); err != nil {
		a.log.ErrorContext(ctx, "could not write the error page", "error", err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash()+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	if _, err := page.WriteTo(w); err != nil {
		a.log.DebugContext(ctx, "the page did not reach the browser", "error", err)
	}
}

// statusOf is the status and the words for err; those of unknown errors stay in the log.
func statusOf(err error) (int, string) {
	known, ok := errors.AsType[*staffroom.Error](err)
	if !ok {
		return http.StatusInternalServerError, "Something went wrong here, and it was written down. Try again in a few minutes."
	}
	switch known.Code {
	case staffroom.CodeUnavailable:
		return http.StatusServiceUnavailable, known.Message
	case staffroom.CodeForbidden:
		return http.StatusForbidden, known.Message
	case staffroom.CodeUnauthenticated, staffroom.CodeBadInput:
		return http.StatusBadRequest, known.Message
	default:
		return http.StatusInternalServerError, known.Message
	}
}

// styleHash lets the page's one style sheet pass its Content-Security-Policy.
func styleHash() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
