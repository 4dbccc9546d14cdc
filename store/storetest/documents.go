package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func (s *suite) roundTrip(t *testing.T) {
	roll, meals := 0, 12.5
	doc := school(tag(), "St Mary's")
	doc.Roll, doc.FreeSchoolMeals = &roll, &meals
	doc.SENProvision = []string{"ASD", "SLCN"}
	doc.Place = &staffroom.Place{Easting: 538_000, Northing: 174_000, Latitude: 51.4512345678901, Longitude: -0.0123}
	doc.Links = []staffroom.SchoolLink{{URN: "100001", Kind: staffroom.LinkSuccessor, Date: "2019-03-31"}}
	doc.JoinedAt = moment(5)
	if err := s.Schools.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	same(t, must[*staffroom.School](t)(s.Schools.Get(t.Context(), doc.ID)), doc)
	_, err := s.Schools.Get(t.Context(), staffroom.NewID(staffroom.PrefixSchool))
	wantCode(t, err, staffroom.CodeNotFound, "")
}

func (s *suite) emptiness(t *testing.T) {
	mark := tag()
	without := &staffroom.LeadSchool{Meta: newMeta(staffroom.PrefixLeadSchool), SchoolID: mark, From: "2026-01-01"}
	empty := &staffroom.LeadSchool{Meta: newMeta(staffroom.PrefixLeadSchool), SchoolID: mark, From: "2026-01-02", Phases: []staffroom.Phase{}}
	full := &staffroom.LeadSchool{
		Meta: newMeta(staffroom.PrefixLeadSchool), SchoolID: mark, From: "2026-01-03", ContactID: "c", Phases: []staffroom.Phase{staffroom.PhasePrimary},
	}
	insertAll(t, s.LeadSchools, without, empty, full)
	got := must[[]*staffroom.LeadSchool](t)(s.LeadSchools.GetMany(t.Context(), []string{without.ID, empty.ID, full.ID}))
	same(t, got, []*staffroom.LeadSchool{without, empty, full})
	if got[0].Phases != nil || got[1].Phases == nil || !got[0].EndedAt.IsZero() {
		t.Errorf("nil, empty and zero are not kept apart: %#v and %#v", got[0], got[1])
	}
	for _, test := range []struct {
		cond staffroom.Cond
		want []string
	}{
		{staffroom.Absent(staffroom.FieldLeadSchoolContact), ids([]*staffroom.LeadSchool{without, empty})},
		{staffroom.Present(staffroom.FieldLeadSchoolContact), ids([]*staffroom.LeadSchool{full})},
		{staffroom.Absent(staffroom.FieldLeadSchoolPhases), ids([]*staffroom.LeadSchool{without})},
		{staffroom.Present(staffroom.FieldLeadSchoolPhases), ids([]*staffroom.LeadSchool{empty, full})},
	} {
		page := find(t, s.LeadSchools, staffroom.Query{
			Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldLeadSchoolSchool, mark), test.cond}, By: staffroom.FieldLeadSchoolFrom,
		})
		if got := ids(page.Items); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.cond, got, test.want)
		}
	}
}

func (s *suite) times(t *testing.T) {
	exact := time.Date(2026, 7, 1, 10, 0, 0, 987_654_321, time.FixedZone("BST", 3600))
	doc := resource("A", tag())
	doc.PublishedAt = staffroom.At(exact)
	doc.CreatedAt = staffroom.At(time.Date(1999, 12, 31, 23, 59, 59, 999_000_000, time.UTC))
	before := staffroom.At(time.Now())
	insertAll(t, s.Resources, doc)
	got := must[*staffroom.Resource](t)(s.Resources.Get(t.Context(), doc.ID))
	same(t, got.PublishedAt.String(), "2026-07-01T09:00:00.987Z")
	same(t, got.PublishedAt, staffroom.At(exact))
	same(t, got.CreatedAt.String(), "1999-12-31T23:59:59.999Z")
	same(t, got.WithdrawnAt, staffroom.Time{})
	if got.UpdatedAt.Before(before.Time) || got.UpdatedAt.After(time.Now()) {
		t.Errorf("updated at %v, which is not now", got.UpdatedAt)
	}
}

