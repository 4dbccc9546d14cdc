package server

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// coster computes what an operation may cost with these variables, after validation. A field costs 1; the fields under a
// connection (what has first or last) cost as many times that as the page is long, those under a list by ids as many as
// there are ids, and those under any other list of objects Limits.AssumedList times. A list that must be searched for costs
// Limits.Searching more, HTML costs Limits.Rendering more. Questions about the schema cost as much as their answer has fields. Like
// shapes it visits each fragment once.
type coster struct {
	schema    *ast.Schema
	limits    Limits
	variables map[string]any
	known     map[fragmentPlace]int
	// dynamic says that a page size came from a variable, so that the cost is not the document's alone.
	dynamic bool
	// found is what is wrong with page sizes and lists of ids, and told where that stands: a fragment may be visited twice.
	found gqlerror.List
	told  map[*ast.Position]bool
}

// fragmentPlace is a fragment and whether it is inside of a connection, where edges and nodes are counted already.
type fragmentPlace struct {
	fragment *ast.FragmentDefinition
	counted  bool
}

// operationCost is the cost of an operation of doc, or why it is refused: a page size out of bounds, or too much in all.
func operationCost(doc *document, schema *ast.Schema, limits Limits, operation *ast.OperationDefinition, variables map[string]any,
) (int, *refusal) {
	if cost, ok := doc.costs.Load(operation); ok {
		return cost.(int), nil
	}
	c := &coster{schema: schema, limits: limits, variables: variables, known: map[fragmentPlace]int{}}
	cost := c.set(operation.SelectionSet, false)
	if len(c.found) > 0 {
		return 0, &refusal{status: http.StatusUnprocessableEntity, errors: c.found}
	}
	if cost > limits.Cost {
		return 0, refuse(http.StatusUnprocessableEntity, staffroom.CodeTooComplex, fmt.Sprintf(
			"This operation costs %d and may cost at most %d. Ask for shorter pages, or for fewer lists inside of lists.", cost, limits.Cost))
	}
	if !c.dynamic {
		doc.costs.Store(operation, cost)
	}
	return cost, nil
}

func (c *coster) set(set ast.SelectionSet, counted bool) int {
	sum := 0
	for _, selection := range set {
		sum = min(sum+c.selection(selection, counted), enough)
	}
	return sum
}

func (c *coster) selection(selection ast.Selection, counted bool) int {
	switch it := selection.(type) {
	case *ast.Field:
		return c.field(it, counted)
	case *ast.InlineFragment:
		return c.set(it.SelectionSet, counted)
	case *ast.FragmentSpread:
		return c.fragment(it.Definition, counted)
	}
	return 0
}

func (c *coster) fragment(fragment *ast.FragmentDefinition, counted bool) int {
	place := fragmentPlace{fragment, counted}
	cost, ok := c.known[place]
	if !ok {
		cost = c.set(fragment.SelectionSet, counted)
		c.known[place] = cost
	}
	return cost
}

func (c *coster) field(field *ast.Field, counted bool) int {
	if strings.HasPrefix(field.Name, "__") {
		return c.introspection(field)
	}
	times, connection := c.times(field, counted)
	children := c.set(field.SelectionSet, connection)
	return int(min(1+int64(c.searching(field, connection)+c.rendering(field))+int64(times)*int64(children), enough))
}

// rendering is what a field costs more that is made of a text when it is asked for.
func (c *coster) rendering(field *ast.Field) int {
	if field.Definition != nil && field.Definition.Type.Name() == "HTML" {
		return c.limits.Rendering
	}
	return 0
}

// introspection is how many fields the answer to a question about the schema has.
func (c *coster) introspection(field *ast.Field) int {
	i := &introspector{schema: c.schema, known: map[question]int{}}
	if field.Name == "__schema" {
		return min(1+i.set(field.SelectionSet, c.schema), enough)
	}
	name, _ := c.argument(field, "name")
	def := c.schema.Types[fmt.Sprint(name)]
	if def == nil {
		return 1
	}
	return min(1+i.set(field.SelectionSet, def), enough)
}

