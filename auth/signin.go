package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// signIn sends the browser to the provider, and remembers why.
func (a *Auth) signIn(w http.ResponseWriter, r *http.Request) {
	returnTo := localPath(r.URL.Query().Get("return_to"))
	remote, err := a.provider.get(r.Context())
	if err != nil {
		a.fail(w, r, returnTo, err)
		return
	}
	begun := staffroom.NewSignIn{
		State:    secret(),
		Browser:  a.browser(w, r),
		Nonce:    secret(),
		Verifier: oauth2.GenerateVerifier(),
		ReturnTo: returnTo,
	}
	if err := a.sessions.Begin(r.Context(), begun); err != nil {
		a.fail(w, r, returnTo, err)
		return
	}
	there := remote.oauth(a.cfg).AuthCodeURL(begun.State, oidc.Nonce(begun.Nonce), oauth2.S256ChallengeOption(begun.Verifier))
	redirect(w, r, there)
}

// browser is the secret that ties a sign-in to this browser. It stays the same while sign-ins are under way, so that
// several tabs can sign in side by side.
func (a *Auth) browser(w http.ResponseWriter, r *http.Request) string {
	value := a.cookies.read(r, a.cookies.signIn())
	if len(value) != len(secret()) {
		value = secret()
	}
	a.cookies.setSignIn(w, value)
	return value
}

// callback takes the browser back from the provider and makes its session.
func (a *Auth) callback(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	answer := r.URL.Query()
	begun, err := a.take(r, answer)
	if err != nil {
		a.fail(w, r, "/", err)
		return
	}
	who, err := a.identify(ctx, begun, answer)
	if err != nil {
		a.fail(w, r, begun.ReturnTo, err)
		return
	}
	if err := a.welcome(w, r, who); err != nil {
		a.fail(w, r, begun.ReturnTo, err)
		return
	}
	a.cookies.clear(w, a.cookies.signIn())
	// begun.ReturnTo is checked again: what is in the store was checked by whatever version of us wrote it.
	redirect(w, r, a.cfg.PublicURL+localPath(begun.ReturnTo))
}

// take finds the sign-in that the answer belongs to, which must have begun in this browser.
func (a *Auth) take(r *http.Request, answer url.Values) (*staffroom.SignIn, error) {
	for _, values := range answer {
		if len(values) > 1 {
			return nil, failure("the answer names a parameter twice", nil)
		}
	}
	browser := a.cookies.read(r, a.cookies.signIn())
	begun, err := a.sessions.Take(r.Context(), answer.Get("state"), browser)
	if staffroom.CodeOf(err) == staffroom.CodeNotFound {
		return nil, &staffroom.Error{
			Code: staffroom.CodeBadInput,
			Message: "This sign-in is not known here any more. It took longer than ten minutes, was used already, or began in " +
				"another browser. Sign in again, in one browser and with cookies allowed.",
			Cause: err,
		}
	}
	return begun, err
}

// identify checks the provider's answer and asks it who signed in.
func (a *Auth) identify(ctx context.Context, begun *staffroom.SignIn, answer url.Values) (*identity, error) {
	remote, err := a.provider.get(ctx)
	if err != nil {
		return nil, err
	}
	// RFC 9207: an answer of another provider must not pass as one of this.
	if issuer := answer.Get("iss"); issuer != a.cfg.Issuer && (issuer != "" || remote.metadata.NamesIssuer) {
		return nil, failure("the answer names the issuer "+quoted(issuer), nil)
	}
	if code := answer.Get("error"); code != "" {
		return nil, refused(code)
	}
	ctx = oidc.ClientContext(ctx, a.provider.client)
	tokens, err := remote.oauth(a.cfg).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(begun.Verifier))
	if err != nil {
		return nil, exchangeFailure(err)
	}
	return a.identityOf(ctx, remote, tokens, begun.Nonce)
}

// welcome makes the session, always a new one, and ends the one that the browser had before.
func (a *Auth) welcome(w http.ResponseWriter, r *http.Request, who *identity) error {
	ctx := r.Context()
	member, err := a.members.SignedIn(ctx, who.SignedIn)
	if err != nil {
		return err
	}
	token, _, err := a.sessions.Start(ctx, staffroom.NewSession{
		Member: member, Browser: r.UserAgent(), IDToken: who.idToken, ProviderSession: who.providerSession,
	})
	if err != nil {
		return err
	}
	if before := a.cookies.read(r, a.cookies.session()); before != "" {
		if _, err := a.sessions.End(ctx, before); err != nil {
			a.log.WarnContext(ctx, "could not end the session before a sign-in", "error", err)
		}
	}
	a.cookies.setSession(w, token)
	return nil
}

// refused is the error for an error answer of the provider. Its description is not shown: whoever makes up a link could
// write it.
func refused(code string) error {
	if code == "access_denied" {
		return staffroom.Errorf(staffroom.CodeForbidden,
			"You were not signed in, because the sign-in was cancelled or the provider did not allow it. Sign in again, or ask whoever looks after your account there.")
	}
	return failure("the provider answered "+quoted(code), nil)
}

// exchangeFailure tells a provider that is down from one that refused the code.
func exchangeFailure(err error) error {
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refusal.Response != nil && refusal.Response.StatusCode < 500 {
		return failure("the provider did not take the code: "+quoted(refusal.ErrorCode), nil)
	}
	return &staffroom.Error{
		Code:    staffroom.CodeUnavailable,
		Message: "The service that people sign in with does not answer. Try again in a few minutes.",
		Cause:   brief(err),
	}
}

// failure is a sign-in that can't be trusted, or one that nobody can check now. The reason is for the log.
func failure(reason string, cause error) error {
	if staffroom.CodeOf(cause) == staffroom.CodeUnavailable {
		return cause
	}
	return &staffroom.Error{
		Code:    staffroom.CodeUnauthenticated,
		Message: "You were not signed in, because the answer of the sign-in service could not be trusted. Sign in again; if it happens again, tell whoever runs this site.",
		Cause:   errors.Join(errors.New(reason), brief(cause)),
	}
}

// same compares secrets without telling by the time it takes where they differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// redirect sends the browser on with a GET, and lets nobody keep or pass on the address.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, to, http.StatusSeeOther)
}
