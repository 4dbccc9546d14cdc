package search_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// birds are words of which none begins another, is the stem of another or looks like a misspelling of one.
func birds() []string {
	return strings.Fields("kestrel heron falcon osprey merlin plover curlew dunlin godwit lapwing redshank whimbrel")
}

// flock is a resource with some birds in its texts, and properties by chance.
func flock(i int, chance *rand.Rand) staffroom.Resource {
	text := func(n int) string {
		some := make([]string, n)
		for j := range some {
			some[j] = birds()[min(chance.IntN(12), chance.IntN(12))]
		}
		return strings.Join(some, " ")
	}
	r := resource(fmt.Sprintf("resource_%05d", i), text(2), text(chance.IntN(3)), text(chance.IntN(6)))
	r.UpdatedAt = past(i)
	r.PublishedAt = past(chance.IntN(500))
	r.AuthorityCode = fmt.Sprintf("E0900%04d", chance.IntN(30))
	r.Topics = []string{"send", "phonics", "attendance", "reading"}[chance.IntN(4):]
	r.Phases = [][]staffroom.Phase{nil, {staffroom.PhasePrimary}, {staffroom.PhasePrimary, staffroom.PhaseSecondary}}[chance.IntN(3)]
	r.Kind = staffroom.ResourceKinds[chance.IntN(len(staffroom.ResourceKinds))]
	r.Audience = [][]string{{"everyone"}, {"members"}, {"school_1"}, {"everyone", "members", "school_1"}}[chance.IntN(4)]
	return r
}

// flocks is a network whose resources came in several passes, and some of which were changed or withdrawn later.
func flocks(t *testing.T, dir string, passes int) *world {
	t.Helper()
	w, chance := newWorld(), rand.New(rand.NewPCG(11, 12))
	w.open(t, dir)
	for pass := range passes {
		for i := range 1200 / passes {
			w.resources.put(flock(pass*1200/passes+i, chance))
		}
		w.catchUp(t)
	}
	for i := range 100 {
		r := flock(i*11, chance)
		r.UpdatedAt = past(2000 + i)
		if i%2 == 0 {
			r.Status, r.Audience = staffroom.StatusWithdrawn, nil
		}
		w.resources.put(r)
	}
	w.catchUp(t)
	return w
}

// matching are the resources of the shelf that q must find, by looking at every one of them.
func matching(w *world, q staffroom.TextQuery) []*staffroom.Resource {
	var found []*staffroom.Resource
	for _, r := range w.resources.docs {
		texts := strings.Fields(r.Title + " " + r.Summary + " " + r.Body)
		missing := slices.ContainsFunc(strings.Fields(q.Text), func(word string) bool { return !slices.Contains(texts, word) })
		hidden := !slices.ContainsFunc(r.Audience, func(a string) bool { return slices.Contains(q.Audiences, a) })
		if r.Status != staffroom.StatusPublished || missing || hidden {
			continue
		}
		outside := false
		for facet, allowed := range q.Filter {
			outside = outside || !slices.ContainsFunc(valuesOf(r, facet), func(v string) bool { return slices.Contains(allowed, v) })
		}
		if !outside {
			found = append(found, r)
		}
	}
	return found
}

func valuesOf(r *staffroom.Resource, facet staffroom.Facet) []string {
	switch facet {
	case staffroom.FacetAuthority:
		return []string{r.AuthorityCode}
	case staffroom.FacetTopic:
		return r.Topics
	case staffroom.FacetFormat:
		return []string{string(r.Kind)}
	case staffroom.FacetPhase:
		var values []string
		for _, p := range r.Phases {
			values = append(values, string(p))
		}
		return values
	default:
		panic("no such facet in this test: " + facet)
	}
}

