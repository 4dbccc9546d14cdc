package gias

import (
	"io"
	"iter"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// LinkReader reads a file of links between establishments.
type LinkReader struct{ table *table }

// Links opens a file of links: it reads the header. If that is not the header of such a file, the error is a BAD_USER_INPUT
// that says why and what to do. The columns URN, LinkURN and LinkType must be there.
func Links(r io.Reader) (*LinkReader, error) {
	t, err := openTable(r)
	if err != nil {
		return nil, err
	}
	if _, ok := t.columns["EstablishmentName"]; ok {
		return nil, refuse("This is the register's file of establishments, not of links. Import it with: import establishments.")
	}
	if err := t.require("register file of links", "URN", "LinkURN", "LinkType"); err != nil {
		return nil, err
	}
	return &LinkReader{t}, nil
}

// BytesRead is how much of the file has been read, for showing progress. It may be called while rows are read.
func (l *LinkReader) BytesRead() int64 { return l.table.source.n.Load() }

// Rows gives each row once: as it is meant, or a *staffroom.RowError that says why it can't be taken, after which the others
// follow. Any other error ends it.
func (l *LinkReader) Rows() iter.Seq2[*staffroom.LinkRow, error] { return rows(l.table, readLink) }

func readLink(r *row) staffroom.LinkRow {
	detail := r.required("LinkType")
	return staffroom.LinkRow{
		Line: r.line,
		URN:  urn(r, "URN"),
		Link: staffroom.SchoolLink{
			URN:    urn(r, "LinkURN"),
			Name:   r.text("LinkName"),
			Kind:   linkKind(detail),
			Detail: detail,
			Date:   r.date("LinkEstablishedDate"),
		},
	}
}

// linkKind classes what the register writes in many ways: "Predecessor", "Successor - merged", "Sixth Form Centre Link". By
// "Result of Amalgamation" it means either direction, so that tells no kind.
func linkKind(detail string) staffroom.SchoolLinkKind {
	words := strings.ToLower(detail)
	switch {
	case strings.HasPrefix(words, "predecessor"):
		return staffroom.LinkPredecessor
	case strings.HasPrefix(words, "successor"):
		return staffroom.LinkSuccessor
	default:
		return staffroom.LinkOther
	}
}
