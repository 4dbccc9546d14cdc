package server

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// realSchema is the schema that the program has.
func realSchema(t *testing.T) *ast.Schema {
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
	return gqlparser.MustLoadSchema(sources...)
}

// usual is what GraphiQL and most tools ask first.
const usual = `{ __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType }
	directives { name description locations args { ...InputValue } } } }
	fragment FullType on __Type { kind name description
		fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
		inputFields { ...InputValue } interfaces { ...TypeRef }
		enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
	fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
	fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }`

// TestIntrospectionCostsWhatItMakes compares the cost with the fields that gqlgen answers with.
func TestIntrospectionCostsWhatItMakes(t *testing.T) {
	schema := realSchema(t)
	for _, text := range []string{
		usual,
		`{ __schema { types { name } } }`,
		`{ __schema { types { fields { args { type { ofType { name } } } } } } }`,
		`{ a: __schema { types { ...on __Type { possibleTypes { name interfaces { name } } } } } b: __schema { directives { args { name } } } }`,
		`{ __type(name: "Resource") { fields { name type { kind ofType { name } } } interfaces { possibleTypes { name } } } }`,
		`query($name: String = "ResourceKind") { __type(name: $name) { enumValues { name } } }`,
		`{ __type(name: "CreateResourceInput") { inputFields { name type { ofType { ofType { inputFields { name } } } } } } }`,
		`{ __type(name: "Nothing") { name } __typename }`,
	} {
		doc, err := gqlparser.LoadQueryWithRules(schema, text, validationRules(true))
		if err != nil {
			t.Fatal(err)
		}
		cost, refused := operationCost(&document{ast: doc}, schema, DefaultLimits(), doc.Operations[0], nil)
		if refused != nil {
			t.Fatal(refused)
		}
		if want := answered(schema, doc.Operations[0].SelectionSet, reflect.Value{}); cost != want {
			t.Errorf("%s\ncosts %d and has an answer of %d fields", text, cost, want)
		}
	}
}

// answered counts the fields of an answer, as gqlgen gives it.
func answered(schema *ast.Schema, set ast.SelectionSet, about reflect.Value) (count int) {
	for _, selection := range set {
		switch it := selection.(type) {
		case *ast.InlineFragment:
			count += answered(schema, it.SelectionSet, about)
		case *ast.FragmentSpread:
			count += answered(schema, it.Definition.SelectionSet, about)
		case *ast.Field:
			count++
			for _, value := range elements(valueOf(schema, it, about)) {
				count += answered(schema, it.SelectionSet, value)
			}
		}
	}
	return count
}

// valueOf is the value of a field: what gqlgen's type has a method or a field of Go for.
func valueOf(schema *ast.Schema, field *ast.Field, about reflect.Value) reflect.Value {
	switch field.Name {
	case "__schema":
		return reflect.ValueOf(introspection.WrapSchema(schema))
	case "__type":
		name, err := field.Arguments[0].Value.Value(nil)
		if name == nil || err != nil {
			name = "ResourceKind"
		}
		return reflect.ValueOf(introspection.WrapTypeFromDef(schema, schema.Types[fmt.Sprint(name)]))
	case "__typename":
		return reflect.Value{}
	}
	name := strings.ToUpper(field.Name[:1]) + field.Name[1:]
	if method := about.MethodByName(name); method.IsValid() {
		var arguments []reflect.Value
		if method.Type().NumIn() > 0 {
			arguments = append(arguments, reflect.ValueOf(true))
		}
		return method.Call(arguments)[0]
	}
	return reflect.Indirect(about).FieldByName(name)
}

// elements are the objects of a value: those of a list, or itself; none if it is null or no object.
func elements(value reflect.Value) (all []reflect.Value) {
	switch {
	case !value.IsValid() || (value.Kind() == reflect.Pointer && value.IsNil()):
	case value.Kind() == reflect.Slice:
		for i := range value.Len() {
			all = append(all, elements(value.Index(i))...)
		}
	case value.Kind() == reflect.Struct:
		all = append(all, value.Addr())
	case value.Kind() == reflect.Pointer && value.Elem().Kind() == reflect.Struct:
		all = append(all, value)
	}
	return all
}

func TestIntrospectionIsBounded(t *testing.T) {
	schema := realSchema(t)
	h := newHouse(t, func(c *Config) { c.Schema = &testSchema{schema: schema} })
	h.stopRefill()
	many := `{` + strings.Repeat(`...a `, 9) + `} fragment a on Query {` + strings.TrimPrefix(usual, "{")
	h.do(query(many, nil)).want(t, 422, staffroom.CodeTooComplex)
	before := h.left("192.0.2.1")
	h.do(query(usual, nil)).want(t, 200, "")
	if took := before - h.left("192.0.2.1"); took < 50 {
		t.Errorf("the usual question takes %d points", took)
	}
}
