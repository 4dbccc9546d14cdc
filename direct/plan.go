package direct

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Selection is what a query asks of an object of one type: the fields in the order of the answer.
type Selection struct {
	Fields []Field
}

// Field is a field that is asked for.
type Field struct {
	// Name is the field's name in the schema; key is what stands before its value in the answer.
	Name, key string
	// Collected is the field as gqlgen's own executor sees it.
	Collected graphql.CollectedField
	// selections is what is asked of the value, by the name of its type; of one that has no fields, it is empty.
	selections map[string]*Selection
	only       *Selection
}

// Selection is what is asked of the field's value, which is an object.
func (f *Field) Selection() *Selection { return f.only }

// SelectionOf is what is asked of the field's value, if that is of the type with this name.
func (f *Field) SelectionOf(typeName string) *Selection { return f.selections[typeName] }

// compile is what the operation asks for; nil if gqlgen's executor has to answer it: whatever is about the schema itself, or has
// several mutations, each of which shows what it changed before the next. What asks many services asks them one after
// the other: gqlgen's executor, which asks them at once, makes so many goroutines for that that everybody else waits.
func compile(oc *graphql.OperationContext, schema *ast.Schema) (plan *Selection) {
	defer func() {
		if recover() != nil { // as at a condition that is null: the executor meets it where it belongs, if at all
			plan = nil
		}
	}()
	root := schema.Query
	switch oc.Operation.Operation {
	case ast.Mutation:
		root = schema.Mutation
	case ast.Subscription:
		root = schema.Subscription
	}
	c := compiler{oc, schema, false}
	selection := c.selection(root, oc.Operation.SelectionSet)
	if c.refused || (root != schema.Query && len(selection.Fields) != 1) {
		return nil
	}
	return selection
}

type compiler struct {
	oc      *graphql.OperationContext
	schema  *ast.Schema
	refused bool
}

// selection is what set asks of an object of this type.
func (c *compiler) selection(def *ast.Definition, set ast.SelectionSet) *Selection {
	satisfied := []string{def.Name}
	for _, abstract := range c.schema.GetImplements(def) {
		satisfied = append(satisfied, abstract.Name)
	}
	selection := &Selection{}
	before := "{"
	seen := map[string]bool{}
	for _, collected := range graphql.CollectFields(c.oc, set, satisfied) {
		if seen[collected.Alias] {
			continue // __typename of a union and of its member is not merged by gqlgen, and written once
		}
		seen[collected.Alias] = true
		field := c.field(collected)
		field.key = before + `"` + collected.Alias + `":`
		before = ","
		selection.Fields = append(selection.Fields, field)
	}
	return selection
}

func (c *compiler) field(collected graphql.CollectedField) Field {
	field := Field{Name: collected.Name, Collected: collected}
	switch {
	case collected.Name == "__typename":
	case strings.HasPrefix(collected.Name, "__"):
		c.refused = true
	default:
		c.selections(&field, c.schema.Types[collected.Definition.Type.Name()])
	}
	return field
}

// selections compiles what is asked of the field's value for each type that it can have.
func (c *compiler) selections(field *Field, value *ast.Definition) {
	if !value.IsCompositeType() {
		return
	}
	field.selections = map[string]*Selection{}
	for _, def := range c.schema.GetPossibleTypes(value) {
		selection := c.selection(def, field.Collected.Selections)
		field.selections[def.Name] = selection
		field.only = selection
	}
}

// conditional says that the operation asks for different things with other variables.
func conditional(oc *graphql.OperationContext) bool {
	if hasConditions(oc.Operation.SelectionSet) {
		return true
	}
	for _, fragment := range oc.Doc.Fragments {
		if hasConditions(fragment.SelectionSet) {
			return true
		}
	}
	return false
}

func hasConditions(set ast.SelectionSet) bool {
	for _, selection := range set {
		var directives ast.DirectiveList
		var inner ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			directives, inner = s.Directives, s.SelectionSet
		case *ast.InlineFragment:
			directives, inner = s.Directives, s.SelectionSet
		case *ast.FragmentSpread:
			directives = s.Directives
		}
		if len(directives) > 0 || hasConditions(inner) {
			return true
		}
	}
	return false
}
