package server

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"reflect"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// errTooLong says that an answer has more bytes than one may.
var errTooLong error = staffroom.Errorf(staffroom.CodeTooComplex,
	"The answer would be too long, and was not made. Ask for shorter pages, or for fewer texts at a time. What a mutation changed is changed.")

// run runs op, a query or mutation, for its only response, which may lie in room. It holds a place only meanwhile: whoever reads slowly must
// not keep others out.
func (s *Server) run(op *operation, room *[]byte) (response encoded, refused *refusal) {
	release, refused := s.engine.lanes.enter(op)
	if refused != nil {
		s.engine.rates.giveBack(op.ctx, op.points)
		return response, refused
	}
	if op.kind == ast.Query {
		op.work.leaves = release
	} else {
		defer release()
	}
	defer op.work.rest()
	ctx, cancel := withTimeout(op.ctx, s.limits.RequestTimeout)
	defer cancel()
	op.ctx = ctx
	response, refused = s.engine.answer(op, room)
	if refused == nil && op.kind == ast.Query {
		op.work.made(ctx, response.len())
		refused = op.work.refused
	}
	if refused != nil && refused == op.work.refused {
		s.engine.rates.giveBack(op.ctx, op.points)
	}
	return response, refused
}

// answer is the response to op: written by the schema itself, if it can, into room, or by the executor.
func (e *engine) answer(op *operation, room *[]byte) (encoded, *refusal) {
	if e.answerer != nil {
		direct, err := e.answerer.Answer(op.ctx, op.context, append((*room)[:0], dataHead...))
		keepRoom(room, direct)
		switch {
		case err == nil:
			return encoded{head: append(direct, '}')}, nil
		case errors.Is(err, errTooLong):
			return e.failed(op, errTooLong), nil
		case op.ctx.Err() != nil:
			return e.failed(op, op.ctx.Err()), nil
		case op.work.refused != nil:
			return encoded{}, op.work.refused
		}
	}
	op.work.again()
	response, refused := e.once(op)
	if refused != nil {
		return encoded{}, refused
	}
	return encodeResponse(response, e.limits), nil
}

// failed is the response to op when nothing came of it.
func (e *engine) failed(op *operation, err error) encoded {
	return encodeResponse(&graphql.Response{Errors: gqlerror.List{e.presenter.show(op.ctx, err)}}, e.limits)
}

// once has the executor run op for its only response. There is a refusal instead when execution broke down or was cut off as a whole.
func (e *engine) once(op *operation) (response *graphql.Response, refused *refusal) {
	defer func() {
		if value := recover(); value != nil {
			response, refused = nil, e.refusePanic(op.ctx, value)
		}
	}()
	made := &measured{most: int64(e.limits.AnswerBytes), long: int64(e.limits.LongAnswerBytes), query: op.kind == ast.Query}
	op.context.ResolverMiddleware = made.around
	response = e.dispatch(op)()
	switch {
	case made.tooLong():
		return &graphql.Response{Errors: gqlerror.List{e.presenter.show(op.ctx, errTooLong)}}, nil
	case response == nil:
		refused = &refusal{status: http.StatusServiceUnavailable, malformed: true}
		refused.errors = gqlerror.List{unfinished(op.ctx, context.Cause(op.ctx))}
	}
	return response, refused
}

// measured counts what the executor's resolvers give. When that is too long for an answer, or when nobody waits for it any more, the
// others are not called; those of a mutation still are, as they tell what it changed.
type measured struct {
	most, long int64
	query      bool
	bytes      atomic.Int64
}

// fieldBytes is about what a field takes in an answer besides its text.
const fieldBytes = 16

// around is gqlgen's ResolverMiddleware.
func (m *measured) around(ctx context.Context, next graphql.Resolver) (any, error) {
	if m.query && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if m.tooLong() {
		return nil, errTooLong
	}
	value, err := next(ctx)
	more := fieldBytes + textBytes(value)
	if all := m.bytes.Add(more); all > m.long && all-more <= m.long {
		err = cmp.Or(err, lengthen(ctx))
	}
	return value, err
}

func (m *measured) tooLong() bool { return m.bytes.Load() > m.most }

// textBytes is how long a value is, if it is text.
func textBytes(value any) int64 {
	if text := reflect.Indirect(reflect.ValueOf(value)); text.Kind() == reflect.String {
		return int64(text.Len())
	}
	return 0
}
