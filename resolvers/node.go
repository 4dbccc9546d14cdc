package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxNodes bounds the ids of one `nodes` field.
const maxNodes = 100

// Node is the field Query.node.
func (q query) Node(ctx context.Context, id string) (staffroom.Document, error) {
	nodes, err := q.Nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

// Nodes is the field Query.nodes.
func (q query) Nodes(ctx context.Context, ids []string) ([]staffroom.Document, error) {
	if len(ids) > maxNodes {
		return nil, staffroom.Invalid("ids", "At most %d ids at once, and %d were sent.", maxNodes, len(ids))
	}
	found, err := q.network.Nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	nodes := make([]staffroom.Document, len(found))
	for i, node := range found {
		nodes[i], _ = node.(staffroom.Document) // nil stays nil
	}
	return nodes, nil
}

// RateLimit is the field Query.rateLimit.
func (q query) RateLimit(ctx context.Context) (*staffroom.RateLimitInfo, error) {
	if info, limited := staffroom.RateLimitFrom(ctx); limited {
		return &info, nil
	}
	return nil, nil // null says that nothing is limited
}
