package server

import (
	"bytes"
	"context"
	"io"
)

// readText reads a text of limited size into a buffer. A small one is read at once. What is larger needs a place from there on, so that all
// that are held at one time have a bound: it is kept until release, which is nil for a small one.
func (l *lanes) readText(ctx context.Context, from io.Reader, into *bytes.Buffer) (release func(), refused *refusal, err error) {
	read, err := into.ReadFrom(io.LimitReader(from, int64(l.limits.LargeBodyBytes)))
	if err != nil || read < int64(l.limits.LargeBodyBytes) {
		return nil, nil, err
	}
	release, refused = l.take(ctx, l.bodies, l.limits.BodyBytes)
	if refused != nil {
		return nil, refused, nil
	}
	into.Grow(l.limits.BodyBytes - into.Len() + bytes.MinRead) // what grows as it comes takes three times the room
	if _, err = into.ReadFrom(from); err != nil {
		release()
		return nil, nil, err
	}
	return release, nil, nil
}
