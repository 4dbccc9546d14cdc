package sqlite

import (
	"slices"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// count makes the statement that counts documents. Nil if nothing can match.
func (t *table) count(where []staffroom.Cond) (*statement, error) {
	plan, err := t.schema.PlanCount(where)
	if err != nil || plan.Combinations() == 0 {
		return nil, err
	}
	s := t.from(plan.Index)
	out := &statement{}
	out.add("SELECT ", s.counted(plan.Prefix))
	s.tables(out, s.needsDocs(plan.Rest))
	s.where(out, plan.Prefix, plan.Rest)
	return out, nil
}

// counted is what counts each document once: a side table has it several times if several elements are asked for.
func (s source) counted(prefix []staffroom.Cond) string {
	if s.index.Counts {
		return "sum(s.number)" // NULL, which reads as 0, for nothing
	}
	if s.side && !slices.ContainsFunc(prefix, func(c staffroom.Cond) bool { return s.many(c.Field) && len(c.Values) == 1 }) {
		return "count(DISTINCT s.n)"
	}
	return "count(*)"
}

// countBy makes the statement that gives a value and a count in each row. Nil if nothing can match.
func (t *table) countBy(field staffroom.Field, values []string, where []staffroom.Cond) (*statement, error) {
	by := staffroom.OneOf(field, values)
	if t.many(field) {
		by.Op = staffroom.OpContains
	}
	plan, err := t.schema.PlanCount(append(slices.Clone(where), by))
	if err != nil || plan.Combinations() == 0 || len(values) == 0 {
		return nil, err
	}
	s := t.from(plan.Index)
	out := &statement{}
	switch {
	case !t.many(field):
		s.countByField(out, plan, s.column(field))
	case s.side && plan.Prefix[0].Field == field && slices.Equal(plan.Prefix[0].Values, by.Values):
		s.countByField(out, plan, column(elements, field))
	default:
		s.countByElement(out, plan, by)
	}
	return out, nil
}

// countByField counts for each value of a column; when that is the list's own in a side table, it has each document once
// for each value.
func (s source) countByField(out *statement, plan staffroom.Plan, col string) {
	what, some := "count(DISTINCT "+s.alias()+".n)", ""
	switch {
	case s.index.Counts:
		what, some = "sum(s.number)", " HAVING sum(s.number) > 0" // numbers stay when the last document is gone
	case !s.side || col == column(elements, s.index.Fields[0]):
		what = "count(*)"
	}
	out.add("SELECT ", col, ", ", what)
	s.tables(out, s.needsDocs(plan.Rest))
	s.where(out, plan.Prefix, plan.Rest)
	out.add(" GROUP BY ", col, some)
}

// countByElement counts for each element of a list that the index does not have: it opens the lists of the documents found.
func (s source) countByElement(out *statement, plan staffroom.Plan, by staffroom.Cond) {
	out.add("SELECT element.value, count(DISTINCT d.n)")
	s.tables(out, true)
	out.add(" CROSS JOIN json_each(d.doc, '", columnName(by.Field), "') AS element")
	rest := slices.DeleteFunc(slices.Clone(plan.Rest), func(c staffroom.Cond) bool {
		return c.Field == by.Field && slices.Equal(c.Values, by.Values)
	})
	s.where(out, plan.Prefix, rest).next()
	oneOf(out, "element.value", by.Values)
	out.add(" GROUP BY element.value")
}
