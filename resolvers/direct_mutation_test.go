package resolvers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/resolvers"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// firstField finds the name of an operation's first field.
var firstField = regexp.MustCompile(`\{\s*(?:\w+:\s*)?(\w+)`)

// TestMutationsAnswerAsTheExecutor plays all scripts in two networks, of which one knows only gqlgen's executor: the answers are the same
// bytes, but for the ids.
func TestMutationsAnswerAsTheExecutor(t *testing.T) {
	files, err := filepath.Glob("testdata/*.graphql")
	must(t, err)
	answered := map[string]bool{}
	for _, file := range files {
		script, err := os.ReadFile(file)
		must(t, err)
		one, other := newWorld(t), newWorld(t)
		direct, alone := one.schema(), graph.NewExecutableSchema(other.config())
		for _, step := range strings.Split("\n"+string(script), "\n# as ")[1:] {
			who, operation, _ := strings.Cut(step, "\n")
			before, _ := direct.Counts()
			got := one.withNames(one.raw(t, direct, who, operation, nil))
			want := other.withNames(other.raw(t, alone, who, operation, nil))
			if got != want {
				t.Errorf("%s as %q: %s\nis answered:\n%s\nand by gqlgen's executor:\n%s", file, who, operation, got, want)
			}
			if after, _ := direct.Counts(); after > before && strings.Contains(got, `"userErrors":[]`) {
				answered[firstField.FindStringSubmatch(operation)[1]] = true
			}
			one.tick(t)
			other.tick(t)
		}
	}
	for _, untold := range []string{"attachFile", "removeFile", "endSession"} { // no script has files or a session
		answered[untold] = true
	}
	for _, field := range graph.NewExecutableSchema(newWorld(t).config()).Schema().Mutation.Fields {
		if !answered[field.Name] {
			t.Errorf("no script has %s do what it should, alone and answered directly", field.Name)
		}
	}
}

// TestDirectAnswersHotMutations checks that what clients send most is answered directly, whether it succeeds or not.
func TestDirectAnswersHotMutations(t *testing.T) {
	w := newWorld(t)
	schema := w.schema()
	for query, input := range map[string]map[string]any{
		`mutation($input: CreateResourceInput!) { createResource(input: $input) { resource { id status school { name } } userErrors { message } } }`: {
			"title": "A new one", "kind": "CASE_STUDY", "licence": "CC_BY_4_0", "visibility": "PUBLIC", "topics": []any{"send"},
		},
		`mutation($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { body author { name } } userErrors { field } } }`: {
			"threadId": w.ids["talk"], "body": "",
		},
	} {
		before, _ := schema.Counts()
		answer := w.raw(t, schema, "ada", query, map[string]any{"input": input})
		if after, _ := schema.Counts(); after != before+1 || strings.Contains(answer, `"errors"`) {
			t.Errorf("answered directly %d times: %s", after-before, answer)
		}
	}
}

// mischief is resolvers of which some do not do what they should.
type mischief struct {
	graph.ResolverRoot
	create  func(context.Context) (*graph.CreateResourcePayload, error)
	school  func() (*staffroom.School, error)
	authors func() ([]*staffroom.Member, error)
	// calls is how many times something was changed.
	calls int
}

type mischievousMutation struct {
	graph.MutationResolver
	*mischief
}

type mischievousResource struct {
	graph.ResourceResolver
	*mischief
}

func (m *mischief) Mutation() graph.MutationResolver {
	return mischievousMutation{m.ResolverRoot.Mutation(), m}
}

func (m *mischief) Resource() graph.ResourceResolver {
	return mischievousResource{m.ResolverRoot.Resource(), m}
}

func (m mischievousMutation) CreateResource(ctx context.Context, _ staffroom.CreateResource) (*graph.CreateResourcePayload, error) {
	m.calls++
	if m.create != nil {
		return m.create(ctx)
	}
	return &graph.CreateResourcePayload{Resource: &staffroom.Resource{Title: "Begun"}}, nil
}

func (m mischievousResource) School(ctx context.Context, r *staffroom.Resource) (*staffroom.School, error) {
	if m.school != nil {
		return m.school()
	}
	return m.ResourceResolver.School(ctx, r)
}

func (m mischievousResource) Authors(ctx context.Context, r *staffroom.Resource) ([]*staffroom.Member, error) {
	if m.authors != nil {
		return m.authors()
	}
	return m.ResourceResolver.Authors(ctx, r)
}

// create is a field of a mutation; what is asked of its payload follows.
const create = `createResource(input: { title: "T", kind: CASE_STUDY, licence: CC_BY_4_0, visibility: PUBLIC }) `

// failing is a mutation that goes wrong, or nearly so.
type failing struct {
	// mutation is all of it; if it is empty, a resource is begun.
	mutation string
	mischief mischief
	// calls is how many times something is changed, and want is in the answer.
	calls int
	want  string
}

func (f *failing) query() string {
	if f.mutation != "" {
		return f.mutation
	}
	return `mutation($no: Boolean!) { made: ` + create + `{ userErrors { message } resource { title body @include(if: $no) school { name } authors { name } } } }`
}

