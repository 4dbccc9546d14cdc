package server

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// introspector counts the fields of the answer to questions about the schema, which is known exactly, as the schema is. Each question is
// counted once, however often it comes up in the answer.
type introspector struct {
	schema *ast.Schema
	known  map[question]int
}

// question is what a field or fragment asks about something of the schema.
type question struct{ by, about any }

// mostQuestions bounds the work of counting: what has more of them has an answer over every sensible limit.
const mostQuestions = 20_000

// typeRef is a type as it is written at a field or an argument, or what is left of it without its "!".
type typeRef struct {
	*ast.Type
	nullable bool
}

// field is how many fields the answer to a field has, which is one of the schema's own ("__schema", "__type") or of something of it.
func (i *introspector) field(field *ast.Field, about any) int {
	if len(field.SelectionSet) == 0 {
		return 1
	}
	key := question{field, about}
	if count, ok := i.known[key]; ok {
		return count
	}
	if len(i.known) >= mostQuestions {
		return enough
	}
	count := 1
	for _, answer := range i.answers(field.Name, about) {
		count = min(count+i.set(field.SelectionSet, answer), enough)
	}
	i.known[key] = count
	return count
}

func (i *introspector) set(set ast.SelectionSet, about any) int {
	count := 0
	for _, selection := range set {
		switch it := selection.(type) {
		case *ast.Field:
			count += i.field(it, about)
		case *ast.InlineFragment:
			count += i.set(it.SelectionSet, about)
		case *ast.FragmentSpread:
			count += i.fragment(it.Definition, about)
		}
		count = min(count, enough)
	}
	return count
}

func (i *introspector) fragment(fragment *ast.FragmentDefinition, about any) int {
	key := question{fragment, about}
	if count, ok := i.known[key]; ok {
		return count
	}
	count := i.set(fragment.SelectionSet, about)
	i.known[key] = count
	return count
}

// answers is what a field with this name leads to, of something of the schema; nothing if it has no fields of its own.
func (i *introspector) answers(name string, about any) []any {
	switch it := about.(type) {
	case *ast.Schema:
		return i.ofSchema(name)
	case *ast.Definition:
		return i.ofDefinition(name, it)
	case typeRef:
		if name == "ofType" {
			return []any{i.inside(it)}
		}
	case *ast.FieldDefinition:
		return i.typed(name, it.Type, it.Arguments)
	case *ast.ArgumentDefinition:
		return i.typed(name, it.Type, nil)
	case *ast.DirectiveDefinition:
		return i.typed(name, nil, it.Arguments)
	}
	return nil
}

func (i *introspector) ofSchema(name string) []any {
	switch name {
	case "types":
		return all(i.schema.Types)
	case "directives":
		return all(i.schema.Directives)
	case "queryType":
		return present(i.schema.Query)
	case "mutationType":
		return present(i.schema.Mutation)
	case "subscriptionType":
		return present(i.schema.Subscription)
	}
	return nil
}

func (i *introspector) ofDefinition(name string, def *ast.Definition) []any {
	switch {
	case name == "fields" && (def.Kind == ast.Object || def.Kind == ast.Interface), name == "inputFields" && def.Kind == ast.InputObject:
		return things(slices.DeleteFunc(slices.Clone(def.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") }))
	case name == "enumValues":
		return things(def.EnumValues)
	case name == "possibleTypes" && def.IsAbstractType():
		return things(i.schema.GetPossibleTypes(def))
	case name == "interfaces":
		return i.named(def.Interfaces)
	}
	return nil
}

func (i *introspector) named(names []string) []any {
	them := make([]any, len(names))
	for at, name := range names {
		them[at] = i.schema.Types[name]
	}
	return them
}

// inside is what a type wraps that is a list or not null.
func (i *introspector) inside(t typeRef) any {
	if t.nullable {
		return i.refer(typeRef{t.Elem, false})
	}
	return i.refer(typeRef{t.Type, true})
}

// refer is the type that is referred to: its definition if it is neither a list nor not null.
func (i *introspector) refer(t typeRef) any {
	t.nullable = t.nullable || !t.NonNull
	if t.nullable && t.Elem == nil {
		return i.schema.Types[t.NamedType]
	}
	return t
}

func (i *introspector) typed(name string, t *ast.Type, arguments ast.ArgumentDefinitionList) []any {
	switch {
	case name == "args":
		return things(arguments)
	case name == "type" && t != nil:
		return []any{i.refer(typeRef{t, false})}
	}
	return nil
}

func things[T any](of []T) []any {
	them := make([]any, len(of))
	for i, one := range of {
		them[i] = one
	}
	return them
}

func all[T any](of map[string]T) []any {
	them := make([]any, 0, len(of))
	for _, one := range of {
		them = append(them, one)
	}
	return them
}

func present(def *ast.Definition) []any {
	if def == nil {
		return nil
	}
	return []any{def}
}
