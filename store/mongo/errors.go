package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Codes of the server's errors that we tell apart, by their names in MongoDB's error_codes.yml.
const (
	codeNamespaceExists      = 48
	codeMaxTimeMSExpired     = 50
	codeWriteConcernTimeout  = 64
	codeIndexOptionsConflict = 85
	codeIndexKeySpecs        = 86
	codeShutdownInProgress   = 91
	codeNoWriteConcern       = 100 // UnsatisfiableWriteConcern: too few members hold data
	codePrimarySteppedDown   = 189
	codeExceededTimeLimit    = 262
	codeNotWritablePrimary   = 10107
	codeInterruptedShutdown  = 11600
	codeInterruptedStepDown  = 11602
	codeNotPrimaryNoSecond   = 13435
	codeNotPrimaryRecovering = 13436
	codeOutOfDiskSpace       = 14031
)

func notFound(schema *staffroom.Schema) error { return schema.NotFound() }

// taken is the conflict with something unique; index is the name of the index, or "id".
func taken(schema *staffroom.Schema, index string) error {
	err := staffroom.Errorf(staffroom.CodeConflict, "There is such a %s already.", schema.Prefix)
	err.Field = index
	return err
}

// outdated is the conflict with somebody who was faster.
func outdated(schema *staffroom.Schema) error {
	return staffroom.Errorf(staffroom.CodeConflict, "Somebody else changed this %s in the meantime. Look at it again.", schema.Prefix)
}

// explain gives an error of the driver in the words of the port. It passes on errors that are in those words already.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*staffroom.Error](err); ok {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("mongo: %w", ctx.Err())
	}
	if message := unavailable(err); message != "" {
		wrapped := staffroom.Errorf(staffroom.CodeUnavailable, "%s", message)
		wrapped.Cause = err
		return wrapped
	}
	return fmt.Errorf("mongo: %w", err)
}

// unavailable words an error that is the server's state and no fault of the program; empty for any other.
func unavailable(err error) string {
	_, noServer := errors.AsType[topology.ServerSelectionError](err)
	_, noConnection := errors.AsType[topology.ConnectionError](err)
	switch {
	case errors.Is(err, mongo.ErrClientDisconnected), errors.Is(err, topology.ErrTopologyClosed), errors.Is(err, topology.ErrPoolClosed):
		return "The store is closed."
	case hasCode(err, codeOutOfDiskSpace):
		return "The disk is full: nothing can be changed until it has room again. What is there can be read."
	case hasCode(err, codeNotWritablePrimary, codeNotPrimaryNoSecond, codeNotPrimaryRecovering, codePrimarySteppedDown,
		codeShutdownInProgress, codeInterruptedShutdown, codeInterruptedStepDown):
		return "The store cannot be written to: its servers are choosing a new primary. Try again in a moment."
	case hasCode(err, codeWriteConcernTimeout, codeNoWriteConcern):
		return "The store cannot confirm the write: too few of its servers answer. It may have been done; look before you repeat it."
	case mongo.IsTimeout(err), hasCode(err, codeMaxTimeMSExpired, codeExceededTimeLimit):
		return "The store is busy: it took too long to answer. Try again in a moment."
	case mongo.IsNetworkError(err), noServer, noConnection:
		return "The store does not answer. Try again in a moment."
	default:
		return ""
	}
}

func hasCode(err error, codes ...int) bool {
	server, ok := errors.AsType[mongo.ServerError](err)
	return ok && slices.ContainsFunc(codes, server.HasErrorCode)
}

// refused says whether the server turned down the user name and password.
func refused(err error) bool {
	_, ok := errors.AsType[*auth.Error](err)
	return ok
}
