package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// coercion makes of what a client sent what the schema means, as the specification of GraphQL says
// (https://spec.graphql.org/September2025/#sec-Input-Objects.Input-Coercion), and collects what is wrong with it. gqlparser's own takes a
// variable that is absent inside of a literal for null, text for a number, and stops at the first mistake.
type coercion struct {
	schema *ast.Schema
	// check says why a value is none of the scalar with this name.
	check  func(scalar string, value any) error
	limits Limits

	// of is what messages begin with, and position where in the document the value belongs that is coerced.
	of       string
	position *ast.Position
	// wrong are the names of the variables whose values are wrong: nothing more is said where they are used.
	wrong []string
	found gqlerror.List
}

// ofVariables is what messages about variables begin with.
const ofVariables = "variable."

// refused is the answer to what is wrong; nil if nothing is.
func (c *coercion) refused() *refusal {
	if len(c.found) == 0 {
		return nil
	}
	return &refusal{status: http.StatusUnprocessableEntity, errors: c.found}
}

// variables coerces the values of the operation's variables. They are changed in place.
func (c *coercion) variables(operation *ast.OperationDefinition, sent map[string]any) map[string]any {
	if sent == nil {
		sent = map[string]any{}
	}
	c.of = ofVariables
	for _, variable := range operation.VariableDefinitions {
		c.position = variable.Position
		at, before := place{name: variable.Variable}, len(c.found)
		if value, there := sent[variable.Variable]; there {
			sent[variable.Variable] = c.value(at, variable.Type, value)
		} else if value, there := c.absent(at, variable.Type, variable.DefaultValue); there {
			sent[variable.Variable] = value
		}
		if len(c.found) > before {
			c.wrong = append(c.wrong, variable.Variable)
		}
	}
	if len(sent) > len(operation.VariableDefinitions) {
		maps.DeleteFunc(sent, func(name string, _ any) bool { return operation.VariableDefinitions.ForName(name) == nil })
	}
	return sent
}

// value coerces a value of JSON. Lists and objects are changed in place.
func (c *coercion) value(at place, typ *ast.Type, value any) any {
	switch {
	case value == nil:
		c.notNull(at, typ)
		return nil
	case typ.Elem != nil:
		return c.list(at, typ.Elem, value)
	}
	definition := c.schema.Types[typ.NamedType]
	if definition.Kind == ast.InputObject {
		return c.object(at, definition, value)
	}
	return c.leaf(at, definition, value)
}

func (c *coercion) notNull(at place, typ *ast.Type) {
	if typ.NonNull {
		c.complain(at, "it must not be null")
	}
}

// absent is what stands for what is left out: its default, if it has one.
func (c *coercion) absent(at place, typ *ast.Type, byDefault *ast.Value) (value any, there bool) {
	if byDefault != nil {
		return c.literal(at, typ, byDefault, nil)
	}
	if typ.NonNull {
		c.complain(at, "it must be given")
	}
	return nil, false
}

// list coerces a list; one value stands for a list of one.
func (c *coercion) list(at place, item *ast.Type, value any) any {
	list, ok := value.([]any)
	if !ok {
		return []any{c.value(at, item, value)}
	}
	for i := range list {
		list[i] = c.value(place{in: &at, item: true, index: i}, item, list[i])
	}
	return list
}

func (c *coercion) object(at place, definition *ast.Definition, value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		c.complain(at, "it must be an object of the type "+definition.Name)
		return nil
	}
	sent, known := len(object), 0
	for _, field := range definition.Fields {
		in := place{in: &at, name: field.Name}
		if value, there := object[field.Name]; there {
			known++
			object[field.Name] = c.value(in, field.Type, value)
		} else if value, there := c.absent(in, field.Type, field.DefaultValue); there {
			object[field.Name] = value
		}
	}
	if known < sent {
		c.unknown(at, definition, object)
	}
	if definition.Directives.ForName("oneOf") != nil {
		c.oneOf(at, object)
	}
	return object
}

func (c *coercion) unknown(at place, definition *ast.Definition, object map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if definition.Fields.ForName(name) == nil {
			c.complain(place{in: &at, name: name}, "there is no such field in "+definition.Name)
		}
	}
}

func (c *coercion) oneOf(at place, object map[string]any) {
	nulls := 0
	for _, value := range object {
		if value == nil {
			nulls++
		}
	}
	if len(object) != 1 || nulls > 0 {
		c.complain(at, "exactly one of its fields must be given, and not be null")
	}
}

// literal coerces a value of a document that is valid; there is none if it is a variable that is absent.
func (c *coercion) literal(at place, typ *ast.Type, literal *ast.Value, variables map[string]any) (value any, there bool) {
	switch {
	case literal.Kind == ast.Variable:
		value, there = variables[literal.Raw]
		if there && value == nil && !slices.Contains(c.wrong, literal.Raw) {
			c.notNull(at, typ)
		}
		return value, there
	case literal.Kind == ast.NullValue:
		return nil, true
	case typ.Elem != nil:
		return c.literalList(at, typ.Elem, literal, variables), true
	}
	definition := c.schema.Types[typ.NamedType]
	if definition.Kind == ast.InputObject {
		return c.literalObject(at, definition, literal, variables), true
	}
	plain, err := literal.Value(variables)
	if err != nil {
		c.complain(at, "it cannot be read")
		return nil, true
	}
	return c.leaf(at, definition, plain), true
}

