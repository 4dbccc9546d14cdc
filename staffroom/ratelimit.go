package staffroom

import "context"

// RateLimitInfo is how a request counted against what its viewer, client or address may ask for.
type RateLimitInfo struct {
	// Cost is what the request cost, in points.
	Cost int
	// Limit is how many points there are when none are spent.
	Limit int
	// Remaining is how many points are left after the request.
	Remaining int
	// ResetAt is when all points are there again, if none are spent until then.
	ResetAt Time
}

type rateLimitKey struct{}

// WithRateLimit puts the figures of the request into ctx.
func WithRateLimit(ctx context.Context, info RateLimitInfo) context.Context {
	return context.WithValue(ctx, rateLimitKey{}, info)
}

// RateLimitFrom is the figures of the request in ctx; false where nothing is limited.
func RateLimitFrom(ctx context.Context) (RateLimitInfo, bool) {
	info, ok := ctx.Value(rateLimitKey{}).(RateLimitInfo)
	return info, ok
}
