package server

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// arguments are what stands in a document for arguments and must be coerced for each request. A list or an object is taken out of the
// document, and a variable of ours stands in its place: so whoever reads the document finds a value that was coerced already.
type arguments struct {
	literals map[*ast.Argument]*ast.Value
	// dynamic says that a request has to look at the arguments: there are literals, or null may come where none is allowed.
	dynamic bool
	// nullable are the names of the variables that may be null.
	nullable map[string]bool
}

// takeArguments takes the lists and objects out of a document that is valid, or says what is wrong with them. No other value in the document
// needs coercion.
func (c *coercion) takeArguments(doc *ast.QueryDocument) *arguments {
	a := &arguments{literals: map[*ast.Argument]*ast.Value{}, nullable: map[string]bool{}}
	for _, operation := range doc.Operations {
		a.variables(c, operation.VariableDefinitions)
	}
	c.of = ""
	for _, operation := range doc.Operations {
		a.take(c, operation.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		a.take(c, fragment.SelectionSet)
	}
	return a
}

// variables looks at the definitions of an operation's variables.
func (a *arguments) variables(c *coercion, definitions ast.VariableDefinitionList) {
	c.of = ofVariables
	for _, variable := range definitions {
		a.nullable[variable.Variable] = a.nullable[variable.Variable] || !variable.Type.NonNull
		if variable.DefaultValue != nil {
			c.position = variable.DefaultValue.Position
			c.literal(place{name: variable.Variable}, variable.Type, variable.DefaultValue, nil)
		}
	}
}

func (a *arguments) take(c *coercion, set ast.SelectionSet) {
	for _, selection := range set {
		switch it := selection.(type) {
		case *ast.Field:
			a.directives(it.Directives)
			for _, argument := range it.Arguments {
				a.argument(c, argument, it.Definition.Arguments.ForName(argument.Name).Type)
			}
			a.take(c, it.SelectionSet)
		case *ast.InlineFragment:
			a.directives(it.Directives)
			a.take(c, it.SelectionSet)
		case *ast.FragmentSpread:
			a.directives(it.Directives)
		}
	}
}

func (a *arguments) directives(list ast.DirectiveList) {
	for _, directive := range list {
		for _, argument := range directive.Arguments {
			a.variable(argument.Value, directive.Definition.Arguments.ForName(argument.Name).Type)
		}
	}
}

func (a *arguments) argument(c *coercion, argument *ast.Argument, typ *ast.Type) {
	literal := argument.Value
	if literal.Kind == ast.Variable {
		a.variable(literal, typ)
		return
	}
	c.position = literal.Position
	c.literal(place{name: argument.Name}, typ, literal, nil)
	if literal.Kind == ast.NullValue || typ.Elem == nil && c.schema.Types[typ.NamedType].Kind != ast.InputObject {
		return
	}
	a.literals[argument], a.dynamic = literal, true
	// No variable of a client has a name with a space.
	ours := "argument " + strconv.Itoa(len(a.literals))
	argument.Value = &ast.Value{Kind: ast.Variable, Raw: ours, Position: literal.Position, ExpectedType: typ, Definition: literal.Definition}
}

func (a *arguments) variable(value *ast.Value, typ *ast.Type) {
	a.dynamic = a.dynamic || value.Kind == ast.Variable && typ.NonNull && a.nullable[value.Raw]
}

// arguments coerces the arguments that the operation gives to fields that it asks for, and adds them to the variables.
func (c *coercion) arguments(doc *document, operation *ast.OperationDefinition, variables map[string]any) {
	if !doc.arguments.dynamic {
		return
	}
	c.of = ""
	g := &giving{c, doc.arguments, variables, map[*ast.FragmentDefinition]bool{}}
	g.set(operation.SelectionSet)
}

// giving walks through what an operation asks for with these variables.
type giving struct {
	*coercion
	given     *arguments
	variables map[string]any
	seen      map[*ast.FragmentDefinition]bool
}

func (g *giving) set(set ast.SelectionSet) {
	for _, selection := range set {
		switch it := selection.(type) {
		case *ast.Field:
			if g.included(it.Directives) {
				g.field(it)
				g.set(it.SelectionSet)
			}
		case *ast.InlineFragment:
			if g.included(it.Directives) {
				g.set(it.SelectionSet)
			}
		case *ast.FragmentSpread:
			if g.included(it.Directives) && !g.seen[it.Definition] {
				g.seen[it.Definition] = true
				g.set(it.Definition.SelectionSet)
			}
		}
	}
}

// included says whether @skip and @include let through what they stand at.
func (g *giving) included(directives ast.DirectiveList) bool {
	included := true
	for _, directive := range directives {
		switch directive.Name {
		case "skip":
			included = included && !g.condition(directive)
		case "include":
			included = included && g.condition(directive)
		}
	}
	return included
}

func (g *giving) condition(directive *ast.Directive) bool {
	argument := directive.Arguments.ForName("if")
	g.position = argument.Position
	value, _ := g.literal(place{name: "if"}, directive.Definition.Arguments.ForName("if").Type, argument.Value, g.variables)
	return value == true
}

func (g *giving) field(field *ast.Field) {
	for _, argument := range field.Arguments {
		literal, taken := g.given.literals[argument]
		if !taken {
			literal = argument.Value
		}
		if !taken && literal.Kind != ast.Variable {
			continue
		}
		g.position = argument.Position
		typ := field.Definition.Arguments.ForName(argument.Name).Type
		value, _ := g.literal(place{name: argument.Name}, typ, literal, g.variables)
		if taken {
			g.variables[argument.Value.Raw] = value
		}
	}
}
