package staffroom

import (
	"fmt"
	"reflect"
	"slices"
)

// Plan is how a query is served: by which index, and whether that index gives the order too.
type Plan struct {
	// Index serves the query; its Name is empty for the index by id.
	Index IndexSpec
	// Prefix holds the conditions that the leading fields of the index answer, in the order of those fields.
	Prefix []Cond
	// Rest holds the other conditions, to be checked on each document found.
	Rest []Cond
	// Ordered says that the index gives the documents in the query's order. Otherwise those found must be sorted: a one-of
	// over several values is in the prefix, a range narrows a list ordered by id, or the index has further fields after
	// the one ordered by, which come before the id.
	Ordered bool
	// Narrow are other plans, whose indexes answer some of Rest, and as many conditions in all or more, maybe in another order. Where one of them
	// leads to few documents, these are sooner found and sorted than come across in order.
	Narrow []Plan

	// answered is how many conditions narrow down what is read of the index.
	answered int
	// merged says that each combination of the prefix's values has a list in the query's order, and that they are few: so only their beginnings
	// are read.
	merged bool
}

// MaxMerged is from how many ordered lists a page is put together at most.
const MaxMerged = 32

// NoIndexError says that a query of ours is served by no declared index: a mistake in the program.
type NoIndexError struct {
	Collection string
	Query      Query
}

// Error names the collection and what was asked.
func (e *NoIndexError) Error() string {
	return fmt.Sprintf("staffroom: no index of %q serves the conditions %v ordered by %q", e.Collection, e.Query.Where, e.Query.By)
}

// Plan finds the index that serves q best, or a [NoIndexError]; both adapters refuse what it refuses. An index serves a query
// if its leading fields are answered by equal, one-of or contains, and the field after those is the one ordered by (or there
// is none left or a range narrows it, and the order is by id).
func (s *Schema) Plan(q Query) (Plan, error) {
	plan, err := s.best(q, s.try)
	if err != nil || len(plan.Rest) == 0 {
		return plan, err
	}
	for _, index := range s.Indexes {
		other, ok := s.lay(index, q)
		if ok && !index.Counts && other.answered >= plan.answered && len(without(other.Prefix, plan.Rest)) < len(other.Prefix) {
			plan.Narrow = append(plan.Narrow, other)
		}
	}
	return plan, nil
}

// PlanCount finds the index that serves counting the documents that match where, or a [NoIndexError]. At least one
// condition must narrow down what is read, unless all documents are counted.
func (s *Schema) PlanCount(where []Cond) (Plan, error) {
	return s.best(Query{Where: where}, func(index IndexSpec, q Query) (Plan, bool) {
		plan, ok := s.lay(index, q) // nobody asks in which order documents are counted
		return plan, ok && (plan.answered > 0 || len(where) == 0) && (!index.Counts || plan.counted())
	})
}

func (s *Schema) best(q Query, serve func(IndexSpec, Query) (Plan, bool)) (Plan, error) {
	for _, c := range q.Where {
		if err := s.check(c); err != nil {
			return Plan{}, err
		}
	}
	best, found := Plan{}, false
	for _, index := range append([]IndexSpec{{}}, s.Indexes...) {
		if p, ok := serve(index, q); ok && (!found || better(p, best)) {
			best, found = p, true
		}
	}
	if !found {
		return Plan{}, &NoIndexError{Collection: s.Name, Query: q}
	}
	return best, nil
}

func (s *Schema) check(c Cond) error {
	spec, ok := s.Field(c.Field)
	switch {
	case !ok:
		return fmt.Errorf("staffroom: collection %q declares no field %q", s.Name, c.Field)
	case spec.Many != (c.Op == OpContains) && c.Op != OpPresent && c.Op != OpAbsent:
		return fmt.Errorf("staffroom: %q of field %q does not fit a field with many=%t", c.Op, c.Field, spec.Many)
	default:
		return nil
	}
}

// better prefers an index that a condition narrows down to one that must be read from its beginning, then one that gives
// the order, be it in several lists, then the one that answers more.
func better(a, b Plan) bool {
	switch {
	case (a.answered > 0) != (b.answered > 0):
		return a.answered > 0
	case a.merged != b.merged:
		return a.merged
	case a.answered != b.answered:
		return a.answered > b.answered
	default:
		return len(a.Prefix) > len(b.Prefix)
	}
}

