package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/staffroom-schools/staffroom/server"
)

// newLog writes log lines as text or as JSON, each with the id of the request that it is about.
func newLog(w io.Writer, form string) *slog.Logger {
	if form == "json" {
		return slog.New(withRequest{slog.NewJSONHandler(w, nil)})
	}
	return slog.New(withRequest{slog.NewTextHandler(w, nil)})
}

// withRequest adds the request's id, which parts below the server do not know, to what they log.
type withRequest struct{ slog.Handler }

// Handle implements slog.Handler.
func (h withRequest) Handle(ctx context.Context, r slog.Record) error {
	named := false
	r.Attrs(func(a slog.Attr) bool {
		named = named || a.Key == "request"
		return !named
	})
	if id := server.RequestID(ctx); id != "" && !named {
		r = r.Clone()
		r.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h withRequest) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequest{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h withRequest) WithGroup(name string) slog.Handler {
	return withRequest{h.Handler.WithGroup(name)}
}
