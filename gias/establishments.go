package gias

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// EstablishmentReader reads a file of establishments.
type EstablishmentReader struct{ table *table }

// Establishments opens a file of establishments: it reads the header. If that is not the header of such a file, the error is a
// BAD_USER_INPUT that says why and what to do. Only the columns URN and EstablishmentName and one with the code of the
// local authority must be there; what other columns would say is left empty without them, and unknown ones are passed over.
func Establishments(r io.Reader) (*EstablishmentReader, error) {
	t, err := openTable(r)
	if err != nil {
		return nil, err
	}
	if _, ok := t.columns["LinkURN"]; ok {
		return nil, refuse("This is the register's file of links, not of establishments. Import it with: import links.")
	}
	authority := "LA (code)"
	if _, ok := t.columns["GSSLACode (name)"]; ok {
		authority = "GSSLACode (name)"
	}
	if err := t.require("register file of establishments", "URN", "EstablishmentName", authority); err != nil {
		return nil, err
	}
	return &EstablishmentReader{t}, nil
}

// BytesRead is how much of the file has been read, for showing progress. It may be called while rows are read.
func (e *EstablishmentReader) BytesRead() int64 { return e.table.source.n.Load() }

// Rows gives each row once: as it is meant, or a *staffroom.RowError that says why it can't be taken, after which the others
// follow. Any other error ends it.
func (e *EstablishmentReader) Rows() iter.Seq2[*staffroom.EstablishmentRow, error] {
	return rows(e.table, readEstablishment)
}

// rows gives what read makes of each row of t.
func rows[T any](t *table, read func(*row) T) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			rec, err := t.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				_, bad := errors.AsType[*staffroom.RowError](err)
				if !yield(nil, err) || !bad {
					return
				}
				continue
			}
			r := &row{record: rec, table: t}
			made := read(r)
			if r.err != nil {
				if !yield(nil, r.err) {
					return
				}
				continue
			}
			if !yield(&made, nil) {
				return
			}
		}
	}
}

var (
	urnPattern   = regexp.MustCompile(`^[1-9][0-9]{5}$`)
	ukprnPattern = regexp.MustCompile(`^[1-9][0-9]{7}$`)
	dfePattern   = regexp.MustCompile(`^[0-9]{3}$`)
	// gssPattern has the codes of places; the register also uses pseudo codes that begin otherwise ("Z…", "999…").
	gssPattern = regexp.MustCompile(`^[EWSN][0-9]{8}$`)
)

// Bounds beyond which a number is a mistake.
const (
	maxAge    = 120
	maxPupils = 200_000
)

func readEstablishment(r *row) staffroom.EstablishmentRow {
	e := staffroom.Establishment{
		URN:             urn(r, "URN"),
		Name:            r.required("EstablishmentName"),
		UKPRN:           r.match("UKPRN", ukprnPattern, "eight digits"),
		TypeCode:        r.code("TypeOfEstablishment (code)"),
		TypeName:        r.text("TypeOfEstablishment (name)"),
		TypeGroup:       decode(r, "EstablishmentTypeGroup", typeGroups(), staffroom.GroupOther),
		Phase:           decode(r, "PhaseOfEducation", phases(), staffroom.PhaseNotApplicable),
		OpenedOn:        r.date("OpenDate"),
		ClosedOn:        r.date("CloseDate"),
		TrustCode:       r.text("Trusts (code)"),
		TrustName:       r.word("Trusts (name)"),
		LowAge:          r.number("StatutoryLowAge", maxAge),
		HighAge:         r.number("StatutoryHighAge", maxAge),
		Roll:            r.number("NumberOfPupils", maxPupils),
		Capacity:        r.number("SchoolCapacity", maxPupils),
		FreeSchoolMeals: r.percentage("PercentageFSM"),
		SENProvision:    senProvision(r),
		Gender:          r.word("Gender (name)"),
		Religion:        r.word("ReligiousCharacter (name)"),
		UrbanRural:      r.word("UrbanRural (name)"),
		Place:           place(r),
	}
	e.Status = status(r, e.ClosedOn)
	address(r, &e)

	dfe := r.match("LA (code)", dfePattern, "three digits")
	if number := r.text("EstablishmentNumber"); number != "" && dfe != "" {
		e.LAESTAB = dfe + "/" + number
	}
	if gss := r.text("GSSLACode (name)"); gssPattern.MatchString(gss) {
		e.AuthorityCode = gss
	}
	return staffroom.EstablishmentRow{Line: r.line, Establishment: e, DfECode: dfe, AuthorityName: r.text("LA (name)")}
}

func urn(r *row, column string) string {
	if r.required(column) == "" {
		return ""
	}
	return r.match(column, urnPattern, "a unique reference number of six digits")
}

// status is the status that the row gives; without one, whether there is a day of closing decides.
func status(r *row, closed staffroom.Date) staffroom.SchoolStatus {
	blank := staffroom.SchoolOpen
	if closed != "" {
		blank = staffroom.SchoolClosed
	}
	return decode(r, "EstablishmentStatus", statuses(), blank)
}

// senProvision is the names in the columns SEN1 (name) to SEN13 (name).
func senProvision(r *row) []string {
	const columns = 13
	var names []string
	for i := range columns {
		name := r.word(fmt.Sprintf("SEN%d (name)", i+1))
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// The National Grid's extent in metres.
const (
	maxEasting  = 700_000
	maxNorthing = 1_300_000
)

// place is the grid reference; nil if there is none, for which the register also writes noughts.
func place(r *row) *staffroom.Place {
	easting, northing := r.number("Easting", maxEasting), r.number("Northing", maxNorthing)
	switch {
	case easting == nil && northing == nil:
		return nil
	case easting == nil:
		r.fail("Easting", "", "is missing, and there is a northing")
		return nil
	case northing == nil:
		r.fail("Northing", "", "is missing, and there is an easting")
		return nil
	case *easting == 0 && *northing == 0:
		return nil
	}
	latitude, longitude := staffroom.FromGrid(float64(*easting), float64(*northing))
	return &staffroom.Place{Easting: *easting, Northing: *northing, Latitude: degrees(latitude), Longitude: degrees(longitude)}
}

// degrees rounds to a tenth of a metre. More would be noise, and would differ between processors, so that an import on
// another machine changed every school.
func degrees(d float64) float64 {
	const perDegree = 1e6
	return math.Round(d*perDegree) / perDegree
}

func address(r *row, e *staffroom.Establishment) {
	e.Street = r.text("Street")
	e.Locality = r.text("Locality")
	if more := r.text("Address3"); more != "" {
		e.Locality = strings.TrimPrefix(e.Locality+", "+more, ", ")
	}
	e.Town = r.text("Town")
	e.County = r.word("County (name)")
	e.Postcode, e.PostcodeSector, e.PostcodeDistrict = postcode(r.text("Postcode"))
	e.Website, e.WebDomain = website(r.text("SchoolWebsite"))
}
