package server

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
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
	buckets *simplelru.LRU[string, *rate.Limiter]
	now     func() time.Time
}

func newRates(limits Limits) *rates {
	buckets, err := simplelru.NewLRU[string, *rate.Limiter](max(1, limits.Buckets), nil)
	if err != nil {
		panic("server: a cache of at least one entry is refused: " + err.Error())
	}
	return &rates{limits: limits, buckets: buckets, now: time.Now}
}

// account is somebody who has points: a name and how many a minute.
type account struct {
	name   string
	points int
}

func (r *rates) accounts(ctx context.Context) []account {
	viewer := staffroom.ViewerFrom(ctx)
	if viewer.Member == nil {
		return []account{{"address " + infoFrom(ctx).address, r.limits.AddressPoints}}
	}
	accounts := []account{{"viewer " + viewer.MemberID(), r.limits.ViewerPoints}}
	if viewer.ClientID != "" {
		accounts = append(accounts, account{"client " + viewer.ClientID, r.limits.ClientPoints})
	}
	return accounts
}

// charge takes points from all accounts of the viewer in ctx, and tells the figures of the one with the least left. A refused
// request costs nothing.
func (r *rates) charge(ctx context.Context, points int) (info staffroom.RateLimitInfo, limited bool, refused *refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	accounts := r.accounts(ctx)
	for _, account := range accounts {
		if account.points > 0 && r.bucket(account).TokensAt(now) < float64(points) {
			figures := r.figures(account, points, now)
			return figures, true, refuseRate(figures, points, now)
		}
	}
	for _, account := range accounts {
		if account.points <= 0 {
			continue
		}
		r.bucket(account).AllowN(now, points)
		figures := r.figures(account, points, now)
		if !limited || figures.Remaining < info.Remaining {
			info, limited = figures, true
		}
	}
	return info, limited, nil
}

// invalid takes a point for a request that was refused: looking at it was work, too.
func (r *rates) invalid(ctx context.Context) *refusal {
	_, _, refused := r.charge(ctx, 1)
	return refused
}

func (r *rates) bucket(a account) *rate.Limiter {
	if bucket, ok := r.buckets.Get(a.name); ok {
		return bucket
	}
	bucket := rate.NewLimiter(rate.Limit(float64(a.points)/time.Minute.Seconds()), a.points)
	r.buckets.Add(a.name, bucket)
	return bucket
}

func (r *rates) figures(a account, points int, now time.Time) staffroom.RateLimitInfo {
	left := max(0, r.bucket(a).TokensAt(now))
	refill := (float64(a.points) - left) / float64(a.points) * float64(time.Minute)
	return staffroom.RateLimitInfo{
		Cost:      points,
		Limit:     a.points,
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
