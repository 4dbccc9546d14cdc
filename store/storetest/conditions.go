package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// wantNames fails unless conds find exactly the schools with these names, ordered by name, and count as many.
func (s *suite) wantNames(t *testing.T, want string, conds ...staffroom.Cond) {
	t.Helper()
	page := find(t, s.Schools, staffroom.Query{Where: conds, By: staffroom.FieldSchoolName})
	var got []string
	for _, doc := range page.Items {
		got = append(got, doc.SortName)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("%v found %q, want %q", conds, got, want)
	}
	if n := must[int](t)(s.Schools.Count(t.Context(), conds...)); n != len(got) {
		t.Errorf("%v counts %d, but finds %d", conds, n, len(got))
	}
}

func (s *suite) operators(t *testing.T) {
	here, there := tag(), tag()
	a, b, c, d := school(here, "a"), school(here, "b"), school(here, "c"), school(there, "d")
	a.Place, b.Place, c.Place = &staffroom.Place{Easting: 100}, &staffroom.Place{Easting: 200}, &staffroom.Place{Easting: 300}
	a.JoinedAt, b.JoinedAt = moment(1), moment(2)
	b.Status, c.TypeCode = staffroom.SchoolClosed, "34"
	insertAll(t, s.Schools, d, c, b, a)
	inHere := staffroom.Equal(staffroom.FieldSchoolAuthority, here)
	east, joined := staffroom.FieldSchoolEasting, staffroom.FieldSchoolJoinedAt
	for _, test := range []struct {
		want string
		cond staffroom.Cond
	}{
		{"a b c", staffroom.OneOf(staffroom.FieldSchoolName, []string{"a", "b", "c", "zz"})},
		{"a c", staffroom.Equal(staffroom.FieldSchoolStatus, staffroom.SchoolOpen)},
		{"b", staffroom.OneOf(staffroom.FieldSchoolStatus, []staffroom.SchoolStatus{staffroom.SchoolClosed})},
		{"a b c", staffroom.OneOf(staffroom.FieldSchoolStatus, []staffroom.SchoolStatus{staffroom.SchoolClosed, staffroom.SchoolOpen})},
		{"", staffroom.OneOf(staffroom.FieldSchoolStatus, []string{})},
		{"b", staffroom.Equal(east, 200)},
		{"b c", staffroom.OneOf(east, []int{200, 300})},
		{"a b", staffroom.Between(east, 100, 300)},
		{"b c", staffroom.Between(east, 101, nil)},
		{"a b", staffroom.Between(east, nil, 300)},
		{"a b c", staffroom.Between(east, nil, nil)},
		{"", staffroom.Between(east, 300, 100)},
		{"a", staffroom.Equal(joined, moment(1))},
		{"b", staffroom.Between(joined, moment(2), nil)},
		{"a", staffroom.Between(joined, moment(1), moment(2))},
		{"a b", staffroom.Present(joined)},
		{"c", staffroom.Absent(joined)},
		{"a b", staffroom.Between(staffroom.FieldSchoolName, "a", "c")},
		{"c", staffroom.Equal(staffroom.FieldSchoolTypeCode, "34")},
	} {
		s.wantNames(t, test.want, inHere, test.cond)
		s.wantNames(t, test.want, test.cond, inHere)
	}
	s.wantNames(t, "a b c d", staffroom.OneOf(staffroom.FieldSchoolAuthority, []string{here, there}))
	s.wantNames(t, "", staffroom.OneOf(staffroom.FieldSchoolAuthority, []string{}))
	s.wantNames(t, "a b c", staffroom.OneOf(staffroom.FieldSchoolAuthority, []string{here, here}))
	s.wantNames(t, "", staffroom.Equal(staffroom.FieldSchoolAuthority, here+"' OR '1'='1"))
	ours := find(t, s.Schools, staffroom.Query{Where: []staffroom.Cond{
		staffroom.Between(east, 150, 350), staffroom.Between(staffroom.FieldSchoolNorthing, 0, 1), inHere,
	}})
	want := ids([]*staffroom.School{b, c})
	slices.Sort(want)
	if !slices.Equal(ids(ours.Items), want) {
		t.Errorf("a rectangle found %v, want %v in the order of ids", ids(ours.Items), want)
	}
}

