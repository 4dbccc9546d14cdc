package server

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// shape is how big a piece of a document is with all of its fragments spread out. Numbers stop growing at enough.
type shape struct {
	depth, fields, rootFields, aliases, directives int
}

// enough is over every sensible limit, and far from overflowing when two of them are added.
const enough = 1 << 30

func (s *shape) add(other shape) {
	s.depth = max(s.depth, other.depth)
	s.fields = min(s.fields+other.fields, enough)
	s.rootFields = min(s.rootFields+other.rootFields, enough)
	s.aliases = min(s.aliases+other.aliases, enough)
	s.directives = min(s.directives+other.directives, enough)
}

// shapes measures a document in one walk. It visits each fragment once, however often that is spread: spreading each other
// twice, thirty fragments stand for 2^30 fields, which validation would walk one by one.
type shapes struct {
	limits    Limits
	fragments map[string]*ast.FragmentDefinition
	known     map[*ast.FragmentDefinition]shape
	open      map[*ast.FragmentDefinition]bool
	// introspects says where the document asks about the schema.
	introspects *ast.Position
}

// checkShape refuses a document that is over a limit, or whose fragments go round in circles.
func checkShape(doc *ast.QueryDocument, limits Limits) (*shapes, *gqlerror.Error) {
	s := &shapes{
		limits:    limits,
		fragments: map[string]*ast.FragmentDefinition{},
		known:     map[*ast.FragmentDefinition]shape{},
		open:      map[*ast.FragmentDefinition]bool{},
	}
	if err := s.count(len(doc.Fragments), limits.Fragments, "fragments", doc.Position); err != nil {
		return nil, err
	}
	for _, fragment := range doc.Fragments {
		if s.fragments[fragment.Name] == nil {
			s.fragments[fragment.Name] = fragment
		}
	}
	var total shape
	for _, operation := range doc.Operations {
		size, err := s.operation(operation)
		if err == nil {
			err = s.within(size, operation.Position)
		}
		if err != nil {
			return nil, err
		}
		size.rootFields = 0
		total.add(size)
	}
	for _, fragment := range doc.Fragments {
		size, err := s.fragment(fragment)
		if err == nil {
			size.rootFields = 0
			err = s.within(size, fragment.Position)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, s.within(total, doc.Position)
}

func (s *shapes) operation(operation *ast.OperationDefinition) (shape, *gqlerror.Error) {
	size, err := s.set(operation.SelectionSet, names{})
	size.directives += len(operation.Directives)
	for _, variable := range operation.VariableDefinitions {
		size.directives += len(variable.Directives)
	}
	return size, err
}

// names counts how often each name is in a selection set, inline fragments included: validation compares each with each.
type names map[string]int

// set is the shape of a selection set; its depth is 1 when its fields have no fields of their own.
func (s *shapes) set(set ast.SelectionSet, seen names) (shape, *gqlerror.Error) {
	var sum shape
	for _, selection := range set {
		size, err := s.selection(selection, seen)
		if err != nil {
			return sum, err
		}
		sum.add(size)
	}
	return sum, nil
}

func (s *shapes) selection(selection ast.Selection, seen names) (shape, *gqlerror.Error) {
	switch it := selection.(type) {
	case *ast.Field:
		seen[it.Alias]++
		if err := s.count(seen[it.Alias], s.limits.Repeats, "fields of one name", it.Position); err != nil {
			return shape{}, err
		}
		return s.field(it)
	case *ast.InlineFragment:
		size, err := s.set(it.SelectionSet, seen)
		size.fields++
		size.directives += len(it.Directives)
		return size, err
	case *ast.FragmentSpread:
		var size shape
		var err *gqlerror.Error
		if fragment := s.fragments[it.Name]; fragment != nil {
			size, err = s.fragment(fragment)
		}
		size.fields++
		size.directives += len(it.Directives)
		return size, err
	}
	return shape{}, nil
}

func (s *shapes) field(field *ast.Field) (shape, *gqlerror.Error) {
	if s.introspects == nil && (field.Name == "__schema" || field.Name == "__type") {
		s.introspects = field.Position
	}
	size, err := s.set(field.SelectionSet, names{})
	size.depth++
	size.fields++
	size.rootFields = 1
	if field.Alias != field.Name {
		size.aliases++
	}
	size.directives += len(field.Directives)
	return size, err
}

func (s *shapes) fragment(fragment *ast.FragmentDefinition) (shape, *gqlerror.Error) {
	if size, ok := s.known[fragment]; ok {
		return size, nil
	}
	if s.open[fragment] {
		return shape{}, gqlError(staffroom.CodeBadInput, "The fragment "+clip(fragment.Name, 60)+" spreads itself.", fragment.Position)
	}
	s.open[fragment] = true
	size, err := s.set(fragment.SelectionSet, names{})
	if err != nil {
		return size, err
	}
	size.directives += len(fragment.Directives)
	delete(s.open, fragment)
	s.known[fragment] = size
	return size, nil
}

func (s *shapes) within(size shape, at *ast.Position) *gqlerror.Error {
	for _, limit := range []struct {
		what      string
		have, max int
	}{
		{"levels deep", size.depth, s.limits.Depth},
		{"fields", size.fields, s.limits.Fields},
		{"fields at the top", size.rootFields, s.limits.RootFields},
		{"aliases", size.aliases, s.limits.Aliases},
		{"directives", size.directives, s.limits.Directives},
	} {
		if err := s.count(limit.have, limit.max, limit.what, at); err != nil {
			return err
		}
	}
	return nil
}

func (s *shapes) count(have, most int, what string, at *ast.Position) *gqlerror.Error {
	if have <= most {
		return nil
	}
	message := fmt.Sprintf("This document is too big: it may be or have at most %d %s, with its fragments spread out.", most, what)
	return gqlError(staffroom.CodeTooComplex, message, at)
}

// refuseShape is the answer to a document that checkShape did not like.
func refuseShape(err *gqlerror.Error) *refusal {
	return &refusal{status: http.StatusUnprocessableEntity, errors: gqlerror.List{err}}
}

// clip cuts text of a caller that goes into a message.
func clip(text string, length int) string {
	if len(text) <= length {
		return text
	}
	return strings.ToValidUTF8(text[:length], "") + "…"
}
