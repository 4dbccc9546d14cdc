package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
)

// coerceVariables is the values of the operation's variables, or what is wrong with them. What custom scalars hold is looked at later.
func coerceVariables(schema *ast.Schema, operation *ast.OperationDefinition, sent map[string]any) (map[string]any, *gqlerror.Error) {
	if taken, ok := takeVariables(schema, operation, sent); ok {
		return taken, nil
	}
	coerced, err := validator.VariableValues(schema, operation, sent)
	if err == nil {
		return coerced, nil
	}
	if known, ok := err.(*gqlerror.Error); ok { //nolint:errorlint // it is never wrapped
		return nil, known
	}
	return nil, gqlerror.Wrap(err)
}

// takeVariables takes the values as they were sent, if nothing has to be done to any, as in most requests. Anything else is the
// validator's, which looks at all values through reflection.
func takeVariables(schema *ast.Schema, operation *ast.OperationDefinition, sent map[string]any) (taken map[string]any, ok bool) {
	if len(sent) != len(operation.VariableDefinitions) {
		return nil, false
	}
	for _, variable := range operation.VariableDefinitions {
		if value, there := sent[variable.Variable]; !there || !takes(schema, variable.Type, value) {
			return nil, false
		}
	}
	return sent, true
}

// takes says whether the value is one of the type as it is, as far as the schema goes. No number is: what becomes of it depends on where
// it stands.
func takes(schema *ast.Schema, typ *ast.Type, value any) bool {
	if value == nil {
		return !typ.NonNull
	}
	if typ.Elem != nil {
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(item any) bool { return !takes(schema, typ.Elem, item) })
	}
	definition := schema.Types[typ.NamedType]
	switch value := value.(type) {
	case string:
		return takesText(definition, value)
	case bool:
		return definition.Name == "Boolean"
	case map[string]any:
		return definition.Kind == ast.InputObject && takesObject(schema, definition, value)
	default:
		return false
	}
}

func takesText(definition *ast.Definition, text string) bool {
	switch {
	case definition.Kind == ast.Enum:
		return definition.EnumValues.ForName(text) != nil
	case definition.Kind != ast.Scalar:
		return false
	}
	return definition.Name != "Int" && definition.Name != "Float" && definition.Name != "Boolean"
}

func takesObject(schema *ast.Schema, definition *ast.Definition, object map[string]any) bool {
	known := 0
	for _, field := range definition.Fields {
		value, there := object[field.Name]
		switch {
		case !there && field.Type.NonNull && field.DefaultValue == nil:
			return false
		case !there:
			continue
		case !takes(schema, field.Type, value):
			return false
		}
		known++
	}
	return known == len(object)
}

// variableMessage says which variable is wrong: a path in an error without data would mean nothing. gqlparser names the number that
// it made of a fraction or of too big a number, which the client never sent.
func variableMessage(err *gqlerror.Error) string {
	message := err.Message
	if strings.HasPrefix(message, "cannot use value ") && strings.HasSuffix(message, " as Int") {
		message = "an Int is a whole number of at most 32 bits"
	}
	if len(err.Path) == 0 {
		return message
	}
	return fmt.Sprintf("%s: %s", err.Path, message)
}
