package staffroom

import (
	"context"
	"time"
)

const (
	// touchPatience is how long a request waits until it is noted that its session is used: whoever reads must not wait for a slow disk.
	touchPatience = 250 * time.Millisecond
	// touchLimit is how long noting it may take at all.
	touchLimit = time.Minute
)

// touched is what came of noting that a session is used.
type touched struct {
	session *Session
	err     error
}

// touch notes that the session is used, once at a time. A store that takes no writes now, or takes long over them, signs nobody out and
// keeps nobody waiting.
func (s *Sessions) touch(ctx context.Context, session *Session, now Time) (*Session, error) {
	if _, already := s.touching.LoadOrStore(session.ID, true); already {
		return session, nil
	}
	done := make(chan touched, 1)
	go func() {
		defer s.touching.Delete(session.ID)
		done <- s.noteUse(context.WithoutCancel(ctx), session, now)
	}()
	late := time.NewTimer(touchPatience)
	defer late.Stop()
	select {
	case noted := <-done:
		return noted.session, noted.err
	case <-late.C:
		return session, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// noteUse writes that the session is used.
func (s *Sessions) noteUse(ctx context.Context, session *Session, now Time) touched {
	ctx, cancel := context.WithTimeout(ctx, touchLimit)
	defer cancel()
	updated, err := s.Store.Sessions.Update(ctx, session.ID, func(stored *Session) error {
		if !now.After(stored.LastSeenAt.Time) {
			return ErrUnchanged
		}
		stored.LastSeenAt = now
		stored.IdleUntil = At(now.Add(SessionIdle))
		return nil
	})
	switch CodeOf(err) {
	case "":
		return touched{updated, nil}
	case CodeUnavailable:
		s.Log.WarnContext(ctx, "could not note that a session is used", "session", session.ID, "error", err)
		return touched{session, nil}
	case CodeNotFound:
		return touched{nil, Errorf(CodeUnauthenticated, "You were signed out. Sign in again.")}
	default:
		return touched{nil, err}
	}
}
