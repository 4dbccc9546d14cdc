package auth

import (
	"context"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// bearerKey is where the context of a request keeps the header with the access token that its viewer came by.
type bearerKey struct{}

func withBearer(ctx context.Context, authorization string) context.Context {
	return context.WithValue(ctx, bearerKey{}, authorization)
}

// Recheck is the viewer, as of now, whom Middleware found for ctx: for sockets and streams that stay open. UNAUTHENTICATED if
// the session or the token has ended since; a visitor stays one. It does not count as a use of the session, so that a page
// left open does not keep it alive.
func (a *Auth) Recheck(ctx context.Context) (*staffroom.Viewer, error) {
	if authorization, ok := ctx.Value(bearerKey{}).(string); ok {
		return a.ViewerFromBearer(ctx, authorization)
	}
	if session := staffroom.ViewerFrom(ctx).SessionID; session != "" {
		return a.viewerOfSession(ctx, session)
	}
	return &staffroom.Viewer{}, nil
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
