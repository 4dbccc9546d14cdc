package sqlite

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// statement is SQL in the making: its text is all ours, values are parameters.
type statement struct {
	sql  strings.Builder
	args []any
}

func (s *statement) add(texts ...string) {
	for _, text := range texts {
		s.sql.WriteString(text)
	}
}

func (s *statement) bind(args ...any) { s.args = append(s.args, args...) }

func (s *statement) text() string { return s.sql.String() }

// source is where a query takes its documents from: the table itself by an index, or the side table of an index over a list.
type source struct {
	*table
	index staffroom.IndexSpec
	// side says that the documents come through a side table.
	side bool
}

func (t *table) from(index staffroom.IndexSpec) source {
	return source{table: t, index: index, side: t.listed(index)}
}

// alias is the table that the index is on.
func (s source) alias() string {
	if s.side {
		return elements
	}
	return documents
}

// column is a field's column: the index's own if it has it, so that documents need not be read for it.
func (s source) column(path staffroom.Field) string {
	if s.side && (path == staffroom.FieldID || slices.Contains(s.index.Fields, path) && !s.many(path)) {
		return column(elements, path)
	}
	return column(documents, path)
}

// tables writes FROM. Documents are joined to a side table only if withDocs.
func (s source) tables(out *statement, withDocs bool) {
	name := quote(s.schema.Name)
	if !s.side {
		out.add(" FROM ", name, " AS ", documents, " INDEXED BY ", quote(s.indexName(s.index)))
		return
	}
	out.add(" FROM ", quote(s.table.side(s.index)), " AS ", elements)
	if !s.index.Counts { // whose table has one order only
		out.add(" INDEXED BY ", quote(s.indexName(s.index)))
	}
	if withDocs {
		out.add(" CROSS JOIN ", name, " AS ", documents, " ON d.n = s.n")
	}
}

// needsDocs says whether conds need more than a side table has.
func (s source) needsDocs(conds []staffroom.Cond) bool {
	return s.side && slices.ContainsFunc(conds, func(c staffroom.Cond) bool {
		if c.Op == staffroom.OpContains {
			_, held := s.holding(c.Field)
			return !held
		}
		return s.many(c.Field) || c.Field != staffroom.FieldID && !slices.Contains(s.index.Fields, c.Field)
	})
}

// where writes the conditions of a plan: those that the index answers, those it is made for, and the rest.
func (s source) where(out *statement, prefix, rest []staffroom.Cond) *conjunction {
	and := &conjunction{out: out}
	for _, c := range prefix {
		and.next()
		if s.side && s.many(c.Field) {
			oneOf(out, column(elements, c.Field), c.Values)
		} else {
			oneOf(out, s.column(c.Field), c.Values)
		}
	}
	if !s.side {
		for _, sql := range s.declared(s.index, documents+".") {
			and.next()
			out.add(sql)
		}
	}
	for _, c := range rest {
		and.next()
		s.condition(out, c)
	}
	return and
}

// conjunction writes WHERE before the first condition and AND before the others.
type conjunction struct {
	out   *statement
	begun bool
}

func (c *conjunction) next() {
	if c.begun {
		c.out.add(" AND ")
	} else {
		c.out.add(" WHERE ")
	}
	c.begun = true
}

// condition writes a condition that is checked on each document.
func (s source) condition(out *statement, c staffroom.Cond) {
	if s.many(c.Field) {
		s.listCondition(out, c)
		return
	}
	col := s.column(c.Field)
	switch c.Op {
	case staffroom.OpRange:
		between(out, col, c.Values[0], c.Values[1])
	case staffroom.OpPresent:
		out.add(col, " IS NOT NULL")
	case staffroom.OpAbsent:
		out.add(col, " IS NULL")
	default:
		oneOf(out, col, c.Values)
	}
}

// contains looks for an element in a list: where a side table has it, without the document.
func (s source) contains(out *statement, c staffroom.Cond) {
	if side, ok := s.holding(c.Field); ok {
		out.add("EXISTS (SELECT 1 FROM ", quote(side), " AS element WHERE element.n = ", s.alias(), ".n AND ")
		oneOf(out, "element."+quote(columnName(c.Field)), c.Values)
	} else {
		out.add("EXISTS (SELECT 1 FROM json_each(d.doc, '", columnName(c.Field), "') AS element WHERE ")
		oneOf(out, "element.value", c.Values)
	}
	out.add(")")
}

func (s source) listCondition(out *statement, c staffroom.Cond) {
	switch c.Op {
	case staffroom.OpPresent:
		out.add(extract(documents+".", c.Field), " IS NOT NULL")
	case staffroom.OpAbsent:
		out.add(extract(documents+".", c.Field), " IS NULL")
	default:
		s.contains(out, c)
	}
}

// parameter is a parameter that is compared with a column. The sign changes nothing but that SQLite does not look at the value when
// it plans: it would plan anew at each execution, at several times what most of our queries cost.
const parameter = "+?"

// oneOf writes that col is one of values. A list is one parameter, so that the text is the same for any number.
func oneOf(out *statement, col string, values []any) {
	if len(values) == 1 {
		out.add(col, " = "+parameter)
		out.bind(values[0])
		return
	}
	out.add(col, " IN (SELECT value FROM json_each(?))")
	out.bind(list(values))
}

// list is values as a JSON array; they are of types that always have JSON.
func list(values []any) []byte {
	if len(values) == 0 {
		return []byte("[]")
	}
	raw, err := json.Marshal(values)
	if err != nil {
		panic("sqlite: values of a condition have no JSON: " + err.Error())
	}
	return raw
}

func between(out *statement, col string, from, to any) {
	switch {
	case from != nil && to != nil:
		out.add("(", col, " >= "+parameter+" AND ", col, " < "+parameter+")")
		out.bind(from, to)
	case from != nil:
		out.add(col, " >= "+parameter)
		out.bind(from)
	case to != nil:
		out.add(col, " < "+parameter)
		out.bind(to)
	default:
		out.add(col, " IS NOT NULL")
	}
}
