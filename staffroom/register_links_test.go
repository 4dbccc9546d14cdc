package staffroom_test

import (
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func link(line int, urn, other, detail string, date staffroom.Date) *staffroom.LinkRow {
	return &staffroom.LinkRow{Line: line, URN: urn, Link: staffroom.SchoolLink{
		URN: other, Name: "School " + other, Kind: staffroom.LinkSuccessor, Detail: detail, Date: date,
	}}
}

func TestImportOfTheRealLinks(t *testing.T) {
	test := newRegisterTest(t)
	establishments, err := gias.Establishments(openShared(t, "gias/establishments-2017-sample.csv"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = test.register.ImportEstablishments(t.Context(), establishments.Rows(), test.watch())
	if err != nil {
		t.Fatal(err)
	}
	importLinks := func() (staffroom.ImportResult, error) {
		reader, err := gias.Links(openShared(t, "gias/links-2025-sample.csv"))
		if err != nil {
			return staffroom.ImportResult{}, err
		}
		return test.register.ImportLinks(t.Context(), reader.Rows(), test.watch())
	}
	// 4,098 of the 8,206 links are of schools that the sample of establishments has; the others lead to them.
	done, err := importLinks()
	test.expect("first", done, err, staffroom.ImportResult{Added: 4098, Rejected: 4108})
	done, err = importLinks()
	test.expect("second", done, err, staffroom.ImportResult{Unchanged: 4098, Rejected: 4108})
	want := []staffroom.SchoolLink{{
		URN: "100021", Name: "Rhyl Community Primary School", Kind: staffroom.LinkSuccessor, Detail: "Successor - merged", Date: "2021-08-31",
	}}
	if got := test.school("100012").Links; !slices.Equal(got, want) {
		t.Errorf("the links of 100012 are %+v", got)
	}
}

func TestLinksBecomeThoseOfTheFile(t *testing.T) {
	test := newRegisterTest(t)
	_, err := test.establishments(row(2, "100100"), row(3, "100101"), row(4, "100102"))
	if err != nil {
		t.Fatal(err)
	}
	// The rows of a school need not stand together.
	done, err := test.links(
		link(2, "100100", "200001", "Successor", "2020-09-01"),
		link(3, "100101", "200001", "Successor", ""),
		link(4, "100100", "200000", "Successor", "2019-09-01"),
		link(5, "100102", "200009", "Other", ""),
		link(6, "999999", "200001", "Successor", ""),
		link(7, "100100", "200001", "Successor", ""))
	test.expect("first", done, err, staffroom.ImportResult{Added: 4, Rejected: 2})
	lines := []int{}
	for _, bad := range test.rejected {
		lines = append(lines, bad.Line)
	}
	if !slices.Equal(lines, []int{7, 6}) {
		t.Errorf("lines %v were rejected: %v", lines, test.rejected)
	}

	done, err = test.links(
		link(2, "100100", "200000", "Successor", "2019-09-01"),
		link(3, "100100", "200001", "Successor", "2021-09-01"),
		link(4, "100101", "200002", "Successor", ""))
	test.expect("second", done, err, staffroom.ImportResult{Added: 1, Changed: 1, Unchanged: 1, Removed: 1})
	want := []staffroom.SchoolLink{
		link(0, "", "200000", "Successor", "2019-09-01").Link, link(0, "", "200001", "Successor", "2021-09-01").Link,
	}
	if got := test.school("100100").Links; !slices.Equal(got, want) {
		t.Errorf("the links of 100100 are %+v", got)
	}
	if got := test.school("100102"); len(got.Links) != 1 || got.Version != 2 {
		t.Errorf("a school that the second file does not name is %+v", got)
	}
}
