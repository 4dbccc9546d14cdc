package staffroom_test

import (
	"context"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// askedIndex finds nothing, and remembers in which authorities it was to look.
type askedIndex struct{ authorities []string }

func (i *askedIndex) Search(_ context.Context, q staffroom.TextQuery) (*staffroom.TextResult, error) {
	i.authorities = q.Filter[staffroom.FacetAuthority]
	return &staffroom.TextResult{}, nil
}

func TestAnAreaHoldsWhatIsUnderAuthoritiesWhosePlaceItAloneTook(t *testing.T) {
	w := newWorld(t)
	w.open("920001", "Harbour", "E06000029", "", 400000, 90000) // Poole, now Bournemouth, Christchurch and Poole
	w.open("920002", "Pier", "E06000058", "", 401000, 90000)    // the same, in a newer file
	w.open("920003", "Priory", "E10000009", "", 402000, 90000)  // Dorset as it was, which was divided
	w.open("920004", "Levels", "E10000027", "", 340000, 130000) // Somerset under its old code
	for code, want := range map[string][]string{
		"E06000058":  {"Harbour", "Pier"},
		" e06000058": {"Harbour", "Pier"},
		"E06000029":  {"Harbour"},
		"E06000059":  nil,
		"E10000009":  {"Priory"},
		"E06000066":  {"Levels"},
		"E10000027":  {"Levels"},
		"nowhere":    nil,
	} {
		list, err := w.Schools.Find(t.Context(), staffroom.SchoolFilter{Authorities: []string{code}}, staffroom.SchoolOrder{}, staffroom.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, school := range list.Items {
			names = append(names, school.Name)
		}
		total, err := list.Total(t.Context())
		if !slices.Equal(names, want) || err != nil || total != len(want) {
			t.Errorf("%s has the schools %v of %d (%v), want %v", code, names, total, err, want)
		}
	}
}

func TestSearchesFollowAuthoritiesThatEnded(t *testing.T) {
	w := newWorld(t)
	index := &askedIndex{}
	network := staffroom.New(staffroom.Ports{Store: w.store, Index: index})
	codes, want := []string{"E06000066"}, []string{"E06000066", "E10000027"}
	for name, search := range map[string]func() error{
		"search": func() error {
			_, err := network.Searches.Search(t.Context(), staffroom.SearchInput{Filter: staffroom.SearchFilter{Authorities: codes}}, staffroom.Paging{})
			return err
		},
		"schools": func() error {
			_, err := network.Schools.Find(t.Context(), staffroom.SchoolFilter{Authorities: codes, Text: "levels"}, staffroom.SchoolOrder{}, staffroom.Paging{})
			return err
		},
		"resources": func() error {
			_, err := network.Resources.Find(t.Context(), staffroom.ResourceFilter{Authorities: codes, Text: "levels"}, staffroom.ResourceOrder{}, staffroom.Paging{})
			return err
		},
	} {
		if err := search(); err != nil || !slices.Equal(index.authorities, want) {
			t.Errorf("%s looks in %v (%v), want %v", name, index.authorities, err, want)
		}
		index.authorities = nil
	}
	if len(codes) != 1 {
		t.Errorf("the codes of the caller are %v now", codes)
	}
}
