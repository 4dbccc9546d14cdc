package direct

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
)

// Argument is what a field is given for the argument with this name: in the document, by a variable, or by the schema; zero if by none
// of them. What cannot be read ends the writing, as [Writer.Abandon] does.
func Argument[T any](ctx context.Context, f *Field, variables map[string]any, name string, read func(context.Context, any) (T, error)) T {
	var none T
	value, given, err := f.argument(name, variables)
	if err != nil {
		panic(errAbandoned)
	}
	if !given {
		return none
	}
	v, err := read(ctx, value)
	if err != nil {
		panic(errAbandoned)
	}
	return v
}

// argument is the value of an argument as GraphQL coerces it: https://spec.graphql.org/September2025/#CoerceArgumentValues().
func (f *Field) argument(name string, variables map[string]any) (value any, given bool, err error) {
	if argument := f.Collected.Arguments.ForName(name); argument != nil {
		if argument.Value.Kind != ast.Variable {
			value, err = argument.Value.Value(variables)
			return value, true, err
		}
		if value, given = variables[argument.Value.Raw]; given {
			return value, true, nil
		}
	}
	if def := f.Collected.Definition.Arguments.ForName(name); def != nil && def.DefaultValue != nil {
		value, err = def.DefaultValue.Value(variables)
		return value, true, err
	}
	return nil, false, nil
}
