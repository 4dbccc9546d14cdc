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
	cost, err := c.set(operation.SelectionSet, false)
	if err != nil {
		return 0, &refusal{status: http.StatusUnprocessableEntity, errors: gqlerror.List{err}}
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

func (c *coster) set(set ast.SelectionSet, counted bool) (int, *gqlerror.Error) {
	sum := 0
	for _, selection := range set {
		cost, err := c.selection(selection, counted)
		if err != nil {
			return 0, err
		}
		sum = min(sum+cost, enough)
	}
	return sum, nil
}

func (c *coster) selection(selection ast.Selection, counted bool) (int, *gqlerror.Error) {
	switch it := selection.(type) {
	case *ast.Field:
		return c.field(it, counted)
	case *ast.InlineFragment:
		return c.set(it.SelectionSet, counted)
	case *ast.FragmentSpread:
		return c.fragment(it.Definition, counted)
	}
	return 0, nil
}

func (c *coster) fragment(fragment *ast.FragmentDefinition, counted bool) (int, *gqlerror.Error) {
	place := fragmentPlace{fragment, counted}
	if cost, ok := c.known[place]; ok {
		return cost, nil
	}
	cost, err := c.set(fragment.SelectionSet, counted)
	if err == nil {
		c.known[place] = cost
	}
	return cost, err
}

func (c *coster) field(field *ast.Field, counted bool) (int, *gqlerror.Error) {
	if strings.HasPrefix(field.Name, "__") {
		return c.introspection(field), nil
	}
	times, connection, err := c.times(field, counted)
	if err != nil {
		return 0, err
	}
	children, err := c.set(field.SelectionSet, connection)
	if err != nil {
		return 0, err
	}
	return int(min(1+int64(c.searching(field, connection)+c.rendering(field))+int64(times)*int64(children), enough)), nil
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
func (c *coster) times(field *ast.Field, counted bool) (times int, connection bool, err *gqlerror.Error) {
	definition := field.Definition
	if definition == nil || len(field.SelectionSet) == 0 {
		return 1, false, nil
	}
	if hasArgument(definition, "first") || hasArgument(definition, "last") {
		times, err = c.page(field)
		return times, true, err
	}
	if ids := definition.Arguments.ForName("ids"); ids != nil && ids.Type.Elem != nil {
		times, err = c.ids(field)
		return times, false, err
	}
	if definition.Type.Elem != nil && !counted {
		return c.limits.AssumedList, false, nil
	}
	return 1, false, nil
}

func hasArgument(definition *ast.FieldDefinition, name string) bool {
	return definition.Arguments.ForName(name) != nil
}

// page is how long a page the field asks for: the longer of first and last.
func (c *coster) page(field *ast.Field) (int, *gqlerror.Error) {
	longest := -1
	for _, name := range []string{"first", "last"} {
		size, set, err := c.pageSize(field, name)
		if err != nil {
			return 0, err
		}
		if set {
			longest = max(longest, size)
		}
	}
	if longest < 0 {
		return c.limits.DefaultPage, nil
	}
	return longest, nil
}

func (c *coster) pageSize(field *ast.Field, name string) (size int, set bool, err *gqlerror.Error) {
	value, at := c.argument(field, name)
	if value == nil {
		return 0, false, nil
	}
	number, ok := wholeNumber(value)
	if ok && number >= 1 && number <= int64(c.limits.PageSize) {
		return int(number), true, nil
	}
	err = gqlError(staffroom.CodeBadInput, fmt.Sprintf(
		"A page has 1 to %d items, so %q cannot be that. Ask for a page, and go on with its cursor.", c.limits.PageSize, name), at)
	about(err, name)
	return 0, false, err
}

func (c *coster) ids(field *ast.Field) (int, *gqlerror.Error) {
	value, at := c.argument(field, "ids")
	ids, ok := value.([]any)
	if !ok {
		return 1, nil
	}
	if len(ids) <= c.limits.IDs {
		return len(ids), nil
	}
	err := gqlError(staffroom.CodeBadInput, fmt.Sprintf("At most %d ids can be asked for at a time.", c.limits.IDs), at)
	about(err, "ids")
	return 0, err
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
