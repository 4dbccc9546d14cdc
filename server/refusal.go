package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// refusal is why a GraphQL request was not executed. As the answer to one it has no data key.
type refusal struct {
	// status is that of application/graphql-response+json.
	status int
	errors gqlerror.List
	// malformed says that the request itself is wrong, not what it asks for: then application/json has the status, too.
	malformed bool
	// unfinished says that this ends a subscription which had begun, and has more to tell: clients should connect again.
	unfinished bool
	// header is added to an HTTP answer.
	header http.Header
}

func gqlError(code staffroom.Code, message string, at *ast.Position) *gqlerror.Error {
	err := &gqlerror.Error{Message: message, Extensions: map[string]any{"code": string(code)}}
	if at != nil {
		err.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
	}
	return err
}

// about says which value of a field's arguments err is about, like filter.spaces.0.authority.
func about(err *gqlerror.Error, field string) {
	var path []any
	for step := range strings.SplitSeq(field, ".") {
		if index, notOne := strconv.Atoi(step); notOne == nil {
			path = append(path, index)
		} else {
			path = append(path, step)
		}
	}
	err.Extensions["field"], err.Extensions["path"] = field, path
}

// refuse is a refusal of what a well-formed request asks for.
func refuse(status int, code staffroom.Code, message string) *refusal {
	return &refusal{status: status, errors: gqlerror.List{gqlError(code, message, nil)}}
}

// malformed is a refusal of a request that is not a GraphQL request as it should be.
func malformed(status int, message string) *refusal {
	r := refuse(status, staffroom.CodeBadInput, message)
	r.malformed = true
	return r
}

// with adds a header to the answer.
func (r *refusal) with(key, value string) *refusal {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set(key, value)
	return r
}

// tooBig answers a body over its limit.
func tooBig(what string, limit int) *refusal {
	return malformed(http.StatusRequestEntityTooLarge,
		what+" may have at most "+byteCount(limit)+". Send less at a time.")
}

// busy answers when too much goes on at one time.
func busy(what string) *refusal {
	r := refuse(http.StatusServiceUnavailable, staffroom.CodeUnavailable,
		"There are too many "+what+" at the moment. Try again in a few seconds.")
	r.malformed = true
	return r.with("Retry-After", "5")
}

// forbidden answers a request that may come from a page that the viewer did not mean to send it.
func forbidden(message string) *refusal {
	r := refuse(http.StatusForbidden, staffroom.CodeForbidden, message)
	r.malformed = true
	return r
}
