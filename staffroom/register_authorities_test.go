package staffroom_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSeedingAuthoritiesTwiceWritesOnce(t *testing.T) {
	test := newRegisterTest(t)
	for range 2 {
		if err := test.register.SeedAuthorities(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	count, err := test.store.Authorities.Count(t.Context())
	if err != nil || count != len(staffroom.BuiltInAuthorities()) {
		t.Errorf("%d authorities are stored, %v", count, err)
	}
	poole := test.authority("E06000029")
	if poole.Version != 1 || poole.ValidTo != "2019-03-31" || !slices.Equal(poole.SuccessorCodes, []string{"E06000058"}) {
		t.Errorf("Poole is %+v", poole)
	}
}

func TestSeedingCorrectsWhatIsBuiltInDifferently(t *testing.T) {
	test := newRegisterTest(t)
	wrong := &staffroom.Authority{Meta: staffroom.Meta{ID: staffroom.AuthorityID("E09000023")}, Code: "E09000023", Name: "Lewisam"}
	if err := test.store.Authorities.Insert(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	if err := test.register.SeedAuthorities(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := test.authority("E09000023"); a.Name != "Lewisham" || !a.London || a.DfECode != "209" || a.CreatedAt != wrong.CreatedAt {
		t.Errorf("Lewisham is %+v", a)
	}
}

func TestAuthoritiesOfRows(t *testing.T) {
	test := newRegisterTest(t)
	done, err := test.establishments(
		row(2, "100100", in("", "209", "Lewisham")),          // by the other code
		row(3, "100101", in("", "933", "Somerset")),          // two share it, one lives
		row(4, "100102", in("", "835", "Dorset")),            // ended, and nobody else has it
		row(5, "100103", in("E08000025", "330", "Birming")),  // new
		row(6, "100104", in("", "330", "Birmingham")),        // met a row before
		row(7, "100105", in("", "919", "Hertfordshire")),     // new, without its code
		row(8, "100106", in("", "", "")),                     // none
		row(9, "100107", in("E10000027", "933", "Somerset")), // as the old file says
	)
	test.expect("import", done, err, staffroom.ImportResult{Added: 7, Rejected: 1})
	for urn, want := range map[string]string{
		"100100": "E09000023", "100101": "E06000066", "100102": "E10000009", "100103": "E08000025",
		"100104": "E08000025", "100105": "DFE-919", "100107": "E10000027",
	} {
		if got := test.school(urn).AuthorityCode; got != want {
			t.Errorf("school %s is in %s, want %s", urn, got, want)
		}
	}
	if a := test.authority("E08000025"); a.Name != "Birming" || a.DfECode != "330" || a.London {
		t.Errorf("the new authority is %+v", a)
	}
	if len(test.rejected) != 1 || test.rejected[0].Line != 8 || test.rejected[0].Column != "LA (code)" {
		t.Errorf("rejected %v", test.rejected)
	}
}

func TestAStandInIsSucceededByTheRealAuthority(t *testing.T) {
	test := newRegisterTest(t)
	old := []*staffroom.EstablishmentRow{
		row(2, "100100", in("", "919", "Hertfordshire")), row(3, "100101", in("", "919", "Hertfordshire")),
	}
	done, err := test.establishments(old...)
	test.expect("old file", done, err, staffroom.ImportResult{Added: 2})

	done, err = test.establishments(row(2, "100100", in("E10000015", "919", "Hertfordshire")))
	test.expect("new file", done, err, staffroom.ImportResult{Changed: 1})
	standIn := test.authority("DFE-919")
	if !slices.Equal(standIn.SuccessorCodes, []string{"E10000015"}) || standIn.ValidTo == "" {
		t.Errorf("the stand-in is %+v", standIn)
	}

	done, err = test.establishments(old...)
	test.expect("old file again", done, err, staffroom.ImportResult{Changed: 1, Unchanged: 1})
	if got := test.school("100101").AuthorityCode; got != "E10000015" {
		t.Errorf("a school by the old file is now in %s", got)
	}
}
