package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// deadline is a context that ends at a time. Unlike one of the standard library it has no timer, and is no child of its parent, before somebody
// wants to wait for its end: most requests are answered before anybody has to wait for anything, and only look now and then whether it is
// still wanted.
type deadline struct {
	parent context.Context //nolint:containedctx // it is one itself
	at     time.Time
	ended  atomic.Bool
	mu     sync.Mutex
	// waited is the context of the standard library that serves whoever waits; nil until then.
	waited atomic.Pointer[waited]
}

type waited struct {
	context.Context //nolint:containedctx // it is one itself
	cancel          context.CancelFunc
}

// withTimeout is as context.WithTimeout, but for what is done so quickly that hardly anybody waits for its end.
func withTimeout(parent context.Context, timeout time.Duration) (ctx context.Context, cancel func()) {
	at := time.Now().Add(timeout)
	if earlier, ok := parent.Deadline(); ok && earlier.Before(at) {
		at = earlier
	}
	d := &deadline{parent: parent, at: at}
	return d, d.end
}

// end cancels the context.
func (d *deadline) end() {
	d.ended.Store(true)
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.waited.Load(); w != nil {
		w.cancel()
	}
}

// Deadline implements context.Context.
func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} { return d.wait().Done() }

// wait makes what can be waited for.
func (d *deadline) wait() *waited {
	if w := d.waited.Load(); w != nil {
		return w
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.waited.Load()
	if w == nil {
		w = &waited{}
		w.Context, w.cancel = context.WithDeadline(d.parent, d.at)
		if d.ended.Load() {
			w.cancel()
		}
		d.waited.Store(w)
	}
	return w
}

// Err implements context.Context. Who has been told that it has ended is told the same from then on, and why.
func (d *deadline) Err() error {
	if w := d.waited.Load(); w != nil {
		return w.Err()
	}
	if d.ended.Load() || d.parent.Err() != nil || time.Until(d.at) <= 0 {
		return d.wait().Err()
	}
	return nil
}

// Value implements context.Context. Contexts made of this one find their way to whoever cancels them by a value of the standard library's.
func (d *deadline) Value(key any) any {
	if w := d.waited.Load(); w != nil {
		return w.Value(key)
	}
	return d.parent.Value(key)
}
