package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const testSDL = `
scalar Upload
scalar HTML
scalar Even
input Filter { text: String  near: Near }
input Near { postcode: String }
input Parcel { name: String = "parcel"  file: Upload! }
input Box { even: Even  evens: [Even!]  box: Box }
enum Kind { BOOKLET TOOL }
type Query {
  hello(name: String): String
  viewer: String
  item(id: ID!): Item
  items(first: Int, after: String, last: Int, before: String, kind: Kind, text: String, filter: Filter): ItemConnection!
  nodes(ids: [ID!]!): [Item]!
  all: [Item!]!
  fail(how: String!): String
  halved(even: Even, evens: [Even!], box: Box): String
  slow: String
  rate: Int
}
type Item { id: ID!  title: String!  html: HTML!  self: Item!  items(first: Int): ItemConnection!  fail(how: String!): String }
type ItemConnection { edges: [ItemEdge!]!  nodes: [Item!]!  totalCount: Int! }
type ItemEdge { node: Item! }
type Mutation {
  say(text: String!): String!
  attach(file: Upload!): String!
  attachAll(files: [Upload!]!): String!
  post(parcel: Parcel!): String!
  slow: String
}
type Subscription { ticks(count: Int!): Int!  never: Int!  refused: Int!  viewers: String!  lags: Int! }
`

// testSchema executes testSDL as a generated schema would, with a resolver for each field that is not trivial.
type testSchema struct {
	schema *ast.Schema
	// entered is told of each call of the field slow, which waits for release.
	entered chan struct{}
	release chan struct{}
}

func newTestSchema(t *testing.T) *testSchema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "test.graphqls", Input: testSDL})
	if err != nil {
		t.Fatal(err)
	}
	return &testSchema{schema: schema, entered: make(chan struct{}, 100), release: make(chan struct{})}
}

func (s *testSchema) Schema() *ast.Schema { return s.schema }

func (s *testSchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s *testSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	switch oc.Operation.Operation {
	case ast.Subscription:
		return s.subscription(ctx, oc)
	case ast.Mutation:
		return s.once("Mutation", oc)
	default:
		return s.once("Query", oc)
	}
}

func (s *testSchema) once(root string, oc *graphql.OperationContext) graphql.ResponseHandler {
	ran := false
	return func(ctx context.Context) *graphql.Response {
		if ran {
			return nil
		}
		ran = true
		return &graphql.Response{Data: s.object(ctx, root, oc.Operation.SelectionSet)}
	}
}

func (s *testSchema) subscription(ctx context.Context, oc *graphql.OperationContext) graphql.ResponseHandler {
	field := graphql.CollectFields(oc, oc.Operation.SelectionSet, []string{"Subscription"})[0]
	args := field.ArgumentMap(oc.Variables)
	count := 0
	if field.Name == "refused" {
		graphql.AddError(ctx, staffroom.Errorf(staffroom.CodeForbidden, "This thread is not yours to follow."))
		return nil
	}
	return func(ctx context.Context) *graphql.Response {
		limit, _ := wholeNumber(args["count"])
		if field.Name == "never" || field.Name == "viewers" && count > 0 {
			<-ctx.Done()
			return nil
		}
		if field.Name == "lags" && count > 0 {
			staffroom.Ended(ctx, staffroom.Errorf(staffroom.CodeLagged, "You are too far behind."))
			return nil
		}
		if field.Name == "ticks" && count >= int(limit) {
			return nil
		}
		count++
		value, _ := json.Marshal(count)
		if field.Name == "viewers" {
			value, _ = json.Marshal(staffroom.ViewerFrom(ctx).MemberID())
		}
		return &graphql.Response{Data: fmt.Appendf(nil, `{%q:%s}`, field.Alias, value)}
	}
}

