package staffroom_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"St. Mary's":                    "st marys",
		"st marys":                      "st marys",
		"St Mary’s":                     "st marys",
		" St.--Mary's  (CofE) School ":  "st marys cofe school",
		"Hammersmith & Fulham":          "hammersmith and fulham",
		"A&B":                           "a and b",
		"&":                             "and",
		"École Française":               "ecole francaise",
		"E\u0301cole":                   "ecole",
		"Ysgol Gŵyr, Tŷ-gwyn":           "ysgol gwyr ty gwyn",
		"Straße Æthelstan Þór Øresund":  "strasse aethelstan thor oresund",
		"Łódź":                          "lodz",
		"School 2 (16-19)":              "school 2 16 19",
		"Bournemouth, Christchurch and": "bournemouth christchurch and",
	} {
		if got := staffroom.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFoldedNamesSortNaturally(t *testing.T) {
	names := []string{"Zoar", "École", "St. Mary's", "st mark's", "Eagle", "ST MARY'S Infants"}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(staffroom.Fold(a), staffroom.Fold(b)) })
	want := []string{"Eagle", "École", "st mark's", "St. Mary's", "ST MARY'S Infants", "Zoar"}
	if !slices.Equal(names, want) {
		t.Errorf("order %q, want %q", names, want)
	}
}

func FuzzFoldIsIdempotent(f *testing.F) {
	for _, seed := range []string{"St. Mary's & St. John's", "İstanbul", "ǅungla", "\xff", "ϓ", "½ way", "ᾈ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := staffroom.Fold(s)
		if twice := staffroom.Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, and folded again %q", s, once, twice)
		}
	})
}
