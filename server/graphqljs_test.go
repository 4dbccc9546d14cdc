package server

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// inputsSDL has what input coercion has rules for, but for an argument whose default is not coerced yet: the code that gqlgen generates does
// that.
const inputsSDL = `
scalar Any
enum Kind { BOOKLET TOOL }
input Box {
  title: String!
  kind: Kind! = TOOL
  kinds: [Kind!]
  count: Int
  wide: Float
  open: Boolean
  on: Any
  ids: [[ID!]]
  near: Near
  always: Near! = { withinKm: 3, kinds: TOOL }
  box: Box
  boxes: [Box]
}
input Near { place: String  withinKm: Float! = 25  kinds: [Kind!]! = [BOOKLET]  most: Int = 7 }
input One @oneOf { text: String  box: Box  kinds: [Kind!] }
type Query {
  box(box: Box, boxes: [Box!], near: Near): String
  must(box: Box!, kind: Kind! = TOOL, counts: [Int]! = [1, null]): String
  plain(title: String = "none", count: Int! = 3, wide: Float, open: Boolean! = true, id: ID, any: Any): String
  lists(ids: [ID!], counts: [[Int]], words: [String!]! = ["one"], kinds: [Kind]): String
  one(one: One, ones: [One!]): String
}
`

var seed = flag.Uint64("seed", 1, "of the inputs that are compared with graphql-js")

// TestInputsArriveAsInGraphQLJS makes inputs by chance, with variables inside of literals that are absent, null, nested, in lists and with
// defaults, for the schema above and for our own: what arrives at the fields is what graphql-js coerces, and where it has errors so have we.
func TestInputsArriveAsInGraphQLJS(t *testing.T) {
	schemas := []*ast.Schema{gqlparser.MustLoadSchema(&ast.Source{Input: inputsSDL}), ourInputs(t)}
	random := rand.New(rand.NewPCG(*seed, 1))
	cases := make([]inputCase, 3000)
	for i := range cases {
		cases[i] = inputByChance(random, schemas[i%2], i%2)
	}
	results := byGraphQLJS(t, schemas, cases)
	houses := []*house{inputHouse(t, schemas[0]), inputHouse(t, schemas[1])}
	arrived := 0
	for i, c := range cases {
		a := houses[c.Schema].do(query(c.Query, c.Variables))
		if failed := len(a.errors) > 0; failed != (len(results[i].Errors) > 0) {
			t.Fatalf("-seed %d, case %d: %s\nvariables %s\nerrors of graphql-js: %q\nours: %s", *seed, i, c.Query, mustJSON(t, c.Variables), results[i].Errors, a.Body)
		} else if failed {
			continue
		}
		arrived++
		var got map[string]any
		if err := json.Unmarshal(a.data, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, results[i].Given) {
			t.Fatalf("-seed %d, case %d: %s\nvariables %s\narrives with graphql-js as %s\nand here as %s", *seed, i, c.Query, mustJSON(t, c.Variables), mustJSON(t, results[i].Given), a.data)
		}
	}
	if arrived < len(cases)/2 || arrived > len(cases)*19/20 {
		t.Errorf("%d of %d inputs arrived: mistakes are too many or too few", arrived, len(cases))
	}
}

type inputCase struct {
	Schema    int            `json:"schema"`
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
}

type inputResult struct {
	Errors []string       `json:"errors"`
	Given  map[string]any `json:"given"`
}

// byGraphQLJS has graphql-js coerce the inputs, in one go.
func byGraphQLJS(t *testing.T, schemas []*ast.Schema, cases []inputCase) (results []inputResult) {
	t.Helper()
	library, err := filepath.Abs("../web/node_modules/graphql/index.mjs")
	if err == nil {
		_, err = os.Stat(library)
	}
	if err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("this needs node, and graphql-js in web/node_modules (make web): %v", err)
	}
	var texts []string
	for _, schema := range schemas {
		var text bytes.Buffer
		formatter.NewFormatter(&text).FormatSchema(schema)
		texts = append(texts, text.String())
	}
	node := exec.CommandContext(t.Context(), "node", "testdata/coerce.mjs")
	node.Stdin = bytes.NewReader(mustJSON(t, map[string]any{"graphql": library, "schemas": texts, "cases": cases}))
	node.Stderr = os.Stderr
	out, err := node.Output()
	if err == nil {
		err = json.Unmarshal(out, &results)
	}
	if err != nil || len(results) != len(cases) {
		t.Fatalf("graphql-js gives %d results of %d, and %v", len(results), len(cases), err)
	}
	return results
}

// ourInputs is our schema with all that takes arguments as a field of the query, whose type is String: what it gives does not matter here.
func ourInputs(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../schema/*.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	var sources []*ast.Source
	for _, file := range append(files, "../schema.graphqls") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema := gqlparser.MustLoadSchema(sources...)
	var fields ast.FieldList
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, field := range root.Fields {
			if len(field.Arguments) > 0 && field.Name != "__type" {
				field.Type = ast.NamedType("String", nil)
				fields = append(fields, field)
			}
		}
	}
	schema.Query.Fields = fields
	schema.Mutation.Fields = fields[:1]
	return schema
}

// inputHouse is a server whose fields give the arguments that arrived at them.
func inputHouse(t *testing.T, schema *ast.Schema) *house {
	t.Helper()
	return newHouse(t, func(c *Config) { c.Schema = echoing{schema} }, limited(func(l *Limits) {
		l.AddressPoints, l.PageSize, l.IDs, l.Cost = 0, 1<<31, 1<<31, 1<<60
	}))
}

// echoing is a schema whose fields give their arguments, read as the code that gqlgen generates reads them.
type echoing struct{ schema *ast.Schema }

func (e echoing) Schema() *ast.Schema { return e.schema }

func (e echoing) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (e echoing) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	given := map[string]any{}
	for _, field := range graphql.CollectFields(oc, oc.Operation.SelectionSet, []string{"Query"}) {
		args := field.ArgumentMap(oc.Variables)
		for name, value := range args {
			args[name] = e.read(field.Definition.Arguments.ForName(name).Type, value)
		}
		given[field.Alias] = args
	}
	data, err := json.Marshal(given)
	if err != nil {
		panic(err)
	}
	return graphql.OneShot(&graphql.Response{Data: data})
}

// read reads a whole number in the document that is an ID, which is left to the reading of the scalar.
func (e echoing) read(typ *ast.Type, value any) any {
	if number, ok := value.(int64); ok && typ.NamedType == "ID" {
		return json.Number(mustMarshal(number)).String()
	}
	return value
}

func mustMarshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}
