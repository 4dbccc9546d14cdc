package gias_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestLinks(t *testing.T) {
	reader, err := gias.Links(openFile(t, "testdata/links-quirks.csv"))
	if err != nil {
		t.Fatal(err)
	}
	good, bad := gather(t, reader.Rows())
	var read []staffroom.LinkRow
	for _, row := range good {
		read = append(read, *row)
	}
	want := []staffroom.LinkRow{
		{Line: 2, URN: "100101", Link: staffroom.SchoolLink{URN: "100102", Name: "École Ünder", Kind: staffroom.LinkSuccessor, Detail: "Successor - merged", Date: "2021-08-31"}},
		{Line: 3, URN: "100102", Link: staffroom.SchoolLink{URN: "100101", Name: "Upper", Kind: staffroom.LinkPredecessor, Detail: "Predecessor"}},
		{Line: 4, URN: "100102", Link: staffroom.SchoolLink{URN: "100103", Name: "Sixth", Kind: staffroom.LinkOther, Detail: "Sixth Form Centre Link"}},
	}
	if !slices.Equal(read, want) {
		t.Errorf("read %+v, want %+v", read, want)
	}
	wantBad := []staffroom.RowError{
		rowError(5, "LinkURN", "1001", "must be a unique reference number of six digits"),
		rowError(6, "LinkEstablishedDate", "2021-08-31", "must be a day of the calendar, written like 31-12-2025"),
		rowError(7, "LinkType", "", "is missing"),
	}
	if !slices.Equal(bad, wantBad) {
		t.Errorf("rejected %+v, want %+v", bad, wantBad)
	}
}

func TestWhatIsNoFileOfLinksIsRefused(t *testing.T) {
	for file, says := range map[string]string{
		"URN,EstablishmentName,LA (code)\n": "import establishments",
		"URN,LinkURN,LinkName\n":            `no column "LinkType"`,
		"":                                  "empty",
	} {
		_, err := gias.Links(strings.NewReader(file))
		if staffroom.CodeOf(err) != staffroom.CodeBadInput || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is refused with %v; it should speak of %q", file, err, says)
		}
	}
}
