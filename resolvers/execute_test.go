package resolvers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/direct"
	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/markdown"
	"github.com/staffroom-schools/staffroom/resolvers"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// config is that of the executable schema.
func (w *world) config() graph.Config {
	return resolvers.New(w.network, resolvers.Options{
		FileURL: func(resourceID, fileID string) string {
			return "https://staffroom.example/files/" + resourceID + "/" + fileID
		},
		RenderHTML: markdown.HTML,
	})
}

// schema is the schema as the program executes it.
func (w *world) schema() *direct.Schema {
	return graph.NewDirectSchema(w.config(), resolvers.NewLoaders(w.network).Gather)
}

// present shows the code of an error as package server does.
func present(ctx context.Context, err error) *gqlerror.Error {
	shown := graphql.DefaultErrorPresenter(ctx, err)
	if known, ok := errors.AsType[*staffroom.Error](err); ok {
		shown.Message = known.Message
		shown.Extensions = map[string]any{"code": string(known.Code)}
	}
	return shown
}

// start begins an operation; each call of the result is one answer.
func (w *world) start(ctx context.Context, schema graphql.ExecutableSchema, query string, variables map[string]any) func() *graphql.Response {
	e := executor.New(schema)
	e.SetErrorPresenter(present)
	if w.documents != nil {
		e.SetQueryCache(w.documents)
	}
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		return func() *graphql.Response { return e.DispatchError(graphql.WithOperationContext(ctx, op), errs) }
	}
	if schema, ok := schema.(*direct.Schema); ok {
		if data, err := schema.Answer(ctx, op, nil); err == nil {
			return func() *graphql.Response { return &graphql.Response{Data: data} }
		}
	}
	loaders := resolvers.NewLoaders(w.network)
	next, ctx := e.DispatchOperation(loaders.With(ctx), op)
	return func() *graphql.Response { return next(loaders.With(ctx)) }
}

// run is the answer to an operation, as JSON with names instead of ids. Queries are also run by gqlgen's executor alone, which must
// answer the same.
func (w *world) run(t *testing.T, who, query string, variables map[string]any) string {
	t.Helper()
	answer := w.raw(t, w.schema(), who, query, variables)
	if changes := strings.Contains(query, "mutation"); !changes {
		if executed := w.raw(t, graph.NewExecutableSchema(w.config()), who, query, variables); executed != answer {
			t.Errorf("as %q: %s\nis answered:\n%s\nand by gqlgen's executor:\n%s", who, query, answer, executed)
		}
	}
	return w.withNames(answer)
}

// raw is the answer to an operation, as JSON.
func (w *world) raw(t *testing.T, schema graphql.ExecutableSchema, who, query string, variables map[string]any) string {
	t.Helper()
	answer := w.start(w.as(t, who), schema, w.withIDs(query), variables)()
	slices.SortStableFunc(answer.Errors, func(a, b *gqlerror.Error) int { // fields run at once and fail in any order
		return strings.Compare(a.Path.String(), b.Path.String())
	})
	raw, err := json.Marshal(answer)
	must(t, err)
	return string(raw)
}

// data runs an operation that must succeed and reads its data into out.
func (w *world) data(t *testing.T, who, query string, variables map[string]any, out any) {
	t.Helper()
	answer := w.start(w.as(t, who), w.schema(), w.withIDs(query), variables)()
	if len(answer.Errors) > 0 {
		t.Fatalf("as %q: %v\n%s", who, answer.Errors, query)
	}
	must(t, json.Unmarshal(answer.Data, out))
}

var (
	placeholder = regexp.MustCompile(`<([a-z0-9 ]+)>`)
	anID        = regexp.MustCompile(`\b(authority|school|member|leadschool|resource|file|thread|post)_[0-9a-z]{26}\b`)
	aCursor     = regexp.MustCompile(`("(?:cursor|startCursor|endCursor)":)"[^"]+"`)
)

// withIDs puts ids for the names in text: <ada> becomes her id. Other text in angle brackets stays.
func (w *world) withIDs(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		if id, ok := w.ids[found[1:len(found)-1]]; ok {
			return id
		}
		return found
	})
}

// withNames is the other way round. What has no name yet gets one, "new thread 1", by which later operations find it.
func (w *world) withNames(text string) string {
	names := map[string]string{}
	for name, id := range w.ids {
		names[id] = name
	}
	text = anID.ReplaceAllStringFunc(text, func(id string) string {
		if _, known := names[id]; !known {
			kind, _, _ := strings.Cut(id, "_")
			names[id] = w.free("new " + kind)
			w.ids[names[id]] = id
		}
		return "<" + names[id] + ">"
	})
	return aCursor.ReplaceAllString(text, `$1"<cursor>"`)
}

func (w *world) free(name string) string {
	for i := 1; ; i++ {
		numbered := fmt.Sprintf("%s %d", name, i)
		if _, taken := w.ids[numbered]; !taken {
			return numbered
		}
	}
}