// literalList coerces a list; one value stands for a list of one, and an absent variable for null.
func (c *coercion) literalList(at place, item *ast.Type, literal *ast.Value, variables map[string]any) []any {
	if literal.Kind != ast.ListValue {
		value, _ := c.literal(at, item, literal, variables)
		return []any{value}
	}
	list := make([]any, len(literal.Children))
	for i, child := range literal.Children {
		list[i], _ = c.literal(place{in: &at, item: true, index: i}, item, child.Value, variables)
	}
	return list
}

// literalObject coerces an object. Where an absent variable stands there is nothing: the default counts, as for what is left out. Validation
// has seen to it that there is one where something must be.
func (c *coercion) literalObject(at place, definition *ast.Definition, literal *ast.Value, variables map[string]any) map[string]any {
	object := make(map[string]any, len(literal.Children))
	for _, field := range definition.Fields {
		in := place{in: &at, name: field.Name}
		value, there := any(nil), false
		if given := literal.Children.ForName(field.Name); given != nil {
			value, there = c.literal(in, field.Type, given, variables)
		}
		if !there && field.DefaultValue != nil {
			value, there = c.literal(in, field.Type, field.DefaultValue, nil)
		}
		if there {
			object[field.Name] = value
		}
	}
	return object
}

// leaf coerces a value of an enum or a scalar.
func (c *coercion) leaf(at place, definition *ast.Definition, value any) any {
	if definition.Kind == ast.Enum {
		if name, ok := value.(string); !ok || definition.EnumValues.ForName(name) == nil {
			c.complain(at, "it is none of the values of "+definition.Name)
		}
		return value
	}
	coerced, wrong := c.scalar(definition.Name, value)
	if wrong != "" {
		c.complain(at, wrong)
	}
	return coerced
}

// scalar coerces a value of the scalar with this name, or says what is wrong with it.
func (c *coercion) scalar(name string, value any) (coerced any, wrong string) {
	coerced, wrong = builtIn(name, value)
	if err := c.check(name, coerced); wrong == "" && err != nil {
		wrong = err.Error()
		if known, ok := errors.AsType[*staffroom.Error](err); ok {
			wrong = known.Message
		}
	}
	return coerced, wrong
}

// builtIn coerces a value of one of GraphQL's own scalars, or says what is wrong with it; others stay as they are.
func builtIn(scalar string, value any) (coerced any, wrong string) {
	switch scalar {
	case "Int":
		if number, ok := wholeNumber(value); ok && number == int64(int32(number)) {
			return number, ""
		}
		return value, "an Int is a whole number of at most 32 bits"
	case "Float":
		if number, ok := floatNumber(value); ok {
			return number, ""
		}
		return value, "a Float is a number"
	case "String":
		if _, ok := value.(string); !ok {
			return value, "a String is text"
		}
	case "Boolean":
		if _, ok := value.(bool); !ok {
			return value, "a Boolean is true or false"
		}
	case "ID":
		if number, ok := wholeNumber(value); ok {
			return strconv.FormatInt(number, 10), ""
		}
		if _, ok := value.(string); !ok {
			return value, "an ID is text"
		}
	}
	return value, ""
}

// wholeNumber is a number without a fraction, from JSON, from a document or coerced. As in JavaScript, 1.0 is one.
func wholeNumber(value any) (int64, bool) {
	switch n := value.(type) {
	case int64:
		return n, true
	case float64:
		const exact = 1 << 53
		return int64(n), n == math.Trunc(n) && math.Abs(n) <= exact
	case json.Number:
		if number, err := n.Int64(); err == nil {
			return number, true
		}
		number, err := n.Float64()
		whole, ok := wholeNumber(number)
		return whole, ok && err == nil
	}
	return 0, false
}

func floatNumber(value any) (float64, bool) {
	switch n := value.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	case json.Number:
		number, err := n.Float64()
		return number, err == nil
	}
	return 0, false
}

// place is where in a variable or an argument a value stands. It becomes text only when there is something to complain about.
type place struct {
	in   *place
	name string
	// index is that of an item of a list, which has no name.
	item  bool
	index int
}

// path is the steps to the place, as in the paths of errors.
func (p *place) path() []any {
	var steps []any
	for at := p; at != nil; at = at.in {
		if at.item {
			steps = append(steps, at.index)
		} else {
			steps = append(steps, at.name)
		}
	}
	slices.Reverse(steps)
	return steps
}

// written is the place as people write it: filter.phases[1].
func written(path []any) string {
	var text strings.Builder
	for i, step := range path {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&text, "[%d]", step)
		case string:
			if i > 0 {
				text.WriteByte('.')
			}
			text.WriteString(step)
		}
	}
	return text.String()
}

// complain notes what is wrong. What a response does not show is only counted.
func (c *coercion) complain(at place, message string) {
	if len(c.found) > c.limits.Errors {
		c.found = append(c.found, c.found[0])
		return
	}
	path := at.path()
	err := gqlError(staffroom.CodeBadInput, clip(c.of+written(path)+": "+message, c.limits.ErrorLength), c.position)
	err.Extensions["path"] = path
	c.found = append(c.found, err)
}