// failures are mutations whose resolver fails, whose payload cannot be written, and that are not answered directly at all.
func failures() map[string]failing {
	broken := errors.New("broken")
	type payload = *graph.CreateResourcePayload
	return map[string]failing{
		"all is well": {calls: 1, want: `"title":"Begun"`},
		"an error": {calls: 1, want: `FORBIDDEN`, mischief: mischief{create: func(context.Context) (payload, error) {
			return &graph.CreateResourcePayload{}, staffroom.Errorf(staffroom.CodeForbidden, "This is not yours.")
		}}},
		"an error with a place": {calls: 1, want: `elsewhere`, mischief: mischief{create: func(ctx context.Context) (payload, error) {
			return nil, &gqlerror.Error{Message: "elsewhere", Path: graphql.GetPath(ctx), Extensions: map[string]any{"reason": "none"}}
		}}},
		"an error beside a payload": {calls: 1, want: `beside`, mischief: mischief{create: func(ctx context.Context) (payload, error) {
			graphql.AddErrorf(ctx, "beside")
			return &graph.CreateResourcePayload{}, nil
		}}},
		"a panic": {calls: 1, want: `with its stack: true`, mischief: mischief{create: func(context.Context) (payload, error) { panic("broken") }}},
		"no payload": {calls: 1, want: `null`, mischief: mischief{create: func(context.Context) (payload, error) {
			return nil, nil //nolint:nilnil // that is the mischief
		}}},
		"an error in what may be null": {calls: 1, want: `"school":null`, mischief: mischief{
			school: func() (*staffroom.School, error) { return nil, broken },
		}},
		"an error in what may not be null": {calls: 1, want: `"resource":null`, mischief: mischief{
			authors: func() ([]*staffroom.Member, error) { return nil, broken },
		}},
		"null in what may not be null": {calls: 1, want: `"resource":null`, mischief: mischief{
			authors: func() ([]*staffroom.Member, error) { return []*staffroom.Member{nil}, nil },
		}},
		"a panic in the payload": {calls: 1, want: `"school":null`, mischief: mischief{
			school: func() (*staffroom.School, error) { panic("broken") },
		}},
		"several": {
			mutation: `mutation { a: ` + create + `{ resource { title } } b: ` + create + `{ resource { authors { name } } } }`,
			mischief: mischief{authors: func() ([]*staffroom.Member, error) { return nil, broken }}, calls: 2, want: `"title":"Begun"`,
		},
		"skipped": {mutation: `mutation($no: Boolean!) { made: ` + create + ` @include(if: $no) { resource { title } } }`, want: `"data":{}`},
		"beside __typename": {
			mutation: `mutation { __typename ` + create + `{ __typename } }`, calls: 1,
			want: `{"__typename":"Mutation","createResource":{"__typename":"CreateResourcePayload"}}`,
		},
		"an argument that cannot be read": {
			mutation: `mutation { joinNetwork(input: { urn: "12" }) { userErrors { message } } }`, want: `six digits`,
		},
	}
}

// TestMutationsFailAsTheExecutor has mutations go wrong in all ways: the answer is that of gqlgen's executor alone, the change is made
// once, and a panic of its resolver is recovered once, where it happened.
func TestMutationsFailAsTheExecutor(t *testing.T) {
	for name, test := range failures() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			config := w.config()
			test.mischief.ResolverRoot = config.Resolvers
			config.Resolvers = &test.mischief
			want := w.executed(t, graph.NewExecutableSchema(config), test.query())
			if test.mischief.calls != test.calls || !strings.Contains(want, test.want) {
				t.Fatalf("gqlgen's executor changed something %d times, and answered %s", test.mischief.calls, want)
			}
			test.mischief.calls = 0
			got := w.executed(t, graph.NewDirectSchema(config, resolvers.NewLoaders(w.network).Gather), test.query())
			if got != want || test.mischief.calls != test.calls {
				t.Errorf("something was changed %d times, and the answer is\n%s\nand by gqlgen's executor:\n%s", test.mischief.calls, got, want)
			}
		})
	}
}

// executed is the answer to an operation, and what was recovered meanwhile.
func (w *world) executed(t *testing.T, schema graphql.ExecutableSchema, query string) string {
	t.Helper()
	var recovered []string
	e := executor.New(schema)
	e.SetErrorPresenter(present)
	e.SetRecoverFunc(func(ctx context.Context, value any) error {
		where := strings.Contains(string(debug.Stack()), "resolvers_test.failures.func")
		recovered = append(recovered, fmt.Sprintf("%v at %s, with its stack: %t", value, graphql.GetPath(ctx), where))
		return errors.New("recovered")
	})
	loaders := resolvers.NewLoaders(w.network)
	ctx := graphql.StartOperationTrace(loaders.With(w.as(t, "ada")))
	op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: map[string]any{"no": false}})
	if errs != nil {
		t.Fatal(errs)
	}
	next, ctx := e.DispatchOperation(ctx, op)
	answer, err := json.Marshal(next(ctx))
	must(t, err)
	if more := next(ctx); more != nil {
		t.Errorf("there is another answer: %s", more.Data)
	}
	return fmt.Sprintf("%s %q", answer, recovered)
}
