package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// inOrder gives the ids of docs by name and then by id.
func inOrder(docs []*staffroom.School) []string {
	sorted := slices.Clone(docs)
	slices.SortFunc(sorted, func(a, b *staffroom.School) int {
		if c := strings.Compare(a.SortName, b.SortName); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return ids(sorted)
}

func reversed(list []string) []string {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// tied makes n schools with few different names, stored in no order.
func (s *suite) tied(t *testing.T, authority string, n int) []*staffroom.School {
	t.Helper()
	docs := make([]*staffroom.School, n)
	for i := range docs {
		docs[i] = school(authority, []string{"m", "c", "x"}[i*7%3])
	}
	stored := slices.Clone(docs)
	slices.Reverse(stored)
	insertAll(t, s.Schools, stored...)
	return docs
}

func byName(authority string, desc bool, limit int) staffroom.Query {
	return staffroom.Query{
		Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolAuthority, authority)},
		By:    staffroom.FieldSchoolName, Desc: desc, Limit: limit,
	}
}

// forwards collects all pages.
func forwards[T any](t *testing.T, c staffroom.Collection[T], q staffroom.Query) (out []string) {
	t.Helper()
	for {
		page := find(t, c, q)
		out = append(out, ids(page.Items)...)
		if !page.More {
			return out
		}
		if len(page.Items) != q.Limit {
			t.Fatalf("a page of %d that is not the last has %d documents", q.Limit, len(page.Items))
		}
		q.After = page.Cursor(len(page.Items) - 1)
	}
}

// backwards collects all pages from the end.
func backwards[T any](t *testing.T, c staffroom.Collection[T], q staffroom.Query) (out []string) {
	t.Helper()
	q.Backward = true
	for {
		page := find(t, c, q)
		out = slices.Concat(ids(page.Items), out)
		if !page.More {
			return out
		}
		q.Before = page.Cursor(0)
	}
}

func (s *suite) order(t *testing.T) {
	here := tag()
	want := inOrder(s.tied(t, here, 25))
	for _, limit := range []int{1, 4, 5, 24, 25, 26, 1000} {
		if got := forwards(t, s.Schools, byName(here, false, limit)); !slices.Equal(got, want) {
			t.Errorf("pages of %d give another order than one by name and id", limit)
		}
		if got := forwards(t, s.Schools, byName(here, true, limit)); !slices.Equal(got, reversed(want)) {
			t.Errorf("pages of %d, descending, give another order", limit)
		}
	}
}

// merged asks for several values of the field before the one ordered by.
func (s *suite) merged(t *testing.T) {
	var docs []*staffroom.School
	var places []string
	for range 40 {
		places = append(places, tag())
		docs = append(docs, s.tied(t, places[len(places)-1], 3)...)
	}
	for len(places) < 200 {
		places = append(places, tag())
	}
	for _, n := range []int{2, 5, staffroom.MaxMerged, len(places), 200} {
		want := inOrder(docs[:min(3*n, len(docs))])
		q := byName("", false, 7)
		q.Where = []staffroom.Cond{staffroom.OneOf(staffroom.FieldSchoolAuthority, places[:n])}
		if got := forwards(t, s.Schools, q); !slices.Equal(got, want) {
			t.Errorf("%d values, forward: another order", n)
		}
		if got := backwards(t, s.Schools, q); !slices.Equal(got, want) {
			t.Errorf("%d values, backward: another order", n)
		}
		q.Desc = true
		if got := forwards(t, s.Schools, q); !slices.Equal(got, reversed(want)) {
			t.Errorf("%d values, descending: another order", n)
		}
	}
}

// forward adds documents before, between and after the place reached: none of the others may come twice or be left out.
func (s *suite) forward(t *testing.T) {
	for _, desc := range []bool{false, true} {
		here := tag()
		docs := s.tied(t, here, 20)
		added := map[string]bool{}
		var got []string
		q := byName(here, desc, 3)
		for {
			page := find(t, s.Schools, q)
			got = append(got, ids(page.Items)...)
			if !page.More {
				break
			}
			q.After = page.Cursor(len(page.Items) - 1)
			for _, name := range []string{"a", "c", "m", "z"} {
				doc := school(here, name)
				added[doc.ID] = true
				insertAll(t, s.Schools, doc)
			}
			if len(got) > 500 {
				t.Fatal("the list has no end")
			}
		}
		got = slices.DeleteFunc(got, func(id string) bool { return added[id] })
		want := inOrder(docs)
		if desc {
			want = reversed(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("desc=%t: got %d documents of %d, or in another order", desc, len(got), len(want))
		}
	}
}

func (s *suite) backward(t *testing.T) {
	here := tag()
	want := inOrder(s.tied(t, here, 25))
	for _, limit := range []int{1, 4, 5, 25, 26} {
		if got := backwards(t, s.Schools, byName(here, false, limit)); !slices.Equal(got, want) {
			t.Errorf("pages of %d from the end give another order", limit)
		}
		if got := backwards(t, s.Schools, byName(here, true, limit)); !slices.Equal(got, reversed(want)) {
			t.Errorf("pages of %d from the end, descending, give another order", limit)
		}
	}
}

func (s *suite) between(t *testing.T) {
	here := tag()
	want := inOrder(s.tied(t, here, 20))
	page := find(t, s.Schools, byName(here, false, 100))
	q := byName(here, false, 4)
	q.After, q.Before = page.Cursor(4), page.Cursor(12) // 5 to 11 lie between
	first := find(t, s.Schools, q)
	if !slices.Equal(ids(first.Items), want[5:9]) || !first.More {
		t.Errorf("forward between two cursors: got %d, more=%t", len(first.Items), first.More)
	}
	q.Backward = true
	last := find(t, s.Schools, q)
	if !slices.Equal(ids(last.Items), want[8:12]) || !last.More {
		t.Errorf("backward between two cursors: got %d, more=%t", len(last.Items), last.More)
	}
	q.Limit = 7
	if all := find(t, s.Schools, q); !slices.Equal(ids(all.Items), want[5:12]) || all.More {
		t.Errorf("all between two cursors: got %d, more=%t", len(all.Items), all.More)
	}
	q.After, q.Before = q.Before, q.After
	if none := find(t, s.Schools, q); len(none.Items) != 0 || none.More {
		t.Errorf("between cursors that are the wrong way around: got %d, more=%t", len(none.Items), none.More)
	}
}

func (s *suite) otherOrders(t *testing.T) {
	mark := tag()
	var members []*staffroom.Session
	for range 9 {
		members = append(members, &staffroom.Session{
			Meta: newMeta(staffroom.PrefixSession), TokenHash: tag(), MemberID: mark, ExpiresAt: staffroom.At(time.Now().Add(time.Hour)),
		})
	}
	insertAll(t, s.Sessions, members...)
	want := ids(members)
	slices.Sort(want)
	byID := staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSessionMember, mark)}, Limit: 4}
	same(t, forwards(t, s.Sessions, byID), want)
	byID.By, byID.Desc = staffroom.FieldID, true
	same(t, forwards(t, s.Sessions, byID), reversed(want))
	same(t, backwards(t, s.Sessions, byID), reversed(want))

	a, b, c := school(mark, "a"), school(mark, "b"), school(mark, "c")
	a.Place, b.Place, c.Place = &staffroom.Place{Easting: 10, Northing: 9}, &staffroom.Place{Easting: 9, Northing: 1}, &staffroom.Place{Easting: 10, Northing: 1}
	insertAll(t, s.Schools, a, b, c)
	byPlace := staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolAuthority, mark)}, By: staffroom.FieldSchoolEasting, Limit: 1}
	eastward := []string{b.ID, min(a.ID, c.ID), max(a.ID, c.ID)}
	same(t, forwards(t, s.Schools, byPlace), eastward)
	byPlace.Desc = true
	same(t, forwards(t, s.Schools, byPlace), reversed(eastward))

	ended := &staffroom.LeadSchool{Meta: newMeta(staffroom.PrefixLeadSchool), ContactID: mark}
	current := &staffroom.LeadSchool{Meta: newMeta(staffroom.PrefixLeadSchool), ContactID: mark, Current: true}
	insertAll(t, s.LeadSchools, current, ended)
	byFlag := staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldLeadSchoolContact, mark)}, By: staffroom.FieldLeadSchoolCurrent, Limit: 1}
	same(t, forwards(t, s.LeadSchools, byFlag), []string{ended.ID, current.ID})
	same(t, backwards(t, s.LeadSchools, byFlag), []string{ended.ID, current.ID})
}