func countsOf(found []*staffroom.Resource, facet staffroom.Facet) []staffroom.FacetCount {
	sums := map[string]int{}
	for _, r := range found {
		for _, v := range valuesOf(r, facet) {
			sums[v]++
		}
	}
	var counts []staffroom.FacetCount
	for v, n := range sums {
		counts = append(counts, staffroom.FacetCount{Value: v, Count: n})
	}
	slices.SortFunc(counts, func(a, b staffroom.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return counts
}

// questions are queries by chance.
func questions(n int) []staffroom.TextQuery {
	chance := rand.New(rand.NewPCG(21, 22))
	all := make([]staffroom.TextQuery, n)
	for i := range all {
		q := staffroom.TextQuery{
			Limit:     2000,
			Audiences: [][]string{{"everyone"}, {"everyone", "members"}, {"school_1"}, {"everyone", "members", "school_1"}}[chance.IntN(4)],
			Filter: [](map[staffroom.Facet][]string){
				nil, {staffroom.FacetPhase: {"PRIMARY"}}, {staffroom.FacetPhase: {"SECONDARY"}, staffroom.FacetTopic: {"send", "phonics"}},
			}[chance.IntN(3)],
			Facets: []staffroom.Facet{staffroom.FacetAuthority, staffroom.FacetTopic, staffroom.FacetFormat, staffroom.FacetPhase},
		}
		for range chance.IntN(3) {
			q.Text += " " + birds()[chance.IntN(12)]
		}
		all[i] = q
	}
	return all
}

func TestTotalsAndFacetsCountEveryHit(t *testing.T) {
	for _, passes := range []int{1, 8} {
		w, checked, prepared := flocks(t, t.TempDir(), passes), 0, 0
		for _, q := range questions(200) {
			w.prepare(t, 130) // so that some are found among words that are prepared, and some are not; Bleve may have merged parts
			prepared = max(prepared, w.FrequentWords())
			want := matching(w, q)
			if len(want) < 3 {
				continue // then mistyped words are looked for, too
			}
			checked++
			found := w.find(t, q)
			if found.Total != len(want) {
				t.Errorf("%d passes, %q %v for %v: total %d, want %d", passes, q.Text, q.Filter, q.Audiences, found.Total, len(want))
			}
			for _, facet := range q.Facets {
				if got, want := found.Facets()[facet], countsOf(want, facet); !slices.Equal(got, want) {
					t.Errorf("%d passes, %q %v for %v: facet %s %v, want %v", passes, q.Text, q.Filter, q.Audiences, facet, got, want)
				}
			}
			sameResources(t, found, want)
		}
		if checked < 100 || prepared < 12 {
			t.Errorf("only %d questions were compared, and %d words prepared", checked, prepared)
		}
	}
}

// sameResources checks that found is all of want, the best first.
func sameResources(t *testing.T, found *staffroom.TextResult, want []*staffroom.Resource) {
	t.Helper()
	var ids []string
	for _, r := range want {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	if got := slices.Sorted(slices.Values(idsOf(found))); !slices.Equal(got, ids) {
		t.Errorf("found %v, want %v", got, ids)
	}
	if !slices.IsSortedFunc(found.Hits, func(a, b staffroom.TextHit) int { return cmp.Compare(b.Score, a.Score) }) {
		t.Error("the hits are not in the order of their scores")
	}
}

func TestPartsOfTheIndexMakeNoDifference(t *testing.T) {
	whole, pieces := newWorld(), newWorld()
	whole.open(t, "")
	pieces.open(t, "")
	chance := rand.New(rand.NewPCG(31, 32))
	for i := range 300 {
		r := flock(i, chance)
		whole.resources.put(r)
		pieces.resources.put(r)
		if i%50 == 0 {
			pieces.catchUp(t)
		}
	}
	whole.catchUp(t)
	pieces.catchUp(t)
	for _, q := range questions(50) {
		for _, page := range []struct{ offset, limit int }{{0, 7}, {7, 20}, {5, 500}} {
			q.Offset, q.Limit = page.offset, page.limit
			if got, want := idsOf(pieces.find(t, q)), idsOf(whole.find(t, q)); !slices.Equal(got, want) {
				t.Errorf("%q %v from %d: %v in pieces, %v as a whole", q.Text, q.Filter, q.Offset, got, want)
			}
		}
	}
}

func TestSameQuestionIsAnsweredAnewAfterAChange(t *testing.T) {
	w := flocks(t, "", 2)
	for i, q := range questions(20) {
		before := w.find(t, q)
		if again := w.find(t, q); again != before {
			t.Errorf("%q is worked out again, although nothing has changed", q.Text)
		}
		r := flock(5000+i, rand.New(rand.NewPCG(41, uint64(i))))
		r.Title, r.Audience = "A new "+q.Text, q.Audiences
		r.Topics, r.Phases = []string{"send"}, []staffroom.Phase{staffroom.PhasePrimary, staffroom.PhaseSecondary}
		w.resources.put(r)
		w.catchUp(t)
		if after := w.find(t, q); !slices.Contains(idsOf(after), r.ID) {
			t.Errorf("%q doesn't find what was just written", q.Text)
		}
	}
}

func TestIndexMergesItsPartsAtRest(t *testing.T) {
	dir := t.TempDir()
	w := flocks(t, dir, 6)
	q := staffroom.TextQuery{Text: "kestrel", Limit: 2000, Facets: []staffroom.Facet{staffroom.FacetTopic}}
	before := w.find(t, q)
	running(t, w)
	eventually(t, "that the index is at rest", func() bool { return len(segments(t, dir)) == 1 })
	for range 2 { // the second search comes after the merged part was made ready for searches
		after := w.find(t, q)
		if !slices.Equal(idsOf(after), idsOf(before)) || !slices.Equal(after.Facets()[staffroom.FacetTopic], before.Facets()[staffroom.FacetTopic]) {
			t.Errorf("after merging %d hits, before %d", after.Total, before.Total)
		}
		time.Sleep(time.Second)
	}
}

// running runs the index of w until the test ends.
func running(t *testing.T, w *world) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- w.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestFacetsAreCountedWhenTheyAreAskedFor asks for some facets first, and for more of them later.
func TestFacetsAreCountedWhenTheyAreAskedFor(t *testing.T) {
	w := flocks(t, "", 3)
	orders := [][]staffroom.Facet{
		{staffroom.FacetTopic}, {staffroom.FacetPhase, staffroom.FacetTopic}, {staffroom.FacetFormat, staffroom.FacetAuthority, staffroom.FacetTopic},
	}
	for i, q := range questions(60) {
		want := matching(w, q)
		if len(want) < 3 {
			continue
		}
		q.Facets = orders[i%len(orders)]
		found := w.find(t, q)
		for _, facet := range q.Facets {
			if got, want := found.Facets()[facet], countsOf(want, facet); !slices.Equal(got, want) {
				t.Errorf("%q: facet %s %v, want %v", q.Text, facet, got, want)
			}
		}
		if len(found.Facets()) != len(q.Facets) {
			t.Errorf("%q: %d facets instead of %d", q.Text, len(found.Facets()), len(q.Facets))
		}
	}
}
