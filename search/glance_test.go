package search_test

import (
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func glance(t *testing.T, w *world) {
	t.Helper()
	if err := w.Glance(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func written(id, title string, at time.Time) staffroom.Resource {
	r := resource(id, title, "", "")
	r.UpdatedAt = staffroom.At(at)
	return r
}

// TestAGlanceLeavesWhatIsLate has a pass that is not thorough between two that are.
func TestAGlanceLeavesWhatIsLate(t *testing.T) {
	w, now := newWorld(), time.Now()
	w.open(t, "")
	w.SetClock(now)
	w.catchUp(t)
	w.resources.put(written("resource_new", "New", now), written("resource_late", "Late", now.Add(-4*time.Second)))
	w.resources.given = 0
	glance(t, w)
	if got := w.ids(t, "new"); len(got) != 1 || w.resources.given != 1 {
		t.Errorf("a glance finds %v, and reads %d documents", got, w.resources.given)
	}
	w.catchUp(t)
	if got := w.ids(t, "late"); len(got) != 1 {
		t.Errorf("a thorough pass finds %v", got)
	}
}

// TestNothingIsMissedBeforeTheFirstThoroughPass has only glances at the beginning, as when the first pass fails.
func TestNothingIsMissedBeforeTheFirstThoroughPass(t *testing.T) {
	w, now := newWorld(), time.Now()
	w.open(t, "")
	w.SetClock(now)
	glance(t, w)
	w.resources.put(written("resource_late", "Late", now.Add(-time.Second))) // committed after that
	w.SetClock(now.Add(6 * time.Second))
	w.resources.put(written("resource_new", "New", now.Add(6*time.Second)))
	glance(t, w)
	w.catchUp(t)
	if got := append(w.ids(t, "new"), w.ids(t, "late")...); len(got) != 2 {
		t.Errorf("found %v, want both", got)
	}
}

// TestNewsReadsWhatItIsAbout has news of one document that has changed, and of one that is gone, among many as new.
func TestNewsReadsWhatItIsAbout(t *testing.T) {
	w, now := newWorld(), time.Now()
	ids := make([]string, 4)
	for i := range ids {
		ids[i] = staffroom.NewID(staffroom.PrefixResource)
		w.resources.put(written(ids[i], "Old", now))
	}
	w.open(t, "")
	w.catchUp(t)
	changed := written(ids[1], "Fresh", now)
	changed.Version = 2
	w.resources.put(changed)
	w.resources.remove(ids[2])
	w.resources.given = 0
	if err := w.Follow(t.Context(), ids[1], ids[2], staffroom.NewID(staffroom.PrefixPost)); err != nil {
		t.Fatal(err)
	}
	if got, old := w.ids(t, "fresh"), w.ids(t, "old"); len(got) != 1 || len(old) != 2 {
		t.Errorf("%v are fresh, %v are old", got, old)
	}
	if w.resources.given != 0 {
		t.Errorf("%d documents were looked through", w.resources.given)
	}
}

// TestWhatAGlanceLeavesIsFoundAfterARestart although the glance has indexed what is later.
func TestWhatAGlanceLeavesIsFoundAfterARestart(t *testing.T) {
	for _, news := range []bool{false, true} {
		dir, w, now := t.TempDir(), newWorld(), time.Now()
		w.open(t, dir)
		w.SetClock(now)
		w.catchUp(t)
		w.SetClock(now.Add(900 * time.Millisecond))
		w.resources.put(written("resource_late", "Late", now.Add(-3500*time.Millisecond))) // committed late
		glance(t, w)
		w.SetClock(now.Add(4 * time.Second))
		id := staffroom.NewID(staffroom.PrefixResource)
		w.resources.put(written(id, "New", now.Add(4*time.Second)))
		if news {
			if err := w.Follow(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		glance(t, w)
		closeIndex(t, w)
		w.open(t, dir)
		w.SetClock(now.Add(time.Hour))
		w.catchUp(t)
		if got := append(w.ids(t, "new"), w.ids(t, "late")...); len(got) != 2 {
			t.Errorf("with news %t: found %v, want both", news, got)
		}
	}
}
