// Package events carries news of changes to whoever listens, inside one process.
//
// It implements staffroom.Events. News may be lost, for a slow reader or at the end of the process; the store is the truth,
// and whoever needs to be sure reads it.
package events

import (
	"context"
	"errors"
	"sync"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// buffer is how many events a subscriber may be behind before the hub gives up on it.
const buffer = 64

// ErrClosed is what a hub answers once it is closed.
var ErrClosed = errors.New("events: the hub is closed")

// Hub passes events from publishers to subscribers in the same process. It is made by [NewHub].
type Hub struct {
	mu     sync.Mutex
	topics map[string]map[*subscriber]struct{} // nil once the hub is closed
}

// subscriber is one reader. Its channel is closed by whoever takes it out of the hub, under the hub's lock.
type subscriber struct {
	topic  string
	events chan staffroom.Event
	// release stops watching the subscriber's context.
	release func() bool
}

// NewHub makes a hub without subscribers.
func NewHub() *Hub { return &Hub{topics: map[string]map[*subscriber]struct{}{}} }

// Publish gives event to everyone who listens to its topic. It never waits: the channel of a reader that is 64 events
// behind is closed instead, so the reader knows that it must read the store again. ErrClosed after Close.
func (h *Hub) Publish(ctx context.Context, event staffroom.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics == nil {
		return ErrClosed
	}
	for s := range h.topics[event.Topic] {
		select {
		case s.events <- event:
		default:
			h.drop(s)
		}
	}
	return nil
}

// Subscribe gives the events of topic that are published from now on. The channel is closed when ctx ends, when the
// reader falls 64 events behind, and at Close. ErrClosed after Close.
func (h *Hub) Subscribe(ctx context.Context, topic string) (<-chan staffroom.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics == nil {
		return nil, ErrClosed
	}
	s := &subscriber{topic: topic, events: make(chan staffroom.Event, buffer)}
	if h.topics[topic] == nil {
		h.topics[topic] = map[*subscriber]struct{}{}
	}
	h.topics[topic][s] = struct{}{}
	s.release = context.AfterFunc(ctx, func() { h.leave(s) })
	return s.events, nil
}

// Close ends every subscription. Closing twice does no harm.
func (h *Hub) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, subscribers := range h.topics {
		for s := range subscribers {
			h.drop(s)
		}
	}
	h.topics = nil
	return nil
}

func (h *Hub) leave(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(s)
}

// drop takes s out and closes its channel, unless that has happened already. The caller holds the lock.
func (h *Hub) drop(s *subscriber) {
	subscribers := h.topics[s.topic]
	if _, in := subscribers[s]; !in {
		return
	}
	delete(subscribers, s)
	if len(subscribers) == 0 {
		delete(h.topics, s.topic)
	}
	s.release()
	close(s.events)
}
