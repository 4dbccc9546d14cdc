package auth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Middleware puts the viewer into the context of each request: by its access token, else by its cookie, else a visitor. A
// token that is not good ends the request with 401, as does any other kind of authorization; a cookie that is not good any
// more is cleared, and its browser is a visitor's.
func (a *Auth) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		viewer, err := a.viewer(w, r)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		ctx := staffroom.WithViewer(r.Context(), viewer)
		if viewer.Member != nil && viewer.SessionID == "" {
			ctx = withBearer(ctx, r.Header.Get("Authorization"))
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Credential is what Middleware would find the viewer of the request by: what is in its Authorization header, or else in the cookie of its
// session; empty if there is neither.
func (a *Auth) Credential(r *http.Request) string {
	if header := strings.TrimSpace(strings.Join(r.Header.Values("Authorization"), ", ")); header != "" {
		if token, ok := cutScheme(header); ok && token != "" {
			return token
		}
		return header
	}
	return a.cookies.read(r, a.cookies.session())
}

func (a *Auth) viewer(w http.ResponseWriter, r *http.Request) (*staffroom.Viewer, error) {
	if headers := r.Header.Values("Authorization"); len(headers) > 1 {
		return nil, staffroom.Errorf(staffroom.CodeUnauthenticated, "The request has more than one Authorization header. Send one.")
	}
	// An empty header is what clients send that have no token.
	if header := strings.TrimSpace(r.Header.Get("Authorization")); header != "" {
		if _, ok := cutScheme(header); !ok {
			return nil, staffroom.Errorf(staffroom.CodeUnauthenticated,
				"The Authorization header must be “Bearer” and an access token; no other kind is known here. Leave it out to ask as a visitor.")
		}
		return a.ViewerFromBearer(r.Context(), header)
	}
	if token := a.cookies.read(r, a.cookies.session()); token != "" {
		return a.viewerFromCookie(w, r, token)
	}
	return &staffroom.Viewer{}, nil
}

// viewerFromCookie is the member of the session. When the member's rights have changed, the session gets a new token.
func (a *Auth) viewerFromCookie(w http.ResponseWriter, r *http.Request, token string) (*staffroom.Viewer, error) {
	ctx := r.Context()
	session, err := a.sessions.Find(ctx, token)
	if err != nil {
		return a.stale(w, err)
	}
	viewer, err := a.members.ViewerOf(ctx, session.MemberID)
	if err != nil {
		return a.stale(w, err)
	}
	// Answers to a WebSocket handshake are written by others, who may leave the cookie out.
	if r.Header.Get("Upgrade") == "" {
		if session, err = a.renew(w, r, session, viewer.Member); err != nil {
			return nil, err
		}
	}
	seen := *viewer
	seen.SessionID = session.ID
	return &seen, nil
}

func (a *Auth) renew(w http.ResponseWriter, r *http.Request, session *staffroom.Session, member *staffroom.Member) (*staffroom.Session, error) {
	token, renewed, err := a.sessions.Renew(r.Context(), session, member)
	if staffroom.CodeOf(err) == staffroom.CodeUnavailable {
		// Nothing can be written now; it is renewed when that has passed.
		return session, nil
	}
	if err != nil {
		return nil, err
	}
	if token != "" {
		a.cookies.setSession(w, token)
	}
	return renewed, nil
}

// stale makes a visitor of a browser whose session or member is gone; a store that fails signs nobody out.
func (a *Auth) stale(w http.ResponseWriter, err error) (*staffroom.Viewer, error) {
	switch staffroom.CodeOf(err) {
	case staffroom.CodeUnauthenticated, staffroom.CodeNotFound:
		a.cookies.clear(w, a.cookies.session())
		return &staffroom.Viewer{}, nil
	default:
		return nil, err
	}
}

// retryAfter is when those should come back who cannot be told now who they are, in seconds: what failed is tried again after that.
const retryAfter = "5"

// refuse answers in the form of a GraphQL error.
func (a *Auth) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, shown := http.StatusInternalServerError, staffroom.Errorf(staffroom.CodeInternal, "Something went wrong here. Try again.")
	if known, ok := errors.AsType[*staffroom.Error](err); ok {
		shown = known
	}
	header := w.Header()
	switch shown.Code {
	case staffroom.CodeUnauthenticated:
		status = http.StatusUnauthorized
		header.Set("WWW-Authenticate", `Bearer realm="staffroom", error="invalid_token"`)
	case staffroom.CodeForbidden:
		status = http.StatusForbidden
		header.Set("WWW-Authenticate", `Bearer realm="staffroom", error="insufficient_scope", scope="`+staffroom.ScopeRead+" "+staffroom.ScopeWrite+`"`)
	case staffroom.CodeUnavailable:
		status = http.StatusServiceUnavailable
		header.Set("Retry-After", retryAfter)
	case staffroom.CodeRateLimited:
		status = http.StatusTooManyRequests
		header.Set("Retry-After", retryAfter)
	default:
		a.log.ErrorContext(r.Context(), "could not tell who asks", "error", err)
		shown = staffroom.Errorf(staffroom.CodeInternal, "Something went wrong here. Try again.")
	}
	header.Set("Content-Type", mediaType(r))
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(graphQLError(shown)); err != nil {
		a.log.DebugContext(r.Context(), "the answer did not reach the client", "error", err)
	}
}

func mediaType(r *http.Request) string {
	const graphQL = "application/graphql-response+json"
	if strings.Contains(r.Header.Get("Accept"), graphQL) {
		return graphQL
	}
	return "application/json"
}

func graphQLError(err *staffroom.Error) any {
	return map[string]any{"errors": []any{map[string]any{
		"message":    err.Message,
		"extensions": map[string]any{"code": err.Code},
	}}}
}
