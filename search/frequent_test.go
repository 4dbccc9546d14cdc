package search_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// aviary is a network of resources and schools, open and closed, with words in several forms.
func aviary(t *testing.T) *world {
	t.Helper()
	w, chance := newWorld(), rand.New(rand.NewPCG(91, 92))
	for i := range 1500 {
		r := resource(fmt.Sprintf("resource_%05d", i), perched(chance, 2), perched(chance, 3), perched(chance, 9))
		r.UpdatedAt, r.PublishedAt = past(i), past(chance.IntN(500))
		r.Topics = []string{"send", "phonics", "attendance"}[chance.IntN(3):]
		r.Phases = [][]staffroom.Phase{nil, {staffroom.PhasePrimary}, {staffroom.PhasePrimary, staffroom.PhaseSecondary}, {staffroom.PhaseSecondary}}[chance.IntN(4)]
		r.Audience = [][]string{{"everyone"}, {"members"}}[chance.IntN(2)]
		s := school(fmt.Sprintf("A school %05d %s", i, perched(chance, 2)), "Lewes", []staffroom.SchoolStatus{staffroom.SchoolOpen, staffroom.SchoolClosed}[i%2])
		w.resources.put(r)
		w.schools.put(s)
	}
	w.open(t, t.TempDir())
	w.catchUp(t)
	for i := range 200 { // some are taken out or changed, and stay in the first part as deleted
		r := *w.resources.docs[fmt.Sprintf("resource_%05d", i*7)]
		r.UpdatedAt, r.Title = past(5000+i), perched(chance, 3)
		if i%2 == 0 {
			r.Status, r.Audience = staffroom.StatusWithdrawn, nil
		}
		w.resources.put(r)
	}
	w.catchUp(t)
	return w
}

// TestPreparedWordsGiveTheSameAnswers asks an index that has prepared its frequent words and one that has not.
func TestPreparedWordsGiveTheSameAnswers(t *testing.T) {
	plain, prepared := aviary(t), aviary(t)
	prepared.prepare(t, 1)
	prepared.CountAlongside(0)
	texts := []string{
		"kestrel", "kestrels", "heron", "herons", "her", "hero", "heronry kestrel", "kestrel heron", "heron kestrel", "kestrel he", "emu", "emu kestrel", "kestrel emu",
		"godwits plover", "godwit", "godw", "curlew kestrel heron", "kestrel osprey", "kestral heron", "xylophone", "school", "scho", "school kestrel",
	}
	for round := 0; round < 8; {
		var differences []string
		for _, text := range texts {
			q := staffroom.TextQuery{
				Text: text, Audiences: []string{"everyone"}, Limit: 20 + round, Offset: []int{0, 7}[round%2], // another question in each round
				Facets: []staffroom.Facet{staffroom.FacetTopic, staffroom.FacetStatus, staffroom.FacetKind},
			}
			q.Filter = []map[staffroom.Facet][]string{
				{staffroom.FacetTopic: {"send", "phonics"}}, {staffroom.FacetPhase: {"PRIMARY"}}, {staffroom.FacetKind: {staffroom.PrefixResource}, staffroom.FacetPhase: {"SECONDARY"}}, nil,
			}[round%4]
			got, want := prepared.find(t, q), plain.find(t, q)
			if got.Total != want.Total || !slices.EqualFunc(got.Hits, want.Hits, sameHit) || !maps.EqualFunc(got.Facets(), want.Facets(), slices.Equal) {
				differences = append(differences, fmt.Sprintf("%q in round %d finds %v %v %v, want %v %v %v",
					text, round, got.Total, got.Hits, got.Facets(), want.Total, want.Hits, want.Facets()))
			}
		}
		if plain.Documents() != prepared.Documents() || prepared.Unprepared() > 0 { // Bleve has merged parts of one, where deleted documents counted
			plain.MergeAll(t.Context())
			prepared.MergeAll(t.Context())
			prepared.prepare(t, 1)
			continue
		}
		for _, difference := range differences {
			t.Error(difference)
		}
		round++
	}
	if plain.FrequentWords() > 0 || prepared.FrequentWords() < len(texts)/2 {
		t.Errorf("%d and %d words are prepared", plain.FrequentWords(), prepared.FrequentWords())
	}
}

func sameHit(a, b staffroom.TextHit) bool { return a.ID == b.ID && a.Score == b.Score }

// TestFrequentWordsArePrepared and others are not, nor what nobody can ask for.
func TestFrequentWordsArePrepared(t *testing.T) {
	w := newWorld()
	for i := range 300 {
		w.resources.put(resource(fmt.Sprintf("resource_%03d", i), "Kestrel "+[]string{"heron", "plover"}[i%2], "", []string{"xylophone", ""}[min(i, 1)]))
	}
	w.open(t, t.TempDir())
	w.catchUp(t)
	w.MergeAll(t.Context())
	w.prepare(t, 1)
	words := w.FrequentTerms()
	for _, want := range []string{"kestrel", "heron", "plover", "case", "study"} { // the kind of resource is among its words
		if !slices.Contains(words, want) {
			t.Errorf("%q is not prepared", want)
		}
	}
	for _, rare := range []string{"xylophone", "xylophon", "k", "ke", "kes"} { // a word of one document, its stem, and first letters
		if slices.Contains(words, rare) {
			t.Errorf("%q is prepared", rare)
		}
	}
}
