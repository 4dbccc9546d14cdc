// Package relay shows a [staffroom.List] as a connection of the GraphQL schema (https://relay.dev/graphql/connections.htm). The
// schema's SchoolConnection and the others are names for one generic type, so that a new connection costs two lines.
package relay

import (
	"context"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Connection is a page of a list. Its methods are the fields of the schema; only TotalCount asks the store for more.
type Connection[T any] struct {
	list *staffroom.List[T]
}

// Of shows a list as a connection. With an error it is nil, so that a resolver can hand on what a service returned.
func Of[T any](list *staffroom.List[T], err error) (*Connection[T], error) {
	if err != nil {
		return nil, err
	}
	return &Connection[T]{list}, nil
}

// Nodes is the items alone.
func (c *Connection[T]) Nodes() []*T { return c.list.Items }

// Edges is the items with their cursors.
func (c *Connection[T]) Edges() []*Edge[T] {
	all := make([]Edge[T], len(c.list.Items))
	edges := make([]*Edge[T], len(all))
	for i := range all {
		all[i] = Edge[T]{c.list, i}
		edges[i] = &all[i]
	}
	return edges
}

// PageInfo is where the page stands in the list.
func (c *Connection[T]) PageInfo() *PageInfo {
	info := &PageInfo{HasNextPage: c.list.HasNext, HasPreviousPage: c.list.HasPrevious}
	if n := len(c.list.Items); n > 0 {
		first, last := c.list.Cursor(0), c.list.Cursor(n-1)
		info.StartCursor, info.EndCursor = &first, &last
	}
	return info
}

// TotalCount counts the whole list.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.list.Total(ctx) }

// Edge is an item of a page.
type Edge[T any] struct {
	list *staffroom.List[T]
	i    int
}

// Node is the item.
func (e *Edge[T]) Node() *T { return e.list.Items[e.i] }

// Cursor is the item's place in the list.
func (e *Edge[T]) Cursor() string { return e.list.Cursor(e.i) }

// DistanceKm is how far away the item is, in a list near a point; nil in any other.
func (e *Edge[T]) DistanceKm() *float64 { return e.list.Distance(e.i) }

// PageInfo is where a page stands in its list.
type PageInfo struct {
	HasNextPage, HasPreviousPage bool
	// StartCursor and EndCursor are nil for an empty page.
	StartCursor, EndCursor *string
}
