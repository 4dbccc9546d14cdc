package staffroom

import (
	"context"
	"crypto/subtle"
	"time"
)

// SignInLife is how long somebody may take at the provider.
const SignInLife = 10 * time.Minute

// NewSignIn is what must be remembered of a sign-in while the browser is at the provider.
type NewSignIn struct {
	// State and Browser are the secrets that the answer must come back with: in its address, and in a cookie.
	State, Browser  string
	Nonce, Verifier string
	// ReturnTo is the local path to go to afterwards.
	ReturnTo string
}

// Begin remembers a sign-in, for SignInLife at most.
func (s *Sessions) Begin(ctx context.Context, n NewSignIn) error {
	return s.Store.SignIns.Insert(ctx, &SignIn{
		Meta:        Meta{ID: NewID(PrefixSignIn)},
		StateHash:   hashOf(n.State),
		BrowserHash: hashOf(n.Browser),
		Nonce:       n.Nonce,
		Verifier:    n.Verifier,
		ReturnTo:    n.ReturnTo,
		ExpiresAt:   At(s.now().Add(SignInLife)),
	})
}

// Take gives the sign-in that this browser began with this state, once. NOT_FOUND if there is none: it is too old, was
// taken before, or began in another browser (where it can still be finished).
func (s *Sessions) Take(ctx context.Context, state, browser string) (*SignIn, error) {
	page, err := s.Store.SignIns.Find(ctx, Query{Where: []Cond{Equal(FieldSignInState, hashOf(state))}, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		return nil, NotFound("sign-in")
	}
	begun := page.Items[0]
	sameBrowser := subtle.ConstantTimeCompare([]byte(begun.BrowserHash), []byte(hashOf(browser))) == 1
	if !sameBrowser || !s.now().Before(begun.ExpiresAt.Time) {
		return nil, NotFound("sign-in")
	}
	// Of several who come with the same state at once, one deletes it; the others get NOT_FOUND.
	if err := s.Store.SignIns.Delete(ctx, begun.ID); err != nil {
		return nil, err
	}
	return begun, nil
}
