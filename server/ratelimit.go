package server

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// rates gives everybody points that fill up again over a minute, and takes the points of requests from them: from a member,
// from the third-party client that asks for the member, or from the address of a visitor. A school behind one address
// shares only what its visitors do. What was used longest ago is forgotten.
type rates struct {
	limits  Limits
	mu      sync.Mutex
	buckets *simplelru.LRU[account, *rate.Limiter]
	now     func() time.Time
}

func newRates(limits Limits) *rates {
	buckets, err := simplelru.NewLRU[account, *rate.Limiter](max(1, limits.Buckets), nil)
	if err != nil {
		panic("server: a cache of at least one entry is refused: " + err.Error())
	}
	return &rates{limits: limits, buckets: buckets, now: time.Now}
}

// account is somebody who has points: what kind of somebody, and whose.
type account struct{ kind, id string }

// bucket is the points of an account, of which there are limit a minute.
type bucket struct {
	limit int
	*rate.Limiter
}

// accounts is whose points the viewer in ctx uses. Those who have no limit have no account.
func (r *rates) accounts(ctx context.Context, into []bucket) []bucket {
	viewer := staffroom.ViewerFrom(ctx)
	if viewer.Member == nil {
		return r.account(into, account{"address", infoFrom(ctx).address}, r.limits.AddressPoints)
	}
	into = r.account(into, account{"viewer", viewer.MemberID()}, r.limits.ViewerPoints)
	if viewer.ClientID != "" {
		into = r.account(into, account{"client", viewer.ClientID}, r.limits.ClientPoints)
	}
	return into
}

func (r *rates) account(into []bucket, of account, points int) []bucket {
	if points <= 0 {
		return into
	}
	limiter, ok := r.buckets.Get(of)
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(float64(points)/time.Minute.Seconds()), points)
		of.id = strings.Clone(of.id) // which else would keep the member that it is a part of
		r.buckets.Add(of, limiter)
	}
	return append(into, bucket{points, limiter})
}

// charge takes points from all accounts of the viewer in ctx, and tells the figures of the one with the least left. A refused
// request costs nothing.
func (r *rates) charge(ctx context.Context, points int) (info staffroom.RateLimitInfo, limited bool, refused *refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	var room [2]bucket
	accounts := r.accounts(ctx, room[:0])
	for _, account := range accounts {
		if left := account.TokensAt(now); left < float64(points) {
			figures := account.figures(left, points, now)
			return figures, true, refuseRate(figures, points, now)
		}
	}
	for _, account := range accounts {
		account.AllowN(now, points)
		figures := account.figures(account.TokensAt(now), points, now)
		if !limited || figures.Remaining < info.Remaining {
			info, limited = figures, true
		}
	}
	return info, limited, nil
}

// chargeBytes takes points for reading a large body or message.
func (r *rates) chargeBytes(ctx context.Context, bytes int) *refusal {
	_, _, refused := r.charge(ctx, bytes/max(1, r.limits.BytesPerPoint))
	return refused
}

// giveBack gives points back that were charged for what was not done.
func (r *rates) giveBack(ctx context.Context, points int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var room [2]bucket
	for _, account := range r.accounts(ctx, room[:0]) {
		account.AllowN(r.now(), -points)
	}
}

// invalid takes a point for a request that was refused: looking at it was work, too.
func (r *rates) invalid(ctx context.Context) *refusal {
	_, _, refused := r.charge(ctx, 1)
	return refused
}

func (b bucket) figures(left float64, points int, now time.Time) staffroom.RateLimitInfo {
	left = max(0, left)
	refill := (float64(b.limit) - left) / float64(b.limit) * float64(time.Minute)
	return staffroom.RateLimitInfo{
		Cost:      points,
		Limit:     b.limit,
		Remaining: int(left),
		ResetAt:   staffroom.At(now.Add(time.Duration(refill))),
	}
}

func refuseRate(info staffroom.RateLimitInfo, points int, now time.Time) *refusal {
	if points > info.Limit {
		return refuse(http.StatusUnprocessableEntity, staffroom.CodeTooComplex, fmt.Sprintf(
			"This operation takes %d points, and there are only %d in a minute. Ask for less at a time.", points, info.Limit))
	}
	missing := float64(points-info.Remaining) / float64(info.Limit) * time.Minute.Seconds()
	wait := max(1, int(math.Ceil(missing)))
	refused := refuse(http.StatusTooManyRequests, staffroom.CodeRateLimited, fmt.Sprintf(
		"There were too many requests in the last minute. Wait %d s and try again.", wait))
	refused.malformed = true
	refused = refused.with("Retry-After", strconv.Itoa(wait))
	writeRate(refused.header, info, now)
	return refused
}

// writeRate puts the figures into headers; the reset is in seconds from now.
func writeRate(header http.Header, info staffroom.RateLimitInfo, now time.Time) {
	reset := int(math.Ceil(max(0, info.ResetAt.Sub(now).Seconds())))
	figures := [...]string{strconv.Itoa(info.Limit), strconv.Itoa(info.Remaining), strconv.Itoa(reset)}
	// Every answer has these: set by the names that net/http would make of them, they cost it nothing.
	header["Ratelimit-Limit"], header["Ratelimit-Remaining"], header["Ratelimit-Reset"] = figures[0:1:1], figures[1:2:2], figures[2:3:3]
}