func (s *testSchema) object(ctx context.Context, typ string, set ast.SelectionSet) []byte {
	oc := graphql.GetOperationContext(ctx)
	var pieces []string
	for _, field := range graphql.CollectFields(oc, set, []string{typ}) {
		fc := graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: typ, Field: field, Args: field.ArgumentMap(oc.Variables)})
		value, err := s.safely(fc, field)
		if err != nil {
			graphql.AddError(fc, err)
			value = []byte("null")
		}
		pieces = append(pieces, fmt.Sprintf("%q:%s", field.Alias, value))
	}
	return []byte("{" + strings.Join(pieces, ",") + "}")
}

func (s *testSchema) safely(ctx context.Context, field graphql.CollectedField) (value []byte, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = graphql.Recover(ctx, recovered)
		}
	}()
	text, err := graphql.GetOperationContext(ctx).ResolverMiddleware(ctx, func(ctx context.Context) (any, error) {
		value, err := s.value(ctx, field, graphql.GetFieldContext(ctx).Args)
		return string(value), err
	})
	if err != nil {
		return nil, err
	}
	return []byte(text.(string)), nil
}

func (s *testSchema) value(ctx context.Context, field graphql.CollectedField, args map[string]any) ([]byte, error) {
	quoted := func(text string) ([]byte, error) { return json.Marshal(text) }
	switch field.Name {
	case "hello":
		return quoted(fmt.Sprintf("Hello, %v", args["name"]))
	case "viewer":
		return quoted(staffroom.ViewerFrom(ctx).MemberID())
	case "fail":
		return nil, failure(ctx, args["how"].(string))
	case "slow":
		return s.slow(ctx)
	case "rate":
		info, _ := staffroom.RateLimitFrom(ctx)
		return json.Marshal(info.Remaining)
	case "say":
		return quoted(args["text"].(string))
	case "attach":
		return describe(args["file"])
	case "post":
		parcel := args["parcel"].(map[string]any)
		file, err := describe(parcel["file"])
		return []byte(strings.Replace(string(file), `"`, `"`+parcel["name"].(string)+": ", 1)), err
	case "attachAll":
		return describe(args["files"].([]any)...)
	case "id", "title", "__typename":
		return quoted(field.Name)
	case "totalCount":
		return []byte("1"), nil
	case "__schema", "__type":
		return []byte("{}"), nil
	}
	one := s.object(ctx, field.Definition.Type.Name(), field.Selections)
	if field.Definition.Type.Elem != nil {
		return []byte("[" + string(one) + "]"), nil
	}
	return one, nil
}

func (s *testSchema) slow(ctx context.Context) ([]byte, error) {
	s.entered <- struct{}{}
	select {
	case <-s.release:
		return []byte(`"done"`), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// secretText stands for what must never reach a client.
const secretText = "dial tcp 10.0.0.7:5432: password=hunter2"

func failure(ctx context.Context, how string) error {
	switch how {
	case "domain":
		return &staffroom.Error{Code: staffroom.CodeForbidden, Message: "Only heads may do this.", Field: "school", Cause: errors.New(secretText)}
	case "internal":
		return &staffroom.Error{Code: staffroom.CodeInternal, Message: secretText}
	case "mistakes":
		return errors.Join(staffroom.Invalid("filter.spaces.1.name", "The first."), staffroom.Invalid("orderBy", "The second."))
	case "several":
		return fmt.Errorf("%w, then %w", staffroom.Invalid("filter", "The first."), errors.New(secretText))
	case "panic":
		panic(secretText)
	case "coercion":
		path := append(graphql.GetPath(ctx), ast.PathName("filter"), ast.PathName("kind"))
		return gqlerror.ErrorPathf(path, "PAMPHLET is not a valid Kind")
	}
	return errors.New(secretText)
}

func describe(uploads ...any) ([]byte, error) {
	var texts []string
	for _, value := range uploads {
		file := value.(graphql.Upload)
		content, err := io.ReadAll(file.File)
		if err != nil {
			return nil, err
		}
		texts = append(texts, fmt.Sprintf("%s (%d): %.20s", file.Filename, file.Size, content))
	}
	return json.Marshal(strings.Join(texts, "; "))
}