func (s *suite) foreignCursors(t *testing.T) {
	here := tag()
	s.tied(t, here, 5)
	cursor := find(t, s.Schools, byName(here, false, 5)).Cursor(2)
	schools := byName(here, true, 5)
	byURN := staffroom.Query{By: staffroom.FieldSchoolURN, Limit: 5}
	for name, try := range map[string]func(string) error{
		"the other direction": func(c string) error {
			schools.After = c
			return second(s.Schools.Find(t.Context(), schools))
		},
		"another field": func(c string) error {
			byURN.Before = c
			return second(s.Schools.Find(t.Context(), byURN))
		},
		"another collection": func(c string) error {
			return second(s.Members.Find(t.Context(), staffroom.Query{
				By: staffroom.FieldMemberName, Limit: 5, After: c,
				Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldMemberMembership, staffroom.MembershipActive)},
			}))
		},
	} {
		err := try(cursor)
		if staffroom.CodeOf(err) != staffroom.CodeBadCursor {
			t.Errorf("a cursor for %s: got %v, want BAD_CURSOR", name, err)
		}
	}
	order := staffroom.OrderName("schools", staffroom.FieldSchoolName, false)
	for _, forged := range []string{
		"x", "AAAA", cursor + "A", cursor[1:], "' OR 1=1 --", staffroom.EncodeCursor(order, nil, "x"), staffroom.EncodeCursor(order, 1.5, "x"),
		staffroom.EncodeCursor(order, true, "x"), staffroom.EncodeCursor(order, map[string]string{"$gt": ""}, "x"),
	} {
		q := byName(here, false, 5)
		q.After = forged
		_, err := s.Schools.Find(t.Context(), q)
		if staffroom.CodeOf(err) != staffroom.CodeBadCursor {
			t.Errorf("cursor %q: got %v, want BAD_CURSOR", forged, err)
		}
	}
}

