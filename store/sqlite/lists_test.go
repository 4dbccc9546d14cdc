package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// askedPages are pages with borders, orders and conditions of every sort; cursors are added to some of them on the way.
func askedPages() []staffroom.Query {
	equal, contains := staffroom.Equal, func(field staffroom.Field, value string) staffroom.Cond { return staffroom.Contains(field, value) }
	byTitle := staffroom.FieldResourceTitle
	return []staffroom.Query{
		{Limit: 3},
		{Where: []staffroom.Cond{contains(staffroom.FieldResourceAudience, "everyone")}, By: byTitle, Limit: 4},
		{Where: []staffroom.Cond{contains(staffroom.FieldResourceAudience, "members")}, By: byTitle, Desc: true, Limit: 2},
		{Where: []staffroom.Cond{contains(staffroom.FieldResourceAudience, "members")}, By: byTitle, Backward: true, Limit: 2},
		{Where: []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, "everyone", "members")}, By: byTitle, Limit: 5},
		{
			Where: []staffroom.Cond{contains(staffroom.FieldResourceAudience, "everyone"), equal(staffroom.FieldResourceSchool, "school_1")},
			By:    byTitle, Limit: 2,
		},
		{
			Where: []staffroom.Cond{contains(staffroom.FieldResourceAudience, "everyone"), contains(staffroom.FieldResourceTopics, "b")},
			By:    byTitle, Limit: 3,
		},
		{
			Where: []staffroom.Cond{contains(staffroom.FieldResourceAudience, "everyone"), staffroom.Between(byTitle, "b", "f")},
			By:    byTitle, Limit: 2,
		},
		{Where: []staffroom.Cond{equal(staffroom.FieldResourceSchool, "school_2")}, By: staffroom.FieldResourceChangedAt, Limit: 2},
	}
}

// describe is a page as text, with what people would see of it.
func describe(page *staffroom.Page[staffroom.Resource]) string {
	text := fmt.Sprintf("more: %t", page.More)
	for i, r := range page.Items {
		text += fmt.Sprintf("; %s %q %s %v %s", r.ID, r.Title, r.SchoolID, r.Audience, page.Cursor(i))
	}
	return text
}

// askedAnew is the page that q describes, from an answer so long that nobody keeps it.
func askedAnew(t *testing.T, store *staffroom.Store, q staffroom.Query) string {
	t.Helper()
	limit := q.Limit
	q.Limit = staffroom.MaxLimit
	page, err := store.Resources.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if page.More = len(page.Items) > limit; page.More {
		from := 0
		if q.Backward {
			from = len(page.Items) - limit
		}
		page.Items, page.Keys = page.Items[from:from+limit], page.Keys[from:from+limit]
	}
	return describe(page)
}

// TestListsAreNeverOld lets two programs change a few resources in every way, and looks at all pages after each change, twice.
func TestListsAreNeverOld(t *testing.T) {
	one, other := twoPrograms(t)
	stores, chance := []*staffroom.Store{one, other}, rand.New(rand.NewPCG(1, 2))
	pages, ids := askedPages(), []string{}
	for step := range 120 {
		ids = changeSomething(t, stores[chance.IntN(2)], chance, ids)
		for range 2 {
			for n, q := range pages {
				for name, store := range stores {
					page, err := store.Resources.Find(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					if got, want := describe(page), askedAnew(t, store, q); got != want {
						t.Fatalf("step %d, page %d of store %d:\n%s\ninstead of\n%s", step, n, name, got, want)
					}
					if page.More && !q.Backward && len(pages) < 40 && step%10 == 0 {
						q.After = page.Cursor(len(page.Items) - 1)
						pages = append(pages, q)
					}
				}
			}
		}
	}
}

// changeSomething makes one change to the resources with these ids, and returns the ids that there are then.
func changeSomething(t *testing.T, store *staffroom.Store, chance *rand.Rand, ids []string) []string {
	t.Helper()
	ctx, at := t.Context(), 0
	sort := chance.IntN(10)
	if len(ids) < 5 {
		sort = 0
	} else {
		at = chance.IntN(len(ids))
	}
	switch {
	case sort < 3:
		doc := newResource("")
		vary(doc, chance)
		if results, err := store.Resources.PutMany(ctx, []*staffroom.Resource{doc}); err != nil || results[0] != nil {
			t.Fatal(results, err)
		}
		return append(ids, doc.ID)
	case sort < 5:
		if err := store.Resources.Delete(ctx, ids[at]); err != nil {
			t.Fatal(err)
		}
		return slices.Delete(ids, at, at+1)
	case sort < 8:
		_, err := store.Resources.Update(ctx, ids[at], func(r *staffroom.Resource) error {
			vary(r, chance)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	default:
		doc, err := store.Resources.Get(ctx, ids[at])
		if err != nil {
			t.Fatal(err)
		}
		vary(doc, chance)
		if results, err := store.Resources.PutMany(ctx, []*staffroom.Resource{doc}); err != nil || results[0] != nil {
			t.Fatal(results, err)
		}
	}
	return ids
}

// vary gives a resource other values in some of the fields that lists depend on.
func vary(r *staffroom.Resource, chance *rand.Rand) {
	if chance.IntN(2) == 0 {
		r.Title = string(rune('a' + chance.IntN(8)))
		r.SortTitle = r.Title
	}
	if chance.IntN(2) == 0 {
		r.Audience = [][]string{nil, {"everyone", "members"}, {"members"}, {"everyone"}}[chance.IntN(4)]
	}
	if chance.IntN(2) == 0 {
		r.SchoolID = fmt.Sprint("school_", chance.IntN(3))
	}
	if chance.IntN(2) == 0 {
		r.Topics = [][]string{nil, {"a"}, {"a", "b"}}[chance.IntN(3)]
	}
	r.ChangedAt = staffroom.At(r.ChangedAt.AddDate(0, 0, chance.IntN(3)))
}

// TestTextsThatAreStoredAsOthersAreFound holds for lists that were asked for before such a text came.
func TestTextsThatAreStoredAsOthersAreFound(t *testing.T) {
	one, _ := twoPrograms(t)
	q := staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldPostThread, "thread_\ufffd")}, By: staffroom.FieldPostCreatedAt, Limit: 5}
	for n := range 3 {
		for range 3 {
			page, err := one.Posts.Find(t.Context(), q)
			if err != nil || len(page.Items) != n {
				t.Fatalf("%d posts are found instead of %d: %v", len(page.Items), n, err)
			}
		}
		post := &staffroom.Post{Meta: staffroom.Meta{ID: staffroom.NewID(staffroom.PrefixPost)}, ThreadID: "thread_\xff"}
		if err := one.Posts.Insert(t.Context(), post); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoChangesAPageChangesNobodyElses(t *testing.T) {
	one, _ := twoPrograms(t)
	doc := newResource("first", "everyone")
	doc.PublishedAt = staffroom.At(time.Now())
	if err := one.Resources.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	everyone := []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, "everyone")}
	for range 4 { // read from the file, and then from the kept list
		page, err := one.Resources.Find(t.Context(), staffroom.Query{Where: everyone, By: staffroom.FieldResourcePublishedAt, Limit: 1})
		if err != nil || len(page.Items) != 1 || page.Items[0].Title != "first" || page.Items[0].Audience[0] != "everyone" || page.Keys[0] == "changed" {
			t.Fatalf("%+v, %v", page, err)
		}
		page.Items[0].Title, page.Items[0].Audience[0], page.Keys[0] = "changed", "changed", "changed"
		page.Items[0] = nil
	}
}

