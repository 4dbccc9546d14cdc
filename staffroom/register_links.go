package staffroom

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
)

// ImportLinks records the links between establishments from one register file. Of each school that the file names, the
// links become those of the file; all other schools keep theirs. Rows that come as a *[RowError], and those of schools that
// the store does not have, are counted and reported to watch; any other error ends the import. So does a cancelled ctx, between
// two batches; the same import can be run again.
//
// The links of a file are held in memory: the rows of a school need not stand together.
func (r *Register) ImportLinks(
	ctx context.Context, rows iter.Seq2[*LinkRow, error], watch ImportWatch,
) (ImportResult, error) {
	m := &linkImport{importing: importing{Register: r, watch: watch}, links: map[string][]*LinkRow{}}
	for row, err := range rows {
		if err == nil {
			err = m.take(row)
		}
		if err == nil {
			continue
		}
		if err := m.reject(err); err != nil {
			return m.result, err
		}
	}
	for urns := range slices.Chunk(m.urns, importBatch) {
		if err := m.flush(ctx, urns); err != nil {
			return m.result, err
		}
	}
	return m.result, nil
}

type linkImport struct {
	importing
	// urns are the schools in the order of the file, links their rows.
	urns  []string
	links map[string][]*LinkRow
}

// sameLink says that two links are the same one, perhaps with another name or date.
func sameLink(a, b SchoolLink) bool { return a.URN == b.URN && a.Detail == b.Detail }

func (m *linkImport) take(row *LinkRow) error {
	before, met := m.links[row.URN]
	for _, b := range before {
		if sameLink(b.Link, row.Link) {
			return &RowError{row.Line, "LinkURN", row.Link.URN, fmt.Sprintf("line %d has this link already", b.Line)}
		}
	}
	if !met {
		m.urns = append(m.urns, row.URN)
	}
	m.links[row.URN] = append(before, row)
	return nil
}

func (m *linkImport) flush(ctx context.Context, urns []string) error {
	ids := make([]string, len(urns))
	missing := make([]bool, len(urns))
	for i, urn := range urns {
		ids[i] = SchoolID(urn)
	}
	err := m.batch(ctx, ids, func(i int, s *School) ImportResult {
		if missing[i] = s.Version == 0; missing[i] {
			return ImportResult{}
		}
		return relink(m.links[urns[i]], s)
	})
	if err != nil {
		return err
	}
	for i, urn := range urns {
		if !missing[i] {
			continue
		}
		for _, row := range m.links[urn] {
			_ = m.reject(&RowError{row.Line, "URN", urn, "there is no school with this URN here; import its establishment first"})
		}
	}
	return nil
}

// relink gives a school the links of the file, in an order that does not hang on the file's.
func relink(rows []*LinkRow, s *School) ImportResult {
	links := make([]SchoolLink, len(rows))
	for i, row := range rows {
		links[i] = row.Link
	}
	slices.SortFunc(links, func(a, b SchoolLink) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.URN, b.URN), cmp.Compare(a.Detail, b.Detail))
	})
	done := compareLinks(s.Links, links)
	s.Links = links
	return done
}

func compareLinks(before, after []SchoolLink) ImportResult {
	var done ImportResult
	for _, link := range after {
		at := slices.IndexFunc(before, func(b SchoolLink) bool { return sameLink(b, link) })
		switch {
		case at < 0:
			done.Added++
		case before[at] == link:
			done.Unchanged++
		default:
			done.Changed++
		}
	}
	done.Removed = len(before) - done.Changed - done.Unchanged
	return done
}
