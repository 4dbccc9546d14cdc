package server

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const variablesSDL = `
scalar Date
enum Kind { BOOKLET TOOL }
input Box { title: String! kind: Kind! = TOOL kinds: [Kind!] count: Int wide: Float open: Boolean on: Date ids: [[ID!]] box: Box boxes: [Box] }
type Query { put(box: Box, boxes: [Box!]!, kind: Kind, on: Date, open: Boolean!, title: String!, id: ID): String }
`

// TestVariablesAreTakenAsTheValidatorTakesThem makes variables by chance: what is taken as it was sent is what the validator makes of it.
func TestVariablesAreTakenAsTheValidatorTakesThem(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: variablesSDL})
	doc, errs := gqlparser.LoadQueryWithRules(schema, `query($box: Box, $boxes: [Box!]!, $kind: Kind, $on: Date, $open: Boolean!, $title: String!, $id: ID) {
		put(box: $box, boxes: $boxes, kind: $kind, on: $on, open: $open, title: $title, id: $id)
	}`, rules.NewDefaultRules())
	if errs != nil {
		t.Fatal(errs)
	}
	operation, counted := doc.Operations[0], 0
	for n := range 20000 {
		taken, ok := takeVariables(schema, operation, variablesByChance(schema, operation, n))
		if !ok {
			continue
		}
		counted++
		coerced, err := validator.VariableValues(schema, operation, variablesByChance(schema, operation, n))
		if err != nil || !reflect.DeepEqual(coerced, taken) {
			t.Fatalf("%v is taken, and the validator says: %v, %v", taken, coerced, err)
		}
	}
	if counted < 500 {
		t.Errorf("only %d of them were taken", counted)
	}
}

// TestCommonVariablesAreTaken checks that what clients send most needs no validator, and what is wrong is left to it.
func TestCommonVariablesAreTaken(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: variablesSDL})
	doc, _ := gqlparser.LoadQueryWithRules(schema, `query($box: Box) { put(box: $box, boxes: [], open: true, title: "T") }`, rules.NewDefaultRules())
	for text, want := range map[string]bool{
		`{"title":"T","kind":"TOOL","kinds":["BOOKLET"],"open":true,"on":"2026-01-01","ids":[["a"],null],"box":null,"boxes":[{"title":"U"}]}`: true,
		`null`:                                           true,
		`{"kind":"TOOL"}`:                                false,
		`{"title":"T","kind":null}`:                      false,
		`{"title":"T","kind":"tool"}`:                    false,
		`{"title":"T","kind":"SPOON"}`:                   false,
		`{"title":"T","kinds":"TOOL"}`:                   false,
		`{"title":"T","kinds":[null]}`:                   false,
		`{"title":"T","unknown":"U"}`:                    false,
		`{"title":"T","__typename":"Box"}`:               false,
		`{"title":true}`:                                 false,
		`{"title":"T","open":"true"}`:                    false,
		`{"title":"T","count":"1"}`:                      false,
		`{"title":"T","wide":"1"}`:                       false,
		`{"title":"T","box":"T"}`:                        false,
		`{"title":"T","boxes":[{"title":"U","box":{}}]}`: false,
		`[]`: false,
	} {
		var box any
		if err := json.Unmarshal([]byte(text), &box); err != nil {
			t.Fatal(err)
		}
		if _, ok := takeVariables(schema, doc.Operations[0], map[string]any{"box": box}); ok != want {
			t.Errorf("%s is taken: %t", text, ok)
		}
	}
}

func variablesByChance(schema *ast.Schema, operation *ast.OperationDefinition, seed int) map[string]any {
	c := chance{rand.New(rand.NewPCG(uint64(seed), 1)), schema}
	sent := map[string]any{}
	for _, variable := range operation.VariableDefinitions {
		sent[variable.Variable] = c.value(variable.Type)
	}
	return sent
}

// chance makes values, most of which are of their types.
type chance struct {
	*rand.Rand
	schema *ast.Schema
}

// put adds a value to an object, or leaves it out.
func (c chance) put(object map[string]any, name string, typ *ast.Type) {
	if c.IntN(20) > 0 && (typ.NonNull || c.IntN(3) == 0) {
		object[name] = c.value(typ)
	}
}

func (c chance) value(typ *ast.Type) any {
	switch {
	case typ.NonNull && c.IntN(60) == 0, !typ.NonNull && c.IntN(5) == 0:
		return nil
	case c.IntN(60) == 0:
		return []any{"TOOL", "tool", true, json.Number("1"), map[string]any{}, []any{}}[c.IntN(6)]
	case typ.Elem != nil:
		list := []any{}
		for range c.IntN(3) {
			list = append(list, c.value(typ.Elem))
		}
		return list
	}
	definition := c.schema.Types[typ.NamedType]
	switch {
	case definition.Kind == ast.InputObject:
		object := map[string]any{}
		for _, field := range definition.Fields {
			c.put(object, field.Name, field.Type)
		}
		return object
	case definition.Name == "Boolean":
		return c.IntN(2) == 0
	case definition.Name == "Int", definition.Name == "Float":
		return json.Number("1")
	default:
		return "TOOL"
	}
}
