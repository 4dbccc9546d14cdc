package staffroom

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long sessions last. Staff rooms have shared computers, so a session outlives neither a long break nor a working
// day; who comes back is usually still known to the provider and signs in again with one click.
const (
	// SessionIdle is how long a session lasts without a request.
	SessionIdle = 2 * time.Hour
	// SessionLife is how long a session lasts at most.
	SessionLife = 12 * time.Hour
	// sessionTouch is how old LastSeenAt may grow before it is written again: reading must not cost a write each time.
	sessionTouch = 5 * time.Minute
	// sessionHandover is how long a replaced token still works, for requests that were under way with it.
	sessionHandover = time.Minute
)

// maxBrowserName is how much of what a browser says about itself is kept, in bytes.
const maxBrowserName = 200

// Sessions keeps who is signed in on which browser, and the sign-ins under way.
type Sessions struct {
	*Ports
	// touching has the ids of the sessions whose use is being noted.
	touching sync.Map
}

// NewSession is what is known when a member has signed in.
type NewSession struct {
	Member *Member
	// Browser is the User-Agent header.
	Browser string
	// IDToken and ProviderSession are what the provider gave out, for signing out; empty if it gave none.
	IDToken, ProviderSession string
}

// Start makes a session and the secret token for the browser's cookie. The token is not stored and can't be had again.
func (s *Sessions) Start(ctx context.Context, n NewSession) (token string, session *Session, err error) {
	now := s.now()
	return s.insert(ctx, &Session{
		MemberID:        n.Member.ID,
		Browser:         browserName(n.Browser),
		IDToken:         n.IDToken,
		ProviderSession: n.ProviderSession,
		Rights:          rightsOf(n.Member),
		LastSeenAt:      now,
		IdleUntil:       At(now.Add(SessionIdle)),
		ExpiresAt:       At(now.Add(SessionLife)),
	})
}

// insert stores session under a new id and a new token.
func (s *Sessions) insert(ctx context.Context, session *Session) (string, *Session, error) {
	token := rand.Text()
	session.Meta = Meta{ID: NewID(PrefixSession)}
	session.TokenHash = hashOf(token)
	if err := s.Store.Sessions.Insert(ctx, session); err != nil {
		return "", nil, err
	}
	return token, session, nil
}

// Find is the session with this token. UNAUTHENTICATED if there is none, or if it has ended. It notes every few minutes
// that the session is used, which moves its idle end.
func (s *Sessions) Find(ctx context.Context, token string) (*Session, error) {
	session, err := s.byToken(ctx, token)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if session == nil || !session.lives(now) {
		return nil, Errorf(CodeUnauthenticated, "You are not signed in any more. Sign in again.")
	}
	if now.Sub(session.LastSeenAt.Time) < sessionTouch {
		return session, nil
	}
	return s.touch(ctx, session, now)
}

// Living is the session with this id, without noting a use. UNAUTHENTICATED if there is none, or if it has ended.
func (s *Sessions) Living(ctx context.Context, id string) (*Session, error) {
	session, err := s.Store.Sessions.Get(ctx, id)
	if CodeOf(err) == CodeNotFound || err == nil && !session.lives(s.now()) {
		return nil, Errorf(CodeUnauthenticated, "You are not signed in any more. Sign in again.")
	}
	return session, err
}

