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

// most is how many services one query may ask, one after the other. What asks more of them is faster when they are asked at once.
const most = 4

// compile is what the operation asks for; nil if gqlgen's executor has to answer it: whatever is about the schema itself, comes in
// pieces, asks a service for each element of a list, or has several mutations, each of which shows what it changed before the next.
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
	selection, asked := c.selection(root, oc.Operation.SelectionSet)
	if c.refused || asked > most || (root != schema.Query && len(selection.Fields) != 1) {
		return nil
	}
	return selection
}

type compiler struct {
	oc      *graphql.OperationContext
	schema  *ast.Schema
	refused bool
}

// selection is what set asks of an object of this type, and how many times it asks a service.
func (c *compiler) selection(def *ast.Definition, set ast.SelectionSet) (selection *Selection, asked int) {
	satisfied := []string{def.Name}
	for _, abstract := range c.schema.GetImplements(def) {
		satisfied = append(satisfied, abstract.Name)
	}
	selection = &Selection{}
	before := "{"
	seen := map[string]bool{}
	for _, collected := range graphql.CollectFields(c.oc, set, satisfied) {
		if seen[collected.Alias] {
			continue // __typename of a union and of its member is not merged by gqlgen, and written once
		}
		seen[collected.Alias] = true
		field, more := c.field(def, collected)
		field.key = before + `"` + collected.Alias + `":`
		before = ","
		selection.Fields = append(selection.Fields, field)
		asked += more
	}
	return selection, asked
}

func (c *compiler) field(parent *ast.Definition, collected graphql.CollectedField) (field Field, asked int) {
	field = Field{Name: collected.Name, Collected: collected}
	if len(collected.Deferrables) > 0 || (strings.HasPrefix(collected.Name, "__") && collected.Name != "__typename") {
		c.refused = true
		return field, 0
	}
	if collected.Name == "__typename" {
		return field, 0
	}
	value := c.schema.Types[collected.Definition.Type.Name()]
	asked = c.selections(&field, value)
	if collected.Definition.Type.Elem != nil && asked > 0 {
		c.refused = true
	}
	if parent == c.schema.Query || strings.HasSuffix(value.Name, "Connection") {
		asked++
	}
	return field, asked
}

// selections compiles what is asked of the field's value for each type that it can have.
func (c *compiler) selections(field *Field, value *ast.Definition) (asked int) {
	if !value.IsCompositeType() {
		return 0
	}
	field.selections = map[string]*Selection{}
	for _, def := range c.schema.GetPossibleTypes(value) {
		selection, more := c.selection(def, field.Collected.Selections)
		field.selections[def.Name] = selection
		field.only = selection
		asked = max(asked, more)
	}
	return asked
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
