package staffroom

import "context"

// Turns decides when work may begin of which nobody knew, when its request was let in, how much it would be.
type Turns interface {
	// Turn waits until so many bytes of text may be read through. An error says that it would take too long.
	Turn(ctx context.Context, bytes int) error
}

type turnsKey struct{}

// WithTurns has what is done in ctx ask for its turn.
func WithTurns(ctx context.Context, turns Turns) context.Context {
	return context.WithValue(ctx, turnsKey{}, turns)
}

// TurnsFrom is whom to ask in ctx; nil where nobody needs to.
func TurnsFrom(ctx context.Context) Turns {
	turns, _ := ctx.Value(turnsKey{}).(Turns)
	return turns
}
