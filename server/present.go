package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// presenter turns errors into what clients see. Only what was written for people is shown; the rest goes to the log, once,
// with the id of the request, which is all that the client gets.
type presenter struct {
	log    *slog.Logger
	limits Limits
}

// panicked is the error that a recovered panic becomes: the log has it already.
type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// recover is gqlgen's RecoverFunc: it logs the panic with its stack.
func (p *presenter) recover(ctx context.Context, value any) error {
	p.log.ErrorContext(ctx, "A resolver panicked.", "request", RequestID(ctx), "path", graphql.GetPath(ctx).String(),
		"panic", fmt.Sprint(value), "stack", string(debug.Stack()))
	return &panicked{value}
}

// present is gqlgen's ErrorPresenterFunc. Of mistakes that were joined it adds all but the last by itself.
func (p *presenter) present(ctx context.Context, err error) *gqlerror.Error {
	located, ok := errors.AsType[*gqlerror.Error](err)
	if ok {
		several := mistakes(located.Err)
		for i, one := range several {
			one := &gqlerror.Error{Err: one, Message: one.Error(), Path: located.Path, Locations: located.Locations}
			if i == len(several)-1 {
				return p.present(ctx, one)
			}
			graphql.AddError(ctx, one)
		}
	}
	shown := p.show(ctx, err)
	if ok {
		shown.Path, shown.Locations = located.Path, located.Locations
	}
	if shown.Path == nil {
		shown.Path = graphql.GetPath(ctx)
	}
	return shown
}

// mistakes are those in the input that were joined to err, so that they are told all at once; none if it is anything
// else.
func mistakes(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	other := func(one error) bool { return staffroom.CodeOf(one) != staffroom.CodeBadInput }
	if !ok || slices.ContainsFunc(joined.Unwrap(), other) {
		return nil
	}
	return joined.Unwrap()
}

func (p *presenter) show(ctx context.Context, err error) *gqlerror.Error {
	known, ok := errors.AsType[*staffroom.Error](err)
	switch {
	case ok && known.Code != staffroom.CodeInternal:
		return p.domain(ctx, known)
	case ctx.Err() != nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return unfinished(ctx, err)
	case isCoercion(ctx, err):
		return gqlError(staffroom.CodeBadInput, clip(innermost(err), p.limits.ErrorLength), nil)
	}
	return p.internal(ctx, err)
}

// domain shows an error that the domain wrote for people; what caused it is for operators.
func (p *presenter) domain(ctx context.Context, err *staffroom.Error) *gqlerror.Error {
	if err.Cause != nil {
		p.note(ctx, slog.LevelWarn, "A request failed.", err)
	}
	shown := gqlError(err.Code, err.Message, nil)
	switch {
	case err.Field == "":
	case err.Code == staffroom.CodeBadInput:
		about(shown, err.Field)
	default:
		shown.Extensions["field"] = err.Field
	}
	return shown
}

// unfinished shows that time ran out, or that the client went away (who will not read it).
func unfinished(ctx context.Context, err error) *gqlerror.Error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return gqlError(staffroom.CodeUnavailable, "This took longer than a request may. Ask for less at a time, or try again later.", nil)
	}
	return gqlError(staffroom.CodeUnavailable, "The request was cancelled.", nil)
}

func (p *presenter) internal(ctx context.Context, err error) *gqlerror.Error {
	if _, logged := errors.AsType[*panicked](err); !logged {
		p.note(ctx, slog.LevelError, "An error is not one that the domain knows.", err)
	}
	return internalError(RequestID(ctx))
}

// note logs, but not more often in one request than a response has errors.
func (p *presenter) note(ctx context.Context, level slog.Level, message string, err error) {
	info := infoFrom(ctx)
	if int(info.logged.Add(1)) > p.limits.Errors {
		return
	}
	p.log.Log(ctx, level, message, "request", info.id, "path", graphql.GetPath(ctx).String(), "error", err.Error())
}

func internalError(requestID string) *gqlerror.Error {
	err := gqlError(staffroom.CodeInternal,
		"Something went wrong on our side. Please try again, and quote this number when you report it: "+requestID, nil)
	err.Extensions["requestId"] = requestID
	return err
}

// isCoercion says whether err is a scalar's or an input's complaint about a value: gqlgen gives it the path of the value,
// which goes on from the field that is resolved in ctx.
func isCoercion(ctx context.Context, err error) bool {
	located, ok := errors.AsType[*gqlerror.Error](err)
	return ok && graphql.GetFieldContext(ctx) != nil && len(located.Path) > len(graphql.GetPath(ctx))
}

// innermost is the message without gqlgen's prefix of file and path.
func innermost(err error) string {
	if located, ok := errors.AsType[*gqlerror.Error](err); ok {
		return located.Message
	}
	return err.Error()
}
