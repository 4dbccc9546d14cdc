package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Sessions is the field Query.sessions.
func (q query) Sessions(ctx context.Context) ([]*staffroom.Session, error) {
	return q.network.Sessions.List(ctx)
}

// EndSession is the mutation endSession.
func (m mutation) EndSession(ctx context.Context, input graph.EndSessionInput) (*graph.EndSessionPayload, error) {
	err := m.network.Sessions.Revoke(ctx, input.ID)
	wrong, err := settle(ctx, err)
	if err != nil || len(wrong) > 0 {
		return &graph.EndSessionPayload{UserErrors: wrong}, err
	}
	return &graph.EndSessionPayload{ID: &input.ID}, nil
}

// Current is the field Session.current.
func (session) Current(ctx context.Context, s *staffroom.Session) (bool, error) {
	return s.ID == staffroom.ViewerFrom(ctx).SessionID, nil
}