func (s *suite) listOperators(t *testing.T) {
	mark := tag()
	one, two := mark+"1", mark+"2"
	a, b, c, d := resource("a", one), resource("b", one, two), resource("c", two, one, two), resource("d")
	for i, doc := range []*staffroom.Resource{a, b, c, d} {
		doc.AuthorIDs, doc.PublishedAt = []string{mark}, moment(i)
	}
	a.Topics, b.Topics = []string{"send", "phonics"}, []string{"phonics"}
	insertAll(t, s.Resources, d, c, b, a)
	audience, topics := staffroom.FieldResourceAudience, staffroom.FieldResourceTopics
	author := staffroom.Contains(staffroom.FieldResourceAuthors, mark)
	for _, test := range []struct {
		want  string
		conds []staffroom.Cond
	}{
		{"a b c", []staffroom.Cond{staffroom.Contains(audience, one)}},
		{"b c", []staffroom.Cond{staffroom.Contains(audience, two)}},
		{"a b c", []staffroom.Cond{staffroom.Contains(audience, one, two)}},
		{"a b c", []staffroom.Cond{staffroom.Contains(audience, two, one, two, "nobody")}},
		{"", []staffroom.Cond{staffroom.Contains(audience, mark)}},
		{"", []staffroom.Cond{staffroom.Contains[string](audience)}},
		{"b c", []staffroom.Cond{staffroom.Contains(audience, one), staffroom.Contains(audience, two)}},
		{"a b", []staffroom.Cond{staffroom.Contains(audience, one), staffroom.Contains(topics, "send", "phonics")}},
		{"a", []staffroom.Cond{staffroom.Contains(audience, one, two), staffroom.Contains(topics, "send")}},
		{"c", []staffroom.Cond{staffroom.Contains(audience, one), staffroom.Absent(topics)}},
		{"a b", []staffroom.Cond{author, staffroom.Present(topics)}},
		{"a b c d", []staffroom.Cond{author}},
		{"d", []staffroom.Cond{author, staffroom.Absent(audience)}},
		{"", []staffroom.Cond{author, staffroom.Contains[string](topics)}},
	} {
		page := find(t, s.Resources, staffroom.Query{Where: test.conds, By: staffroom.FieldResourcePublishedAt})
		if got := titles(page.Items); got != test.want || page.More {
			t.Errorf("%v found %q, want %q", test.conds, got, test.want)
		}
		if n := must[int](t)(s.Resources.Count(t.Context(), test.conds...)); n != len(page.Items) {
			t.Errorf("%v counts %d, want %d", test.conds, n, len(page.Items))
		}
	}
	must[*staffroom.Resource](t)(s.Resources.Update(t.Context(), a.ID, func(r *staffroom.Resource) error {
		r.Audience, r.PublishedAt = []string{two}, moment(9)
		return nil
	}))
	q := staffroom.Query{Where: []staffroom.Cond{staffroom.Contains(audience, two)}, By: staffroom.FieldResourcePublishedAt}
	same(t, titles(find(t, s.Resources, q).Items), "b c a")
}

func titles(docs []*staffroom.Resource) string {
	var out []string
	for _, doc := range docs {
		out = append(out, doc.Title)
	}
	return strings.Join(out, " ")
}

func byTitle(a, b *staffroom.Resource) int { return strings.Compare(a.SortTitle, b.SortTitle) }

