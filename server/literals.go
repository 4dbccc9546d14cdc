package server

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// scalarLiteralsRule is the name of the rule below.
const scalarLiteralsRule = "ScalarLiterals"

// scalarLiterals is a rule of validation. It finds wrong values of scalars that the rules of gqlparser let through: of
// our own, whole numbers that are too large, and empty objects. So they are told together with all other wrong values of
// the document.
func (d *documents) scalarLiterals(observers *validator.Events, addError validator.AddErrFunc) {
	c := d.coercion()
	observers.OnValue(func(_ *validator.Walker, value *ast.Value) {
		if !uncheckedScalar(value) {
			return
		}
		plain, err := value.Value(nil)
		if err != nil {
			return
		}
		if _, wrong := c.scalar(value.Definition.Name, plain); wrong != "" {
			addError(validator.Message("%s", wrong), core.At(value.Position))
		}
	})
}

// uncheckedScalar says whether value is meant to be a scalar, and none that the rules of gqlparser look at.
func uncheckedScalar(value *ast.Value) bool {
	if value.Definition == nil || value.Definition.Kind != ast.Scalar || value.ExpectedType == nil {
		return false
	}
	switch value.Kind {
	case ast.Variable, ast.NullValue:
		return false
	case ast.ListValue:
		return value.ExpectedType.Elem == nil && !value.Definition.BuiltIn
	case ast.IntValue:
		return value.Definition.Name == "Int" || !value.Definition.BuiltIn
	case ast.ObjectValue:
		return len(value.Children) == 0 || !value.Definition.BuiltIn
	default:
		return !value.Definition.BuiltIn
	}
}

// literal is a value in a document: its place, and what messages about it begin with.
type literal struct {
	at *place
	of string
}

// literalsOf are the values in a document by where they stand there. The document need not be valid.
func literalsOf(doc *ast.QueryDocument) map[gqlerror.Location]literal {
	w := literalWalk{}
	for _, operation := range doc.Operations {
		for _, variable := range operation.VariableDefinitions {
			w.value(literal{&place{name: variable.Variable}, ofVariables}, variable.DefaultValue)
		}
		w.directives(operation.Directives)
		w.set(operation.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		w.set(fragment.SelectionSet)
	}
	return w
}

type literalWalk map[gqlerror.Location]literal

func (w literalWalk) set(set ast.SelectionSet) {
	for _, selection := range set {
		switch it := selection.(type) {
		case *ast.Field:
			w.arguments(it.Arguments)
			w.directives(it.Directives)
			w.set(it.SelectionSet)
		case *ast.InlineFragment:
			w.directives(it.Directives)
			w.set(it.SelectionSet)
		case *ast.FragmentSpread:
			w.directives(it.Directives)
		}
	}
}

func (w literalWalk) directives(list ast.DirectiveList) {
	for _, directive := range list {
		w.arguments(directive.Arguments)
	}
}

func (w literalWalk) arguments(list ast.ArgumentList) {
	for _, argument := range list {
		w.value(literal{at: &place{name: argument.Name}}, argument.Value)
	}
}

func (w literalWalk) value(of literal, value *ast.Value) {
	if value == nil {
		return
	}
	w.note(value.Position, of)
	for i, child := range value.Children {
		inner := literal{&place{in: of.at, item: value.Kind == ast.ListValue, index: i, name: child.Name}, of.of}
		w.note(child.Position, inner)
		w.value(inner, child.Value)
	}
}

func (w literalWalk) note(position *ast.Position, of literal) {
	if position != nil {
		w[gqlerror.Location{Line: position.Line, Column: position.Column}] = of
	}
}

// locationOf is where in the document err is.
func locationOf(err *gqlerror.Error) gqlerror.Location {
	if len(err.Locations) == 0 {
		return gqlerror.Location{}
	}
	return err.Locations[0]
}
