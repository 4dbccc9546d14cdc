package staffroom

import (
	"errors"
	"fmt"
)

// Code classes an [Error]; clients see it as extensions.code, or as the code of a user error.
type Code string

// The codes of errors. Services return them, adapters map their drivers' errors to them.
const (
	CodeUnauthenticated Code = "UNAUTHENTICATED" // nobody is signed in, and somebody must be
	CodeForbidden       Code = "FORBIDDEN"       // the viewer is known and may not
	CodeNotFound        Code = "NOT_FOUND"       // it does not exist, or the viewer may not know that it does
	CodeBadInput        Code = "BAD_USER_INPUT"  // the data the caller sent; Field says where
	CodeBadCursor       Code = "BAD_CURSOR"      // a cursor that this list did not give out
	CodeConflict        Code = "CONFLICT"        // somebody else was faster, or a unique value is taken
	CodeRateLimited     Code = "RATE_LIMITED"    // too much in too short a time
	CodeTooComplex      Code = "TOO_COMPLEX"     // the request asks for more than one request may
	CodeUnavailable     Code = "UNAVAILABLE"     // a part is missing for now (a full disk, a provider that is down)
	CodeLagged          Code = "LAGGED"          // a subscriber takes what is sent too slowly, and has not heard everything
	CodeInternal        Code = "INTERNAL"        // our fault; details are in the log only
)

// Error is every error that is meant to be understood outside of where it happened. Its Message is for people: what
// happened, why, and what to do. An error of another type is a fault of ours, shown as INTERNAL.
type Error struct {
	Code    Code
	Message string
	// Field is the path of the input field at fault ("files.0.licence"), or the name of the index that a conflict
	// was about; empty when there is none.
	Field string
	// Cause is for the log and never shown.
	Cause error
}

// Error is the message, and the cause if there is one, for logs.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Message
	if e.Field != "" {
		text += " (" + e.Field + ")"
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an [Error] with a message for people.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid says that an input field is wrong; field may be empty when the caller does not know its name.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Code: CodeBadInput, Field: field, Message: fmt.Sprintf(format, args...)}
}

// NotFound says that there is no such thing, in the same words whether it is missing or hidden from the viewer.
func NotFound(what string) *Error {
	return Errorf(CodeNotFound, "There is no such %s, or it is not yours to see.", what)
}

// CodeOf is the code of err: of the [Error] it is or wraps, INTERNAL for any other error, and empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}
