package staffroom_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestSchoolsAreOrderedAsAskedOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	lat, lng := staffroom.FromGrid(538000, 175000)
	near := &staffroom.Near{Latitude: &lat, Longitude: &lng, WithinKm: 50}
	for _, c := range []struct {
		name   string
		filter staffroom.SchoolFilter
		order  staffroom.SchoolOrder
		fails  bool
	}{
		{"by name", staffroom.SchoolFilter{}, staffroom.SchoolOrder{By: staffroom.SchoolsByName}, false},
		{"from Z to A", staffroom.SchoolFilter{}, staffroom.SchoolOrder{By: staffroom.SchoolsByName, Desc: true}, false},
		{"by distance", staffroom.SchoolFilter{Near: near}, staffroom.SchoolOrder{By: staffroom.SchoolsByDistance}, false},
		{"blank text", staffroom.SchoolFilter{Text: " "}, staffroom.SchoolOrder{By: staffroom.SchoolsByName}, false},
		{"text near a place", staffroom.SchoolFilter{Near: near, Text: "oak"}, staffroom.SchoolOrder{By: staffroom.SchoolsByDistance}, false},
		{"by distance from nowhere", staffroom.SchoolFilter{}, staffroom.SchoolOrder{By: staffroom.SchoolsByDistance}, true},
		{"from far to near", staffroom.SchoolFilter{Near: near}, staffroom.SchoolOrder{By: staffroom.SchoolsByDistance, Desc: true}, true},
		{"near a place by name", staffroom.SchoolFilter{Near: near}, staffroom.SchoolOrder{By: staffroom.SchoolsByName}, true},
		{"words by name", staffroom.SchoolFilter{Text: "oak"}, staffroom.SchoolOrder{By: staffroom.SchoolsByName}, true},
		{"words by distance", staffroom.SchoolFilter{Text: "oak"}, staffroom.SchoolOrder{By: staffroom.SchoolsByDistance}, true},
	} {
		_, err := w.Schools.Find(t.Context(), c.filter, c.order, staffroom.Paging{})
		expectOrder(t, c.name, err, c.fails)
	}
}

func TestResourcesAreOrderedAsAskedOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	own := staffroom.ResourceFilter{Authors: []string{w.teacher.ID}, Statuses: []staffroom.ResourceStatus{staffroom.StatusDraft}}
	words := staffroom.ResourceFilter{Text: "bread"}
	for _, c := range []struct {
		name   string
		filter staffroom.ResourceFilter
		by     staffroom.ResourceOrderBy
		fails  bool
	}{
		{"the latest", staffroom.ResourceFilter{}, staffroom.ResourcesByPublished, false},
		{"published ones by change", staffroom.ResourceFilter{}, staffroom.ResourcesByChanged, true},
		{"drafts", own, "", false},
		{"drafts by change", own, staffroom.ResourcesByChanged, false},
		{"drafts by title", own, staffroom.ResourcesByTitle, true},
		{"drafts by publication", own, staffroom.ResourcesByPublished, true},
		{"words", words, "", false},
		{"words by title", words, staffroom.ResourcesByTitle, true},
	} {
		_, err := w.Resources.Find(w.as(w.teacher), c.filter, staffroom.ResourceOrder{By: c.by}, staffroom.Paging{})
		expectOrder(t, c.name, err, c.fails)
	}
}

// expectOrder checks that err is about the order, or that there is none.
func expectOrder(t *testing.T, name string, err error, fails bool) {
	t.Helper()
	if !fails {
		expectCode(t, name, err, "")
		return
	}
	if wrong, ok := errors.AsType[*staffroom.Error](err); !ok || wrong.Field != "orderBy" {
		t.Errorf("%s: %v, want an error of orderBy", name, err)
	}
}

func TestVisitorsAreToldToSignIn(t *testing.T) {
	w := newWorld(t)
	draft := w.draft(w.teacher, "A draft", staffroom.VisibilityPublic)
	for _, id := range []string{draft.ID, "resource_nothing"} {
		_, err := w.Resources.Update(t.Context(), staffroom.UpdateResource{ID: id, Version: 1})
		expectCode(t, "a visitor changes "+id, err, staffroom.CodeUnauthenticated)
		_, err = w.Resources.Publish(t.Context(), id, nil)
		expectCode(t, "a visitor publishes "+id, err, staffroom.CodeUnauthenticated)
		_, err = w.Resources.Withdraw(t.Context(), id, "")
		expectCode(t, "a visitor withdraws "+id, err, staffroom.CodeUnauthenticated)
		_, _, err = w.Resources.AttachFile(t.Context(), staffroom.AttachFile{ResourceID: id, Name: "a.txt"})
		expectCode(t, "a visitor attaches to "+id, err, staffroom.CodeUnauthenticated)
		_, err = w.Resources.RemoveFile(t.Context(), id, "file_1")
		expectCode(t, "a visitor removes from "+id, err, staffroom.CodeUnauthenticated)
	}
}

func TestWordsToSearchForAreBounded(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("a", 201)
	_, err := w.Schools.Find(t.Context(), staffroom.SchoolFilter{Text: long}, staffroom.SchoolOrder{}, staffroom.Paging{})
	expectCode(t, "schools", err, staffroom.CodeBadInput)
	_, err = w.Resources.Find(t.Context(), staffroom.ResourceFilter{Text: long}, staffroom.ResourceOrder{}, staffroom.Paging{})
	expectCode(t, "resources", err, staffroom.CodeBadInput)
}

func TestFiltersTakeSeveralOfAKind(t *testing.T) {
	w := newWorld(t)
	public := w.published(w.teacher, "For everybody", staffroom.VisibilityPublic)
	draft := w.draft(w.teacher, "Not yet", staffroom.VisibilityPublic)
	for _, r := range []*staffroom.Resource{public, draft} {
		_, _, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{
			Space: staffroom.SpaceNetwork, Title: "About " + r.Title, Body: "Well?", ResourceID: r.ID,
		})
		expectCode(t, "a thread about "+r.Title, err, "")
	}
	about := staffroom.ThreadFilter{Resources: []string{public.ID, draft.ID, "resource_nothing"}}
	for who, want := range map[*staffroom.Member]int{w.teacher: 2, w.neighbour: 1} {
		list, err := w.Threads.Find(w.as(who), about, staffroom.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		if total, err := list.Total(t.Context()); err != nil || total != want || len(list.Items) != want {
			t.Errorf("%s finds %d of %d threads (%v), want %d", who.Name, len(list.Items), total, err, want)
		}
	}
	for want, schools := range map[int][]string{2: {w.oak.ID}, 3: {w.oak.ID, w.elm.ID}, 5: nil} {
		list, err := w.Members.Find(w.as(w.teacher), staffroom.MemberFilter{Schools: schools}, staffroom.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		if total, err := list.Total(t.Context()); err != nil || total != want || len(list.Items) != want {
			t.Errorf("%v have %d of %d members (%v), want %d", schools, len(list.Items), total, err, want)
		}
	}
}
