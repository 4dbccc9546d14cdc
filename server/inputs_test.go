package server

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// inputByChance makes a query of the schema with number n, and variables for it. Most are right.
func inputByChance(random *rand.Rand, schema *ast.Schema, n int) inputCase {
	c := &chance{Rand: random, schema: schema, sent: map[string]any{}}
	var fields, fragments strings.Builder
	for i := range 1 + c.IntN(3) {
		field := c.field(fmt.Sprintf("f%d", i))
		switch c.IntN(6) {
		case 0:
			fmt.Fprintf(&fields, " ...g%d%s", i, c.condition())
			fmt.Fprintf(&fragments, " fragment g%d on Query {%s}", i, field)
		case 1:
			fmt.Fprintf(&fields, " ...%s {%s}", c.condition(), field)
		default:
			fields.WriteString(field)
		}
	}
	head := ""
	if len(c.variables) > 0 {
		head = "query(" + strings.Join(c.variables, ", ") + ") "
	}
	return inputCase{Schema: n, Query: head + "{" + fields.String() + " }" + fragments.String(), Variables: c.sent}
}

// chance makes inputs of a query.
type chance struct {
	*rand.Rand
	schema *ast.Schema
	// variables are the definitions of those that were used, and sent their values.
	variables []string
	sent      map[string]any
	depth     int
	// never is the type of a place whose variable must never be null.
	never *ast.Type
}

// rarely is true once in n times.
func (c *chance) rarely(n int) bool { return c.IntN(n) == 0 }

func (c *chance) field(alias string) string {
	definition := c.schema.Query.Fields[c.IntN(len(c.schema.Query.Fields))]
	var arguments []string
	for _, argument := range definition.Arguments {
		if c.given(argument.Type, argument.DefaultValue) {
			arguments = append(arguments, argument.Name+": "+c.literal(argument.Type, argument.DefaultValue))
		}
	}
	text := " " + alias + ": " + definition.Name
	if len(arguments) > 0 {
		text += "(" + strings.Join(arguments, ", ") + ")"
	}
	return text + c.condition()
}

// given says whether to give what may be left out, and whether to leave out what may not.
func (c *chance) given(typ *ast.Type, byDefault *ast.Value) bool {
	if typ.NonNull && byDefault == nil {
		return !c.rarely(200)
	}
	return c.rarely(3)
}

func (c *chance) condition() string {
	if !c.rarely(8) {
		return ""
	}
	return fmt.Sprintf(" @%s(if: %s)", []string{"skip", "include"}[c.IntN(2)], c.literal(ast.NonNullNamedType("Boolean", nil), nil))
}

// literal is a value in the document: a variable, or a literal that may hold some.
func (c *chance) literal(typ *ast.Type, byDefault *ast.Value) string {
	c.depth++
	defer func() { c.depth-- }()
	if c.rarely(3) {
		return c.variable(typ, byDefault)
	}
	return c.write(typ, func(inner *ast.Type, innerDefault *ast.Value) string { return c.literal(inner, innerDefault) })
}

// constant is a literal without variables.
func (c *chance) constant(typ *ast.Type) string {
	c.depth++
	defer func() { c.depth-- }()
	return c.write(typ, func(inner *ast.Type, _ *ast.Value) string { return c.constant(inner) })
}