func (s *suite) unordered(t *testing.T) {
	mark := tag()
	published, draft := resource("published", mark), resource("draft", mark)
	draft.PublishedAt = staffroom.Time{}
	insertAll(t, s.Resources, published, draft)
	where := []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, mark)}
	for _, desc := range []bool{false, true} {
		page := find(t, s.Resources, staffroom.Query{Where: where, By: staffroom.FieldResourcePublishedAt, Desc: desc, Limit: 1})
		if titles(page.Items) != "published" || page.More {
			t.Errorf("desc=%t: found %q, more=%t", desc, titles(page.Items), page.More)
		}
	}
	same(t, must[int](t)(s.Resources.Count(t.Context(), where...)), 2)
}

// updates is how an index catches up: by the time of the last change, which moves a changed document to the end.
func (s *suite) updates(t *testing.T) {
	mark := tag()
	var threads []*staffroom.Thread
	for range 6 {
		threads = append(threads, &staffroom.Thread{Meta: newMeta(staffroom.PrefixThread), Title: mark, Space: staffroom.SpaceNetwork, LastActivityAt: moment(0)})
		insertAll(t, s.Threads, threads[len(threads)-1])
		time.Sleep(2 * time.Millisecond)
	}
	first := must[*staffroom.Thread](t)(s.Threads.Update(t.Context(), threads[0].ID, func(*staffroom.Thread) error { return nil }))
	if !first.UpdatedAt.After(threads[5].UpdatedAt.Time) {
		t.Errorf("a change at %v is not after an earlier one at %v", first.UpdatedAt, threads[5].UpdatedAt)
	}
	since := staffroom.Between(staffroom.FieldUpdatedAt, threads[0].UpdatedAt, nil)
	var got []string
	q := staffroom.Query{Where: []staffroom.Cond{since}, By: staffroom.FieldUpdatedAt, Limit: 4}
	for {
		page := find(t, s.Threads, q)
		for _, doc := range page.Items {
			if doc.Title == mark {
				got = append(got, doc.ID)
			}
		}
		if !page.More {
			break
		}
		q.After = page.Cursor(len(page.Items) - 1)
	}
	same(t, got, append(ids(threads[1:]), threads[0].ID))
}

