package staffroom_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// registerTest is a network over an empty store, and what its imports rejected.
type registerTest struct {
	*testing.T
	store    *staffroom.Store
	register *staffroom.Register
	rejected []*staffroom.RowError
}

func newRegisterTest(t *testing.T) *registerTest {
	t.Helper()
	store := openIndexed(t)
	return &registerTest{T: t, store: store, register: staffroom.New(staffroom.Ports{Store: store}).Register}
}

func (t *registerTest) watch() staffroom.ImportWatch {
	return staffroom.ImportWatch{Rejected: func(bad *staffroom.RowError) { t.rejected = append(t.rejected, bad) }}
}

// expect asserts the counts of an import.
func (t *registerTest) expect(what string, got staffroom.ImportResult, err error, want staffroom.ImportResult) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if got != want {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func (t *registerTest) establishments(rows ...*staffroom.EstablishmentRow) (staffroom.ImportResult, error) {
	return t.register.ImportEstablishments(t.Context(), given(rows), t.watch())
}

func (t *registerTest) links(rows ...*staffroom.LinkRow) (staffroom.ImportResult, error) {
	return t.register.ImportLinks(t.Context(), given(rows), t.watch())
}

func (t *registerTest) school(urn string) *staffroom.School {
	t.Helper()
	school, err := t.store.Schools.Get(t.Context(), staffroom.SchoolID(urn))
	if err != nil {
		t.Fatalf("school %s: %v", urn, err)
	}
	return school
}

func (t *registerTest) authority(code string) *staffroom.Authority {
	t.Helper()
	authority, err := t.store.Authorities.Get(t.Context(), staffroom.AuthorityID(code))
	if err != nil {
		t.Fatalf("authority %s: %v", code, err)
	}
	return authority
}

func given[T any](rows []*T) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// row is a made-up open primary school in Lewisham.
func row(line int, urn string, change ...func(*staffroom.EstablishmentRow)) *staffroom.EstablishmentRow {
	r := &staffroom.EstablishmentRow{
		Line: line,
		Establishment: staffroom.Establishment{
			URN: urn, Name: "St. Example's " + urn, TypeCode: "1", TypeGroup: staffroom.GroupAuthorityMaintained,
			Status: staffroom.SchoolOpen, Phase: staffroom.PhasePrimary, AuthorityCode: "E09000023",
		},
		DfECode: "209", AuthorityName: "Lewisham",
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func in(gss, dfe, name string) func(*staffroom.EstablishmentRow) {
	return func(r *staffroom.EstablishmentRow) {
		r.Establishment.AuthorityCode, r.DfECode, r.AuthorityName = gss, dfe, name
	}
}

func closed(r *staffroom.EstablishmentRow) { r.Establishment.Status = staffroom.SchoolClosed }

func TestImportOfTheRealSample(t *testing.T) {
	test := newRegisterTest(t)
	importSample := func() (staffroom.ImportResult, error) {
		reader, err := gias.Establishments(openShared(t, "gias/establishments-2017-sample.csv"))
		if err != nil {
			return staffroom.ImportResult{}, err
		}
		return test.register.ImportEstablishments(t.Context(), reader.Rows(), test.watch())
	}
	done, err := importSample()
	test.expect("first import", done, err, staffroom.ImportResult{Added: 6022})
	done, err = importSample()
	test.expect("second import", done, err, staffroom.ImportResult{Unchanged: 6022})
	for _, bad := range test.rejected {
		t.Error(bad)
	}

	test.countsOfTheSample()
	test.schoolOfTheSample()
	test.authoritiesOfTheSample()
}

func (t *registerTest) countsOfTheSample() {
	t.Helper()
	status, err := t.store.Schools.CountBy(t.Context(), staffroom.FieldSchoolStatus, []string{"OPEN", "OPEN_PROPOSED_TO_CLOSE", "CLOSED"})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"OPEN": 5879, "OPEN_PROPOSED_TO_CLOSE": 143}; !maps.Equal(status, want) {
		t.Errorf("schools by status: %v, want %v", status, want)
	}
	phases := []string{"NOT_APPLICABLE", "NURSERY", "PRIMARY", "MIDDLE_DEEMED_PRIMARY", "SECONDARY", "MIDDLE_DEEMED_SECONDARY", "SIXTEEN_PLUS", "ALL_THROUGH"}
	phase, err := t.store.Schools.CountBy(t.Context(), staffroom.FieldSchoolPhase, phases)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{946, 88, 3481, 4, 1390, 35, 15, 63} {
		if phase[phases[i]] != want {
			t.Errorf("%d schools are %s, want %d", phase[phases[i]], phases[i], want)
		}
	}
}

func (t *registerTest) schoolOfTheSample() {
	t.Helper()
	school := t.school("100001")
	school.Meta = staffroom.Meta{}
	low, high := 7, 18
	want := staffroom.Establishment{
		URN: "100001", LAESTAB: "201/6005", UKPRN: "10013279",
		Name: "City of London School for Girls", SortName: "city of london school for girls",
		TypeCode: "11", TypeName: "Other independent school", TypeGroup: staffroom.GroupIndependent,
		Status: staffroom.SchoolOpen, Phase: staffroom.PhaseNotApplicable, OpenedOn: "1920-01-01", AuthorityCode: "E09000001",
		LowAge: &low, HighAge: &high, Gender: "Girls", Religion: "None",
		Street: "St Giles' Terrace", Locality: "Barbican", Town: "London",
		Postcode: "EC2Y 8BB", PostcodeSector: "EC2Y 8", PostcodeDistrict: "EC2Y",
		Website: "http://www.clsg.org.uk", WebDomain: "clsg.org.uk",
		Place: school.Place,
	}
	if got, want := asJSON(t.T, school), asJSON(t.T, &staffroom.School{Establishment: want}); got != want {
		t.Errorf("school 100001 is\n%s, want\n%s", got, want)
	}
	// Where the school stands by OpenStreetMap: beside the lake of the Barbican.
	place := school.Place
	if place == nil || place.Easting != 532192 || place.Northing != 181798 {
		t.Fatalf("school 100001 has the place %+v", place)
	}
	if off := metresApart(place.Latitude, place.Longitude, 51.51945, -0.09639); off > 100 {
		t.Errorf("school 100001 lies at %f, %f, %.0f m off", place.Latitude, place.Longitude, off)
	}
}

func (t *registerTest) authoritiesOfTheSample() {
	t.Helper()
	standIns := 0
	for a, err := range t.store.Authorities.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if a.Code == "DFE-"+a.DfECode {
			standIns++
		}
	}
	if standIns != 110 {
		t.Errorf("%d authorities without a GSS code, want the sample's 110", standIns)
	}
	if a := t.authority("DFE-919"); a.Name != "Hertfordshire" || a.SortName != "hertfordshire" {
		t.Errorf("authority 919 is %+v", a)
	}
	inLondon, err := t.store.Authorities.Count(t.Context(), staffroom.Equal(staffroom.FieldAuthorityLondon, true))
	if err != nil || inLondon != 33 {
		t.Errorf("%d authorities in London, %v", inLondon, err)
	}
}

func TestImportCountsWhatChanged(t *testing.T) {
	test := newRegisterTest(t)
	done, err := test.establishments(row(2, "100100"), row(3, "100101"), row(4, "100102"), row(5, "100103", closed))
	test.expect("first", done, err, staffroom.ImportResult{Added: 4})

	roll := 210
	done, err = test.establishments(
		row(2, "100100"),
		row(3, "100101", closed),
		row(4, "100102", func(r *staffroom.EstablishmentRow) { r.Establishment.Roll = &roll }),
		row(5, "100103", closed),
		row(6, "100104"))
	test.expect("second", done, err, staffroom.ImportResult{Added: 1, Changed: 2, Unchanged: 2, Closed: 1})
	if s := test.school("100102"); s.Roll == nil || *s.Roll != 210 || s.Version != 2 || s.SortName != "st examples 100102" {
		t.Errorf("the changed school is %+v", s)
	}
	if s := test.school("100100"); s.Version != 1 {
		t.Errorf("the unchanged school was written: version %d", s.Version)
	}
}

func TestImportRejectsAURNThatComesTwice(t *testing.T) {
	test := newRegisterTest(t)
	done, err := test.establishments(row(2, "100100"), row(7, "100100", closed), row(9, "100101"))
	test.expect("import", done, err, staffroom.ImportResult{Added: 2, Rejected: 1})
	if test.school("100100").Status != staffroom.SchoolOpen {
		t.Error("the second row of the school was taken")
	}
	want := staffroom.RowError{Line: 7, Column: "URN", Value: "100100", Reason: "line 2 has this URN already"}
	if len(test.rejected) != 1 || *test.rejected[0] != want {
		t.Errorf("rejected %v, want %v", test.rejected, want)
	}
}

func TestImportKeepsMembershipAndLinks(t *testing.T) {
	test := newRegisterTest(t)
	_, err := test.establishments(row(2, "100100"))
	if err != nil {
		t.Fatal(err)
	}
	link := staffroom.SchoolLink{URN: "100099", Name: "Old", Kind: staffroom.LinkPredecessor, Detail: "Predecessor"}
	_, err = test.links(&staffroom.LinkRow{Line: 2, URN: "100100", Link: link})
	if err != nil {
		t.Fatal(err)
	}
	joined := staffroom.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	_, err = test.store.Schools.Update(t.Context(), staffroom.SchoolID("100100"), func(s *staffroom.School) error {
		s.JoinedAt = joined
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	done, err := test.establishments(row(2, "100100", closed))
	test.expect("import", done, err, staffroom.ImportResult{Changed: 1, Closed: 1})
	if s := test.school("100100"); s.JoinedAt != joined || !slices.Equal(s.Links, []staffroom.SchoolLink{link}) {
		t.Errorf("after the import the school is %+v", s)
	}
}

// busySchools is a collection in which somebody else is always faster: between reading and writing a batch.
type busySchools struct {
	staffroom.Collection[staffroom.School]
	meanwhile func(context.Context)
}

func (b *busySchools) PutMany(ctx context.Context, docs []*staffroom.School) ([]error, error) {
	b.meanwhile(ctx)
	return b.Collection.PutMany(ctx, docs)
}

func TestImportLosesNothingThatHappensMeanwhile(t *testing.T) {
	test := newRegisterTest(t)
	_, err := test.establishments(row(2, "100100"), row(3, "100101"))
	if err != nil {
		t.Fatal(err)
	}
	joined := staffroom.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	schools := test.store.Schools
	test.store.Schools = &busySchools{schools, func(ctx context.Context) {
		_, err := schools.Update(ctx, staffroom.SchoolID("100100"), func(s *staffroom.School) error {
			s.JoinedAt = joined
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		other := row(9, "100102").Establishment
		err = schools.Insert(ctx, &staffroom.School{Meta: staffroom.Meta{ID: staffroom.SchoolID("100102")}, Establishment: other})
		if err != nil {
			t.Error(err)
		}
	}}
	done, err := test.establishments(row(2, "100100", closed), row(3, "100101", closed), row(4, "100102", closed))
	test.expect("import", done, err, staffroom.ImportResult{Changed: 3, Closed: 3})
	if s := test.school("100100"); s.JoinedAt != joined || s.Status != staffroom.SchoolClosed {
		t.Errorf("after the import the school that joined is %+v", s)
	}
	if s := test.school("100102"); s.Status != staffroom.SchoolClosed {
		t.Errorf("the school that another import added is %s", s.Status)
	}
}

func TestAnInterruptedImportGoesOn(t *testing.T) {
	test := newRegisterTest(t)
	const many = 1700
	var rows []*staffroom.EstablishmentRow
	for i := range many {
		rows = append(rows, row(i+2, fmt.Sprint(100000+i)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopAfter := func(done staffroom.ImportResult) {
		if done.Added >= many/2 {
			cancel()
		}
	}
	done, err := test.register.ImportEstablishments(ctx, given(rows), staffroom.ImportWatch{Progress: stopAfter})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted import ended with %v", err)
	}
	stored, err := test.store.Schools.Count(t.Context())
	if err != nil || stored != done.Added || stored == 0 || stored == many {
		t.Fatalf("%d schools are stored, %v; the import counted %+v", stored, err, done)
	}
	again, err := test.establishments(rows...)
	test.expect("the import once more", again, err, staffroom.ImportResult{Added: many - stored, Unchanged: stored})
}

func TestABrokenStreamEndsTheImport(t *testing.T) {
	test := newRegisterTest(t)
	broken := errors.New("the disk is gone")
	_, err := test.register.ImportEstablishments(t.Context(), func(yield func(*staffroom.EstablishmentRow, error) bool) {
		if yield(nil, broken) {
			t.Error("the import went on")
		}
	}, staffroom.ImportWatch{})
	if !errors.Is(err, broken) {
		t.Errorf("the import ended with %v", err)
	}
}
