package sqlite

import (
	"fmt"
	"slices"
	"strconv"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// bound is an end of a page: documents are beyond key and id in the direction of op, "<" or ">".
type bound struct {
	op  string
	key any
	id  string
}

// finder writes the statement for one query.
type finder struct {
	source
	q      staffroom.Query
	plan   staffroom.Plan
	bounds []bound
	// desc is the direction of the statement, which is against that of the query for a page backward.
	desc bool
}

// find prepares for a page; nil if nothing can match.
func (t *table) find(q staffroom.Query) (*finder, error) {
	if q.Limit < 1 || q.Limit > staffroom.MaxLimit {
		return nil, fmt.Errorf("sqlite: a page of %s cannot have %d documents", t.schema.Name, q.Limit)
	}
	plan, err := t.schema.Plan(q)
	if err != nil {
		return nil, err
	}
	f := &finder{source: t.from(plan.Index), q: q, plan: plan, desc: q.Desc != q.Backward}
	if err := f.decodeBounds(); err != nil {
		return nil, err
	}
	if plan.Combinations() == 0 {
		return nil, nil
	}
	return f, nil
}

// page makes the statement that gives document, key, id and version of each row of the page, and of one more.
func (f *finder) page() *statement {
	out := &statement{}
	if f.plan.Ordered {
		f.direct(out)
	} else {
		f.gathered(out, f.plan.Combinations() <= staffroom.MaxMerged)
	}
	return out
}

// decodeBounds reads the cursors.
func (f *finder) decodeBounds() error {
	order := staffroom.OrderName(f.schema.Name, f.q.By, f.q.Desc)
	after, before := ">", "<"
	if f.q.Desc {
		after, before = before, after
	}
	for _, end := range []struct{ cursor, op string }{{f.q.After, after}, {f.q.Before, before}} {
		if end.cursor == "" {
			continue
		}
		key, id, err := staffroom.DecodeCursor(order, end.cursor)
		if err == nil {
			key, err = f.fitting(key)
		}
		if err != nil {
			return err
		}
		f.bounds = append(f.bounds, bound{end.op, key, id})
	}
	return nil
}

// fitting is the key of a cursor in the type of the order's field.
func (f *finder) fitting(key any) (any, error) {
	if f.byID() {
		return nil, nil
	}
	spec, _ := f.schema.Field(f.q.By)
	switch v := key.(type) {
	case string:
		if spec.Type == staffroom.TypeText || spec.Type == staffroom.TypeTime {
			return v, nil
		}
	case float64:
		if spec.Type == staffroom.TypeInteger {
			return int64(v), nil
		}
		if spec.Type == staffroom.TypeNumber {
			return v, nil
		}
	case bool:
		if spec.Type == staffroom.TypeBoolean {
			return v, nil
		}
	}
	return nil, staffroom.Errorf(staffroom.CodeBadCursor, "This cursor is not one that this list gave out. Start again without it.")
}

func (f *finder) byID() bool { return f.q.By == "" || f.q.By == staffroom.FieldID }

// direct writes a query whose index gives the page as it is.
func (f *finder) direct(out *statement) {
	out.add("SELECT d.doc, ", f.keyColumn(), ", d.id, d.version")
	f.tables(out, true)
	f.conditions(out, f.plan.Prefix)
	f.order(out, f.keyColumn(), f.column(staffroom.FieldID))
}

// gathered writes a query that finds the page first, without documents, and then fetches those. With few combinations of
// values each has its own list in order, and only the beginnings of these are read.
func (f *finder) gathered(out *statement, merged bool) {
	prefixes, distinct := [][]staffroom.Cond{f.plan.Prefix}, "DISTINCT "
	if merged {
		prefixes, distinct = spread(f.plan.Prefix), ""
	}
	out.add("SELECT d.doc, p.k, d.id, d.version FROM (")
	for i, prefix := range prefixes {
		if i > 0 {
			out.add(" UNION ")
		}
		out.add("SELECT n, k, id FROM (SELECT ", distinct)
		f.branch(out, prefix)
		out.add(")")
	}
	f.order(out, "k", "id")
	out.add(") AS p CROSS JOIN ", quote(f.schema.Name), " AS d ON d.n = p.n ORDER BY p.k", f.direction(), ", p.id", f.direction())
}

// branch writes the query for one combination of values, or for all of them at once.
func (f *finder) branch(out *statement, prefix []staffroom.Cond) {
	out.add(f.alias(), ".n AS n, ", f.keyColumn(), " AS k, ", f.column(staffroom.FieldID), " AS id")
	f.tables(out, f.needsDocs(f.plan.Rest) || f.needsDocs(f.key()))
	f.conditions(out, prefix)
	f.order(out, f.keyColumn(), f.column(staffroom.FieldID))
}

// spread gives each combination of the values of conds as equal conditions.
func spread(conds []staffroom.Cond) [][]staffroom.Cond {
	out := [][]staffroom.Cond{nil}
	for _, c := range conds {
		var longer [][]staffroom.Cond
		for _, begun := range out {
			for _, value := range c.Values {
				longer = append(longer, append(slices.Clone(begun), staffroom.Cond{Field: c.Field, Op: c.Op, Values: []any{value}}))
			}
		}
		out = longer
	}
	return out
}

// key is a condition on the field ordered by; none by id.
func (f *finder) key() []staffroom.Cond {
	if f.byID() {
		return nil
	}
	return []staffroom.Cond{{Field: f.q.By}}
}

func (f *finder) keyColumn() string {
	if f.byID() {
		return "NULL"
	}
	return f.column(f.q.By)
}

// conditions writes all conditions. Documents without the key are kept out by a bound below all values rather than by IS
// NOT NULL, because an index can start there.
func (f *finder) conditions(out *statement, prefix []staffroom.Cond) {
	and := f.where(out, prefix, f.plan.Rest)
	id := f.column(staffroom.FieldID)
	below := false
	for _, b := range f.bounds {
		and.next()
		if f.byID() {
			out.add(id, " ", b.op, " "+parameter)
			out.bind(b.id)
			continue
		}
		out.add("(", f.keyColumn(), ", ", id, ") ", b.op, " ("+parameter+", "+parameter+")")
		out.bind(b.key, b.id)
		below = below || b.op == ">"
	}
	if !f.byID() && !below {
		spec, _ := f.schema.Field(f.q.By)
		and.next()
		out.add(f.keyColumn(), " >= ", least(spec.Type))
	}
}

func (f *finder) direction() string {
	if f.desc {
		return " DESC"
	}
	return ""
}

func (f *finder) order(out *statement, key, id string) {
	out.add(" ORDER BY ")
	if !f.byID() {
		out.add(key, f.direction(), ", ")
	}
	// A number, because SQLite looks at a parameter here when it plans, and so would plan anew each time it is set.
	out.add(id, f.direction(), " LIMIT ", strconv.Itoa(f.q.Limit+1))
}

// key reads the value of the order's field, which is the second column.
func (t *table) key(by staffroom.Field, s *driver.Stmt) any {
	if s.ColumnIsNull(1) {
		return nil
	}
	spec, _ := t.schema.Field(by)
	switch spec.Type {
	case staffroom.TypeInteger:
		return s.ColumnInt64(1)
	case staffroom.TypeNumber:
		return s.ColumnFloat(1)
	case staffroom.TypeBoolean:
		return s.ColumnBool(1)
	default:
		return s.ColumnText(1)
	}
}
