package server

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// lanes are places for each sort of work, so that none waits for another: small queries not for large ones, reading not for a slow disk,
// asking not for news. What costs processor time has room by the processor: a few large queries keep it busy, and more of them at once
// would take longer, hold more memory and keep others waiting.
type lanes struct {
	limits                                                                Limits
	bodies, checks, small, large, writes, events, renders, answers, reads *places
}

func newLanes(limits Limits) *lanes {
	processors := runtime.GOMAXPROCS(0)
	l := &lanes{
		limits:  limits,
		bodies:  newPlaces(limits.BodyRoomBytes, limits.Waiting),
		checks:  newPlaces(limits.CheckBytes*processors, limits.Waiting),
		small:   newPlaces(limits.SmallRoom*processors, limits.Waiting),
		large:   newPlaces(limits.LargeRoom*max(1, processors-1), limits.Waiting), // one is left for others
		writes:  newPlaces(limits.WriteRoom, limits.Waiting),
		events:  newPlaces(limits.EventRoom*processors, everybody),
		renders: newPlaces(limits.RenderBytes*max(1, processors-1), limits.Waiting),
		answers: newPlaces(limits.AnswerRoomBytes, limits.Waiting),
	}
	l.reads = newPlaces(limits.ReadRoomBytes, limits.Waiting)
	l.renders.most, l.answers.most = everybody, everybody // few owners must not keep all others from short texts
	return l
}

// everybody may wait where there are this many rounds.
const everybody = 1 << 30

// enter takes a place for an operation that may be run, or says why there is none.
func (l *lanes) enter(op *operation) (release func(), refused *refusal) {
	switch {
	case op.kind == ast.Mutation:
		return l.take(op.ctx, l.writes, op.cost+l.limits.WriteCost)
	case op.cost <= l.limits.SmallCost:
		return l.take(op.ctx, l.small, op.cost)
	default:
		return l.take(op.ctx, l.large, op.cost)
	}
}

// check takes a place for looking at a document that is not known yet.
func (l *lanes) check(ctx context.Context, document string) (release func(), refused *refusal) {
	return l.take(ctx, l.checks, len(document))
}

// eventCostKey is where the context of a subscription has the cost of an event.
type eventCostKey struct{}

// event takes a place for the answer to an event of a subscription, whose subscriber waits for it as long as it takes.
func (l *lanes) event(ctx context.Context) (release func(), err error) {
	cost, _ := ctx.Value(eventCostKey{}).(int)
	return l.events.take(ctx, owner(ctx), max(cost, l.limits.LeastCost), 0)
}

func (l *lanes) take(ctx context.Context, from *places, weight int) (release func(), refused *refusal) {
	return l.await(ctx, from, weight, l.limits.QueueTimeout)
}

// await is take for those who wait for so long; without end if patience is 0.
func (l *lanes) await(ctx context.Context, from *places, weight int, patience time.Duration) (release func(), refused *refusal) {
	release, err := from.take(ctx, owner(ctx), max(weight, l.limits.LeastCost), patience)
	switch {
	case errors.Is(err, errTooMany):
		return nil, tooManyAtOnce()
	case err != nil:
		return nil, busy("requests")
	}
	return release, nil
}

// tooManyAtOnce answers whoever waits for too much already.
func tooManyAtOnce() *refusal {
	r := refuse(http.StatusTooManyRequests, staffroom.CodeRateLimited,
		"You have too many requests under way. Wait for some of their answers, and ask for less at a time.")
	r.malformed = true
	return r.with("Retry-After", "1")
}
