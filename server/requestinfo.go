package server

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"sync/atomic"
)

// requestInfo is what middleware, transports and the error presenter share about one request.
type requestInfo struct {
	id string
	// route is the pattern that matched; it never holds what a caller sent.
	route string
	// address is whose the request is for rate limits; see address.go.
	address string
	// operation is the name that the caller gave to the GraphQL operation, if any.
	operation atomic.Pointer[string]
	// logged counts errors that the log has, so that one request cannot flood it.
	logged atomic.Int32
}

type requestInfoKey struct{}

// infoFrom is the info of the request in ctx; never nil.
func infoFrom(ctx context.Context) *requestInfo {
	if info, ok := ctx.Value(requestInfoKey{}).(*requestInfo); ok {
		return info
	}
	return &requestInfo{}
}

// RequestID is the id of the request in ctx, as the log and the header X-Request-Id have it; empty outside of one.
func RequestID(ctx context.Context) string { return infoFrom(ctx).id }

// Address is the network address that the request in ctx came from, as far as those who trust its proxies can tell; empty outside of one.
func Address(ctx context.Context) string { return infoFrom(ctx).address }

// saneID is what an id from outside must look like to be taken over: short, and nothing that a log could trip over.
var saneID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// identify gives each request an id, or takes a sane one from the proxy in front.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := &requestInfo{id: r.Header.Get("X-Request-Id"), address: s.proxies.address(r)}
		if !saneID.MatchString(info.id) {
			info.id = rand.Text()
		}
		w.Header().Set("X-Request-Id", info.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestInfoKey{}, info)))
	})
}

func (i *requestInfo) operationName() string {
	if name := i.operation.Load(); name != nil {
		return *name
	}
	return ""
}
