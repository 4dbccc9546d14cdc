package resolvers_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxAsked is how often a collection may be asked for one page. On a machine that does nothing else it is once or twice, for each level
// of the query; on a busy one a loader may wait too short a time for the last of its keys. Item by item it would be 20 times and more.
const maxAsked = 5

// TestNoQueryPerItem checks that a page asks the store as often as its query has levels, not as often as it has items.
func TestNoQueryPerItem(t *testing.T) {
	w := newWorld(t)
	w.fillPages(t)
	for name, query := range map[string]string{
		"20 resources with authors, school, authority and counts": `{
			resources(first: 20, orderBy: { by: TITLE, direction: DESC }) {
				edges { node { title authors { name school { name } } school { name resourceCount authority { name } } authority { name } } }
			}
		}`,
		"a thread of 50 posts with authors": `{
			thread(id: "<long>") { title postCount posts(first: 50) { nodes { body author { name school { name } } } } }
		}`,
		"33 boroughs with their lead schools": `{
			boroughs { name leadSchools(first: 2, filter: { phases: [PRIMARY, SECONDARY] }) { totalCount nodes { from school { name } contact { name } } } }
		}`,
		"20 threads with resource, author and counts": `{
			threads(first: 20) { nodes { title postCount author { name } space { name } resource { title } } }
		}`,
	} {
		t.Run(name, func(t *testing.T) {
			w.calls.reset()
			if got := w.raw(t, w.schema(), "cat", query, nil); strings.Contains(got, `"errors"`) {
				t.Fatal(got)
			}
			asked := map[string]int{}
			for _, call := range w.calls.all() {
				collection, _, _ := strings.Cut(call, ".")
				if asked[collection]++; asked[collection] == maxAsked+1 {
					t.Errorf("%s was asked too often: %v", collection, w.calls.all())
				}
			}
		})
	}
}

// fillPages adds 20 authors, schools, resources and threads, and a thread of 50 posts.
func (w *world) fillPages(t *testing.T) {
	t.Helper()
	var authors []string
	for i := range 20 {
		name := fmt.Sprintf("m%d", i)
		w.addSchool(t, "s"+name, staffroom.Establishment{
			URN: fmt.Sprint(920000 + i), Name: "School " + name, AuthorityCode: []string{lewisham, camden}[i%2],
		}, staffroom.Time{})
		w.addMember(t, name, "s"+name, staffroom.MembershipActive)
		w.addResource(t, "zz "+name, staffroom.StatusPublished, staffroom.VisibilityPublic)
		_, err := w.store.Resources.Update(t.Context(), w.ids["zz "+name], func(r *staffroom.Resource) error {
			r.AuthorIDs, r.SchoolID = []string{w.ids[name], w.ids["ada"]}, w.ids["s"+name]
			return nil
		})
		must(t, err)
		w.addThread(t, "t"+name, "Thread "+name, name)
		authors = append(authors, name)
	}
	for range 30 {
		authors = append(authors, "ada")
	}
	w.addThread(t, "long", "A long thread", authors...)
}

// TestLeadSchoolsOfManyAuthorities checks that what is read for many authorities at once is what each has by itself, page by page.
func TestLeadSchoolsOfManyAuthorities(t *testing.T) {
	w := newWorld(t)
	for i, phase := range []staffroom.Phase{staffroom.PhaseNursery, staffroom.PhaseSecondary, staffroom.PhaseAllThrough} {
		must(t, w.store.LeadSchools.Insert(t.Context(), &staffroom.LeadSchool{
			Meta: w.name(staffroom.PrefixLeadSchool, string(phase)), SchoolID: w.ids["elm"], AuthorityCode: lewisham,
			Phases: []staffroom.Phase{phase}, From: staffroom.Date(fmt.Sprintf("2025-10-0%d", i+1)), Remit: "Lead.", Current: true,
			Holds: []string{lewisham + " " + string(phase)},
		}))
	}
	const query = `query($code: String!, $after: String) {
		boroughs { code leadSchools(first: 3, after: $after) { ...page } }
		authority(code: $code) { leadSchools(first: 3, after: $after, before: "") { ...page } } # asked for by itself
	}
	fragment page on LeadSchoolConnection { totalCount pageInfo { hasNextPage endCursor } nodes { phases } }`
	type page struct {
		TotalCount int
		PageInfo   struct {
			HasNextPage bool
			EndCursor   *string
		}
		Nodes []struct{ Phases []string }
	}
	type borough struct {
		Code        string
		LeadSchools page
	}
	var data struct {
		Boroughs  []borough
		Authority struct{ LeadSchools page }
	}
	variables := map[string]any{"code": lewisham}
	for _, want := range []int{3, 1} {
		w.data(t, "visitor", query, variables, &data)
		at := slices.IndexFunc(data.Boroughs, func(b borough) bool { return b.Code == lewisham })
		together, alone := data.Boroughs[at].LeadSchools, data.Authority.LeadSchools
		if !reflect.DeepEqual(together, alone) || len(together.Nodes) != want || together.TotalCount != 4 || together.PageInfo.HasNextPage != (want == 3) {
			t.Errorf("together %+v, by itself %+v; want %d of 4", together, alone, want)
		}
		variables["after"] = *together.PageInfo.EndCursor
	}
}

