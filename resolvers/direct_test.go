package resolvers_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/graph"
)

// TestDirectAnswersAsTheExecutor makes queries by chance and has each answered directly and by gqlgen's executor alone, for several
// people: the answers are the same bytes.
func TestDirectAnswersAsTheExecutor(t *testing.T) {
	w := newWorld(t)
	direct, executor := w.schema(), graph.NewExecutableSchema(w.config())
	for n := range 400 {
		q := querier{rand: rand.New(rand.NewPCG(uint64(n), 1)), schema: executor.Schema(), w: w}
		query := q.query()
		who := []string{"visitor", "cat", "ada", "mod", "adm"}[n%5]
		got, want := w.raw(t, direct, who, query, nil), w.raw(t, executor, who, query, nil)
		if got != want {
			t.Fatalf("query %d as %q: %s\nis answered:\n%s\nand by gqlgen's executor:\n%s", n, who, query, got, want)
		}
	}
	if answered, left := direct.Counts(); answered < 100 {
		t.Errorf("%d queries were answered directly, and %d were left to the executor", answered, left)
	}
}

// TestDirectAnswersHotQueries checks that the queries which clients send most are answered directly, from variables too.
func TestDirectAnswersHotQueries(t *testing.T) {
	w := newWorld(t)
	schema := w.schema()
	for name, query := range map[string]string{
		"resource": `query($id: ID!, $body: Boolean = true) { resource(id: $id) { title body @include(if: $body) authors { name school { name } } } }`,
		"page":     `{ resources(first: 20) { totalCount edges { cursor node { ...card } } pageInfo { hasNextPage } } } fragment card on Resource { title school { name authority { name } } }`,
		"thread":   `query($thread: ID!) { thread(id: $thread) { title space { name } posts(first: 50) { nodes { body createdAt author { name } } } } }`,
		"search":   `{ search(query: "welcoming") { totalCount nodes { __typename ... on Resource { title authors { name } } ... on School { name } } } }`,
		"viewer":   `{ viewer { name email school { name } } rateLimit { limit } }`,
	} {
		before, _ := schema.Counts()
		answer := w.raw(t, schema, "cat", query, map[string]any{"id": w.ids["public"], "thread": w.ids["talk"]})
		if after, _ := schema.Counts(); after != before+1 || strings.Contains(answer, `"errors"`) {
			t.Errorf("%s: answered directly %d times: %s", name, after-before, answer)
		}
	}
}

// TestDirectFailsAsTheExecutor checks operations that are valid and go wrong when they are run, or do not because that is never reached.
func TestDirectFailsAsTheExecutor(t *testing.T) {
	w := newWorld(t)
	for query, variables := range map[string]map[string]any{
		`query($b: Boolean = true) { viewer { name } node(id: "<public>") { ... on Thread { id @include(if: $b) } } }`:      {"b": nil},
		`query($b: Boolean = true) { viewer { name } topics { id @include(if: $b) } }`:                                      {"b": nil},
		`{ resources(first: 101) { nodes { title } } viewer { name } }`:                                                     nil,
		`{ viewer { name resources(filter: { authors: ["<ada>"] }) { nodes { title } } } }`:                                 nil,
		`subscription { threadActivity(threadId: "<talk>") @skip(if: true) { body } }`:                                      nil,
		`subscription { a: threadActivity(threadId: "<talk>") { body } b: threadActivity(threadId: "<talk>") { id body } }`: nil,
		`subscription { threadActivity(threadId: "<nobody>") { body } }`:                                                    nil,
	} {
		got, want := w.raw(t, w.schema(), "cat", query, variables), w.raw(t, graph.NewExecutableSchema(w.config()), "cat", query, variables)
		if got != want {
			t.Errorf("%s\nis answered:\n%s\nand by gqlgen's executor:\n%s", query, got, want)
		}
	}
}

