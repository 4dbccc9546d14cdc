package server

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// backlog is how many events a subscriber may be behind before it is let go.
const backlog = 64

// fanout executes a subscription once for all who may see the same of it. gqlgen would execute the selection again for each
// subscriber and event.
type fanout struct {
	mu      sync.Mutex
	streams map[string]*shared
}

// shared is one execution that several follow.
type shared struct {
	followers map[chan event]struct{}
	end       context.CancelFunc
	// listening says that the execution hears what happens.
	listening bool
}

// event is what followers get: an encoded response, which nobody may change, or why there is none; or that the execution has
// begun to listen.
type event struct {
	response  encoded
	refused   *refusal
	listening bool
}

// sharingKey names what subscribers must have in common; false if op is not to be shared.
func (s *Server) sharingKey(op *operation) (string, bool) {
	rights, ok := s.config.Share(staffroom.ViewerFrom(op.ctx))
	if !ok {
		return "", false
	}
	key, err := json.Marshal([]any{rights, op.context.RawQuery, op.context.Operation.Name, op.context.Variables})
	return string(key), err == nil
}

// sharedEvents executes op for publish until ctx ends, which is not op's own.
func (s *Server) sharedEvents(op *operation) func(ctx context.Context, publish func(event)) {
	return func(ctx context.Context, publish func(event)) {
		op := *op
		op.ctx = ctx
		defer func() {
			if value := recover(); value != nil {
				publish(event{refused: s.engine.refusePanic(op.ctx, value)})
			}
		}()
		next := s.engine.dispatch(&op)
		publish(event{listening: true})
		refused := each(next, func(response *graphql.Response) error {
			if refused := refusedSource(response); refused != nil {
				return refused
			}
			publish(event{response: encoded{data: encodeResponse(response, s.limits).joined()}})
			return nil
		})
		if refused != nil {
			publish(event{refused: refused})
		}
	}
}

// follow gives send every event of the stream of this key until the stream or ctx ends, or send fails; listening, unless it is nil,
// is called when the stream hears what happens. The first one to follow starts the stream, with the values of its ctx; it ends
// when nobody follows any more.
func (f *fanout) follow(
	ctx context.Context, key string, run func(context.Context, func(event)), listening func(), send func(encoded) error,
) *refusal {
	events := f.join(context.WithoutCancel(ctx), key, run)
	defer f.leave(key, events)
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-events:
			if !ok {
				return nil
			}
			if event.refused != nil {
				return event.refused
			}
			if event.listening {
				if listening != nil {
					listening()
				}
				continue
			}
			if send(event.response) != nil {
				return nil // The client is gone.
			}
		}
	}
}

func (f *fanout) join(ctx context.Context, key string, run func(context.Context, func(event))) chan event {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := make(chan event, backlog+1)
	stream := f.streams[key]
	if stream == nil {
		ctx, end := context.WithCancel(ctx)
		stream = &shared{followers: map[chan event]struct{}{}, end: end}
		f.streams[key] = stream
		go func() {
			run(ctx, func(e event) { f.publish(stream, e) })
			f.finish(key, stream)
		}()
	}
	stream.followers[events] = struct{}{}
	if stream.listening {
		events <- event{listening: true}
	}
	return events
}

// publish waits for nobody: who is too far behind is told so, and let go.
func (f *fanout) publish(stream *shared, e event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stream.listening = stream.listening || e.listening
	for events := range stream.followers {
		if len(events) < backlog {
			events <- e
			continue
		}
		events <- event{refused: refuse(http.StatusOK, staffroom.CodeUnavailable,
			"Events came faster than they were taken, and some are lost. Subscribe again.")}
		delete(stream.followers, events)
	}
}

// finish tells all followers that the stream has ended.
func (f *fanout) finish(key string, stream *shared) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stream.end()
	for events := range stream.followers {
		close(events)
	}
	stream.followers = nil
	if f.streams[key] == stream {
		delete(f.streams, key)
	}
}

func (f *fanout) leave(key string, events chan event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stream := f.streams[key]
	if stream == nil {
		return
	}
	delete(stream.followers, events)
	if len(stream.followers) == 0 {
		stream.end()
		delete(f.streams, key)
	}
}
