package staffroom_test

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// openShared opens a file of the data that lies beside the project. Without it the test is skipped on a developer's machine
// and fails in CI.
func openShared(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open("../../shared/" + name)
	switch {
	case err == nil:
		t.Cleanup(func() { _ = f.Close() })
	case os.Getenv("CI") != "":
		t.Fatalf("the reference data is missing: %v", err)
	default:
		t.Skipf("the reference data is not here: %v", err)
	}
	return f
}

func TestBuiltInAuthoritiesAreThoseOfTheReference(t *testing.T) {
	rows, err := csv.NewReader(openShared(t, "reference/local-authorities.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	builtIn := map[string]staffroom.Authority{}
	for _, a := range staffroom.BuiltInAuthorities() {
		builtIn[a.Code] = a
	}
	if len(builtIn) != len(rows)-1 {
		t.Errorf("%d authorities are built in, the reference has %d", len(builtIn), len(rows)-1)
	}
	for _, row := range rows[1:] {
		code := column(row, "new_la_code")
		a := builtIn[code]
		got := [...]string{a.Name, a.DfECode, string(a.ValidFrom), string(a.ValidTo)}
		want := [...]string{
			column(row, "la_name"), column(row, "old_la_code"),
			isoDay(t, column(row, "date_of_operation")), isoDay(t, column(row, "date_of_termination")),
		}
		if got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
		if london := column(row, "parent_geography_code") == "E12000007"; a.London != london {
			t.Errorf("%s %s: London is %t", code, a.Name, a.London)
		}
		if ended := column(row, "status") == "terminated"; ended != (len(a.SuccessorCodes) > 0) {
			t.Errorf("%s %s has successors %q", code, a.Name, a.SuccessorCodes)
		}
	}
}

func isoDay(t *testing.T, day string) string {
	t.Helper()
	if day == "" {
		return ""
	}
	parsed, err := time.Parse("02/01/2006", day)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Format(time.DateOnly)
}

func TestBuiltInAuthoritiesAreWhole(t *testing.T) {
	all := staffroom.BuiltInAuthorities()
	boroughs := 0
	for _, a := range all {
		if a.ID != staffroom.AuthorityID(a.Code) || a.SortName != staffroom.Fold(a.Name) || a.Version != 0 {
			t.Errorf("%s: %+v", a.Code, a)
		}
		if a.London {
			boroughs++
			if !strings.HasPrefix(a.Code, "E09") {
				t.Errorf("%s is in London", a.Code)
			}
		}
		for _, code := range a.SuccessorCodes {
			i := slices.IndexFunc(all, func(b staffroom.Authority) bool { return b.Code == code })
			if i < 0 || all[i].ValidTo != "" || all[i].ValidFrom <= a.ValidTo {
				t.Errorf("%s has the successor %s, which is no living authority from after its end", a.Code, code)
			}
		}
	}
	if boroughs != 33 {
		t.Errorf("%d boroughs, want 33", boroughs)
	}
}
