package sqlite

import (
	"context"
	"errors"
	"strings"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func notFound(t *table) error { return t.schema.NotFound() }

// taken is the conflict with something unique; index is the name of the index, or "id".
func taken(t *table, index string) error {
	err := staffroom.Errorf(staffroom.CodeConflict, "There is such a %s already.", t.schema.Prefix)
	err.Field = index
	return err
}

// outdated is the conflict with somebody who was faster.
func outdated(t *table) error {
	return staffroom.Errorf(staffroom.CodeConflict, "Somebody else changed this %s in the meantime. Look at it again.", t.schema.Prefix)
}

func closedError() error {
	return staffroom.Errorf(staffroom.CodeUnavailable, "The store is closed.")
}

// unavailable turns the driver's errors that are no fault of the program into UNAVAILABLE, in words that help whoever runs
// the server. Others stay as they are.
func unavailable(err error) error {
	var message string
	switch driver.ErrCode(err).ToPrimary() {
	case driver.ResultFull:
		message = "The disk is full: nothing can be changed until it has room again. What is there can be read."
	case driver.ResultReadOnly, driver.ResultPerm:
		message = "The store cannot be written to: its file or folder is read-only."
	case driver.ResultIOErr:
		message = "The store's disk reports an error."
	case driver.ResultCantOpen:
		message = "The store's file cannot be opened."
	case driver.ResultBusy, driver.ResultLocked:
		message = "The store is busy: another program has been writing to it for too long."
	default:
		return err
	}
	wrapped := staffroom.Errorf(staffroom.CodeUnavailable, "%s", message)
	wrapped.Cause = err
	return wrapped
}

// explain gives err of a query in the words of the port: an interrupt is the end of ctx.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if driver.ErrCode(err) == driver.ResultInterrupt && ctx.Err() != nil {
		return ctx.Err()
	}
	return unavailable(err)
}

// conflict gives err of a write to t in the words of the port.
func conflict(t *table, err error) error {
	if driver.ErrCode(err).ToPrimary() != driver.ResultConstraint {
		return unavailable(err)
	}
	for columns, index := range t.unique {
		if strings.HasSuffix(err.Error(), "UNIQUE constraint failed: "+columns) {
			return taken(t, index)
		}
	}
	return err
}

// closing closes c because of err.
func closing(c *conn, err error) error { return errors.Join(err, c.close()) }
