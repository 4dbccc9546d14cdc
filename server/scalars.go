package server

import (
	"cmp"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// scalarCheck asks for each value that a client sent whether it is one of its scalar. The executor reads values only when it
// resolves the field, which is too late to refuse the request as a whole.
type scalarCheck struct {
	schema *ast.Schema
	check  func(scalar string, value any) error
	limits Limits
}

// literals are the complaints about the values that stand in the document. It must be validated, which puts the types in.
func (c *scalarCheck) literals(doc *ast.QueryDocument) gqlerror.List {
	var found gqlerror.List
	for _, operation := range doc.Operations {
		c.selections(operation.SelectionSet, &found)
	}
	for _, fragment := range doc.Fragments {
		c.selections(fragment.SelectionSet, &found)
	}
	return found
}

func (c *scalarCheck) selections(set ast.SelectionSet, found *gqlerror.List) {
	for _, selection := range set {
		switch it := selection.(type) {
		case *ast.Field:
			for _, argument := range it.Arguments {
				c.literal(argument.Name, argument.Value, found)
			}
			c.selections(it.SelectionSet, found)
		case *ast.InlineFragment:
			c.selections(it.SelectionSet, found)
		}
	}
}

func (c *scalarCheck) literal(name string, value *ast.Value, found *gqlerror.List) {
	definition, list := value.Definition, value.ExpectedType != nil && value.ExpectedType.Elem != nil
	switch {
	case value.Kind == ast.Variable || value.Kind == ast.NullValue || definition == nil:
	case value.Kind == ast.ListValue && list, value.Kind == ast.ObjectValue && definition.Kind == ast.InputObject:
		for _, child := range value.Children {
			c.literal(cmp.Or(child.Name, name), child.Value, found)
		}
	case definition.Kind == ast.Scalar:
		plain, err := value.Value(nil)
		if err == nil {
			err = c.check(definition.Name, plain)
		}
		if err != nil {
			*found = append(*found, c.complain(name, err, value.Position))
		}
	}
}

// variables are the complaints about the values of the operation's variables, which must be coerced as far as the schema goes.
func (c *scalarCheck) variables(operation *ast.OperationDefinition, values map[string]any) gqlerror.List {
	var found gqlerror.List
	for _, variable := range operation.VariableDefinitions {
		if value, there := values[variable.Variable]; there {
			c.value(place{name: variable.Variable}, variable.Type, value, variable.Position, &found)
		}
	}
	return found
}

// place is where in a variable a value stands. It becomes text only when there is something to complain about.
type place struct {
	in   *place
	name string
}

// String is the place as people write it: variable.filter.phases[1].
func (p *place) String() string {
	switch {
	case p.in == nil:
		return "variable." + p.name
	case strings.HasPrefix(p.name, "["):
		return p.in.String() + p.name
	default:
		return p.in.String() + "." + p.name
	}
}

func (c *scalarCheck) value(at place, typ *ast.Type, value any, position *ast.Position, found *gqlerror.List) {
	definition := c.schema.Types[typ.Name()]
	switch {
	case value == nil || definition == nil:
	case typ.Elem != nil:
		c.list(at, typ.Elem, value, position, found)
	case definition.Kind == ast.InputObject:
		object, _ := value.(map[string]any)
		for _, field := range definition.Fields {
			c.value(place{&at, field.Name}, field.Type, object[field.Name], position, found)
		}
	case definition.Kind == ast.Scalar:
		if err := c.check(definition.Name, value); err != nil {
			*found = append(*found, c.complain(at.String(), err, position))
		}
	}
}

// list checks each value of a list; one value may stand for a list of one.
func (c *scalarCheck) list(at place, typ *ast.Type, value any, position *ast.Position, found *gqlerror.List) {
	values := reflect.ValueOf(value)
	if values.Kind() != reflect.Slice {
		c.value(at, typ, value, position, found)
		return
	}
	for i := range values.Len() {
		c.value(place{&at, "[" + strconv.Itoa(i) + "]"}, typ, values.Index(i).Interface(), position, found)
	}
}

func (c *scalarCheck) complain(name string, err error, at *ast.Position) *gqlerror.Error {
	message := err.Error()
	if known, ok := errors.AsType[*staffroom.Error](err); ok {
		message = known.Message
	}
	return gqlError(staffroom.CodeBadInput, clip(name+": "+message, c.limits.ErrorLength), at)
}

// refuseScalars is the answer to values that are none of their scalars; nil if there are no complaints.
func refuseScalars(found gqlerror.List) *refusal {
	if len(found) == 0 {
		return nil
	}
	return &refusal{status: http.StatusUnprocessableEntity, errors: found}
}
