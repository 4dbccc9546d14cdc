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
	for _, index := range t.schema.Indexes {
		if t.listed(index) {
			out = append(out, t.sideObjects(index)...)
		} else {
			out = append(out, t.plainIndex(index))
		}
	}
	return out
}

// plainIndex is an index over virtual columns. A unique one has no id at its end, as it must not tell documents apart.
func (t *table) plainIndex(index staffroom.IndexSpec) object {
	name := t.indexName(index)
	var also []staffroom.Field
	for _, c := range index.Where {
		also = append(also, c.Field) // so that the condition can be seen without the document
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

// sideObjects are the side table of an index over a list, its index, and the triggers that keep it.
func (t *table) sideObjects(index staffroom.IndexSpec) []object {
	side, docs := t.side(index), quote(t.schema.Name)
	var columns, names []string
	for _, path := range index.Fields {
		f, _ := t.schema.Field(path)
		columns = append(columns, quote(columnName(path))+" "+sqlType(f.Type))
		names = append(names, quote(columnName(path)))
	}
	into := fmt.Sprintf("INSERT INTO %s (n, id, %s) ", quote(side), strings.Join(names, ", "))
	clear := "DELETE FROM " + quote(side) + " WHERE n = OLD.n;"
	trigger := func(event, when, body string) object {
		name := side + "/" + event
		sql := fmt.Sprintf("CREATE TRIGGER %s AFTER %s ON %s %sBEGIN %s END", quote(name), strings.ToUpper(event), docs, when, body)
		return object{kind: "trigger", name: name, sql: sql}
	}
	return []object{
		{
			kind: "table", name: side,
			// The comment makes the table another one when the condition of the index changes.
			sql: fmt.Sprintf("CREATE TABLE %s (n INTEGER NOT NULL, id TEXT NOT NULL, %s, PRIMARY KEY (n, %s) /* %s */) WITHOUT ROWID",
				quote(side), strings.Join(columns, ", "), names[0], strings.Join(t.declared(index, ""), " AND ")),
			fill: into + t.explode(index, docs, docs+"."),
		},
		{kind: "index", name: t.indexName(index), sql: createIndex(index.Unique, t.indexName(index), side, index.Fields, nil)},
		trigger("insert", "", into+t.explode(index, "", "NEW.")+";"),
		trigger("update", "WHEN "+t.differs(index)+" ", clear+" "+into+t.explode(index, "", "NEW.")+";"),
		trigger("delete", "", clear),
	}
}

// explode selects the rows of a side table: one for each different element of the list in row.
func (t *table) explode(index staffroom.IndexSpec, from, row string) string {
	list := index.Fields[0]
	values := []string{"element.value"}
	for _, path := range index.Fields[1:] {
		values = append(values, extract(row, path))
	}
	if from != "" {
		from += ", "
	}
	sql := fmt.Sprintf("SELECT DISTINCT %sn, %sid, %s FROM %sjson_each(%sdoc, '%s') AS element WHERE element.value IS NOT NULL",
		row, row, strings.Join(values, ", "), from, row, columnName(list))
	for _, c := range index.Where {
		if c.Op == staffroom.OpPresent {
			sql += " AND " + extract(row, c.Field) + " IS NOT NULL"
		} else {
			sql += " AND " + extract(row, c.Field) + " = " + literal(c.Values[0])
		}
	}
	return sql
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