// updatesOfPublished has a draft, which nobody catches up with, a resource that is published after it, and one that is withdrawn at last.
func (s *suite) updatesOfPublished(t *testing.T) {
	mark := tag()
	withdrawn, draft, published := resource("withdrawn", mark), resource("draft", mark), resource("published", mark)
	draft.PublishedAt, published.PublishedAt = staffroom.Time{}, staffroom.Time{}
	insertAll(t, s.Resources, withdrawn, draft, published)
	for id, change := range map[string]func(*staffroom.Resource) error{
		published.ID: func(r *staffroom.Resource) error { r.PublishedAt = moment(1); return nil },
		withdrawn.ID: func(r *staffroom.Resource) error {
			r.Status, r.Audience = staffroom.StatusWithdrawn, nil
			return nil
		},
	} {
		must[*staffroom.Resource](t)(s.Resources.Update(t.Context(), id, change))
	}
	page := find(t, s.Resources, staffroom.Query{
		Where: []staffroom.Cond{staffroom.Present(staffroom.FieldResourcePublishedAt), staffroom.Between(staffroom.FieldUpdatedAt, withdrawn.CreatedAt, nil)},
		By:    staffroom.FieldUpdatedAt, Limit: staffroom.MaxLimit,
	})
	got := slices.DeleteFunc(ids(page.Items), func(id string) bool { return id != withdrawn.ID && id != draft.ID && id != published.ID })
	slices.Sort(got)
	want := []string{withdrawn.ID, published.ID}
	slices.Sort(want)
	same(t, got, want)
	_, err := s.Resources.Find(t.Context(), staffroom.Query{By: staffroom.FieldUpdatedAt, Limit: 1})
	if _, unserved := errors.AsType[*staffroom.NoIndexError](err); !unserved {
		t.Errorf("changes of drafts, too: %v, want that no index serves them", err)
	}
}

func (s *suite) all(t *testing.T) {
	mark, n := tag(), s.some(450)
	docs := make([]*staffroom.Post, n)
	for i := range docs {
		docs[i] = &staffroom.Post{Meta: newMeta(staffroom.PrefixPost), ThreadID: mark, AuthorID: "a", Body: "b"}
	}
	insertAll(t, s.Posts, docs...)
	want := ids(docs)
	slices.Sort(want)
	var got []string
	last := ""
	for doc, err := range s.Posts.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if doc.ID <= last {
			t.Fatalf("%s comes after %s", doc.ID, last)
		}
		last = doc.ID
		if doc.ThreadID == mark {
			got = append(got, doc.ID)
			if len(got) == 2 { // the walk holds no lock
				insertAll(t, s.Posts, &staffroom.Post{Meta: newMeta(staffroom.PrefixPost), ThreadID: "another", AuthorID: "a", Body: "b"})
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the walk met %d of %d documents", len(got), n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range s.Posts.All(ctx) {
		if seen++; err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the cancelled walk ended with %v", err)
			}
			return
		}
		cancel()
	}
	if n > 1000 {
		t.Errorf("the cancelled walk went on to the end (%d documents)", seen)
	}
}

// expiry is the contract for readers: what has not expired is there; what has may be gone at any time, but does no harm.
func (s *suite) expiry(t *testing.T) {
	valid := &staffroom.Session{Meta: newMeta(staffroom.PrefixSession), TokenHash: tag(), MemberID: tag(), ExpiresAt: staffroom.At(time.Now().Add(time.Hour))}
	past := &staffroom.Session{Meta: newMeta(staffroom.PrefixSession), TokenHash: tag(), MemberID: valid.MemberID, ExpiresAt: staffroom.At(time.Now().Add(-time.Hour))}
	insertAll(t, s.Sessions, valid, past)
	same(t, must[*staffroom.Session](t)(s.Sessions.Get(t.Context(), valid.ID)), valid)
	page := find(t, s.Sessions, staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSessionToken, valid.TokenHash)}})
	same(t, page.Items, []*staffroom.Session{valid})
	if _, err := s.Sessions.Get(t.Context(), past.ID); err != nil {
		wantCode(t, err, staffroom.CodeNotFound, "")
	}
	_, err := s.Sessions.Find(t.Context(), staffroom.Query{By: staffroom.FieldSessionExpires, Limit: 1})
	if _, ok := errors.AsType[*staffroom.NoIndexError](err); !ok {
		t.Errorf("a query by the index of what expires: got %v, want a NoIndexError, as documents vanish from it", err)
	}
}
