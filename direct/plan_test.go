package direct

import (
	"runtime"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const library = `
type Query { book: Book books: BookConnection! shelf: [Book!]! }
type Mutation { burn: Book bind: Book }
type Subscription { born: Book }
type Book { title: String! authors: [Author!]! similar: BookConnection! }
type Author { name: String! books: BookConnection! }
type BookConnection { nodes: [Book!]! }
`

func operation(t *testing.T, schema *ast.Schema, query string, variables map[string]any) *graphql.OperationContext {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	if errs != nil {
		t.Fatal(errs)
	}
	return &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: variables}
}

// TestWhatIsLeftToTheExecutor checks which operations are compiled.
func TestWhatIsLeftToTheExecutor(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: library})
	for query, direct := range map[string]bool{
		`{ book { title authors { name } } }`:                                                           true,
		`{ books { nodes { title authors { name } } } }`:                                                true,
		`{ book { similar { nodes { title } } } }`:                                                      true,
		`{ a: book { title } b: book { title } c: book { title } d: book { title } }`:                   true,
		`{ books { nodes { similar { nodes { title } } } } }`:                                           true,
		`{ shelf { ...more } } fragment more on Book { similar { nodes { title } } }`:                   true,
		`{ book { authors { books { nodes { title } } } } }`:                                            true,
		`{ a: book { title } b: book { title } c: book { title } d: book { title } e: book { title } }`: true,
		`{ __schema { types { name } } }`:                                                               false,
		`{ __typename book { __typename } }`:                                                            true,
		`subscription { born { title } }`:                                                               true,
		`subscription { a: born { title } b: born { title } }`:                                          false,
		`subscription { born @skip(if: true) { title } }`:                                               false,
		`mutation { burn { title } }`:                                                                   true,
		`mutation { burn { title } bind { title } }`:                                                    false,
		`mutation { __typename burn { title } }`:                                                        false,
	} {
		if plan := compile(operation(t, schema, query, nil), schema); (plan != nil) != direct {
			t.Errorf("%s is compiled: %t", query, plan != nil)
		}
	}
}

// TestPlansAreKeptAsLongAsTheirDocuments makes plans of documents that nobody keeps, and one that somebody does.
func TestPlansAreKeptAsLongAsTheirDocuments(t *testing.T) {
	s := &Schema{ExecutableSchema: unexecuted{schema: gqlparser.MustLoadSchema(&ast.Source{Input: library})}}
	kept := operation(t, s.Schema(), `query { book { title authors { name } } }`, nil)
	first := s.plan(kept)
	for range 100 {
		s.plan(operation(t, s.Schema(), `{ book { title ...a } } fragment a on Book { authors { name } }`, nil))
	}
	conditional := operation(t, s.Schema(), `query($if: Boolean!) { book { title @skip(if: $if) } }`, map[string]any{"if": true})
	if plan := s.plan(conditional); len(plan.Fields[0].Selection().Fields) != 0 {
		t.Errorf("what is skipped is planned: %+v", plan.Fields[0].Selection())
	}
	conditional = &graphql.OperationContext{Doc: conditional.Doc, Operation: conditional.Operation, Variables: map[string]any{"if": false}}
	if plan := s.plan(conditional); len(plan.Fields[0].Selection().Fields) != 1 {
		t.Errorf("what is not skipped is not planned: %+v", plan.Fields[0].Selection())
	}
	for deadline := time.Now().Add(time.Minute); s.count() > 1; time.Sleep(time.Millisecond) {
		runtime.GC()
		if time.Now().After(deadline) {
			t.Fatalf("%d plans are kept, and one document", s.count())
		}
	}
	if s.plan(kept) != first {
		t.Error("the plan of a document that is kept was made twice")
	}
}

func (s *Schema) count() (n int) {
	s.plans.Range(func(any, any) bool { n++; return true })
	return n
}

// unexecuted is a schema that is never executed.
type unexecuted struct {
	graphql.ExecutableSchema
	schema *ast.Schema
}

func (u unexecuted) Schema() *ast.Schema { return u.schema }
