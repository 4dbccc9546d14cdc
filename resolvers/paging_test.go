package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

type schoolPage struct {
	Schools struct {
		Edges []struct {
			Cursor string
			Node   struct{ Name string }
		}
		Nodes    []struct{ Name string }
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       *string
		}
	}
}

const schoolPages = `query($first: Int, $after: String, $last: Int, $before: String, $order: OrderDirection!) {
	schools(first: $first, after: $after, last: $last, before: $before, orderBy: { by: NAME, direction: $order }) {
		edges { cursor node { name } } nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
	}
}`

// What the index finds, best first, in two lists.
const (
	textPages = `query($first: Int, $after: String, $last: Int, $before: String) {
	schools(first: $first, after: $after, last: $last, before: $before, filter: { text: "school" }) {
		edges { cursor node { name } } nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
	}
}`
	searchPages = `query($first: Int, $after: String, $last: Int, $before: String) {
	schools: search(query: "school", types: [SCHOOL], first: $first, after: $after, last: $last, before: $before) {
		edges { cursor node { ... on School { name } } } nodes { ... on School { name } }
		pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
	}
}`
)

// TestPagesForthAndBack walks a list of 23 schools forth and back, in both orders and many sizes, and finds each school once and in order.
func TestPagesForthAndBack(t *testing.T) {
	w := newWorld(t)
	names := []string{"Ash Lane Infant School", "Elmwood School", "Oakfield Primary School"}
	for i := range 20 {
		// Two of each name: ties are broken by id.
		name := fmt.Sprintf("School %02d", i/2)
		w.addSchool(t, fmt.Sprint(i), staffroom.Establishment{URN: fmt.Sprint(910000 + i), Name: name}, staffroom.Time{})
		names = append(names, name)
	}
	for _, order := range []string{"ASC", "DESC"} {
		for _, size := range []int{1, 7, 22, 23, 100} {
			if got := w.walk(t, schoolPages, size, order, true); !slices.Equal(got, names) {
				t.Errorf("forth by %d %s: %v", size, order, got)
			}
			back := w.walk(t, schoolPages, size, order, false)
			slices.Reverse(back)
			if !slices.Equal(back, names) {
				t.Errorf("back by %d %s: %v", size, order, back)
			}
		}
		slices.Reverse(names)
	}
}

// TestPagesOfHitsForthAndBack walks what a search finds forth and back.
func TestPagesOfHitsForthAndBack(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		e := staffroom.Establishment{URN: fmt.Sprint(910000 + i), Name: fmt.Sprintf("School %02d", i)}
		w.addSchool(t, fmt.Sprint(i), e, staffroom.Time{})
	}
	w.tick(t)
	for _, document := range []string{textPages, searchPages} {
		all := w.walk(t, document, 100, "", true)
		if len(all) < 20 {
			t.Fatalf("only %d schools are found: %v", len(all), all)
		}
		for _, size := range []int{1, 7, len(all) - 1, len(all), 100} {
			if got := w.walk(t, document, size, "", true); !slices.Equal(got, all) {
				t.Errorf("forth by %d: %v", size, got)
			}
			back := w.walk(t, document, size, "", false)
			slices.Reverse(back)
			if !slices.Equal(back, all) {
				t.Errorf("back by %d: %v", size, back)
			}
		}
		var first, between schoolPage
		w.data(t, "visitor", document, map[string]any{"first": 5}, &first)
		ends := map[string]any{"after": first.Schools.Edges[0].Cursor, "before": first.Schools.Edges[4].Cursor}
		w.data(t, "visitor", document, ends, &between)
		if got := len(between.Schools.Nodes); got != 3 || between.Schools.Nodes[0].Name != all[1] {
			t.Errorf("between two cursors there are %v", between.Schools.Nodes)
		}
		ends["after"], ends["before"] = ends["before"], ends["after"]
		w.data(t, "visitor", document, ends, &between)
		if got := len(between.Schools.Nodes); got != 0 {
			t.Errorf("between two cursors the wrong way round there are %d", got)
		}
	}
}

// walk collects the names of all pages, from the front or from the back.
func (w *world) walk(t *testing.T, document string, size int, order string, forth bool) (names []string) {
	t.Helper()
	args := map[string]any{"first": size}
	if !forth {
		args = map[string]any{"last": size}
	}
	if order != "" {
		args["order"] = order
	}
	for range 50 {
		var page schoolPage
		w.data(t, "visitor", document, args, &page)
		list := page.Schools
		if n := len(list.Edges); n != len(list.Nodes) || n > size ||
			n > 0 && (*list.PageInfo.StartCursor != list.Edges[0].Cursor || *list.PageInfo.EndCursor != list.Edges[n-1].Cursor) {
			t.Fatalf("edges, nodes and pageInfo do not agree: %+v", list)
		}
		if !forth {
			slices.Reverse(list.Edges)
		}
		for _, edge := range list.Edges {
			names = append(names, edge.Node.Name)
		}
		switch {
		case forth && list.PageInfo.HasNextPage:
			args["after"] = *list.PageInfo.EndCursor
		case !forth && list.PageInfo.HasPreviousPage:
			args["before"] = *list.PageInfo.StartCursor
		default:
			return names
		}
	}
	t.Fatal("the list does not end")
	return nil
}

// TestCursorOfAnotherOrder checks that a cursor is good for its own order only.
func TestCursorOfAnotherOrder(t *testing.T) {
	w := newWorld(t)
	var page schoolPage
	w.data(t, "visitor", schoolPages, map[string]any{"first": 1, "order": "ASC"}, &page)
	for _, cursor := range []string{*page.Schools.PageInfo.EndCursor, "x" + *page.Schools.PageInfo.EndCursor, "💥"} {
		got := w.run(t, "visitor", schoolPages, map[string]any{"first": 1, "order": "DESC", "after": cursor})
		if !strings.Contains(got, `"BAD_CURSOR"`) {
			t.Errorf("after %q: %s", cursor, got)
		}
	}
}

// TestTotalCountOnlyWhenAsked checks that nothing is counted in vain.
func TestTotalCountOnlyWhenAsked(t *testing.T) {
	w := newWorld(t)
	for query, counts := range map[string]int{
		`{ schools(first: 1) { nodes { name } pageInfo { hasNextPage } } }`: 0,
		`{ schools(first: 1) { totalCount } }`:                              1,
	} {
		w.calls.reset()
		w.raw(t, w.schema(), "visitor", query, nil)
		counted := 0
		for _, call := range w.calls.all() {
			if strings.Contains(call, "Count") {
				counted++
			}
		}
		if counted != counts {
			t.Errorf("%s: %v", query, w.calls.all())
		}
	}
}
