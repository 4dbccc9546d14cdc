package resolvers_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/graph"
)

// changing are the first words of mutations that change what is there, or end it, so that asking again does no harm. All others create something.
func changing() []string {
	return []string{"update", "publish", "withdraw", "remove", "decide", "set", "end"}
}

// TestMutationsThatCreateTakeAKey sends every mutation that creates something twice with one key: both answers are the same, and about one thing.
func TestMutationsThatCreateTakeAKey(t *testing.T) {
	w := newWorld(t)
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	created := 0
	for _, field := range schema.Mutation.Fields {
		verb := field.Name[:strings.IndexFunc(field.Name, unicode.IsUpper)]
		if slices.Contains(changing(), verb) {
			continue
		}
		created++
		if key := schema.Types[field.Arguments[0].Type.Name()].Fields.ForName("idempotencyKey"); key == nil || key.Type.String() != "String" {
			t.Errorf("%s creates something, and its input has no idempotencyKey: String", field.Name)
			continue
		}
		t.Run(field.Name, func(t *testing.T) { w.createTwice(t, schema, field) })
	}
	if created < 6 {
		t.Errorf("only %d mutations create something: this test proves too little", created)
	}
}

func (w *world) createTwice(t *testing.T, schema *ast.Schema, field *ast.FieldDefinition) {
	try := attempts()[field.Name]
	who := map[string]string{"member": "ada", "signed in": "joe"}[try.open]
	if field.Name == "appointLeadSchool" {
		who = "adm"
	} else if who == "" {
		who = "ada"
	}
	id := map[string]string{"resource": w.ids["public"], "member": w.ids["ben"], "thread": w.ids["talk"]}[try.id]
	first, again := w.create(t, schema, field, who, id), w.create(t, schema, field, who, id)
	if first != again || !strings.Contains(first, `"id"`) {
		t.Errorf("at first:\n%s\nand again:\n%s", first, again)
	}
}

// create is the answer to the mutation by somebody who may.
func (w *world) create(t *testing.T, schema *ast.Schema, field *ast.FieldDefinition, who, id string) string {
	t.Helper()
	input := maps.Clone(attempts()[field.Name].input)
	input["idempotencyKey"] = "one-key"
	for name, value := range input {
		switch value := value.(type) {
		case string:
			input[name] = strings.ReplaceAll(value, "<id>", id)
		case []any:
			if value[0] == "<id>" {
				input[name] = []any{id}
			}
		case graphql.Upload:
			input[name] = graphql.Upload{File: strings.NewReader("hello"), Filename: "hello.txt"}
		}
	}
	if field.Name == "appointLeadSchool" {
		input["phases"] = []any{"SECONDARY"}
	}
	var selection strings.Builder
	for _, part := range schema.Types[field.Type.Name()].Fields {
		if definition := schema.Types[part.Type.Name()]; definition.Fields.ForName("id") != nil {
			selection.WriteString(part.Name + " { id } ")
		}
	}
	document := "mutation($input: " + field.Arguments[0].Type.String() + ") { " + field.Name + "(input: $input) { " + selection.String() + "userErrors { message field } } }"
	answer := w.start(w.as(t, who), w.schema(), document, map[string]any{"input": input})()
	raw, err := json.Marshal(answer)
	must(t, err)
	if len(answer.Errors) > 0 || !strings.Contains(string(raw), `"userErrors":[]`) {
		t.Fatalf("%s by %s: %s", document, who, raw)
	}
	return string(raw)
}
