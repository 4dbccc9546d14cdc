package server

import (
	"fmt"
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

// takeVariables takes the values as they were sent, if nothing has to be done to any: ids and texts, which most requests
// consist of. Anything else is the validator's, which looks at all values through reflection.
func takeVariables(schema *ast.Schema, operation *ast.OperationDefinition, sent map[string]any) (taken map[string]any, ok bool) {
	if len(sent) != len(operation.VariableDefinitions) {
		return nil, false
	}
	for _, variable := range operation.VariableDefinitions {
		if _, isText := sent[variable.Variable].(string); !isText || !takesText(schema, variable.Type) {
			return nil, false
		}
	}
	return sent, true
}

// takesText says whether every text is a value of the type, as far as the schema goes.
func takesText(schema *ast.Schema, typ *ast.Type) bool {
	definition := schema.Types[typ.NamedType] // none for lists
	if definition == nil || definition.Kind != ast.Scalar {
		return false
	}
	switch definition.Name {
	case "Int", "Float", "Boolean":
		return false
	default:
		return true
	}
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