// rest checks conditions on fields that the index has not, over several pages.
func (s *suite) rest(t *testing.T) {
	here := tag()
	for i := range 30 {
		doc := school(here, string(rune('a'+i%26)))
		if i%3 != 0 {
			doc.Status = staffroom.SchoolClosed
		}
		insertAll(t, s.Schools, doc)
	}
	q := staffroom.Query{
		Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolStatus, staffroom.SchoolOpen), staffroom.Equal(staffroom.FieldSchoolAuthority, here)},
		By:    staffroom.FieldSchoolName, Limit: 4,
	}
	var pages []int
	for {
		page := find(t, s.Schools, q)
		pages = append(pages, len(page.Items))
		if !page.More {
			break
		}
		q.After = page.Cursor(len(page.Items) - 1)
	}
	same(t, pages, []int{4, 4, 2})
}

func (s *suite) unserved(t *testing.T) {
	for _, q := range []staffroom.Query{
		{By: staffroom.FieldSchoolNorthing, Limit: 1},
		{By: staffroom.FieldSchoolJoinedAt, Limit: 1},
		{By: "establishment.religion", Limit: 1},
		{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolPostcode, "SE13 7")}, By: staffroom.FieldSchoolNorthing, Limit: 1},
	} {
		_, err := s.Schools.Find(t.Context(), q)
		if none, ok := errors.AsType[*staffroom.NoIndexError](err); !ok || none.Collection != "schools" {
			t.Errorf("by %q: got %v, want a NoIndexError", q.By, err)
		}
	}
	_, err := s.Schools.Count(t.Context(), staffroom.Equal(staffroom.FieldSchoolNorthing, 1))
	if _, ok := errors.AsType[*staffroom.NoIndexError](err); !ok {
		t.Errorf("counting by a field without an index: got %v, want a NoIndexError", err)
	}
	_, err = s.Schools.CountBy(t.Context(), staffroom.FieldSchoolNorthing, []string{"1"})
	if _, ok := errors.AsType[*staffroom.NoIndexError](err); !ok {
		t.Errorf("counting by the values of a field without an index: got %v, want a NoIndexError", err)
	}
}

func (s *suite) mistakes(t *testing.T) {
	for _, q := range []staffroom.Query{
		{Limit: 0},
		{Limit: -1},
		{Limit: staffroom.MaxLimit + 1},
		{Where: []staffroom.Cond{staffroom.Equal("establishment.religion", "x")}, Limit: 1},
		{Where: []staffroom.Cond{staffroom.Equal("urn\" = '' OR 1=1 --", "x")}, Limit: 1},
		{Where: []staffroom.Cond{staffroom.Contains(staffroom.FieldSchoolName, "x")}, Limit: 1},
	} {
		if _, err := s.Schools.Find(t.Context(), q); staffroom.CodeOf(err) != staffroom.CodeInternal {
			t.Errorf("%+v: got %v, want a plain error", q, err)
		}
	}
	q := staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldResourceTopics, "x")}, By: staffroom.FieldResourcePublishedAt, Limit: 1}
	if _, err := s.Resources.Find(t.Context(), q); staffroom.CodeOf(err) != staffroom.CodeInternal {
		t.Errorf("equal on a list: got %v, want a plain error", err)
	}
}

func (s *suite) partial(t *testing.T) {
	here := tag()
	joined, left, never := school(here, here+" joined"), school(here, here+" left"), school(here, here+" never")
	joined.JoinedAt, left.JoinedAt = moment(1), moment(2)
	insertAll(t, s.Schools, joined, left, never)
	members := []staffroom.Cond{staffroom.Present(staffroom.FieldSchoolJoinedAt), staffroom.Between(staffroom.FieldSchoolName, here, here+"~")}
	s.wantNames(t, joined.SortName+" "+left.SortName, members...)
	must[*staffroom.School](t)(s.Schools.Update(t.Context(), left.ID, func(x *staffroom.School) error {
		x.JoinedAt = staffroom.Time{}
		return nil
	}))
	must[*staffroom.School](t)(s.Schools.Update(t.Context(), never.ID, func(x *staffroom.School) error {
		x.JoinedAt = moment(3)
		return nil
	}))
	s.wantNames(t, joined.SortName+" "+never.SortName, members...)
}

