package staffroom

import "context"

// endKey is where the context of a subscription has the function that is told why it ends.
type endKey struct{}

// WithEnd has tell called, at most once, when what a service gives in ctx from now on ends before the end of ctx: its channel, which is
// closed then, cannot say why. Whoever listened has not heard everything.
func WithEnd(ctx context.Context, tell func(error)) context.Context {
	return context.WithValue(ctx, endKey{}, tell)
}

// Ended tells why a subscription ends before its time. What ends with ctx needs no reason.
func Ended(ctx context.Context, err error) {
	if tell, ok := ctx.Value(endKey{}).(func(error)); ok && ctx.Err() == nil {
		tell(err)
	}
}

// errLagged says to who listened that there was more than they took.
func errLagged() error {
	return Errorf(CodeLagged, "You are too far behind: some of what happened was not sent. Read again what you missed, and subscribe again.")
}
