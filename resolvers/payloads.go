package resolvers

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// settle ends every mutation. It tells what the caller got wrong in the data, which goes into the payload, from all other errors,
// which are GraphQL errors; and it makes the payload, and the mutations after it, read afresh.
func settle(ctx context.Context, err error) ([]*graph.UserError, error) {
	forget(ctx)
	var found []*graph.UserError
	for _, err := range apart(err) {
		wrong, ok := errors.AsType[*staffroom.Error](err)
		if !ok || wrong.Code != staffroom.CodeBadInput && wrong.Code != staffroom.CodeConflict {
			return nil, err
		}
		userError := &graph.UserError{Code: wrong.Code, Message: wrong.Message}
		if wrong.Field != "" {
			userError.Field = strings.Split(wrong.Field, ".")
		}
		found = append(found, userError)
	}
	return found, nil
}

// apart is the errors that were joined to one; none for nil.
func apart(err error) []error {
	switch err := err.(type) { //nolint:errorlint // only what errors.Join made is taken apart, and nothing that wraps it
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		return err.Unwrap()
	default:
		return []error{err}
	}
}

// changed is what an update is to do to a field: nil leaves it, the zero value clears it.
func changed[T any](field graphql.Omittable[*T]) *T {
	value, set := field.ValueOK()
	switch {
	case !set:
		return nil
	case value == nil:
		return new(T)
	default:
		return value
	}
}

// changedList is the same for a list.
func changedList[T any](field graphql.Omittable[[]T]) *[]T {
	value, set := field.ValueOK()
	if !set {
		return nil
	}
	return &value
}