func (s *Sessions) byToken(ctx context.Context, token string) (*Session, error) {
	page, err := s.Store.Sessions.Find(ctx, Query{Where: []Cond{Equal(FieldSessionToken, hashOf(token))}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}

// lives says whether the session is good for requests at now.
func (s *Session) lives(now Time) bool {
	return now.Before(s.IdleUntil.Time) && now.Before(s.ExpiresAt.Time)
}

// Renew gives the session of a member whose rights have changed a new token and id, as after a sign-in: what was
// learned of the old one opens nothing new. The token is empty if there is nothing to do, because the rights are the
// same or another request was faster. The old token works for a minute more, for requests under way.
func (s *Sessions) Renew(ctx context.Context, old *Session, member *Member) (token string, session *Session, err error) {
	rights := rightsOf(member)
	if old.Rights == rights || !old.ReplacedAt.IsZero() {
		return "", old, nil
	}
	mine, err := s.replace(ctx, old.ID)
	if err != nil || !mine {
		return "", old, err
	}
	renewed := *old
	renewed.Rights = rights
	return s.insert(ctx, &renewed)
}

// replace marks the session as replaced; mine is false if somebody else did.
func (s *Sessions) replace(ctx context.Context, id string) (mine bool, err error) {
	now := s.now()
	_, err = s.Store.Sessions.Update(ctx, id, func(stored *Session) error {
		mine = stored.ReplacedAt.IsZero()
		if !mine {
			return ErrUnchanged
		}
		stored.ReplacedAt = now
		if end := At(now.Add(sessionHandover)); end.Before(stored.ExpiresAt.Time) {
			stored.ExpiresAt = end
		}
		return nil
	})
	return mine, err
}

// End ends the session with this token and returns it; nil if there was none.
func (s *Sessions) End(ctx context.Context, token string) (*Session, error) {
	session, err := s.byToken(ctx, token)
	if err != nil || session == nil {
		return nil, err
	}
	return session, s.delete(ctx, session)
}

// List is the viewer's own sessions that have not ended, the most recently used first. UNAUTHENTICATED for visitors;
// FORBIDDEN for third-party clients, which have no business with them.
func (s *Sessions) List(ctx context.Context) ([]*Session, error) {
	member, err := sessionOwner(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.of(ctx, Equal(FieldSessionMember, member))
	if err != nil {
		return nil, err
	}
	now := s.now()
	living := slices.DeleteFunc(append([]*Session{}, all...), func(session *Session) bool {
		return !session.lives(now) || !session.ReplacedAt.IsZero()
	})
	slices.SortFunc(living, func(a, b *Session) int { return b.LastSeenAt.Compare(a.LastSeenAt.Time) })
	return living, nil
}

// Revoke ends one of the viewer's own sessions. NOT_FOUND if it is not one of them; otherwise as List.
func (s *Sessions) Revoke(ctx context.Context, id string) error {
	member, err := sessionOwner(ctx)
	if err != nil {
		return err
	}
	session, err := s.Store.Sessions.Get(ctx, id)
	if CodeOf(err) == CodeNotFound || (err == nil && session.MemberID != member) {
		return NotFound("session")
	}
	if err != nil {
		return err
	}
	return s.delete(ctx, session)
}

// RevokeAllOf ends every session of the member, wherever it is: for a suspension, an erasure, or a lost computer.
func (s *Sessions) RevokeAllOf(ctx context.Context, memberID string) error {
	return s.revokeWhere(ctx, Equal(FieldSessionMember, memberID))
}

// RevokeAtProvider ends the sessions that go back to this session (sid) of the provider.
func (s *Sessions) RevokeAtProvider(ctx context.Context, providerSession string) error {
	return s.revokeWhere(ctx, Equal(FieldSessionProvider, providerSession))
}

func (s *Sessions) revokeWhere(ctx context.Context, where Cond) error {
	sessions, err := s.of(ctx, where)
	if err != nil {
		return err
	}
	var failed []error
	for _, session := range sessions {
		failed = append(failed, s.delete(ctx, session))
	}
	return errors.Join(failed...)
}

// of is every session that matches where, ended ones that the store has not deleted yet among them.
func (s *Sessions) of(ctx context.Context, where Cond) ([]*Session, error) {
	var all []*Session
	for session, err := range Walk(ctx, s.Store.Sessions.Find, Query{Where: []Cond{where}, Limit: MaxLimit}) {
		if err != nil {
			return nil, err
		}
		all = append(all, session)
	}
	return all, nil
}

func (s *Sessions) delete(ctx context.Context, session *Session) error {
	if err := s.Store.Sessions.Delete(ctx, session.ID); err != nil && CodeOf(err) != CodeNotFound {
		return err
	}
	return nil
}

// sessionOwner is the id of the viewer, if he asks through his own browser.
func sessionOwner(ctx context.Context) (string, error) {
	viewer := ViewerFrom(ctx)
	switch {
	case viewer.Member == nil:
		return "", Errorf(CodeUnauthenticated, "Nobody is signed in. Sign in to see your sessions.")
	case viewer.ClientID != "":
		return "", Errorf(CodeForbidden, "Sessions are seen and ended in the browser only, not through another program.")
	default:
		return viewer.MemberID(), nil
	}
}

// rightsOf writes down what decides about a member's permissions, to see when it changes.
func rightsOf(m *Member) string {
	roles := make([]string, len(m.Roles))
	for i, role := range m.Roles {
		roles[i] = string(role)
	}
	slices.Sort(roles)
	return string(m.Membership) + " " + m.SchoolID + " " + strings.Join(roles, ",")
}

func browserName(agent string) string {
	return CleanLine(agent[:min(len(agent), maxBrowserName)], maxBrowserName)
}

// hashOf is how secrets that browsers hold are stored: the SHA-256 of something random enough not to be guessed.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
