package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// graphql takes GraphQL requests of all transports, and keeps caches from the answers unless they say otherwise.
func (s *Server) graphql() http.Handler {
	private := []string{"private, no-store"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["Cache-Control"] = private
		if r.Header.Get("Origin") == "" {
			delete(header, "Vary") // what nobody keeps needs none, and with more than eight headers net/http takes twice the room for them, twice
		}
		s.graphqlHTTP(w, r)
	})
}

// graphqlHTTP tells the transports apart: GraphQL over HTTP, uploads, server-sent events and WebSocket.
func (s *Server) graphqlHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.socket(w, r)
		return
	}
	kind := graphqlType(r)
	switch {
	case kind == "":
		s.refuse(w, typeGraphQL, malformed(http.StatusNotAcceptable,
			"This address answers in "+typeGraphQL+", "+typeJSON+" or "+typeEvents+". Ask for one of them in Accept."))
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		s.refuse(w, kind, malformed(http.StatusMethodNotAllowed, "Send GraphQL requests by GET or POST.").with("Allow", "GET, POST"))
	case kind == typeEvents:
		s.events(w, r)
	default:
		s.answer(w, r, kind)
	}
}

// graphqlType is the media type in which the client wants to have GraphQL's answers; empty if it takes none of ours.
func graphqlType(r *http.Request) string { return negotiate(r, typeGraphQL, typeJSON, typeEvents) }

// keptRoom is how large an answer may be whose room is kept for others.
const keptRoom = 256 << 10

// keepRoom keeps the room of a text to be used again.
func keepRoom(room *[]byte, text []byte) {
	if cap(text) <= keptRoom {
		*room = text[:0]
	}
}

// answer takes a request that has one response.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, kind string) {
	room := s.rooms.Get().(*[]byte) //nolint:forcetypeassert // only these are kept
	defer s.rooms.Put(room)
	op, response, refused := s.execute(w, r, room)
	if op != nil {
		defer op.work.done()
	}
	if refused != nil {
		s.refuse(w, kind, refused)
		return
	}
	s.respond(w, r, kind, op, response)
}

// execute reads a request and runs it, for a response that may lie in room.
func (s *Server) execute(w http.ResponseWriter, r *http.Request, room *[]byte) (op *operation, response encoded, refused *refusal) {
	req, done, refused := s.read(w, r, room)
	defer done()
	if refused != nil {
		return nil, response, s.engine.counted(r.Context(), refused)
	}
	op, refused = s.engine.prepare(r.Context(), req, allowedOnce(r.Method))
	if refused != nil {
		return nil, response, refused
	}
	response, refused = s.run(op, room)
	return op, response, refused
}

// read reads the request in whatever form it came, and may use room meanwhile. done lets go of uploaded files, and is never nil.
func (s *Server) read(w http.ResponseWriter, r *http.Request, room *[]byte) (req *request, done func(), refused *refusal) {
	done = func() {}
	if r.Method == http.MethodGet {
		if r.ContentLength != 0 { // net/http would wait for it before it sends a long answer
			return nil, done, malformed(http.StatusBadRequest, "A GET has no body: send its request in the address.").with("Connection", "close")
		}
		req, refused = fromQuery(r, s.limits.Values)
		return req, done, refused
	}
	switch contentType(r) {
	case typeJSON:
		return s.readJSON(w, r, room)
	case "multipart/form-data":
		return s.readMultipart(w, r)
	}
	return nil, done, malformed(http.StatusUnsupportedMediaType,
		"The body must be application/json in UTF-8, or multipart/form-data for uploads, and not compressed.")
}

// allowedOnce says which operations have one response, and can be sent by this method.
func allowedOnce(method string) func(ast.Operation) *refusal {
	return func(kind ast.Operation) *refusal {
		if kind == ast.Subscription {
			return refuse(http.StatusUnprocessableEntity, staffroom.CodeBadInput,
				"A subscription needs a stream: accept "+typeEvents+", or use a WebSocket with the protocol "+transportProtocol+".")
		}
		return allowedBy(method, kind)
	}
}

// allowedBy refuses to change anything by GET.
func allowedBy(method string, kind ast.Operation) *refusal {
	if kind != ast.Mutation || method != http.MethodGet {
		return nil
	}
	refused := malformed(http.StatusMethodNotAllowed, "A mutation is sent by POST.")
	return refused.with("Allow", "POST")
}

// refuse answers a request that was not executed. Old clients, which ask for application/json, get 200 whenever the request
// was a GraphQL request at all.
func (s *Server) refuse(w http.ResponseWriter, kind string, refused *refusal) {
	header := w.Header()
	for key, values := range refused.header {
		header[key] = values
	}
	status := refused.status
	if kind == typeJSON && !refused.malformed {
		status = http.StatusOK
	}
	if kind == typeEvents {
		kind = typeGraphQL
	}
	s.write(w, status, kind, encoded{head: encodeRefusal(refused.errors, s.limits)})
}

// statusPartial is that of data with errors in GraphQL over HTTP.
const statusPartial = 294

func (s *Server) respond(w http.ResponseWriter, r *http.Request, kind string, op *operation, e encoded) {
	if op.limited {
		writeRate(w.Header(), op.rate, time.Now())
	}
	status := http.StatusOK
	if e.failed && kind == typeGraphQL {
		status = statusPartial
	}
	if !e.failed && r.Method == http.MethodGet && public(op) {
		w.Header().Set("Cache-Control", "public, max-age=10")
		w.Header().Set("Vary", "Accept, Accept-Encoding, Authorization, Cookie, Origin")
		if tag := e.tag(); notModified(w, r, tag) {
			return
		}
	}
	s.write(w, status, kind, e)
}

// public says that the answer is what every visitor would get.
func public(op *operation) bool {
	return op.kind == ast.Query && staffroom.ViewerFrom(op.ctx).Member == nil
}

// tag is the entity tag of the response.
func (e encoded) tag() string {
	hash := sha256.New()
	for _, piece := range [][]byte{e.head, e.data, e.tail} {
		hash.Write(piece)
	}
	return `"` + hex.EncodeToString(hash.Sum(nil)[:16]) + `"`
}

// notModified sets the tag, and answers 304 if the client has the response already. The tag is a weak one, as the same response may be
// compressed in one way or another.
func notModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", "W/"+tag)
	for _, have := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(have), "W/") == tag {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// toldAlone is up to which length net/http itself finds out how long an answer is, and says so.
const toldAlone = 2 << 10

func (s *Server) write(w http.ResponseWriter, status int, kind string, e encoded) {
	header := w.Header()
	header["Content-Type"] = []string{inUTF8(kind)}
	if e.len() > toldAlone {
		header["Content-Length"] = []string{strconv.Itoa(e.len())}
	}
	w.WriteHeader(status)
	if _, err := w.Write(e.head); err != nil || len(e.data)+len(e.tail) == 0 {
		return // An error says that the client is gone, and with it whom to tell.
	}
	if _, err := w.Write(e.data); err == nil {
		_, _ = w.Write(e.tail)
	}
}

// inUTF8 is the media type of text of this kind.
func inUTF8(kind string) string {
	const parameter = "; charset=utf-8"
	switch kind {
	case typeGraphQL: // put together when the program is built
		return typeGraphQL + parameter
	case typeJSON:
		return typeJSON + parameter
	default:
		return kind + parameter
	}
}
