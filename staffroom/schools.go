package staffroom

import (
	"context"
	"regexp"
	"strings"
)

// Schools is the directory of schools. It is public.
type Schools struct{ *Ports }

// SchoolFilter narrows a list of schools; lists in it mean "one of", and empty ones do not narrow.
type SchoolFilter struct {
	Authorities []string // GSS codes; see areas
	Phases      []Phase
	TypeGroups  []TypeGroup
	TypeCodes   []string
	Statuses    []SchoolStatus
	// MembersOnly keeps schools that joined the network.
	MembersOnly bool
	// Text is words of the name, also mistyped, or a town, postcode or URN.
	Text string
	Near *Near
}

// SchoolOrderBy is what a list of schools is ordered by.
type SchoolOrderBy string

// The orders of schools.
const (
	SchoolsByName     SchoolOrderBy = "NAME"     // not with Text or Near
	SchoolsByDistance SchoolOrderBy = "DISTANCE" // from near to far; only with Near
)

// SchoolOrder orders schools. The zero order is by distance if the filter has Near, by relevance if it has only Text, and else by
// name.
type SchoolOrder struct {
	By   SchoolOrderBy
	Desc bool
}

// check says why schools that the filter finds cannot be ordered so.
func (o SchoolOrder) check(f SchoolFilter) error {
	words := strings.TrimSpace(f.Text) != ""
	switch {
	case o.By == SchoolsByDistance && f.Near == nil:
		return Invalid("orderBy", "To order by distance, say near what in the filter.")
	case o.By == SchoolsByDistance && o.Desc:
		return Invalid("orderBy", "By distance a list goes from near to far only.")
	case o.By == SchoolsByName && f.Near != nil:
		return Invalid("orderBy", "Schools near a place are listed from near to far. Leave the order out.")
	case o.By == SchoolsByName && words:
		return Invalid("orderBy", "Schools found by words are listed by how well they fit. Leave the order out.")
	default:
		return nil
	}
}

var urnPattern = regexp.MustCompile(`^\d{6}$`)

// ByURN finds a school; nil if the register has none with this number.
func (s *Schools) ByURN(ctx context.Context, urn string) (*School, error) {
	found, err := s.ByURNs(ctx, []string{urn})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// ByURNs is aligned with urns: nil where there is no such school.
func (s *Schools) ByURNs(ctx context.Context, urns []string) ([]*School, error) {
	ids := make([]string, len(urns))
	for i, urn := range urns {
		ids[i] = SchoolID(strings.TrimSpace(urn))
	}
	return s.ByIDs(ctx, ids)
}

// ByIDs is aligned with ids: nil where there is no such school.
func (s *Schools) ByIDs(ctx context.Context, ids []string) ([]*School, error) {
	return s.Store.Schools.GetMany(ctx, ids)
}

// Find lists schools: by name, by relevance if the filter has a text, from near to far if it has a point.
func (s *Schools) Find(ctx context.Context, f SchoolFilter, o SchoolOrder, p Paging) (*List[School], error) {
	var wrong mistakes
	wrong.note(f.check())
	wrong.note(o.check(f))
	if err := wrong.err(); err != nil {
		return nil, err
	}
	var err error
	if f.Authorities, err = s.areas(ctx, f.Authorities); err != nil {
		return nil, err
	}
	switch {
	case f.Near != nil:
		return s.near(ctx, f, p)
	case strings.TrimSpace(f.Text) != "":
		return s.byText(ctx, f, p)
	default:
		return find(ctx, s.Store.Schools, Query{Where: f.where(), By: FieldSchoolName, Desc: o.Desc}, p)
	}
}

func (f SchoolFilter) check() error {
	var wrong mistakes
	wrong.text(line("filter.text", "The text", f.Text, 0, maxQuery))
	wrong.note(checkFilter(len(f.Authorities), len(f.Phases), len(f.TypeGroups), len(f.TypeCodes), len(f.Statuses)))
	return wrong.err()
}

// where is the filter without text and point, for the store.
func (f SchoolFilter) where() []Cond {
	var where []Cond
	where = appendOneOf(where, FieldSchoolAuthority, f.Authorities)
	where = appendOneOf(where, FieldSchoolPhase, f.Phases)
	where = appendOneOf(where, FieldSchoolTypeGroup, f.TypeGroups)
	where = appendOneOf(where, FieldSchoolTypeCode, f.TypeCodes)
	where = appendOneOf(where, FieldSchoolStatus, f.Statuses)
	if f.MembersOnly {
		where = append(where, Present(FieldSchoolJoinedAt))
	}
	return where
}

// facets is the same filter for the index.
func (f SchoolFilter) facets() map[Facet][]string {
	facets := map[Facet][]string{
		FacetAuthority: f.Authorities, FacetTypeCode: f.TypeCodes,
		FacetPhase: texts(f.Phases), FacetTypeGroup: texts(f.TypeGroups), FacetStatus: texts(f.Statuses),
	}
	if f.MembersOnly {
		facets[FacetMember] = []string{"true"}
	}
	return withoutEmpty(facets)
}

func (s *Schools) byText(ctx context.Context, f SchoolFilter, p Paging) (*List[School], error) {
	q := TextQuery{
		Text: f.Text, Prefixes: []string{PrefixSchool}, Filter: f.facets(), Audiences: ViewerFrom(ctx).Audiences(),
	}
	return findText(ctx, s.Index, q, p, s.ByIDs)
}

// appendOneOf adds "field is one of values" to where, if there are values; of one value it asks for equality, which
// indexes serve in order.
func appendOneOf[V ~string](where []Cond, field Field, values []V) []Cond {
	switch len(values) {
	case 0:
		return where
	case 1:
		return append(where, Equal(field, values[0]))
	default:
		return append(where, OneOf(field, distinct(values)))
	}
}

// appendContains adds "the list holds one of values" to where, if there are values.
func appendContains[V ~string](where []Cond, field Field, values []V) []Cond {
	if len(values) == 0 {
		return where
	}
	return append(where, Contains(field, distinct(values)...))
}

func texts[V ~string](values []V) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func withoutEmpty(facets map[Facet][]string) map[Facet][]string {
	for name, values := range facets {
		if len(values) == 0 {
			delete(facets, name)
		}
	}
	return facets
}
