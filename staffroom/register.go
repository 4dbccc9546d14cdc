package staffroom

import (
	"context"
	"errors"
	"fmt"
)

// Register keeps the schools and authorities as the national register has them. It asks for no viewer: only the operator's
// command line and the sample network reach it, never a request.
//
// It publishes no events, for an import may write fifty thousand schools: the search index of a running server finds them
// by their time of change.
type Register struct{ *Ports }

// EstablishmentRow is what a row of the register's file of establishments says.
type EstablishmentRow struct {
	// Line is where the row begins in the file, from 1.
	Line int
	// Establishment has an empty AuthorityCode if the row gives no GSS code. Its SortName is filled in by the import.
	Establishment Establishment
	// DfECode and AuthorityName are the authority by the three-digit code and the name that the row gives.
	DfECode, AuthorityName string
}

// LinkRow is what a row of the register's file of links says: the school URN has the link.
type LinkRow struct {
	// Line is where the row begins in the file, from 1.
	Line int
	URN  string
	Link SchoolLink
}

// RowError says why a row of a register file is not taken. The rows after it are.
type RowError struct {
	// Line is where the row begins in the file, from 1.
	Line int
	// Column is the name of the column at fault; empty if it is the row as a whole.
	Column string
	// Value is what stands there.
	Value  string
	Reason string
}

// Error is line, column, value and reason, for people.
func (e *RowError) Error() string {
	text := fmt.Sprintf("line %d", e.Line)
	if e.Column != "" {
		text += ", column " + e.Column
	}
	if e.Value != "" {
		text += fmt.Sprintf(", %q", e.Value)
	}
	return text + ": " + e.Reason
}

// ImportResult counts what an import did: with schools, or with links of schools.
type ImportResult struct {
	Added, Changed, Unchanged int
	// Closed counts the schools among Changed that were not closed before and are now.
	Closed int
	// Removed counts the links that the register no longer has.
	Removed int
	// Rejected counts the rows that could not be taken.
	Rejected int
}

func (r *ImportResult) add(more ImportResult) {
	r.Added += more.Added
	r.Changed += more.Changed
	r.Unchanged += more.Unchanged
	r.Closed += more.Closed
	r.Removed += more.Removed
	r.Rejected += more.Rejected
}

// ImportWatch is told how an import goes on; each function may be nil.
type ImportWatch struct {
	// Rejected is called for every row that is not taken.
	Rejected func(*RowError)
	// Progress is called after each batch, when what it counts is stored.
	Progress func(ImportResult)
}

// importBatch is how many schools are read and written at once: enough to share the cost of a durable write, few enough
// to hold in memory and to stop between.
const importBatch = 500

// importing is what the imports of both files have in common.
type importing struct {
	*Register
	watch  ImportWatch
	result ImportResult
}

// reject counts and reports a row that is not taken. Any other error comes back and ends the import.
func (m *importing) reject(err error) error {
	bad, ok := errors.AsType[*RowError](err)
	if !ok {
		return err
	}
	m.result.Rejected++
	if m.watch.Rejected != nil {
		m.watch.Rejected(bad)
	}
	return nil
}

// change makes of a school what the file says, and says what that did; nothing is stored if it neither adds, changes nor
// removes. It may be called again for a school that somebody else changed meanwhile. A school that is not stored yet
// has version 0.
type change func(i int, s *School) ImportResult

// batch lets do work on the schools with these ids and stores those that it made different. Each school is stored by itself:
// what stops half-way is made good by the same import once more.
func (m *importing) batch(ctx context.Context, ids []string, do change) error {
	stored, err := m.Store.Schools.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	done := make([]ImportResult, len(ids))
	again := func(i int, s *School) bool {
		done[i] = do(i, s)
		return done[i].Added+done[i].Changed+done[i].Removed > 0
	}
	if err := m.store(ctx, stored, ids, again); err != nil {
		return err
	}
	for _, d := range done {
		m.result.add(d)
	}
	if m.watch.Progress != nil {
		m.watch.Progress(m.result)
	}
	return nil
}

func (m *importing) store(ctx context.Context, stored []*School, ids []string, do func(int, *School) bool) error {
	var docs []*School
	var at []int
	for i, school := range stored {
		if school == nil {
			school = &School{Meta: Meta{ID: ids[i]}}
		}
		if do(i, school) {
			docs = append(docs, school)
			at = append(at, i)
		}
	}
	if len(docs) == 0 {
		return ctx.Err()
	}
	failures, err := m.Store.Schools.PutMany(ctx, docs)
	if err != nil {
		return err
	}
	for j, failure := range failures {
		if err := m.redo(ctx, failure, ids[at[j]], func(s *School) bool { return do(at[j], s) }); err != nil {
			return err
		}
	}
	return nil
}

// redo stores a school that somebody else was faster with, a school that joined meanwhile for one.
func (m *importing) redo(ctx context.Context, failure error, id string, do func(*School) bool) error {
	if failure == nil {
		return nil
	}
	if CodeOf(failure) != CodeConflict {
		return failure
	}
	_, err := m.Store.Schools.Update(ctx, id, func(s *School) error {
		if !do(s) {
			return ErrUnchanged
		}
		return nil
	})
	return err
}
