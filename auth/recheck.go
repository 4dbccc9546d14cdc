package auth

import (
	"context"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// recheckKey is where the context of a request keeps how its viewer can be found again.
type recheckKey struct{}

type recheck func(context.Context) (*staffroom.Viewer, error)

func withRecheck(ctx context.Context, find recheck) context.Context {
	return context.WithValue(ctx, recheckKey{}, find)
}

// Recheck is the viewer, as of now, whom Middleware found for ctx: for sockets and streams that stay open. UNAUTHENTICATED if
// the session or the token has ended since; a visitor stays one. It does not count as a use of the session, so that a page
// left open does not keep it alive.
func (a *Auth) Recheck(ctx context.Context) (*staffroom.Viewer, error) {
	find, ok := ctx.Value(recheckKey{}).(recheck)
	if !ok {
		return &staffroom.Viewer{}, nil
	}
	return find(ctx)
}

// again finds the viewer of a request anew.
func (a *Auth) again(viewer *staffroom.Viewer, authorization string) recheck {
	switch {
	case viewer.ClientID != "":
		return func(ctx context.Context) (*staffroom.Viewer, error) { return a.ViewerFromBearer(ctx, authorization) }
	case viewer.SessionID != "":
		return func(ctx context.Context) (*staffroom.Viewer, error) { return a.viewerOfSession(ctx, viewer.SessionID) }
	default:
		return func(context.Context) (*staffroom.Viewer, error) { return viewer, nil }
	}
}

func (a *Auth) viewerOfSession(ctx context.Context, id string) (*staffroom.Viewer, error) {
	session, err := a.sessions.Living(ctx, id)
	if err != nil {
		return nil, err
	}
	viewer, err := a.members.ViewerOf(ctx, session.MemberID)
	if staffroom.CodeOf(err) == staffroom.CodeNotFound {
		return nil, staffroom.Errorf(staffroom.CodeUnauthenticated, "You are not signed in any more. Sign in again.")
	}
	if err != nil {
		return nil, err
	}
	seen := *viewer
	seen.SessionID = id
	return &seen, nil
}
