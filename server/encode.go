package server

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// encoded is a response in the pieces that are written one after the other. The data are the executor's own bytes: they are
// neither parsed nor copied again.
type encoded struct {
	head, data, tail []byte
	// failed says that there are errors.
	failed bool
}

func (e encoded) len() int { return len(e.head) + len(e.data) + len(e.tail) }

// joined copies the pieces together.
func (e encoded) joined() string {
	var all strings.Builder
	all.Grow(e.len())
	for _, piece := range [][]byte{e.head, e.data, e.tail} {
		all.Write(piece)
	}
	return all.String()
}

// dataHead stands before data.
const dataHead = `{"data":`

// rest is what stands after the data, or instead of them.
type rest struct {
	Errors     gqlerror.List  `json:"errors,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// encodeResponse encodes what an operation that was executed gave; it always has data, if only null.
func encodeResponse(response *graphql.Response, limits Limits) encoded {
	r := rest{Errors: response.Errors, Extensions: response.Extensions}
	e := encoded{head: []byte(dataHead), data: response.Data, tail: r.encode(limits), failed: len(response.Errors) > 0}
	if len(e.data) == 0 {
		e.data = []byte("null")
	}
	if len(e.tail) > len("{}") {
		e.tail[0] = ','
	} else {
		e.tail = []byte("}")
	}
	return e
}

// encodeRefusal encodes why there is no data.
func encodeRefusal(errs gqlerror.List, limits Limits) []byte {
	return (&rest{Errors: errs}).encode(limits)
}

// encode lists at most as many errors as a response may have, and says how many more there were.
func (r *rest) encode(limits Limits) []byte {
	if more := len(r.Errors) - limits.Errors; more > 0 {
		r.Errors = r.Errors[:limits.Errors:limits.Errors]
		extensions := map[string]any{"errorsLeftOut": more}
		for key, value := range r.Extensions {
			extensions[key] = value
		}
		r.Extensions = extensions
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("server: an error's extensions have no JSON: %v", err))
	}
	return text
}
