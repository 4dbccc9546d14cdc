package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// errStopping is why streams end when the server stops.
var errStopping = errors.New("the server is stopping")

// errSessionEnded is why streams end when their session does, or when its rights change.
var errSessionEnded = errors.New("the session has ended")

// stream runs op and gives send each response, encoded. The bytes are send's only until it returns. It ends with the operation, with
// ctx, or when send fails. A subscription that could not start gives a refusal instead.
func (s *Server) stream(op *operation, send func(encoded) error) (refused *refusal) {
	defer func() {
		if value := recover(); value != nil {
			refused = s.engine.refusePanic(op.ctx, value)
		}
	}()
	if op.kind == ast.Subscription {
		return s.subscription(op, send)
	}
	defer op.work.done()
	response, refused := s.run(op, new([]byte))
	if refused == nil {
		_ = send(response) // A client that is gone needs no more.
	}
	return refused
}

// subscription gives send the events of a subscription. Each subscriber's are made for them: whether they may still see them is looked at
// for each event, and making the answer is a small part of the work. If it ends before its time, the refusal says why.
func (s *Server) subscription(op *operation, send func(encoded) error) *refusal {
	why := make(chan error, 1)
	op.ctx = staffroom.WithEnd(op.ctx, func(err error) { why <- err })
	next := s.engine.dispatch(op)
	if op.listening != nil {
		op.listening()
	}
	for response := next(); response != nil; response = next() {
		op.work.rest()
		if refused := refusedSource(response); refused != nil {
			return refused
		}
		event := encodeResponse(response, s.limits)
		op.work.made(op.ctx, event.len())
		err := send(event)
		op.work.done()
		if err != nil {
			return nil // The client is gone.
		}
	}
	select {
	case err := <-why:
		return &refusal{status: http.StatusOK, errors: gqlerror.List{s.engine.presenter.show(op.ctx, err)}, unfinished: true}
	default:
		return nil
	}
}

// refusedSource is why a subscription could not start; nil for an event.
func refusedSource(response *graphql.Response) *refusal {
	if len(response.Data) > 0 || len(response.Errors) == 0 {
		return nil
	}
	return &refusal{status: http.StatusOK, errors: response.Errors}
}

// holders counts the sockets and streams that are open, in all and by holder.
type holders struct {
	mu      sync.Mutex
	limits  Limits
	total   int
	byOwner map[string]int
	open    sync.WaitGroup
	closed  bool
}

// take counts one more for the owner, unless that is over a limit or the server is stopping. release counts it off.
func (h *holders) take(owner string) (release func(), refused *refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, refuse(http.StatusServiceUnavailable, staffroom.CodeUnavailable, "The server is stopping. Connect again.")
	case h.total >= h.limits.Sockets:
		return nil, busy("connections")
	case h.byOwner[owner] >= h.limits.SocketsPerViewer:
		refused = refuse(http.StatusTooManyRequests, staffroom.CodeRateLimited,
			"You have too many connections open. Close some: one can carry several subscriptions.")
		refused.malformed = true
		return nil, refused
	}
	h.total++
	h.byOwner[owner]++
	h.open.Add(1)
	return func() { h.release(owner) }, nil
}

// wait waits until all are gone, or ctx ends.
func (h *holders) wait(ctx context.Context) error {
	gone := make(chan struct{})
	go func() {
		h.open.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *holders) release(owner string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total--
	if h.byOwner[owner]--; h.byOwner[owner] <= 0 {
		delete(h.byOwner, owner)
	}
	h.open.Done()
}

// close lets nobody in any more.
func (h *holders) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// owner is whose a connection is, for counting.
func owner(ctx context.Context) string {
	if id := staffroom.ViewerFrom(ctx).MemberID(); id != "" {
		return id
	}
	return infoFrom(ctx).address
}

// sameRights says whether what was decided for one viewer would be decided for the other.
func sameRights(a, b *staffroom.Viewer) bool {
	if a.Member == nil || b.Member == nil {
		return a.Member == nil && b.Member == nil
	}
	return a.Member.ID == b.Member.ID && a.Member.SchoolID == b.Member.SchoolID && a.Member.Membership == b.Member.Membership &&
		equalSets(a.Member.Roles, b.Member.Roles) && a.ClientID == b.ClientID && equalSets(a.Scopes, b.Scopes)
}

func equalSets[T comparable](a, b []T) bool {
	in := func(list []T) func(T) bool {
		return func(value T) bool { return !slices.Contains(list, value) }
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// watch ends the stream of ctx when the server stops or when recheck says that its viewer is no longer who it was, until ctx ends.
func (s *Server) watch(ctx context.Context, end context.CancelCauseFunc, recheck func(context.Context) (*staffroom.Viewer, error)) {
	ticker := time.NewTicker(s.limits.RecheckInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.stopping:
			end(errStopping)
			return
		case <-ticker.C:
			if sessionEnded(ctx, recheck) {
				end(errSessionEnded)
				return
			}
		}
	}
}

// sessionEnded says whether recheck finds another viewer, or other rights, than ctx has. Who cannot be looked up now stays.
func sessionEnded(ctx context.Context, recheck func(context.Context) (*staffroom.Viewer, error)) bool {
	viewer, err := recheck(ctx)
	code := staffroom.CodeOf(err)
	return code == staffroom.CodeUnauthenticated || code == staffroom.CodeForbidden || (err == nil && !sameRights(viewer, staffroom.ViewerFrom(ctx)))
}