// counted says whether an index that counts has the number: it has documents under each element of the list, and so once only under one.
func (p *Plan) counted() bool {
	return len(p.Rest) == 0 && len(p.Prefix) == len(p.Index.Fields) && len(p.Prefix[0].Values) == 1
}

// try lays index under q and looks whether the order fits. The index by id (no fields) serves only lists ordered by id.
func (s *Schema) try(index IndexSpec, q Query) (Plan, bool) {
	plan, ok := s.lay(index, q)
	if !ok || index.Counts {
		return Plan{}, false
	}
	next := plan.next()
	if q.By != "" && q.By != FieldID {
		return plan.ordered(len(plan.Prefix)+1 == len(index.Fields)), next == q.By
	}
	// A range gives its documents in the order of its own field.
	return plan.ordered(next == ""), next == "" || ranged(next, plan.Rest)
}

// ordered is the plan with what follows from whether the index has the query's order for one combination of values.
func (p Plan) ordered(each bool) Plan {
	lists := p.Combinations()
	p.Ordered, p.merged = each && lists == 1, each && lists <= MaxMerged
	return p
}

// Combinations is how many combinations the values of the prefix have: up to [MaxMerged], or more.
func (p *Plan) Combinations() int {
	n := 1
	for _, c := range p.Prefix {
		n = min(n*len(c.Values), MaxMerged+1)
	}
	return n
}

// next is the field of the index after those that the prefix answers; empty if there is none.
func (p *Plan) next() Field {
	if n := len(p.Prefix); n < len(p.Index.Fields) {
		return p.Index.Fields[n]
	}
	return ""
}

// lay answers the leading fields of index with conditions of q, up to the field ordered by; not ok if the index may lack
// documents that q finds, or hold them several times.
func (s *Schema) lay(index IndexSpec, q Query) (Plan, bool) {
	if index.Expires || !implies(q, index.Where) {
		return Plan{}, false
	}
	plan := Plan{Index: index, Rest: without(q.Where, index.Where)}
	for _, field := range index.Fields {
		at := slices.IndexFunc(plan.Rest, func(c Cond) bool { return c.Field == field && answersPrefix(c) })
		if at < 0 || field == q.By {
			break
		}
		c := plan.Rest[at]
		plan.Prefix = append(plan.Prefix, c)
		plan.Rest = slices.Delete(plan.Rest, at, at+1)
	}
	next := plan.next()
	plan.answered = len(plan.Prefix) + len(index.Where)
	switch {
	case len(index.Fields) == 0 && slices.ContainsFunc(q.Where, func(c Cond) bool { return c.Field == FieldID }), ranged(next, plan.Rest):
		plan.answered++
	case next == q.By && slices.ContainsFunc(plan.Rest, func(c Cond) bool { return c.Field == next && answersPrefix(c) }):
		plan.answered++
	}
	spec, _ := s.Field(next)
	return plan, !spec.Many
}

func ranged(f Field, conds []Cond) bool {
	return slices.ContainsFunc(conds, func(c Cond) bool { return c.Field == f && c.Op == OpRange })
}

func answersPrefix(c Cond) bool {
	return c.Op == OpEqual || c.Op == OpOneOf || c.Op == OpContains
}

// implies says whether every document that q finds satisfies all of where.
func implies(q Query, where []Cond) bool {
	for _, w := range where {
		holds := slices.ContainsFunc(q.Where, func(c Cond) bool {
			if w.Op == OpPresent {
				return c.Field == w.Field && c.Op != OpAbsent
			}
			return reflect.DeepEqual(c, w)
		}) || w.Op == OpPresent && q.By == w.Field
		if !holds {
			return false
		}
	}
	return true
}

func without(conds, drop []Cond) []Cond {
	return slices.DeleteFunc(slices.Clone(conds), func(c Cond) bool {
		return slices.ContainsFunc(drop, func(d Cond) bool { return reflect.DeepEqual(c, d) })
	})
}

// plain turns values of types over string (enums, dates) into strings, so that adapters meet few types.
func plain(v any) any {
	switch x := v.(type) {
	case nil, string, bool, int64, float64, Time:
		return x
	case int:
		return int64(x)
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return r.String()
	}
	panic(fmt.Sprintf("staffroom: a query cannot hold a %T", v))
}

func plainAll[V any](values []V) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = plain(v)
	}
	return out
}
