package staffroom_test

import (
	"context"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// pickyIndex finds those of the ids it is asked about that it knows, and would find a thousand others were it not asked about ids.
type pickyIndex struct{ known []string }

func (i pickyIndex) Search(_ context.Context, q staffroom.TextQuery) (*staffroom.TextResult, error) {
	found := &staffroom.TextResult{}
	for _, id := range i.known {
		if slices.Contains(q.IDs, id) && len(found.Hits) < q.Limit {
			found.Hits = append(found.Hits, staffroom.TextHit{ID: id})
		}
	}
	found.Total = len(found.Hits)
	return found, nil
}

// A common word has more hits in the country than a search gives; those around the place must be among them all the same.
func TestWordsNearAPlaceAreLookedForThereOnly(t *testing.T) {
	w := newWorld(t)
	far := w.open("930001", "Far Oak School", "E09000023", "", 638000, 275000)
	network := staffroom.New(staffroom.Ports{Store: w.store, Index: pickyIndex{[]string{far.ID, w.elm.ID, w.oak.ID}}})
	lat, lng := staffroom.FromGrid(538000, 175000)
	f := staffroom.SchoolFilter{Text: "school", Near: &staffroom.Near{Latitude: &lat, Longitude: &lng, WithinKm: 5}}
	list, err := network.Schools.Find(t.Context(), f, staffroom.SchoolOrder{}, staffroom.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 2 || list.Items[0].ID != w.oak.ID || list.Items[1].ID != w.elm.ID {
		t.Errorf("found %d schools, want Oak and then Elm", len(list.Items))
	}
	f.Near.WithinKm = 0.001
	f.Phases = []staffroom.Phase{staffroom.PhaseNursery}
	if list, err = network.Schools.Find(t.Context(), f, staffroom.SchoolOrder{}, staffroom.Paging{}); err != nil || len(list.Items) != 0 {
		t.Errorf("where there is no school: %v, %v", list, err)
	}
}
