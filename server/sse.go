package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// eventWriter writes server-sent events as graphql-sse has them, one stream for each operation ("distinct connections mode").
type eventWriter struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	begun   bool
}

// events answers a request that accepts text/event-stream. What is wrong with the document or its variables is told in the
// stream, because the EventSource of browsers shows no other body.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	release, refused := s.holders.take(owner(r.Context()))
	if refused != nil {
		s.refuse(w, typeEvents, refused)
		return
	}
	defer release()
	req, done, refused := s.read(w, r, new([]byte))
	defer done()
	if refused != nil {
		s.refuse(w, typeEvents, s.engine.counted(r.Context(), refused))
		return
	}
	ctx, end := context.WithCancelCause(r.Context())
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer end(nil)
	op, refused := s.engine.prepare(ctx, req, func(kind ast.Operation) *refusal { return allowedBy(r.Method, kind) })
	if refused != nil && refused.malformed {
		s.refuse(w, typeEvents, refused)
		return
	}
	events := &eventWriter{w: w, control: http.NewResponseController(w), timeout: s.limits.WriteTimeout}
	tasks.Go(func() { s.watch(ctx, end, s.auth.Recheck) })
	tasks.Go(func() { events.keepAlive(ctx, s.limits.PingInterval) })
	if refused == nil {
		op.listening = func() { _ = events.write(":\n\n") }
		if op.kind != ast.Subscription {
			op.listening() // else the answer begins when the subscription listens: who then asks for what was before misses nothing
		}
		refused = s.stream(op, events.next)
	}
	s.endEvents(ctx, events, refused)
}

// endEvents says that the operation is complete; or, when it was cut off, why, in an error or a comment: then the client connects again.
func (s *Server) endEvents(ctx context.Context, events *eventWriter, refused *refusal) {
	cause := context.Cause(ctx)
	if errors.Is(cause, errStopping) || errors.Is(cause, errSessionEnded) {
		_ = events.write(": " + cause.Error() + "\n\n")
		return
	}
	if refused != nil && events.write("event: next\ndata: ", string(encodeRefusal(refused.errors, s.limits)), "\n\n") != nil {
		return
	}
	if refused != nil && refused.unfinished {
		_ = events.write(": cut off, as the error says\n\n")
		return
	}
	_ = events.write("event: complete\ndata:\n\n")
}

func (e *eventWriter) next(response encoded) error {
	// JSON as gqlgen writes it has no line ends; a ready marshaler of ours could, and they would break the frame.
	text := response.joined()
	if strings.ContainsAny(text, "\r\n") {
		text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	}
	return e.write("event: next\ndata: ", text, "\n\n")
}

// write writes pieces of an event, after the head of the answer if they are the first.
func (e *eventWriter) write(pieces ...string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.begun {
		e.begun = true
		e.w.Header().Set("Content-Type", typeEvents+"; charset=utf-8")
		e.w.Header().Set("X-Accel-Buffering", "no")
		e.w.WriteHeader(http.StatusOK)
	}
	if err := e.control.SetWriteDeadline(time.Now().Add(e.timeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for _, piece := range pieces {
		if _, err := io.WriteString(e.w, piece); err != nil {
			return err
		}
	}
	return e.control.Flush()
}

// keepAlive writes a comment now and then, so that proxies keep the connection and a lost client is noticed.
func (e *eventWriter) keepAlive(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if e.write(": still here\n\n") != nil {
				return
			}
		}
	}
}
