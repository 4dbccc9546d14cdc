// Package resolvers translates between the GraphQL schema and the services: input to one call, and what comes back to the schema's
// types. It decides nothing; who may do what, and what is right, is said in package staffroom.
//
// There is one file per noun. What all of them use is in this file, in loaders.go (reading many things at once), payloads.go (what
// the caller got wrong) and paging.go.
package resolvers

import (
	"bytes"
	"context"

	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Options are what resolvers need beside the services.
type Options struct {
	// FileURL is the absolute URL under which a file of a resource can be fetched. The file's name is put behind it, for people.
	FileURL func(resourceID, fileID string) string
	// RenderHTML makes safe HTML of Markdown.
	RenderHTML func(markdown string) string
}

// html makes HTML of Markdown when it is its turn: that takes time, and the cost of a field cannot tell how long its
// text is.
func (o Options) html(ctx context.Context, text string) (string, error) {
	if turns := staffroom.TurnsFrom(ctx); turns != nil {
		if err := turns.Turn(ctx, len(text)); err != nil {
			return "", err
		}
	}
	return o.RenderHTML(text), nil
}

// New is the configuration of the executable schema: graph.NewDirectSchema(resolvers.New(…), loaders.Gather). Whoever
// executes it also calls [Loaders.With].
func New(network *staffroom.Network, options Options) graph.Config {
	return graph.Config{Resolvers: &root{network, options}}
}

// SDL is the whole schema with its descriptions, in the schema definition language.
func SDL() string {
	var out bytes.Buffer
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	formatter.NewFormatter(&out, formatter.WithIndent("  ")).FormatSchema(schema)
	return out.String()
}

// root makes the resolvers of each type.
type root struct {
	network *staffroom.Network
	options Options
}

type (
	query        struct{ *root }
	mutation     struct{ *root }
	subscription struct{ *root }
	authority    struct{ *root }
	school       struct{ *root }
	schoolLink   struct{ *root }
	leadSchool   struct{ *root }
	member       struct{ *root }
	resource     struct{ *root }
	file         struct{ *root }
	thread       struct{ *root }
	post         struct{ *root }
	session      struct{ *root }
)

// Query is the resolvers of the type Query.
func (r *root) Query() graph.QueryResolver {
	return query{r}
}

// Mutation is the resolvers of the type Mutation.
func (r *root) Mutation() graph.MutationResolver {
	return mutation{r}
}

// Subscription is the resolvers of the type Subscription.
func (r *root) Subscription() graph.SubscriptionResolver {
	return subscription{r}
}

// Authority is the resolvers of the type Authority.
func (r *root) Authority() graph.AuthorityResolver {
	return authority{r}
}

// School is the resolvers of the type School.
func (r *root) School() graph.SchoolResolver {
	return school{r}
}

// SchoolLink is the resolvers of the type SchoolLink.
func (r *root) SchoolLink() graph.SchoolLinkResolver {
	return schoolLink{r}
}

// LeadSchool is the resolvers of the type LeadSchool.
func (r *root) LeadSchool() graph.LeadSchoolResolver {
	return leadSchool{r}
}

// Member is the resolvers of the type Member.
func (r *root) Member() graph.MemberResolver {
	return member{r}
}

// Resource is the resolvers of the type Resource.
func (r *root) Resource() graph.ResourceResolver {
	return resource{r}
}

// File is the resolvers of the type File.
func (r *root) File() graph.FileResolver {
	return file{r}
}

// Thread is the resolvers of the type Thread.
func (r *root) Thread() graph.ThreadResolver {
	return thread{r}
}

// Post is the resolvers of the type Post.
func (r *root) Post() graph.PostResolver {
	return post{r}
}

// Session is the resolvers of the type Session.
func (r *root) Session() graph.SessionResolver {
	return session{r}
}

// optional is nil for what the domain leaves empty.
func optional[T comparable](value T) *T {
	var empty T
	if value == empty {
		return nil
	}
	return &value
}

// orZero is what p points to, or the zero value for what a client left out.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
