package resolvers_test

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// calls remembers what was asked of the store.
type calls struct {
	mu   sync.Mutex
	list []string
}

func (c *calls) add(collection, method string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf("%s.%s(%d)", collection, method, n))
}

// reset forgets what was asked so far.
func (c *calls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
}

// all is what was asked since, sorted.
func (c *calls) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(slices.Values(c.list))
}

// count is the same store, with its reads counted.
func (c *calls) count(s *staffroom.Store) *staffroom.Store {
	counted := *s
	counted.Authorities = counting[staffroom.Authority]{s.Authorities, "authorities", c}
	counted.Schools = counting[staffroom.School]{s.Schools, "schools", c}
	counted.Members = counting[staffroom.Member]{s.Members, "members", c}
	counted.LeadSchools = counting[staffroom.LeadSchool]{s.LeadSchools, "leadSchools", c}
	counted.Resources = counting[staffroom.Resource]{s.Resources, "resources", c}
	counted.Threads = counting[staffroom.Thread]{s.Threads, "threads", c}
	counted.Posts = counting[staffroom.Post]{s.Posts, "posts", c}
	return &counted
}

// counting is a collection whose reads are counted.
type counting[T any] struct {
	staffroom.Collection[T]
	name  string
	calls *calls
}

func (c counting[T]) Get(ctx context.Context, id string) (*T, error) {
	c.calls.add(c.name, "Get", 1)
	return c.Collection.Get(ctx, id)
}

func (c counting[T]) GetMany(ctx context.Context, ids []string) ([]*T, error) {
	c.calls.add(c.name, "GetMany", len(ids))
	return c.Collection.GetMany(ctx, ids)
}

func (c counting[T]) Find(ctx context.Context, q staffroom.Query) (*staffroom.Page[T], error) {
	c.calls.add(c.name, "Find", q.Limit)
	return c.Collection.Find(ctx, q)
}

func (c counting[T]) Count(ctx context.Context, where ...staffroom.Cond) (int, error) {
	c.calls.add(c.name, "Count", 1)
	return c.Collection.Count(ctx, where...)
}

func (c counting[T]) CountBy(
	ctx context.Context, field staffroom.Field, values []string, where ...staffroom.Cond,
) (map[string]int, error) {
	c.calls.add(c.name, "CountBy", len(values))
	return c.Collection.CountBy(ctx, field, values, where...)
}
