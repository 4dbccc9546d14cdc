package staffroom

import (
	"context"
	"fmt"
	"iter"
	"reflect"
)

// ImportEstablishments records the establishments of one register file, and the authorities that it meets in them. Rows that
// come as a *[RowError] are counted and reported to watch; any other error ends the import. So does a cancelled ctx, between two
// batches: the result then counts what is stored, and the same import can be run again and goes on from there. Whether
// a school joined, and its links, stay as they are.
func (r *Register) ImportEstablishments(
	ctx context.Context, rows iter.Seq2[*EstablishmentRow, error], watch ImportWatch,
) (ImportResult, error) {
	if err := r.SeedAuthorities(ctx); err != nil {
		return ImportResult{}, err
	}
	authorities, err := r.authorityBook(ctx)
	if err != nil {
		return ImportResult{}, err
	}
	m := &establishmentImport{
		importing:   importing{Register: r, watch: watch},
		authorities: authorities,
		lines:       map[string]int{},
	}
	for row, err := range rows {
		if err == nil {
			err = m.take(ctx, row)
		}
		if err == nil {
			continue
		}
		if err := m.reject(err); err != nil {
			return m.result, err
		}
	}
	err = m.flush(ctx)
	return m.result, err
}

type establishmentImport struct {
	importing
	authorities *authorityBook
	// lines has the line of every URN met; six digits bound it.
	lines   map[string]int
	pending []*Establishment
}

// take puts a row into the batch, and stores the batch when it is full.
func (m *establishmentImport) take(ctx context.Context, row *EstablishmentRow) error {
	e := row.Establishment
	if line, ok := m.lines[e.URN]; ok {
		return &RowError{row.Line, "URN", e.URN, fmt.Sprintf("line %d has this URN already", line)}
	}
	code, err := m.authorities.codeOf(ctx, row)
	if err != nil {
		return err
	}
	e.AuthorityCode = code
	e.SortName = Fold(e.Name)
	m.lines[e.URN] = row.Line
	m.pending = append(m.pending, &e)
	if len(m.pending) < importBatch {
		return nil
	}
	return m.flush(ctx)
}

func (m *establishmentImport) flush(ctx context.Context) error {
	ids := make([]string, len(m.pending))
	for i, e := range m.pending {
		ids[i] = SchoolID(e.URN)
	}
	err := m.batch(ctx, ids, func(i int, s *School) ImportResult { return record(m.pending[i], s) })
	m.pending = m.pending[:0]
	return err
}

// record writes what the register says into a school.
func record(e *Establishment, s *School) ImportResult {
	switch {
	case s.Version == 0:
		s.Establishment = *e
		return ImportResult{Added: 1}
	case reflect.DeepEqual(s.Establishment, *e):
		return ImportResult{Unchanged: 1}
	}
	done := ImportResult{Changed: 1}
	if e.Status == SchoolClosed && s.Status != SchoolClosed {
		done.Closed = 1
	}
	s.Establishment = *e
	return done
}
