package server

import (
	"context"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// work is what an operation turns out to need while it runs, as its cost cannot tell how long texts are: turns to make
// HTML of them, and room for a long answer.
type work struct {
	lanes *lanes
	kind  ast.Operation

	mu sync.Mutex
	// leaves gives back the place that the operation was let in to.
	leaves func()
	// left is how many bytes more may be read through in this turn.
	left     int
	endsTurn func()
	// frees gives back the room of a long answer.
	frees func()
	// read is how many bytes of documents were read, and exits gives back the room for it.
	read  int
	exits func()
	// refused is why there was no place when one was needed.
	refused *refusal
}

// errNoRoom ends what there is no place for. A query that it ends is refused as a whole.
var errNoRoom error = staffroom.Errorf(staffroom.CodeUnavailable, "There are too many long texts under way at the moment. Ask for less at a time, or try again in a few seconds.")

// Turn implements [staffroom.Turns]. Several texts that are short have one turn together.
func (w *work) Turn(ctx context.Context, bytes int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.endsTurn == nil || w.left <= 0 {
		w.leave()
		var err error
		if w.endsTurn, err = w.take(ctx, w.lanes.renders, w.lanes.limits.RenderBytes, w.patience()); err != nil {
			return err
		}
		w.left = w.lanes.limits.RenderBytes
	}
	w.left -= bytes
	return nil
}

// errReadsMuch ends what reads more than anybody may at one time.
var errReadsMuch error = staffroom.Errorf(staffroom.CodeTooComplex, "This reads too many long texts at a time. Ask for shorter pages, or for less in one operation.")

// Read implements [staffroom.ReadingRoom].
func (w *work) Read(bytes int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.read += bytes; {
	case w.read > w.lanes.limits.ReadBytes:
		return errReadsMuch
	case w.read > w.lanes.limits.LongReadBytes && w.exits == nil:
		return staffroom.ErrNoRoom
	default:
		return nil
	}
}

// again says that what was read is read once more.
func (w *work) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read = 0
}

// Enter implements [staffroom.ReadingRoom].
func (w *work) Enter(ctx context.Context) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.exits != nil {
		return nil
	}
	w.leave()
	w.exits, err = w.take(ctx, w.lanes.reads, w.lanes.limits.ReadBytes, w.patience())
	return err
}

// leave gives back the turn, and the place that the operation was let in to: there it would be in the way of small ones
// while it waits.
func (w *work) leave() {
	for _, release := range []*func(){&w.endsTurn, &w.leaves} {
		if *release != nil {
			(*release)()
			*release = nil
		}
	}
}

// rest says that nothing is done now, and that what was read is not needed any more.
func (w *work) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leave()
	if w.exits != nil {
		w.exits()
	}
	w.read, w.exits = 0, nil
}

// lengthen takes room for an answer that turns out to be a long one: as much as it may come to.
func (w *work) lengthen(ctx context.Context) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.frees != nil {
		return nil
	}
	patience := w.patience()
	if w.kind == ast.Subscription { // others wait for events, too
		patience = w.lanes.limits.QueueTimeout
	}
	w.leave()
	w.frees, err = w.take(ctx, w.lanes.answers, w.lanes.limits.AnswerBytes, patience)
	return err
}

// made leaves a long answer as much room as it has bytes, until it is sent.
func (w *work) made(ctx context.Context, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.frees != nil {
		w.frees = w.lanes.answers.shrink(owner(ctx), w.lanes.limits.AnswerBytes, bytes)
	}
}

// done gives everything back.
func (w *work) done() {
	w.rest()
	if w.frees != nil {
		w.frees()
		w.frees = nil
	}
}

// patience is how long the operation waits for a place; 0 for as long as it takes. Only a query gives up before its time is over: what was changed
// has been changed, and what happened is told once.
func (w *work) patience() time.Duration {
	if w.kind == ast.Query {
		return w.lanes.limits.QueueTimeout
	}
	return 0
}

// take waits for a place.
func (w *work) take(ctx context.Context, from *places, weight int, patience time.Duration) (release func(), err error) {
	release, refused := w.lanes.await(ctx, from, weight, patience)
	if refused != nil {
		w.refused = refused
		return nil, errNoRoom
	}
	return release, nil
}

// lengthen is what schemas and executors ask before an answer gets long.
func lengthen(ctx context.Context) error {
	if w, ok := staffroom.TurnsFrom(ctx).(*work); ok {
		return w.lengthen(ctx)
	}
	return nil
}
