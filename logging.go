package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/staffroom-schools/staffroom/server"
)

const (
	// gatherLines is how long a log line waits for others to be written with, and gatherBytes how much waits at most.
	gatherLines = 100 * time.Millisecond
	gatherBytes = 32 << 10
)

// newLog writes log lines as text or as JSON, each with the id of the request that it is about. A busy server writes many a second, so
// they are gathered for a moment; a warning, and the lines before it, are written at once. Flush writes what waits.
func newLog(w io.Writer, form string) (log *slog.Logger, flush func()) {
	lines := &gathered{to: w}
	var handler slog.Handler = slog.NewTextHandler(lines, nil)
	if form == "json" {
		handler = slog.NewJSONHandler(lines, nil)
	}
	return slog.New(handling{handler, lines}), lines.flush
}

// gathered are lines that wait to be written.
type gathered struct {
	to io.Writer

	mu    sync.Mutex
	lines []byte // guarded by mu
}

// Write takes whole lines, and fails only if there is nobody left to tell.
func (g *gathered) Write(line []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.lines) == 0 {
		time.AfterFunc(gatherLines, g.flush)
	}
	g.lines = append(g.lines, line...)
	if len(g.lines) < gatherBytes {
		return len(line), nil
	}
	return len(line), g.write()
}

func (g *gathered) flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.write() // there is nobody left to tell
}

// write is called with mu held.
func (g *gathered) write() error {
	if len(g.lines) == 0 {
		return nil
	}
	_, err := g.to.Write(g.lines)
	g.lines = g.lines[:0]
	return err
}

// handling adds the request's id, which parts below the server do not know, to what they log, and has warnings written at once.
type handling struct {
	slog.Handler
	lines *gathered
}

// Handle implements slog.Handler.
func (h handling) Handle(ctx context.Context, r slog.Record) error {
	named := false
	r.Attrs(func(a slog.Attr) bool {
		named = named || a.Key == "request"
		return !named
	})
	if id := server.RequestID(ctx); id != "" && !named {
		r = r.Clone()
		r.AddAttrs(slog.String("request", id))
	}
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		h.lines.flush()
	}
	return err
}

// WithAttrs implements slog.Handler.
func (h handling) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handling{h.Handler.WithAttrs(attrs), h.lines}
}

// WithGroup implements slog.Handler.
func (h handling) WithGroup(name string) slog.Handler {
	return handling{h.Handler.WithGroup(name), h.lines}
}
