package load

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Plan is what is sent to whom.
type Plan struct {
	// Address is host and port of the server.
	Address string
	// Connections is how many requests are under way at once at most.
	Connections int
	// Duration is how long requests are sent.
	Duration time.Duration
	// Rate is how many are sent a second, whether or not the answers come; 0 for each after the answer to the one before.
	Rate float64
	// Request makes request n.
	Request func(n int) []byte
	// Check looks at an answer; nil for the status alone.
	Check func(body []byte) error
	// Refusals lets the server refuse requests for now (429, 503), which is counted and waited for a moment after.
	Refusals bool
}

// Result is how it went.
type Result struct {
	// Requests is how many were answered, Refused how many were not, for now.
	Requests, Refused int
	Elapsed           time.Duration
	// latencies are sorted.
	latencies []time.Duration
}

// PerSecond is how many requests were answered a second.
func (r *Result) PerSecond() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// Quantile is what a share q of the answers was no slower than. At a fixed rate the time counts from when a request was due, so that
// those that waited behind a slow one count with their wait (no coordinated omission).
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(len(r.latencies)-1, int(q*float64(len(r.latencies))))]
}

// run is a plan under way.
type run struct {
	Plan
	next    atomic.Int64
	refused atomic.Int64
	start   time.Time
}

// refusedPause is how long a connection waits after a refusal: far less than the server asks for.
const refusedPause = 100 * time.Millisecond

// Run carries the plan out. The first answer that is not 200, or fails the check, ends it.
func Run(ctx context.Context, plan Plan) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{Plan: plan, start: time.Now()}
	all := make([][]time.Duration, plan.Connections)
	var workers sync.WaitGroup
	for i := range all {
		workers.Go(func() {
			var err error
			if all[i], err = r.work(ctx); err != nil {
				cancel(err)
			}
		})
	}
	workers.Wait()
	result := &Result{Elapsed: time.Since(r.start), latencies: slices.Concat(all...)}
	result.Requests, result.Refused = len(result.latencies), int(r.refused.Load())
	slices.Sort(result.latencies)
	return result, context.Cause(ctx)
}

// work sends requests on one connection until the time is over.
func (r *run) work(ctx context.Context) ([]time.Duration, error) {
	c, err := dial(ctx, r.Address)
	if err != nil {
		return nil, err
	}
	defer c.close()
	latencies := make([]time.Duration, 0, 1<<14)
	for ctx.Err() == nil {
		n := int(r.next.Add(1) - 1)
		request := r.Request(n)
		due, ok := r.due(ctx, n)
		if !ok {
			break
		}
		status, body, err := c.do(request)
		if err != nil {
			return nil, fmt.Errorf("request %d: %w", n, err)
		}
		if r.Refusals && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
			r.refused.Add(1)
			time.Sleep(refusedPause)
			continue
		}
		latencies = append(latencies, time.Since(due))
		if status != 200 {
			return nil, fmt.Errorf("request %d was answered with %d: %.300s\n%.1000s", n, status, body, request)
		}
		if r.Check != nil {
			if err := r.Check(body); err != nil {
				return nil, fmt.Errorf("request %d: %w", n, err)
			}
		}
	}
	return latencies, nil
}

// due waits until request n is to be sent; not ok when the time is over before that.
func (r *run) due(ctx context.Context, n int) (time.Time, bool) {
	if r.Rate == 0 {
		now := time.Now()
		return now, now.Sub(r.start) < r.Duration
	}
	after := time.Duration(float64(n) / r.Rate * float64(time.Second))
	if after >= r.Duration {
		return time.Time{}, false
	}
	due := r.start.Add(after)
	if wait := time.Until(due); wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return time.Time{}, false
		}
	}
	return due, true
}
