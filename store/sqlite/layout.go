package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// object is an index, a side table or a trigger of the layout.
type object struct {
	kind, name, sql string
	// fill copies what is stored already into a new side table; empty for other objects.
	fill string
}

// createTable makes the table of a collection. The number n is what side tables refer to; it never changes.
func (t *table) createTable() string {
	columns := []string{"n INTEGER PRIMARY KEY", "id TEXT NOT NULL", "version INTEGER NOT NULL", "doc TEXT NOT NULL"}
	for _, f := range t.schema.Fields {
		if !f.Many {
			columns = append(columns, t.columnSQL(f))
		}
	}
	return "CREATE TABLE " + quote(t.schema.Name) + " (" + strings.Join(columns, ", ") + ")"
}

// columnSQL declares the virtual column of a field; a list has none.
func (t *table) columnSQL(f staffroom.FieldSpec) string {
	return fmt.Sprintf("%s %s GENERATED ALWAYS AS (%s) VIRTUAL", quote(columnName(f.Path)), sqlType(f.Type), extract("", f.Path))
}

// extract reads a field out of a document; row is "NEW." or "OLD." in triggers, and empty elsewhere.
func extract(row string, path staffroom.Field) string {
	if path == staffroom.FieldID {
		return row + "id"
	}
	return "json_extract(" + row + "doc, '" + columnName(path) + "')"
}

// objects lists what the table needs beside its columns, in the order in which it can be made.
func (t *table) objects() []object {
	out := []object{{
		kind: "index", name: t.schema.Name + "/id",
		sql: "CREATE UNIQUE INDEX " + quote(t.schema.Name+"/id") + " ON " + quote(t.schema.Name) + " (id)",
	}}
	var lists []staffroom.IndexSpec
	for _, index := range t.schema.Indexes {
		if t.listed(index) {
			lists = append(lists, index)
			out = append(out, t.sideObjects(index)...)
		} else {
			out = append(out, t.plainIndex(index))
		}
	}
	return append(out, t.triggers(lists)...)
}

// plainIndex is an index over virtual columns. A unique one has no id at its end, as it must not tell documents apart.
func (t *table) plainIndex(index staffroom.IndexSpec) object {
	name := t.indexName(index)
	var also []staffroom.Field
	for _, c := range index.Where {
		if !slices.Contains(index.Fields, c.Field) {
			also = append(also, c.Field) // so that the condition can be seen without the document
		}
	}
	sql := createIndex(index.Unique, name, t.schema.Name, index.Fields, also)
	if len(index.Where) > 0 {
		sql += " WHERE " + strings.Join(t.declared(index, ""), " AND ")
	}
	return object{kind: "index", name: name, sql: sql}
}

// createIndex makes an index over fields. Unless it is unique the id follows, and then the fields of also.
func createIndex(unique bool, name, on string, fields, also []staffroom.Field) string {
	create := "CREATE UNIQUE INDEX "
	if !unique {
		create = "CREATE INDEX "
		fields = slices.Concat(fields, []staffroom.Field{staffroom.FieldID}, also)
	}
	var columns []string
	for _, path := range fields {
		columns = append(columns, quote(columnName(path)))
	}
	return create + quote(name) + " ON " + quote(on) + " (" + strings.Join(columns, ", ") + ")"
}

// declared is the condition of a partial index in SQL, with literals; SQLite compares it with that of a query. Prefix is
// the alias of the table with its dot, or empty.
func (t *table) declared(index staffroom.IndexSpec, prefix string) []string {
	var out []string
	for _, c := range index.Where {
		if c.Op == staffroom.OpPresent {
			out = append(out, prefix+quote(columnName(c.Field))+" IS NOT NULL")
		} else {
			out = append(out, prefix+quote(columnName(c.Field))+" = "+literal(c.Values[0]))
		}
	}
	return out
}

// sideObjects are the side table of an index over a list, and its index.
func (t *table) sideObjects(index staffroom.IndexSpec) []object {
	side, docs := t.side(index), quote(t.schema.Name)
	if index.Counts {
		return []object{t.numbers(index)}
	}
	columns := t.columns(index)
	return []object{
		{
			kind: "table", name: side,
			// The comment makes the table another one when the condition of the index changes.
			sql: fmt.Sprintf("CREATE TABLE %s (n INTEGER NOT NULL, id TEXT NOT NULL, %s, PRIMARY KEY (n, %s) /* %s */) WITHOUT ROWID",
				quote(side), strings.Join(columns, ", "), quote(columnName(index.Fields[0])), strings.Join(t.declared(index, ""), " AND ")),
			fill: t.explode(index, docs, docs+"."),
		},
		{kind: "index", name: t.indexName(index), sql: createIndex(index.Unique, t.indexName(index), side, index.Fields, nil)},
	}
}

// numbers are the side table of an index that counts: how many documents there are with each combination of values.
func (t *table) numbers(index staffroom.IndexSpec) object {
	docs, keys := quote(t.schema.Name), strings.Join(t.keys(index), ", ")
	return object{
		kind: "table", name: t.side(index),
		sql: fmt.Sprintf("CREATE TABLE %s (%s, number INTEGER NOT NULL, PRIMARY KEY (%s) /* %s */) WITHOUT ROWID",
			quote(t.side(index)), strings.Join(t.columns(index), ", "), keys, strings.Join(t.declared(index, ""), " AND ")),
		fill: t.tally(index, docs+", ", docs+".", 1),
	}
}