// TestMutationReadsAfresh checks that a mutation sees what an earlier one of the same operation changed.
func TestMutationReadsAfresh(t *testing.T) {
	w := newWorld(t)
	got := w.run(t, "ada", `mutation {
		before: replyToThread(input: { threadId: "<talk>", body: "One" }) { post { author { name } thread { postCount } } }
		updateProfile(input: { version: 1, name: "Ada Lovelace" }) { userErrors { message } }
		after: replyToThread(input: { threadId: "<talk>", body: "Two" }) { post { author { name } thread { postCount } } }
	}`, nil)
	want := `{"data":{"before":{"post":{"author":{"name":"Ada Example"},"thread":{"postCount":4}}},"updateProfile":{"userErrors":[]},` +
		`"after":{"post":{"author":{"name":"Ada Lovelace"},"thread":{"postCount":5}}}}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestThreadActivity follows a thread while others write in it and while a name changes, until the viewer may not read it any more.
func TestThreadActivity(t *testing.T) {
	t.Run("direct", func(t *testing.T) {
		w := newWorld(t)
		schema := w.schema()
		w.followThread(t, schema)
		if events, _ := schema.Counts(); events < 3 {
			t.Errorf("%d events were answered directly", events)
		}
	})
	t.Run("executor", func(t *testing.T) {
		w := newWorld(t)
		w.followThread(t, graph.NewExecutableSchema(w.config()))
	})
}

func (w *world) followThread(t *testing.T, schema graphql.ExecutableSchema) {
	t.Helper()
	next := w.start(w.as(t, "cat"), schema, w.withIDs(`subscription {
		threadActivity(threadId: "<talk>") { body author { name } thread { postCount } }
	}`), nil)
	answers := make(chan string)
	go func() {
		defer close(answers)
		for answer := next(); answer != nil; answer = next() {
			answers <- string(answer.Data)
		}
	}()
	w.awaitActivity(t, answers)
	for i, name := range []string{"Ada Example", "Ada Lovelace"} {
		w.run(t, "ada", fmt.Sprintf(`mutation { updateProfile(input: { version: %d, name: %q }) { userErrors { code } } }`, i+1, name), nil)
		w.reply(t, "ada", "Hello")
		want := fmt.Sprintf(`{"threadActivity":{"body":"Hello","author":{"name":%q},"thread":{"postCount":%d}}}`, name, w.posts(t))
		if got := hello(answers); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	_, err := w.store.Members.Update(t.Context(), w.ids["cat"], func(m *staffroom.Member) error {
		m.Membership = staffroom.MembershipDeclined
		return nil
	})
	must(t, err)
	w.reply(t, "ada", "Hello")
	if got := hello(answers); got != "" {
		t.Errorf("after the end: %s", got)
	}
}

// hello is the next answer that says so; empty after the last answer.
func hello(answers <-chan string) string {
	for answer := range answers {
		if strings.Contains(answer, "Hello") {
			return answer
		}
	}
	return ""
}

// awaitActivity writes until the subscription, which begins in a goroutine, has heard of it.
func (w *world) awaitActivity(t *testing.T, answers <-chan string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		w.reply(t, "ben", "Anybody?")
		select {
		case <-answers:
			return
		case <-deadline:
			t.Fatal("no activity was heard of")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (w *world) reply(t *testing.T, who, body string) {
	t.Helper()
	w.tick(t)
	w.run(t, who, fmt.Sprintf(`mutation { replyToThread(input: { threadId: "<talk>", body: %q }) { userErrors { code } } }`, body), nil)
}

func (w *world) posts(t *testing.T) int {
	t.Helper()
	n, err := w.store.Posts.Count(t.Context(), staffroom.Equal(staffroom.FieldPostThread, w.ids["talk"]))
	must(t, err)
	return n
}

// TestSubscribingNeedsPermission checks that visitors hear nothing.
func TestSubscribingNeedsPermission(t *testing.T) {
	w := newWorld(t)
	got := w.run(t, "visitor", `subscription { threadActivity(threadId: "<talk>") { body } }`, nil)
	if !strings.Contains(got, `"UNAUTHENTICATED"`) {
		t.Errorf("got %s", got)
	}
}
