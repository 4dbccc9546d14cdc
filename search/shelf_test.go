package search_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/staffroom-schools/staffroom/events"
	"github.com/staffroom-schools/staffroom/search"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// shelf is a collection in memory with what the index reads by. Unlike a real store it lets a test choose when a document
// was updated, to play writes that are committed late.
type shelf[T any] struct {
	given                   int // how many documents Find gave
	staffroom.Collection[T]     // nil: whatever else the index called would panic
	mu                      sync.Mutex
	docs                    map[string]*T
	// parent is the id that a document is found by beside its time.
	parent func(*T) string
	// ordered are the docs in the order in which they are found; nil after a change.
	ordered []*T
}

func meta[T any](doc *T) *staffroom.Meta { return any(doc).(staffroom.Document).Metadata() }

func (s *shelf[T]) put(docs ...T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ordered = nil
	if s.docs == nil {
		s.docs = map[string]*T{}
	}
	for _, doc := range docs {
		m := meta(&doc)
		if old, there := s.docs[m.ID]; there {
			m.Version = meta(old).Version
		}
		m.Version++
		s.docs[m.ID] = &doc
	}
}

func (s *shelf[T]) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ordered = nil
	delete(s.docs, id)
}

func (s *shelf[T]) matches(doc *T, c staffroom.Cond) bool {
	switch c.Op {
	case staffroom.OpEqual:
		return s.parent(doc) == c.Values[0]
	case staffroom.OpPresent:
		return c.Field == staffroom.FieldResourcePublishedAt && !any(doc).(*staffroom.Resource).PublishedAt.IsZero()
	case staffroom.OpRange:
		return !meta(doc).UpdatedAt.Before(c.Values[0].(staffroom.Time).Time)
	default:
		panic("the shelf knows no " + c.Op)
	}
}

// key is the time that documents are ordered by.
func (s *shelf[T]) key(doc *T) string {
	if s.parent != nil {
		return meta(doc).CreatedAt.String()
	}
	return meta(doc).UpdatedAt.String()
}

func (s *shelf[T]) inOrder() []*T {
	if s.ordered == nil {
		s.ordered = slices.Collect(maps.Values(s.docs))
		slices.SortFunc(s.ordered, func(a, b *T) int {
			return cmp.Or(strings.Compare(s.key(a), s.key(b)), strings.Compare(meta(a).ID, meta(b).ID))
		})
	}
	return s.ordered
}

func (s *shelf[T]) Find(_ context.Context, q staffroom.Query) (*staffroom.Page[T], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var at any
	var id string
	if q.After != "" {
		var err error
		if at, id, err = staffroom.DecodeCursor("test", q.After); err != nil {
			return nil, err
		}
	}
	page := &staffroom.Page[T]{Order: "test"}
	for _, doc := range s.inOrder() {
		if at != nil && cmp.Or(strings.Compare(s.key(doc), at.(string)), strings.Compare(meta(doc).ID, id)) <= 0 {
			continue
		}
		if !slices.ContainsFunc(q.Where, func(c staffroom.Cond) bool { return !s.matches(doc, c) }) {
			page.Items = append(page.Items, doc)
		}
		if len(page.Items) > q.Limit {
			break
		}
	}
	if page.More = len(page.Items) > q.Limit; page.More {
		page.Items = page.Items[:q.Limit]
	}
	s.given += len(page.Items)
	for _, doc := range page.Items {
		page.Keys = append(page.Keys, s.key(doc))
	}
	return page, nil
}

func (s *shelf[T]) GetMany(_ context.Context, ids []string) ([]*T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	docs := make([]*T, len(ids))
	for i, id := range ids {
		docs[i] = s.docs[id]
	}
	return docs, nil
}

// world is an index over shelves.
type world struct {
	schools   shelf[staffroom.School]
	resources shelf[staffroom.Resource]
	threads   shelf[staffroom.Thread]
	posts     shelf[staffroom.Post]
	hub       *events.Hub
	*search.Index
}

func newWorld() *world {
	w := &world{hub: events.NewHub()}
	w.posts.parent = func(p *staffroom.Post) string { return p.ThreadID }
	return w
}

func (w *world) store() *staffroom.Store {
	return &staffroom.Store{Schools: &w.schools, Resources: &w.resources, Threads: &w.threads, Posts: &w.posts}
}

// open opens an index over w in dir and closes it at the end of the test.
func (w *world) open(tb testing.TB, dir string) {
	tb.Helper()
	ix, err := search.Open(dir, w.store(), w.hub, quietLog())
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	w.Index = ix
	tb.Cleanup(func() { _ = ix.Close() })
}

func (w *world) catchUp(tb testing.TB) {
	tb.Helper()
	if err := w.CatchUp(tb.Context()); err != nil {
		tb.Fatalf("CatchUp: %v", err)
	}
}

// find searches as a member would.
func (w *world) find(tb testing.TB, q staffroom.TextQuery) *staffroom.TextResult {
	tb.Helper()
	if q.Audiences == nil {
		q.Audiences = []string{staffroom.AudienceEveryone, staffroom.AudienceMembers}
	}
	if q.Limit == 0 {
		q.Limit = 10
	}
	found, err := w.Search(tb.Context(), q)
	if err != nil {
		tb.Fatalf("Search(%+v): %v", q, err)
	}
	return found
}

// ids finds by words alone.
func (w *world) ids(tb testing.TB, text string) []string {
	tb.Helper()
	return idsOf(w.find(tb, staffroom.TextQuery{Text: text}))
}

func idsOf(found *staffroom.TextResult) []string {
	ids := []string{}
	for _, hit := range found.Hits {
		ids = append(ids, hit.ID)
	}
	return ids
}