// TestPlansAreSharedByPeople has many people send the same documents at once: each gets the same answer as alone.
func TestPlansAreSharedByPeople(t *testing.T) {
	w := newWorld(t)
	schema := w.schema()
	people := []string{"visitor", "cat", "ada", "mod", "adm"}
	documents := []string{
		`query($id: ID!) { resource(id: $id) { title viewerCanEdit authors { name email } } }`,
		`query($id: ID!, $q: Boolean = true) { node(id: $id) { id ... on Resource @include(if: $q) { title status } } }`,
		`query($id: ID!) { viewer { email } search(query: "welcoming", first: 2) { totalCount facets { name } edges { highlights { field } } } resource(id: $id) { id } }`,
	}
	w.documents = graphql.MapCache[*ast.QueryDocument]{}
	for _, document := range documents {
		w.data(t, "cat", document, map[string]any{"id": w.ids["public"]}, &struct{}{})
	}
	var all sync.WaitGroup
	for n := range 60 {
		ctx, document := w.as(t, people[n%len(people)]), documents[n%len(documents)]
		variables := map[string]any{"id": w.ids[[]string{"public", "draft", "members"}[n/3%3]]}
		want := string(w.start(ctx, graph.NewExecutableSchema(w.config()), document, variables)().Data)
		all.Go(func() {
			if got := string(w.start(ctx, schema, document, variables)().Data); got != want {
				t.Errorf("%q gets %s\nand alone %s", people[n%len(people)], got, want)
			}
		})
	}
	all.Wait()
	if answered, left := schema.Counts(); answered != 60 || left != 0 {
		t.Errorf("%d queries were answered directly, and %d left to the executor", answered, left)
	}
}

// querier makes queries by chance that the schema allows.
type querier struct {
	rand   *rand.Rand
	schema *ast.Schema
	w      *world
	out    strings.Builder
	names  int
}

func (q *querier) query() string {
	q.selection(q.schema.Query, 0)
	return q.out.String()
}

// selection writes some fields of the type, at most five levels deep.
func (q *querier) selection(def *ast.Definition, depth int) {
	q.out.WriteString("{ __typename ")
	if def.IsAbstractType() {
		for _, possible := range q.schema.GetPossibleTypes(def) {
			if possible.IsCompositeType() {
				q.out.WriteString("... on " + possible.Name + " ")
				q.selection(possible, depth+1)
			}
		}
	}
	fields := 1 + q.rand.IntN(6)
	if depth == 0 {
		fields = 1 + q.rand.IntN(2)
	}
	for range fields {
		if len(def.Fields) > 0 {
			q.field(def.Fields[q.rand.IntN(len(def.Fields))], depth)
		}
	}
	q.out.WriteString("} ")
}

func (q *querier) field(field *ast.FieldDefinition, depth int) {
	value := q.schema.Types[field.Type.Name()]
	if strings.HasPrefix(field.Name, "__") || field.Name == "rateLimit" || (value.IsCompositeType() && depth > 5) {
		return
	}
	q.names++
	fmt.Fprintf(&q.out, "f%d: %s", q.names, field.Name)
	q.arguments(field.Arguments)
	if q.rand.IntN(12) == 0 {
		fmt.Fprintf(&q.out, " @skip(if: %t)", q.rand.IntN(2) == 0)
	}
	q.out.WriteByte(' ')
	if value.IsCompositeType() {
		q.selection(value, depth+1)
	}
}

// arguments writes those that the field needs, and pages of a few.
func (q *querier) arguments(all ast.ArgumentDefinitionList) {
	var written []string
	for _, argument := range all {
		switch {
		case argument.Name == "first" && q.rand.IntN(2) == 0:
			written = append(written, fmt.Sprintf("first: %d", 1+q.rand.IntN(4)))
		case argument.Type.NonNull && argument.DefaultValue == nil:
			written = append(written, argument.Name+": "+q.argument(argument))
		}
	}
	if len(written) > 0 {
		q.out.WriteString("(" + strings.Join(written, ", ") + ")")
	}
}

func (q *querier) argument(argument *ast.ArgumentDefinition) string {
	switch argument.Name {
	case "id", "ids":
		names := []string{"public", "members", "draft", "talk", "ada", "oak", "lead", "nobody"}
		id := q.w.ids[names[q.rand.IntN(len(names))]]
		if argument.Name == "ids" {
			return fmt.Sprintf("[%q, %q]", id, q.w.ids["public"])
		}
		return fmt.Sprintf("%q", id)
	case "code":
		return `"` + lewisham + `"`
	case "urn":
		return `"900001"`
	case "query":
		return `"welcoming"`
	default:
		panic("an argument that this test does not know: " + argument.Name)
	}
}
