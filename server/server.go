package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server answers HTTP. Make it with [New] and run it with [Server.Serve], or mount it as a handler in an http.Server that limits how long
// requests take to arrive.
type Server struct {
	config Config
	limits Limits
	auth   Authenticator
	engine *engine
	// credentials bounds those that are no good.
	credentials *credentials
	proxies     proxies
	handler     http.Handler
	// socketOrigins are those whose pages may open a WebSocket, beside our own.
	socketOrigins []string

	// uploads are places for those under way.
	uploads *places
	holders *holders
	// rooms are where answers are written before they are sent, to be used again.
	rooms    sync.Pool
	draining atomic.Bool
	// unready says that the last probe found something missing.
	unready atomic.Bool
	stop    sync.Once
	// stopping is closed when sockets and streams must end.
	stopping chan struct{}
}

// New makes a server, or says everything that is wrong with its configuration.
func New(c Config) (*Server, error) {
	c, err := c.complete()
	if err != nil {
		return nil, fmt.Errorf("cannot configure the server: %w", err)
	}
	s := &Server{
		config:        c,
		limits:        c.Limits,
		auth:          c.Auth,
		engine:        newEngine(c),
		proxies:       c.TrustedProxies,
		socketOrigins: socketOrigins(c),
		uploads:       newPlaces(c.Limits.Uploads, c.Limits.Waiting),
		holders:       &holders{limits: c.Limits, byOwner: map[string]int{}},
		rooms:         sync.Pool{New: func() any { return &[]byte{} }},
		stopping:      make(chan struct{}),
	}
	s.credentials = newCredentials(s.engine.rates)
	s.handler, err = s.routes()
	return s, err
}

func socketOrigins(c Config) []string {
	origins := append([]string{}, c.AllowOrigins...)
	if c.PublicURL != "" {
		origins = append(origins, c.PublicURL)
	}
	return origins
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers requests on the listener until ctx ends. Then it is not ready any more, takes nothing new, closes sockets and
// streams with a reason, lets requests under way finish for at most Limits.DrainTimeout, and returns; nil if all of them did.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.limits.HeaderTimeout,
		ReadTimeout:       s.limits.BodyTimeout, // until the body is there; uploads may take longer
		WriteTimeout:      s.limits.BodyTimeout + s.limits.QueueTimeout + s.limits.RequestTimeout + s.limits.WriteTimeout,
		IdleTimeout:       s.limits.IdleTimeout,
		MaxHeaderBytes:    s.limits.HeaderBytes,
		ErrorLog:          httpLog(s.config.Log),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("cannot take connections: %w", err)
	case <-ctx.Done():
	}
	err := s.drain(context.WithoutCancel(ctx), h)
	<-failed
	return err
}

// drain ends what Serve began.
func (s *Server) drain(ctx context.Context, h *http.Server) error {
	s.config.Log.InfoContext(ctx, "Stopping: requests under way may finish.")
	s.draining.Store(true)
	time.Sleep(s.limits.DrainNotice)
	ctx, cancel := context.WithTimeout(ctx, s.limits.DrainTimeout)
	defer cancel()
	s.Close()
	err := errors.Join(h.Shutdown(ctx), s.holders.wait(ctx))
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("some requests did not finish in %s and were cut off: %w", s.limits.DrainTimeout, err), h.Close())
}

// Close ends sockets and streams, with a reason, and lets no new ones in. Serve does it by itself.
func (s *Server) Close() {
	s.draining.Store(true)
	s.holders.close()
	s.stop.Do(func() { close(s.stopping) })
}

// secure says whether browsers reach the server by TLS.
func (s *Server) secure() bool { return strings.HasPrefix(s.config.PublicURL, "https://") }
