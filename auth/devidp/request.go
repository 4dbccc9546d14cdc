package devidp

import (
	"crypto/rand"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// request is a sign-in under way, an [op.AuthRequest].
type request struct {
	id    string
	asked oidc.AuthRequest
	until time.Time
	// subject and at are who signed in, and when; empty until somebody has.
	subject string
	at      time.Time
	code    string
}

func newRequest(asked *oidc.AuthRequest) *request {
	return &request{id: rand.Text(), asked: *asked, until: time.Now().Add(requestLife)}
}

// GetID is [op.AuthRequest], as are the methods below.
func (r *request) GetID() string { return r.id }

// GetACR is empty: no level of assurance is claimed.
func (r *request) GetACR() string { return "" }

// GetAMR is empty: nothing was asked for.
func (r *request) GetAMR() []string { return nil }

// GetAudience is who the ID token is for.
func (r *request) GetAudience() []string { return []string{r.asked.ClientID} }

// GetAuthTime is when the person signed in.
func (r *request) GetAuthTime() time.Time { return r.at }

// GetClientID is who asked.
func (r *request) GetClientID() string { return r.asked.ClientID }

// GetCodeChallenge is the PKCE challenge.
func (r *request) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.asked.CodeChallenge, Method: r.asked.CodeChallengeMethod}
}

// GetNonce is the client's nonce.
func (r *request) GetNonce() string { return r.asked.Nonce }

// GetRedirectURI is where the code goes.
func (r *request) GetRedirectURI() string { return r.asked.RedirectURI }

// GetResponseType is code.
func (r *request) GetResponseType() oidc.ResponseType { return r.asked.ResponseType }

// GetResponseMode is how the answer travels.
func (r *request) GetResponseMode() oidc.ResponseMode { return r.asked.ResponseMode }

// GetScopes are those that were asked for and are allowed.
func (r *request) GetScopes() []string { return r.asked.Scopes }

// GetState is the client's state.
func (r *request) GetState() string { return r.asked.State }

// GetSubject is who signed in.
func (r *request) GetSubject() string { return r.subject }

// Done says whether somebody has signed in.
func (r *request) Done() bool { return r.subject != "" }
