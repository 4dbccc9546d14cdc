package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Thread is the field Query.thread.
func (q query) Thread(ctx context.Context, id string) (*staffroom.Thread, error) {
	found, err := q.network.Threads.ByIDs(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// Threads is the field Query.threads.
func (q query) Threads(
	ctx context.Context, filter *graph.ThreadFilter, first *int, after *string, last *int, before *string,
) (*relay.ThreadConnection, error) {
	return relay.Of(q.network.Threads.Find(ctx, threadFilter(orZero(filter)), page(first, after, last, before)))
}

func threadFilter(in graph.ThreadFilter) staffroom.ThreadFilter {
	f := staffroom.ThreadFilter{Authors: in.Authors, Resources: in.Resources}
	for _, space := range in.Spaces {
		f.Spaces = append(f.Spaces, spaceOf(space))
	}
	return f
}

// spaceOf is the space that a client means; whether there is one, the service says.
func spaceOf(in *graph.SpaceInput) staffroom.Space {
	code := orZero(in.Authority)
	switch {
	case in.Kind == graph.SpaceKindAuthority:
		return staffroom.AuthoritySpace(code)
	case code != "":
		return staffroom.SpaceNetwork + ":" + staffroom.Space(code)
	default:
		return staffroom.SpaceNetwork
	}
}

// StartThread is the mutation startThread.
func (m mutation) StartThread(ctx context.Context, input graph.StartThreadInput) (*graph.StartThreadPayload, error) {
	thread, post, err := m.network.Threads.Start(ctx, staffroom.StartThread{
		Space: spaceOf(input.Space), Title: input.Title, Body: input.Body, ResourceID: orZero(input.ResourceID),
		IdempotencyKey: input.IdempotencyKey,
	})
	wrong, err := settle(ctx, err)
	return &graph.StartThreadPayload{Thread: thread, Post: post, UserErrors: wrong}, err
}

// ReplyToThread is the mutation replyToThread.
func (m mutation) ReplyToThread(ctx context.Context, input staffroom.ReplyToThread) (*graph.ReplyToThreadPayload, error) {
	reply, err := m.network.Threads.Reply(ctx, input)
	wrong, err := settle(ctx, err)
	return &graph.ReplyToThreadPayload{Post: reply, UserErrors: wrong}, err
}

// ThreadActivity is the subscription threadActivity.
func (s subscription) ThreadActivity(ctx context.Context, threadID string) (<-chan *staffroom.Post, error) {
	return s.network.Threads.Activity(ctx, threadID)
}

// Space is the field Thread.space.
func (thread) Space(ctx context.Context, t *staffroom.Thread) (*graph.Space, error) {
	code := t.Space.AuthorityCode()
	if code == "" {
		return &graph.Space{Kind: graph.SpaceKindNetwork, Name: "The whole network"}, nil
	}
	found, err := load(ctx, &loadersFrom(ctx).authorities, code)
	space := &graph.Space{Kind: graph.SpaceKindAuthority, Name: code, Authority: found}
	if found != nil {
		space.Name = found.Name
	}
	return space, err
}

// Author is the field Thread.author.
func (thread) Author(ctx context.Context, t *staffroom.Thread) (*staffroom.Member, error) {
	return load(ctx, &loadersFrom(ctx).authors, t.AuthorID)
}

// Resource is the field Thread.resource.
func (thread) Resource(ctx context.Context, t *staffroom.Thread) (*staffroom.Resource, error) {
	return load(ctx, &loadersFrom(ctx).resources, t.ResourceID)
}

// Posts is the field Thread.posts.
func (r thread) Posts(
	ctx context.Context, t *staffroom.Thread, first *int, after *string, last *int, before *string,
) (*relay.PostConnection, error) {
	return relay.Of(r.network.Threads.Posts(ctx, t.ID, page(first, after, last, before)))
}

// PostCount is the field Thread.postCount.
func (thread) PostCount(ctx context.Context, t *staffroom.Thread) (int, error) {
	return loadersFrom(ctx).postCounts.load(ctx, t.ID)
}

// Thread is the field Post.thread.
func (post) Thread(ctx context.Context, p *staffroom.Post) (*staffroom.Thread, error) {
	return load(ctx, &loadersFrom(ctx).threads, p.ThreadID)
}

// Author is the field Post.author.
func (post) Author(ctx context.Context, p *staffroom.Post) (*staffroom.Member, error) {
	return load(ctx, &loadersFrom(ctx).authors, p.AuthorID)
}

// BodyHTML is the field Post.bodyHtml.
func (r post) BodyHTML(ctx context.Context, p *staffroom.Post) (string, error) {
	return r.options.html(ctx, p.Body)
}
