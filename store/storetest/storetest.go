// Package storetest is the contract of the store as tests. Every adapter runs them against every server it supports.
//
// All tests of a run share one store, which may hold other documents already: each works with values that nobody else uses.
package storetest

import (
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Lacks names what a server is known not to do. What it names is left out for that server; everything else must hold.
type Lacks struct {
	// UniqueLists: it does not keep an element of a list to one document.
	UniqueLists bool
	// BigDocuments: it refuses a document of some MiB.
	BigDocuments bool
	// Speed: it is so slow that tests with many documents work with few.
	Speed bool
}

// suite is one run: a store, and what it lacks.
type suite struct {
	*staffroom.Store
	lacks Lacks
	// reopen opens a store of its own, for tests that close it.
	reopen func(t *testing.T) *staffroom.Store
}

// Run tests a store against the contract. Open gives a new or a shared store and closes it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) *staffroom.Store, lacks ...Lacks) {
	t.Helper()
	s := &suite{Store: open(t), reopen: open}
	if len(lacks) > 0 {
		s.lacks = lacks[0]
	}
	tests := []struct {
		name string
		run  func(*suite, *testing.T)
	}{
		{"a document comes back as it was stored", (*suite).roundTrip},
		{"absent, null and empty", (*suite).emptiness},
		{"times keep milliseconds", (*suite).times},
		{"text of any kind", (*suite).text},
		{"documents are copies", (*suite).copies},
		{"insert", (*suite).insert},
		{"what is taken is named", (*suite).conflicts},
		{"elements of a list can be unique", (*suite).uniqueLists},
		{"update", (*suite).update},
		{"update that fails or changes nothing", (*suite).updateNothing},
		{"no update is lost", (*suite).lostUpdate},
		{"delete", (*suite).remove},
		{"get many", (*suite).getMany},
		{"put many", (*suite).putMany},
		{"operators", (*suite).operators},
		{"operators on lists", (*suite).listOperators},
		{"conditions that no index answers", (*suite).rest},
		{"queries that nothing serves", (*suite).unserved},
		{"mistakes in queries", (*suite).mistakes},
		{"order and ties", (*suite).order},
		{"order by several values at once", (*suite).merged},
		{"pages forward while documents are added", (*suite).forward},
		{"pages backward", (*suite).backward},
		{"an order that a narrow index has not", (*suite).narrow},
		{"a page between two cursors", (*suite).between},
		{"orders by id, number and flag", (*suite).otherOrders},
		{"cursors of other lists", (*suite).foreignCursors},
		{"documents without the field ordered by", (*suite).unordered},
		{"a partial index", (*suite).partial},
		{"changes come in order", (*suite).updates},
		{"changes of what was ever published", (*suite).updatesOfPublished},
		{"count", (*suite).count},
		{"count by", (*suite).countBy},
		{"count by elements of lists", (*suite).countByList},
		{"numbers that are kept", (*suite).numbers},
		{"walk through all", (*suite).all},
		{"what expires", (*suite).expiry},
		{"cancelled contexts", (*suite).cancelled},
		{"what is read is counted", (*suite).counted},
		{"many at once", (*suite).concurrent},
		// What is stored for these makes a server slower that looks at all documents.
		{"put very many", (*suite).putVeryMany},
		{"big documents", (*suite).big},
		{"ping and close", (*suite).closed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(s, t) })
	}
}

// some is n, or fewer for a slow server.
func (s *suite) some(n int) int {
	if s.lacks.Speed {
		return max(n/10, 3)
	}
	return n
}

// tag is text that nobody else uses.
func tag() string { return strings.ToLower(rand.Text()[:12]) }

func newMeta(prefix string) staffroom.Meta { return staffroom.Meta{ID: staffroom.NewID(prefix)} }

// school makes a school in the authority; its URN is unique.
func school(authority, name string) *staffroom.School {
	return &staffroom.School{
		Meta: newMeta(staffroom.PrefixSchool),
		Establishment: staffroom.Establishment{
			URN: tag(), Name: name, SortName: strings.ToLower(name), AuthorityCode: authority,
			Phase: staffroom.PhasePrimary, TypeGroup: staffroom.GroupAcademies, Status: staffroom.SchoolOpen,
		},
	}
}

// resource makes a resource that everybody in the audience finds.
func resource(title string, audience ...string) *staffroom.Resource {
	return &staffroom.Resource{
		Meta: newMeta(staffroom.PrefixResource), Title: title, SortTitle: strings.ToLower(title), Kind: staffroom.KindTool,
		Status: staffroom.StatusPublished, PublishedAt: moment(0), ChangedAt: moment(0), Audience: audience,
	}
}

// moment is n seconds after a fixed time.
func moment(n int) staffroom.Time {
	return staffroom.At(time.Date(2026, 3, 1, 9, 30, n, 123_000_000, time.UTC))
}

// insertAll stores docs.
func insertAll[T any](t *testing.T, c staffroom.Collection[T], docs ...*T) {
	t.Helper()
	results, err := c.PutMany(t.Context(), docs)
	if err := errors.Join(append(results, err)...); err != nil {
		t.Fatalf("store %d documents: %v", len(docs), err)
	}
}

// wantCode fails unless err has the code, and in Field the name of the index if there is one.
func wantCode(t *testing.T, err error, code staffroom.Code, index string) {
	t.Helper()
	e, ok := errors.AsType[*staffroom.Error](err)
	switch {
	case !ok:
		t.Errorf("got the error %v, want one with code %s", err, code)
	case e.Code != code || e.Field != index:
		t.Errorf("got code %s and field %q, want %s and %q (%v)", e.Code, e.Field, code, index, err)
	}
}

func must[V any](t *testing.T) func(V, error) V {
	t.Helper()
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// ids are the ids of docs, in their order; nil documents give "-".
func ids[T any](docs []*T) []string {
	out := make([]string, len(docs))
	for i, doc := range docs {
		out[i] = "-"
		if doc != nil {
			out[i] = any(doc).(staffroom.Document).Metadata().ID
		}
	}
	return out
}

// find runs a query that must work, with a limit if it has none.
func find[T any](t *testing.T, c staffroom.Collection[T], q staffroom.Query) *staffroom.Page[T] {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	page, err := c.Find(t.Context(), q)
	if err != nil {
		t.Fatalf("find %v by %q: %v", q.Where, q.By, err)
	}
	if len(page.Keys) != len(page.Items) {
		t.Fatalf("find gave %d keys for %d documents", len(page.Keys), len(page.Items))
	}
	return page
}
