package staffroom

import (
	"context"
	"errors"
)

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

// ReadingRoom bounds what is read of long documents at one time. A [Turns] may be one.
type ReadingRoom interface {
	// Read counts bytes that are about to be decoded. [ErrNoRoom] says that there must be room first.
	Read(bytes int) error
	// Enter waits for room. An error says that there is none.
	Enter(ctx context.Context) error
}

// ErrNoRoom says that what is read turns out to be so long that it needs room of its own: [ReadInRoom] gets it, and reads again.
var ErrNoRoom = errors.New("this needs room to be read")

// RoomFrom is the room for what is read in ctx; nil where nobody counts.
func RoomFrom(ctx context.Context) ReadingRoom {
	room, _ := TurnsFrom(ctx).(ReadingRoom)
	return room
}

// ReadInRoom calls read, which reads documents and counts them, and once more if they need room. Stores wait for it here, where they hold
// nothing that others wait for.
func ReadInRoom(ctx context.Context, read func() error) error {
	err := read()
	if room := RoomFrom(ctx); room != nil && errors.Is(err, ErrNoRoom) {
		if err := room.Enter(ctx); err != nil {
			return err
		}
		return read()
	}
	return err
}
