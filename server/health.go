package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// healthz says that the process is alive, whatever the parts that it needs do: restarting it would not help them.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.status(w, http.StatusOK, health{Status: "alive"})
}

// readyz says whether requests should be sent here.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		s.status(w, http.StatusServiceUnavailable, health{Status: "stopping"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limits.ReadyTimeout)
	defer cancel()
	answered := make(chan error, 1)
	go func() { answered <- s.config.Ready(ctx) }()
	var err error
	select {
	case err = <-answered:
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.noteReady(ctx, err)
	if err != nil {
		s.status(w, http.StatusServiceUnavailable, health{Status: "unavailable", Reason: reason(err)})
		return
	}
	s.status(w, http.StatusOK, health{Status: "ready"})
}

// noteReady tells the operator when something begins to be missing, and when it is there again.
func (s *Server) noteReady(ctx context.Context, err error) {
	switch before := s.unready.Swap(err != nil); {
	case err != nil && !before:
		s.config.Log.WarnContext(ctx, "Not ready.", "request", RequestID(ctx), "error", err.Error())
	case err == nil && before:
		s.config.Log.InfoContext(ctx, "Ready again.", "request", RequestID(ctx))
	}
}

// reason is what may be said of err to anybody.
func reason(err error) string {
	if known, ok := errors.AsType[*staffroom.Error](err); ok && known.Code != staffroom.CodeInternal {
		return known.Message
	}
	return "A part that the server needs does not answer."
}

// health is the answer to probes.
type health struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

func (s *Server) status(w http.ResponseWriter, code int, h health) {
	w.Header().Set("Cache-Control", "no-store")
	text, err := json.Marshal(h)
	if err != nil {
		panic("server: a text has no JSON: " + err.Error())
	}
	s.write(w, code, typeJSON, encoded{head: text})
}
