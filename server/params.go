package server

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"
)

// byteCount writes a number of bytes for people.
func byteCount(count int) string {
	switch {
	case count > 0 && count%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", count>>20)
	case count > 0 && count%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", count>>10)
	default:
		return fmt.Sprintf("%d bytes", count)
	}
}

// contentType is the media type of the body; empty when there is none, when it is not UTF-8, or when it is compressed.
func contentType(r *http.Request) string {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return ""
	}
	if r.Header.Get("Content-Type") == typeJSON {
		return typeJSON
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !utf8Charset(params) {
		return ""
	}
	return kind
}

// readJSON reads a request out of the body of a POST, of limited size, whose text may lie in room meanwhile. How long it may take, the HTTP
// server limits. done gives back the place of a large one, and is never nil.
func (s *Server) readJSON(w http.ResponseWriter, r *http.Request, room *[]byte) (req *request, done func(), refused *refusal) {
	body := bytes.NewBuffer((*room)[:0])
	defer func() { keepRoom(room, body.Bytes()) }()
	done, refused, err := s.engine.lanes.readText(r.Context(), http.MaxBytesReader(w, r.Body, int64(s.limits.BodyBytes)), body)
	large := done != nil
	if !large {
		done = func() {}
	}
	if refused != nil {
		return nil, done, refused.with("Connection", "close")
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, done, tooBig("The body of a request", s.limits.BodyBytes)
	}
	if err != nil {
		return nil, done, malformed(http.StatusBadRequest, "The body of the request did not arrive in full.").with("Connection", "close")
	}
	if large {
		if refused = s.engine.rates.chargeBytes(r.Context(), body.Len()); refused != nil {
			return nil, done, refused
		}
	}
	if req, refused = decodeRequest(body.Bytes(), s.limits.Values); req != nil {
		req.large = large
	}
	return req, done, refused
}

// decodeRequest reads a GraphQL request from JSON of at most so many values. Nothing of the text is repeated in an error.
func decodeRequest(text []byte, most int) (*request, *refusal) {
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' && jsontext.Value(trimmed).IsValid() {
		return nil, malformed(http.StatusUnprocessableEntity,
			"Several requests in one (batching) are not taken. Send them one by one, or put their fields into one document.")
	}
	req := &request{}
	if refused := decodeJSON(text, req, "The request", most); refused != nil {
		return nil, refused
	}
	return req, nil
}

// fromQuery reads a GraphQL request out of the parameters of a GET.
func fromQuery(r *http.Request, most int) (*request, *refusal) {
	parameters, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, malformed(http.StatusBadRequest, "The parameters of the request cannot be read: check how they are escaped.")
	}
	req := &request{
		Query:         parameters.Get("query"),
		OperationName: parameters.Get("operationName"),
		DocumentID:    parameters.Get("documentId"),
	}
	for name, into := range map[string]*values{"variables": &req.Variables, "extensions": &req.Extensions} {
		if text := parameters.Get(name); text != "" {
			if refused := decodeJSON([]byte(text), into, "The parameter "+name, most); refused != nil {
				return nil, refused
			}
		}
	}
	return req, nil
}
