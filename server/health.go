package server

import (
	"context"
	"net/http"
)

// healthz says that the process is alive, whatever the parts that it needs do: restarting it would not help them.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.status(w, http.StatusOK, "alive")
}

// readyz says whether requests should be sent here.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		s.status(w, http.StatusServiceUnavailable, "stopping")
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
	if err != nil {
		s.config.Log.WarnContext(ctx, "Not ready.", "request", RequestID(ctx), "error", err.Error())
		s.status(w, http.StatusServiceUnavailable, "unavailable")
		return
	}
	s.status(w, http.StatusOK, "ready")
}

func (s *Server) status(w http.ResponseWriter, code int, status string) {
	w.Header().Set("Cache-Control", "no-store")
	s.write(w, code, typeJSON, encoded{head: []byte(`{"status":"` + status + `"}`)})
}