// searching is what a connection costs more if it looks for words (by its argument "query" or "text", or "text" of its filter) or
// near a place ("near" of its filter).
func (c *coster) searching(field *ast.Field, connection bool) int {
	if !connection {
		return 0
	}
	cost := 0
	filter, _ := c.argument(field, "filter")
	conditions, _ := filter.(map[string]any)
	query, _ := c.argument(field, "query")
	text, _ := c.argument(field, "text")
	for _, words := range []any{query, text, conditions["text"]} {
		if words, ok := words.(string); ok && strings.TrimSpace(words) != "" {
			cost += c.limits.Searching
		}
	}
	if conditions["near"] != nil {
		cost += c.limits.Searching
	}
	return cost
}

// times is how often what is under the field may be there, and whether the field is a connection.
func (c *coster) times(field *ast.Field, counted bool) (times int, connection bool) {
	definition := field.Definition
	if definition == nil || len(field.SelectionSet) == 0 {
		return 1, false
	}
	if hasArgument(definition, "first") || hasArgument(definition, "last") {
		return c.page(field), true
	}
	if ids := definition.Arguments.ForName("ids"); ids != nil && ids.Type.Elem != nil {
		return c.ids(field), false
	}
	if definition.Type.Elem != nil && !counted {
		return c.limits.AssumedList, false
	}
	return 1, false
}

func hasArgument(definition *ast.FieldDefinition, name string) bool {
	return definition.Arguments.ForName(name) != nil
}

// page is how long a page the field asks for: the longer of first and last.
func (c *coster) page(field *ast.Field) int {
	longest := max(c.pageSize(field, "first"), c.pageSize(field, "last"))
	if longest == 0 {
		return c.limits.DefaultPage
	}
	return longest
}

// pageSize is what the argument says, and 0 if it is left out or wrong.
func (c *coster) pageSize(field *ast.Field, name string) int {
	value, at := c.argument(field, name)
	if value == nil {
		return 0
	}
	number, ok := wholeNumber(value)
	if ok && number >= 1 && number <= int64(c.limits.PageSize) {
		return int(number)
	}
	c.complain(at, name, fmt.Sprintf(
		"A page has 1 to %d items, so %q cannot be that. Ask for a page, and go on with its cursor.", c.limits.PageSize, name))
	return 0
}

func (c *coster) ids(field *ast.Field) int {
	value, at := c.argument(field, "ids")
	ids, ok := value.([]any)
	if !ok {
		return 1
	}
	if len(ids) > c.limits.IDs {
		c.complain(at, "ids", fmt.Sprintf("At most %d ids can be asked for at a time.", c.limits.IDs))
	}
	return len(ids)
}

// complain notes what is wrong with an argument.
func (c *coster) complain(at *ast.Position, name, message string) {
	if c.told[at] {
		return
	}
	if c.told == nil {
		c.told = map[*ast.Position]bool{}
	}
	c.told[at] = true
	err := gqlError(staffroom.CodeBadInput, message, at)
	about(err, name)
	c.found = append(c.found, err)
}

// argument is the value of an argument with variables put in and defaults used; nil for null and for what is left out.
func (c *coster) argument(field *ast.Field, name string) (any, *ast.Position) {
	definition := field.Definition.Arguments.ForName(name)
	if definition == nil {
		return nil, field.Position
	}
	if given := field.Arguments.ForName(name); given != nil {
		if given.Value.Kind == ast.Variable {
			c.dynamic = true
		}
		if value, err := given.Value.Value(c.variables); err == nil && (value != nil || given.Value.Kind != ast.Variable) {
			return value, given.Position
		}
	}
	if definition.DefaultValue != nil {
		if value, err := definition.DefaultValue.Value(nil); err == nil {
			return value, field.Position
		}
	}
	return nil, field.Position
}