func (s *suite) count(t *testing.T) {
	here := tag()
	before := must[int](t)(s.Schools.Count(t.Context()))
	insertAll(t, s.Schools, school(here, "a"), school(here, "b"), school(tag(), "c"))
	same(t, must[int](t)(s.Schools.Count(t.Context())), before+3)
	inHere := staffroom.Equal(staffroom.FieldSchoolAuthority, here)
	same(t, must[int](t)(s.Schools.Count(t.Context(), inHere)), 2)
	same(t, must[int](t)(s.Schools.Count(t.Context(), inHere, staffroom.Equal(staffroom.FieldSchoolName, "b"))), 1)
	same(t, must[int](t)(s.Schools.Count(t.Context(), inHere, staffroom.OneOf(staffroom.FieldSchoolName, []string{"b", "a", "c"}))), 2)
	same(t, must[int](t)(s.Schools.Count(t.Context(), inHere, staffroom.Absent(staffroom.FieldSchoolPostcode))), 2)
	same(t, must[int](t)(s.Schools.Count(t.Context(), inHere, staffroom.OneOf(staffroom.FieldSchoolName, []string{}))), 0)
}

func (s *suite) countBy(t *testing.T) {
	here, there, nowhere := tag(), tag(), tag()
	closed := school(there, "c")
	closed.Status = staffroom.SchoolClosed
	insertAll(t, s.Schools, school(here, "a"), school(here, "b"), closed, school(there, "d"))
	field, all := staffroom.FieldSchoolAuthority, []string{there, here, nowhere}
	same(t, must[map[string]int](t)(s.Schools.CountBy(t.Context(), field, all)), map[string]int{here: 2, there: 2})
	open := staffroom.Equal(staffroom.FieldSchoolStatus, staffroom.SchoolOpen)
	same(t, must[map[string]int](t)(s.Schools.CountBy(t.Context(), field, all, open)), map[string]int{here: 2, there: 1})
	same(t, must[map[string]int](t)(s.Schools.CountBy(t.Context(), field, []string{here})), map[string]int{here: 2})
	same(t, must[map[string]int](t)(s.Schools.CountBy(t.Context(), field, nil)), map[string]int{})
	byPhase := must[map[string]int](t)(s.Schools.CountBy(t.Context(), staffroom.FieldSchoolStatus, []string{"OPEN", "CLOSED"}, staffroom.Equal(field, there)))
	same(t, byPhase, map[string]int{"OPEN": 1, "CLOSED": 1})
}

func (s *suite) countByList(t *testing.T) {
	mark := tag()
	one, two, none := mark+"1", mark+"2", mark+"3"
	a, b, c := resource("a", one), resource("b", one, two, one), resource("c", two)
	a.Topics, b.Topics, c.Topics = []string{mark + "x"}, []string{mark + "x", mark + "y"}, []string{mark + "x"}
	insertAll(t, s.Resources, a, b, c)
	count := must[map[string]int](t)
	audience, topics := staffroom.FieldResourceAudience, staffroom.FieldResourceTopics
	same(t, count(s.Resources.CountBy(t.Context(), audience, []string{one, two, none})), map[string]int{one: 2, two: 2})
	same(t, count(s.Resources.CountBy(t.Context(), topics, []string{mark + "x", mark + "y"}, staffroom.Contains(audience, one))),
		map[string]int{mark + "x": 2, mark + "y": 1})
	same(t, count(s.Resources.CountBy(t.Context(), topics, []string{mark + "x", mark + "y"}, staffroom.Contains(audience, one, two))),
		map[string]int{mark + "x": 3, mark + "y": 1})
	same(t, count(s.Resources.CountBy(t.Context(), audience, []string{one, two}, staffroom.Contains(audience, one))), map[string]int{one: 2, two: 1})
	same(t, count(s.Resources.CountBy(t.Context(), staffroom.FieldResourceKind, []string{"TOOL", "POLICY"}, staffroom.Contains(audience, one, two))),
		map[string]int{"TOOL": 3})
}
