package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// numbers changes documents by chance, and counts them by an index that counts: a store may keep how many there are, and must not lose any.
func (s *suite) numbers(t *testing.T) {
	steps := 300
	if s.lacks.Speed {
		steps = 40
	}
	w := &shelves{suite: s, mark: tag(), chance: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // the same each time
	for step := range steps {
		w.step(t)
		if step%5 == 4 {
			w.compare(t)
		}
	}
	for len(w.kept) > 0 {
		w.remove(t, 0)
	}
	w.compare(t)
}

// shelves are resources of a few schools for a few audiences, in the store and beside it.
type shelves struct {
	*suite
	mark   string
	chance *rand.Rand
	kept   []*staffroom.Resource
}

func (w *shelves) audiences() []string { return []string{w.mark + "a", w.mark + "b", w.mark + "c"} }

func (w *shelves) schools() []string { return []string{w.mark + "x", w.mark + "y", w.mark + "z"} }

// alter makes a resource one of any school or none, for any audiences, some twice, published or not.
func (w *shelves) alter(r *staffroom.Resource) {
	r.Audience, r.SchoolID, r.PublishedAt = nil, "", staffroom.Time{}
	for range w.chance.IntN(4) {
		r.Audience = append(r.Audience, w.audiences()[w.chance.IntN(3)])
	}
	if n := w.chance.IntN(4); n < 3 {
		r.SchoolID = w.schools()[n]
	}
	if w.chance.IntN(4) > 0 {
		r.PublishedAt = moment(1)
	}
}

// step inserts, changes or deletes a resource.
func (w *shelves) step(t *testing.T) {
	t.Helper()
	if w.chance.IntN(3) == 0 || len(w.kept) == 0 {
		made := resource("a")
		w.alter(made)
		insertAll(t, w.Resources, made)
		w.kept = append(w.kept, made)
		return
	}
	at := w.chance.IntN(len(w.kept))
	if w.chance.IntN(4) == 0 {
		w.remove(t, at)
		return
	}
	w.kept[at] = must[*staffroom.Resource](t)(w.Resources.Update(t.Context(), w.kept[at].ID, func(r *staffroom.Resource) error {
		w.alter(r)
		return nil
	}))
}

func (w *shelves) remove(t *testing.T, at int) {
	t.Helper()
	if err := w.Resources.Delete(t.Context(), w.kept[at].ID); err != nil {
		t.Fatal(err)
	}
	w.kept = slices.Delete(w.kept, at, at+1)
}

// compare fails unless the store counts what is beside it, too.
func (w *shelves) compare(t *testing.T) {
	t.Helper()
	published := staffroom.Present(staffroom.FieldResourcePublishedAt)
	for _, audience := range w.audiences() {
		bySchool, total := map[string]int{}, 0
		for _, r := range w.kept {
			if r.PublishedAt.IsZero() || !slices.Contains(r.Audience, audience) {
				continue
			}
			total++
			if r.SchoolID != "" {
				bySchool[r.SchoolID]++
			}
		}
		contains := staffroom.Contains(staffroom.FieldResourceAudience, audience)
		same(t, must[int](t)(w.Resources.Count(t.Context(), contains, published)), total)
		same(t, must[map[string]int](t)(w.Resources.CountBy(t.Context(), staffroom.FieldResourceSchool, w.schools(), published, contains)), bySchool)
		for _, school := range w.schools() {
			in := staffroom.Equal(staffroom.FieldResourceSchool, school)
			same(t, must[int](t)(w.Resources.Count(t.Context(), contains, in, published)), bySchool[school])
		}
	}
}
