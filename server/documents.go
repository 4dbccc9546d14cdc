package server

import (
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// document is a parsed document that passed every check which does not depend on variables. It is never changed.
type document struct {
	ast *ast.QueryDocument
	// arguments are those that must be coerced for each request.
	arguments *arguments
	// costs are the costs of its operations that no variable changes.
	costs sync.Map
}

// documents parses and checks, and remembers what passed.
type documents struct {
	schema        *ast.Schema
	limits        Limits
	introspection bool
	check         func(scalar string, value any) error
	cache         *bounded[*document]
}

func newDocuments(schema *ast.Schema, limits Limits, introspection bool, check func(scalar string, value any) error) *documents {
	return &documents{
		schema:        schema,
		limits:        limits,
		introspection: introspection,
		check:         check,
		cache: newBounded(limits.CachedDocuments, limits.CachedDocumentBytes,
			func(query string, _ *document) int { return len(query) }),
	}
}

// known is the document with this text, if it is remembered.
func (d *documents) known(query string) (*document, bool) { return d.cache.get(query) }

// look is the document with this text, or why it is refused. The size of a document is checked before anything walks it
// that does not remember where it has been.
func (d *documents) look(query string) (*document, *refusal) {
	parsed, refused := d.parse(query)
	if refused != nil {
		return nil, refused
	}
	shapes, tooBig := checkShape(parsed, d.limits)
	if tooBig != nil {
		return nil, refuseShape(tooBig)
	}
	if shapes.introspects != nil && !d.introspection {
		return nil, refuseShape(gqlError(staffroom.CodeBadInput, "This server does not answer questions about its schema.", shapes.introspects))
	}
	if refused := d.validate(parsed); refused != nil {
		return nil, refused
	}
	c := d.coercion()
	doc := &document{ast: parsed, arguments: c.takeArguments(parsed)}
	if refused := c.refused(); refused != nil {
		return nil, refused
	}
	d.cache.add(query, doc)
	return doc, nil
}

func (d *documents) coercion() *coercion {
	return &coercion{schema: d.schema, check: d.check, limits: d.limits}
}

func (d *documents) parse(query string) (*ast.QueryDocument, *refusal) {
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, d.limits.Tokens)
	if err != nil {
		return nil, d.refuseParse(err)
	}
	if len(parsed.Operations) == 0 {
		return nil, refuse(http.StatusBadRequest, staffroom.CodeBadInput, "The document has no operation. Send a query, mutation or subscription.")
	}
	return parsed, nil
}

func (d *documents) refuseParse(err error) *refusal {
	syntax, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return refuse(http.StatusBadRequest, staffroom.CodeBadInput, "The document cannot be parsed.")
	}
	if strings.HasPrefix(syntax.Message, "exceeded token limit") {
		return refuse(http.StatusUnprocessableEntity, staffroom.CodeTooComplex, "This document is too long: "+clip(syntax.Message, d.limits.ErrorLength)+".")
	}
	shown := gqlError(staffroom.CodeBadInput, clip(syntax.Message, d.limits.ErrorLength), nil)
	shown.Locations = syntax.Locations
	return &refusal{status: http.StatusBadRequest, errors: gqlerror.List{shown}}
}

func (d *documents) validate(parsed *ast.QueryDocument) *refusal {
	rules := validationRules(d.introspection)
	rules.AddRule(scalarLiteralsRule, d.scalarLiterals)
	found := validator.ValidateWithRules(d.schema, parsed, rules)
	if len(found) == 0 {
		return nil
	}
	type mistake struct {
		rule, message string
		at            gqlerror.Location
	}
	seen := map[mistake]bool{} // a fragment is looked at wherever it is spread
	literals := literalsOf(parsed)
	var shown gqlerror.List
	for _, err := range found {
		if this := (mistake{err.Rule, err.Message, locationOf(err)}); !seen[this] {
			seen[this] = true
			if len(shown) == d.limits.Errors {
				literals = nil // what is only counted needs no path
			}
			shown = append(shown, d.invalid(err, literals))
		}
	}
	return &refusal{status: http.StatusUnprocessableEntity, errors: shown}
}

// invalid shows what validation found. Of a wrong value it gives the path.
func (d *documents) invalid(err *gqlerror.Error, literals map[gqlerror.Location]literal) *gqlerror.Error {
	message := err.Message
	var path []any
	if literal, there := literals[locationOf(err)]; there {
		path = literal.at.path()
		if err.Rule == scalarLiteralsRule {
			message = literal.of + written(path) + ": " + message
		}
	}
	shown := gqlError(staffroom.CodeBadInput, clip(message, d.limits.ErrorLength), nil)
	shown.Locations = err.Locations
	if path != nil {
		shown.Extensions["path"] = path
	}
	return shown
}