// write writes a literal whose parts inside are written by inside.
func (c *chance) write(typ *ast.Type, inside func(*ast.Type, *ast.Value) string) string {
	switch {
	case c.rarely(300):
		return []string{"17", "null", `"text"`, "TOOL", "[1]", "{}", "true", "1.5", "3000000000"}[c.IntN(9)]
	case !typ.NonNull && c.rarely(6):
		return "null"
	case typ.Elem != nil && c.rarely(6):
		return inside(typ.Elem, nil)
	case typ.Elem != nil:
		items := make([]string, c.IntN(3))
		for i := range items {
			items[i] = inside(typ.Elem, nil)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	definition := c.schema.Types[typ.NamedType]
	if definition.Kind == ast.InputObject {
		return c.writeObject(definition, inside)
	}
	text := mustMarshal(c.leaf(definition))
	if definition.Kind == ast.Enum {
		text = strings.Trim(text, `"`)
	}
	return text
}

func (c *chance) writeObject(definition *ast.Definition, inside func(*ast.Type, *ast.Value) string) string {
	var fields []string
	for _, field := range c.fields(definition) {
		fields = append(fields, field.Name+": "+inside(field.Type, field.DefaultValue))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// fields are those of an object that are given: of a oneOf, mostly one. Its variable must never be null, which graphql-js does not
// check.
func (c *chance) fields(definition *ast.Definition) (given []*ast.FieldDefinition) {
	if definition.Directives.ForName("oneOf") != nil {
		if c.rarely(20) {
			return definition.Fields[:2]
		}
		one := *definition.Fields[c.IntN(len(definition.Fields))]
		never := *one.Type
		never.NonNull = true
		one.Type, c.never = &never, &never
		return []*ast.FieldDefinition{&one}
	}
	for _, field := range definition.Fields {
		if c.given(field.Type, field.DefaultValue) && (c.depth < 6 || field.Type.NonNull) {
			given = append(given, field)
		}
	}
	return given
}

// variable is a new variable for a place of this type.
func (c *chance) variable(typ *ast.Type, byDefault *ast.Value) string {
	name := fmt.Sprintf("v%d", len(c.variables))
	c.variables = append(c.variables, "") // its place, as its default may not have others before it
	at := len(c.variables) - 1
	own := *typ
	text := ""
	switch {
	case typ == c.never:
	case typ.NonNull && byDefault != nil && c.rarely(2), c.rarely(100):
		own.NonNull = false
	case !typ.NonNull && c.rarely(4):
		own.NonNull = true
	}
	if !own.NonNull && c.rarely(4) || own.NonNull && c.rarely(8) || typ.NonNull && !own.NonNull && c.rarely(2) {
		text = " = " + c.constant(&own)
	}
	c.variables[at] = "$" + name + ": " + own.String() + text
	if own.NonNull && text == "" && !c.rarely(60) || c.rarely(2) {
		c.sent[name] = c.value(&own)
	}
	return "$" + name
}

// value is a value of JSON.
func (c *chance) value(typ *ast.Type) any {
	c.depth++
	defer func() { c.depth-- }()
	switch {
	case typ.NonNull && c.rarely(100), !typ.NonNull && c.rarely(5):
		return nil
	case c.rarely(150):
		return []any{"TOOL", "tool", true, json.Number("1"), map[string]any{}, []any{}, json.Number("2147483648")}[c.IntN(7)]
	case typ.Elem != nil && c.rarely(6):
		return c.value(typ.Elem)
	case typ.Elem != nil:
		list := []any{}
		for range c.IntN(3) {
			list = append(list, c.value(typ.Elem))
		}
		return list
	}
	definition := c.schema.Types[typ.NamedType]
	if definition.Kind != ast.InputObject {
		return c.leaf(definition)
	}
	object := map[string]any{}
	for _, field := range c.fields(definition) {
		object[field.Name] = c.value(field.Type)
	}
	if c.rarely(200) {
		object["unknown"] = true
	}
	return object
}

// leaf is a value of an enum or a scalar.
func (c *chance) leaf(definition *ast.Definition) any {
	if definition.Kind == ast.Enum {
		return definition.EnumValues[c.IntN(len(definition.EnumValues))].Name
	}
	switch definition.Name {
	case "Boolean":
		return c.rarely(2)
	case "Int":
		return c.IntN(100) - 50
	case "Float":
		return []any{c.IntN(100), float64(c.IntN(1000)) / 8}[c.IntN(2)]
	case "ID":
		return []any{c.IntN(100), "some id"}[c.IntN(2)]
	default:
		return []string{"", "some text", "17", `"quoted" \ ä`}[c.IntN(4)]
	}
}