// tally adds by to the number of each combination of values that row has, or each row of a table, when a condition holds. It tells elements apart by
// looking at those before, which takes nothing for a draft: to group them, SQLite would prepare for that first.
func (t *table) tally(index staffroom.IndexSpec, from, row string, by int, when ...string) string {
	list := fmt.Sprintf("json_each(%sdoc -> '%s')", row, columnName(index.Fields[0]))
	where := slices.Concat(t.indexed(index, row), when, []string{
		"element.value IS NOT NULL", "NOT EXISTS (SELECT 1 FROM " + list + " AS same WHERE same.value = element.value AND same.key < element.key)",
	})
	values := []string{"element.value"}
	for _, path := range index.Fields[1:] {
		values, where = append(values, extract(row, path)), append(where, extract(row, path)+" IS NOT NULL")
	}
	keys := strings.Join(t.keys(index), ", ")
	return fmt.Sprintf("INSERT INTO %s (%s, number) SELECT %s, %d FROM %s%s AS element WHERE %s ON CONFLICT (%s) DO UPDATE SET number = number + excluded.number",
		quote(t.side(index)), keys, strings.Join(values, ", "), by, from, list, strings.Join(where, " AND "), keys)
}

// columns declare the fields of an index in its side table, and keys are their names there.
func (t *table) columns(index staffroom.IndexSpec) (declared []string) {
	for i, name := range t.keys(index) {
		f, _ := t.schema.Field(index.Fields[i])
		declared = append(declared, name+" "+sqlType(f.Type))
	}
	return declared
}

func (t *table) keys(index staffroom.IndexSpec) (names []string) {
	for _, path := range index.Fields {
		names = append(names, quote(columnName(path)))
	}
	return names
}

// triggers keep the side tables. There is one for each event and not for each table, because functions of a trigger share what they
// have parsed, and with nobody else.
func (t *table) triggers(lists []staffroom.IndexSpec) []object {
	if len(lists) == 0 {
		return nil
	}
	var inserted, updated, deleted []string
	for _, index := range lists {
		differs := "(" + t.differs(index) + ")"
		inserted = append(inserted, t.enter(index))
		updated = append(updated, t.leave(index, differs), t.enter(index, differs))
		deleted = append(deleted, t.leave(index))
	}
	trigger := func(event string, does []string) object {
		name := t.schema.Name + "/lists/" + event
		sql := fmt.Sprintf("CREATE TRIGGER %s AFTER %s ON %s BEGIN %s; END", quote(name), strings.ToUpper(event), quote(t.schema.Name), strings.Join(does, "; "))
		return object{kind: "trigger", name: name, sql: sql}
	}
	return []object{trigger("insert", inserted), trigger("update", updated), trigger("delete", deleted)}
}

// enter has a trigger put the new row into a side table, and leave take the old row out, if a condition holds.
func (t *table) enter(index staffroom.IndexSpec, when ...string) string {
	if index.Counts {
		return t.tally(index, "", "NEW.", 1, when...)
	}
	return strings.Join(append([]string{t.explode(index, "", "NEW.")}, when...), " AND ")
}

func (t *table) leave(index staffroom.IndexSpec, when ...string) string {
	if index.Counts {
		return t.tally(index, "", "OLD.", -1, when...)
	}
	return strings.Join(append([]string{"DELETE FROM " + quote(t.side(index)) + " WHERE n = OLD.n"}, when...), " AND ")
}

// explode adds the rows of a side table: one for each different element of the list in row. A row that is there already is left out, but
// not by a unique index, which must refuse what others have; there, elements are told apart beforehand, which takes more time.
func (t *table) explode(index staffroom.IndexSpec, from, row string) string {
	insert, distinct := "INSERT OR IGNORE INTO ", ""
	if index.Unique {
		insert, distinct = "INSERT INTO ", "DISTINCT "
	}
	names, values := []string{"n", "id"}, []string{row + "n", row + "id"}
	for i, path := range index.Fields {
		value := "element.value"
		if i > 0 {
			value = extract(row, path)
		}
		names, values = append(names, quote(columnName(path))), append(values, value)
	}
	if from != "" {
		from += ", "
	}
	// The list is taken out first because json_each shares with nobody what it has parsed.
	return fmt.Sprintf("%s%s (%s) SELECT %s%s FROM %sjson_each(%sdoc -> '%s') AS element WHERE element.value IS NOT NULL AND %s", insert,
		quote(t.side(index)), strings.Join(names, ", "), distinct, strings.Join(values, ", "), from, row, columnName(index.Fields[0]),
		strings.Join(t.indexed(index, row), " AND "))
}

// indexed is true of a row whose list is in the side table of index: most drafts are in few.
func (t *table) indexed(index staffroom.IndexSpec, row string) []string {
	out := []string{fmt.Sprintf("json_type(%sdoc, '%s') IS NOT NULL", row, columnName(index.Fields[0]))}
	for _, c := range index.Where {
		if c.Op == staffroom.OpPresent {
			out = append(out, extract(row, c.Field)+" IS NOT NULL")
		} else {
			out = append(out, extract(row, c.Field)+" = "+literal(c.Values[0]))
		}
	}
	return out
}

// differs is true in a trigger if a change concerns the index at all; most do not.
func (t *table) differs(index staffroom.IndexSpec) string {
	fields := append([]staffroom.Field{}, index.Fields...)
	for _, c := range index.Where {
		fields = append(fields, c.Field)
	}
	var out []string
	for _, path := range fields {
		out = append(out, extract("OLD.", path)+" IS NOT "+extract("NEW.", path))
	}
	return strings.Join(out, " OR ")
}