func (s *suite) text(t *testing.T) {
	authority := tag()
	for _, name := range []string{
		"", " ", "O'Brien's \"best\"", "'); DROP TABLE schools; --", "$where", "a.b.$c", "<script>&amp;", "Ysgol Gymraeg ŵŷ", "学校 🏫", "line\nbreak\ttab\\",
		"\u2028", strings.Repeat("ä", 500), "%_*?[a]", "null", "0", "{\"$gt\":\"\"}",
	} {
		doc := school(authority, "x")
		doc.Name, doc.SortName = name, name
		insertAll(t, s.Schools, doc)
		same(t, must[*staffroom.School](t)(s.Schools.Get(t.Context(), doc.ID)), doc)
		where := []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolAuthority, authority), staffroom.Equal(staffroom.FieldSchoolName, name)}
		page := find(t, s.Schools, staffroom.Query{Where: where})
		if !slices.Equal(ids(page.Items), []string{doc.ID}) {
			t.Errorf("%q: found %v, want %v", name, ids(page.Items), doc.ID)
		}
		list := staffroom.Query{Where: where[:1], By: staffroom.FieldSchoolName, Limit: 1}
		for list.After = ""; ; {
			page := find(t, s.Schools, list)
			if len(page.Items) == 0 {
				break
			}
			list.After = page.Cursor(0)
		}
	}
	same(t, must[int](t)(s.Schools.Count(t.Context(), staffroom.Equal(staffroom.FieldSchoolAuthority, authority))), 16)
}

func (s *suite) big(t *testing.T) {
	if s.lacks.BigDocuments {
		t.Skip("the server is known to refuse big documents")
	}
	mark := tag()
	doc := resource("Big", mark)
	doc.Body = strings.Repeat("Practice that works, with “quotes” & <tags>.\n", 40_000)
	insertAll(t, s.Resources, doc, resource("Small", mark))
	got := must[*staffroom.Resource](t)(s.Resources.Get(t.Context(), doc.ID))
	if got.Body != doc.Body {
		t.Fatalf("the body of %d bytes came back with %d", len(doc.Body), len(got.Body))
	}
	_, err := s.Resources.Update(t.Context(), doc.ID, func(r *staffroom.Resource) error {
		r.Body += "!"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page := find(t, s.Resources, staffroom.Query{Where: []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, mark)}, By: staffroom.FieldResourceTitle})
	if len(page.Items) != 2 || page.Items[0].Body != doc.Body+"!" {
		t.Errorf("found %d documents and a body of %d bytes", len(page.Items), len(page.Items[0].Body))
	}
}

func (s *suite) copies(t *testing.T) {
	doc := resource("Original", tag())
	doc.Topics = []string{"first"}
	insertAll(t, s.Resources, doc)
	doc.Topics[0] = "changed after the insert"
	got := must[*staffroom.Resource](t)(s.Resources.Get(t.Context(), doc.ID))
	same(t, got.Topics, []string{"first"})
	got.Topics[0] = "changed after the read"
	updated := must[*staffroom.Resource](t)(s.Resources.Update(t.Context(), doc.ID, func(r *staffroom.Resource) error {
		r.Title = "Updated"
		return nil
	}))
	same(t, updated.Topics, []string{"first"})
	updated.Topics[0] = "changed after the update"
	twice := must[[]*staffroom.Resource](t)(s.Resources.GetMany(t.Context(), []string{doc.ID, doc.ID}))
	same(t, twice[0].Topics, []string{"first"})
	twice[0].Topics[0] = "changed in one of two"
	same(t, twice[1].Topics, []string{"first"})
}

func (s *suite) getMany(t *testing.T) {
	authority := tag()
	var wanted []string
	var docs []*staffroom.School
	for range s.some(1200) {
		docs = append(docs, school(authority, "Same"))
		wanted = append(wanted, docs[len(docs)-1].ID)
	}
	insertAll(t, s.Schools, docs...)
	missing := staffroom.NewID(staffroom.PrefixSchool)
	wanted = append(wanted, missing, wanted[0], "", missing, wanted[1], wanted[0])
	got := must[[]*staffroom.School](t)(s.Schools.GetMany(t.Context(), wanted))
	want := append([]string{}, wanted...)
	n := len(docs)
	want[n], want[n+2], want[n+3] = "-", "-", "-"
	if !slices.Equal(ids(got), want) {
		t.Errorf("the documents are not aligned with the %d ids asked for", len(wanted))
	}
	same(t, len(must[[]*staffroom.School](t)(s.Schools.GetMany(t.Context(), nil))), 0)
}