func TestCountsOfOthersStay(t *testing.T) {
	one, other := twoPrograms(t)
	values := []string{"thread_1", "thread_2", "thread_3"}
	want := map[string]int{}
	for n := range 12 {
		post := &staffroom.Post{Meta: staffroom.Meta{ID: staffroom.NewID(staffroom.PrefixPost)}, ThreadID: values[n%2]}
		if err := []*staffroom.Store{one, other}[n/3%2].Posts.Insert(t.Context(), post); err != nil {
			t.Fatal(err)
		}
		want[post.ThreadID]++
		if n%4 == 3 {
			moved, err := one.Posts.Update(t.Context(), post.ID, func(p *staffroom.Post) error { p.ThreadID = values[2]; return nil })
			if err != nil || moved.ThreadID != values[2] {
				t.Fatal(err)
			}
			want[post.ThreadID]--
			want[values[2]]++
		}
		for range 2 {
			counts, err := one.Posts.CountBy(t.Context(), staffroom.FieldPostThread, values)
			if err != nil || fmt.Sprint(counts) != fmt.Sprint(want) {
				t.Fatalf("after %d: %v instead of %v, %v", n, counts, want, err)
			}
		}
	}
}

// TestSessionsThatHaveEndedAreNotFound holds whichever program ends them, and however often they were found before.
func TestSessionsThatHaveEndedAreNotFound(t *testing.T) {
	one, other := twoPrograms(t)
	find := func(store *staffroom.Store, token string) int {
		page, err := store.Sessions.Find(t.Context(), staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSessionToken, token)}, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	for n, end := range []func(store *staffroom.Store, id string) error{
		func(store *staffroom.Store, id string) error { return store.Sessions.Delete(t.Context(), id) },
		func(store *staffroom.Store, id string) error {
			_, err := store.Sessions.Update(t.Context(), id, func(s *staffroom.Session) error { s.TokenHash += " renewed"; return nil })
			return err
		},
	} {
		for m, ender := range []*staffroom.Store{one, other} {
			token := fmt.Sprint("token", n, m)
			doc := &staffroom.Session{Meta: staffroom.Meta{ID: staffroom.NewID(staffroom.PrefixSession)}, TokenHash: token, ExpiresAt: staffroom.At(time.Now().Add(time.Hour))}
			if find(one, token)+find(one, token)+find(one, token) != 0 {
				t.Fatal("a session is found that there is not")
			}
			if err := one.Sessions.Insert(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
			if find(one, token)+find(one, token)+find(one, token) != 3 {
				t.Fatal("a session is not found")
			}
			if err := end(ender, doc.ID); err != nil {
				t.Fatal(err)
			}
			if find(one, token) != 0 || n == 1 && find(one, token+" renewed") != 1 {
				t.Errorf("a session is found after its end, or not by its new token")
			}
		}
	}
}
