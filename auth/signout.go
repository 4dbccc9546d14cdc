package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// signOutWait is how long signing out waits to learn where the provider signs out; here it has happened by then.
	signOutWait = 2 * time.Second
	// maxLogout is the longest body that the provider's notice of a sign-out may have, in bytes.
	maxLogout = 16 << 10
	// logoutAge is how old such a notice may be.
	logoutAge = 5 * time.Minute
	// logoutMemory is how many notices are remembered, to take each once.
	logoutMemory = 4096
)

// signOut ends the session here, and sends the browser to the provider to end the one there.
func (a *Auth) signOut(w http.ResponseWriter, r *http.Request) {
	token := a.cookies.read(r, a.cookies.session())
	if token == "" {
		redirect(w, r, a.home)
		return
	}
	ended, err := a.sessions.End(r.Context(), token)
	if err != nil {
		// The cookie stays, so that trying again ends the session.
		a.fail(w, r, "/", err)
		return
	}
	a.cookies.clear(w, a.cookies.session())
	redirect(w, r, a.afterSignOut(r.Context(), ended))
}

// afterSignOut is where the browser goes: to the provider if it has a place for that (OpenID Connect RP-Initiated Logout),
// otherwise home.
func (a *Auth) afterSignOut(ctx context.Context, ended *staffroom.Session) string {
	ctx, cancel := context.WithTimeout(ctx, signOutWait)
	defer cancel()
	remote, err := a.provider.get(ctx)
	if err != nil || ended == nil || remote.metadata.EndSessionEndpoint == "" {
		return a.home
	}
	there, err := url.Parse(remote.metadata.EndSessionEndpoint)
	if err != nil {
		return a.home
	}
	query := there.Query()
	query.Set("client_id", a.cfg.ClientID)
	query.Set("post_logout_redirect_uri", a.home)
	if ended.IDToken != "" {
		query.Set("id_token_hint", ended.IDToken)
	}
	there.RawQuery = query.Encode()
	return there.String()
}

// backChannel takes the provider's notice that somebody signed out there (OpenID Connect Back-Channel Logout).
func (a *Auth) backChannel(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxLogout)
	notice, err := a.logoutNotice(r)
	if staffroom.CodeOf(err) == staffroom.CodeUnavailable {
		a.log.WarnContext(r.Context(), "could not check a notice of a sign-out", "error", err)
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, `{"error":"temporarily_unavailable"}`, http.StatusServiceUnavailable)
		return
	}
	if err != nil {
		a.log.InfoContext(r.Context(), "refused a notice of a sign-out", "reason", err)
		http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
		return
	}
	if err := a.signedOutThere(r.Context(), notice); err != nil {
		a.log.ErrorContext(r.Context(), "could not sign out as the provider asked", "error", err)
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError)
		return
	}
	a.seen.remember(notice.TokenID)
}

func (a *Auth) logoutNotice(r *http.Request) (*oidc.LogoutToken, error) {
	raw := r.PostFormValue("logout_token")
	if raw == "" || len(raw) > maxToken {
		return nil, errors.New("there is no logout token, or it is too long")
	}
	remote, err := a.provider.get(r.Context())
	if err != nil {
		return nil, err
	}
	notice, err := verified(remote, a.cfg, a.cfg.ClientID, func(v *oidc.IDTokenVerifier) (*oidc.LogoutToken, error) {
		return v.VerifyLogout(r.Context(), raw)
	})
	if err != nil {
		return nil, err
	}
	if age := a.now().Sub(notice.IssuedAt); age < -clockSkew || age > logoutAge {
		return nil, errors.New("the logout token was not issued just now")
	}
	if a.seen.has(notice.TokenID) {
		return nil, fmt.Errorf("the logout token %s came before", quoted(notice.TokenID))
	}
	return notice, nil
}

// signedOutThere ends the sessions that the notice is about: one session of the provider, or all of a person.
func (a *Auth) signedOutThere(ctx context.Context, notice *oidc.LogoutToken) error {
	if notice.SessionID != "" {
		return a.sessions.RevokeAtProvider(ctx, notice.SessionID)
	}
	viewer, err := a.members.ViewerByIdentity(ctx, a.cfg.Issuer, notice.Subject)
	if staffroom.CodeOf(err) == staffroom.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return a.sessions.RevokeAllOf(ctx, viewer.MemberID())
}

// logouts remembers notices, so that one that was overheard is good for nothing.
type logouts struct {
	ids *lru.Cache[string, struct{}]
}

func newLogouts() *logouts {
	ids, err := lru.New[string, struct{}](logoutMemory)
	if err != nil {
		panic("auth: a memory of a fixed size can't be made: " + err.Error())
	}
	return &logouts{ids}
}

func (l *logouts) has(id string) bool { return l.ids.Contains(id) }

func (l *logouts) remember(id string) { l.ids.Add(id, struct{}{}) }
