package sqlite

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// The aliases of tables in queries: the documents, and the elements of an indexed list. [Scans] knows them.
const (
	documents = "d"
	elements  = "s"
)

// table is how a collection is laid out.
type table struct {
	schema *staffroom.Schema
	// shelf keeps documents decoded; nil where they must not be kept.
	shelf *shelf
	// tags reads the tags of its documents.
	tags *tagger
	// unique leads from the columns that SQLite names in a conflict to the name of the index.
	unique map[string]string
	// numberedFrom is below all row numbers that documents have by their ids; 0 if all have.
	numberedFrom int64
	// The statements that need no planning.
	get, getAt, getMany, getManyAt, exists, insert, replace, remove string
}

// wellFormed is what names of collections, fields and indexes look like: they become part of SQL.
var wellFormed = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$`)

func newTables(schemas []*staffroom.Schema) (map[string]*table, error) {
	tables := map[string]*table{}
	for _, schema := range schemas {
		if err := check(schema); err != nil {
			return nil, err
		}
		tables[schema.Name] = newTable(schema)
	}
	return tables, nil
}

// check refuses a schema that this package cannot lay out: a mistake in the program.
func check(schema *staffroom.Schema) error {
	names := []string{schema.Name}
	for _, f := range schema.Fields {
		names = append(names, string(f.Path))
	}
	for _, index := range schema.Indexes {
		names = append(names, index.Name)
		if index.Name == "id" {
			return fmt.Errorf("sqlite: collection %q needs the name id for its own index", schema.Name)
		}
		if first, _ := schema.Field(index.Fields[0]); index.Counts && !first.Many {
			return fmt.Errorf("sqlite: index %q of %q counts, and so must begin with a list", index.Name, schema.Name)
		}
		for i, path := range index.Fields {
			if f, ok := schema.Field(path); !ok || f.Many && i > 0 {
				return fmt.Errorf("sqlite: index %q of %q: field %q is not declared, or is a list that is not its first field", index.Name, schema.Name, path)
			}
		}
	}
	for _, name := range names {
		if !wellFormed.MatchString(name) {
			return fmt.Errorf("sqlite: %q of collection %q is no name for a field or an index", name, schema.Name)
		}
	}
	return nil
}

func newTable(schema *staffroom.Schema) *table {
	name := quote(schema.Name)
	t := &table{
		schema:    schema,
		unique:    map[string]string{schema.Name + ".id": "id"},
		get:       "SELECT doc FROM " + name + " WHERE id = ?",
		getAt:     "SELECT doc FROM " + name + " WHERE n = ? AND +id = ?",
		getMany:   "SELECT id, doc FROM " + name + " WHERE id IN (SELECT value FROM json_each(?))",
		getManyAt: "SELECT id, doc FROM " + name + " WHERE n IN (SELECT value FROM json_each(?))",
		exists:    "SELECT 1 FROM " + name + " WHERE id = ?",
		insert:    "INSERT INTO " + name + " (n, id, version, doc) VALUES (?, ?, ?, ?)",
		replace:   "UPDATE " + name + " SET version = ?, doc = ? WHERE id = ? AND version = ?",
		remove:    "DELETE FROM " + name + " WHERE id = ?",
	}
	for _, index := range schema.Indexes {
		if index.Unique {
			t.unique[t.conflicting(index)] = index.Name
		}
	}
	return t
}

// conflicting is how SQLite names the columns of a unique index.
func (t *table) conflicting(index staffroom.IndexSpec) string {
	of := t.schema.Name
	if t.listed(index) {
		of = t.side(index)
	}
	var columns []string
	for _, path := range index.Fields {
		columns = append(columns, of+"."+columnName(path))
	}
	return strings.Join(columns, ", ")
}

// listed says whether index is over a list, and so has a side table.
func (t *table) listed(index staffroom.IndexSpec) bool {
	return len(index.Fields) > 0 && t.many(index.Fields[0])
}

func (t *table) many(path staffroom.Field) bool {
	f, _ := t.schema.Field(path)
	return f.Many
}

// holding is the side table in which each element of a list has its documents, all of them; none if there is no such table.
func (t *table) holding(list staffroom.Field) (side string, ok bool) {
	for _, index := range t.schema.Indexes {
		if !index.Counts && len(index.Where) == 0 && t.listed(index) && index.Fields[0] == list {
			return t.side(index), true
		}
	}
	return "", false
}

// side is the name of the side table of an index over a list.
func (t *table) side(index staffroom.IndexSpec) string { return t.schema.Name + "/" + index.Name }

// indexName is the name of the SQL index that serves index; the zero index is the one by id.
func (t *table) indexName(index staffroom.IndexSpec) string {
	switch {
	case index.Name == "":
		return t.schema.Name + "/id"
	case t.listed(index):
		return t.side(index) + "/order"
	default:
		return t.schema.Name + "/" + index.Name
	}
}

// columnName is the name of the column of a field, and its path in JSON: "$.meta.updatedAt".
func columnName(path staffroom.Field) string {
	if path == staffroom.FieldID {
		return "id"
	}
	return "$." + string(path)
}

// column is the column of a field in the table with this alias.
func column(alias string, path staffroom.Field) string { return alias + "." + quote(columnName(path)) }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal is a value of a declared condition as SQL.
func literal(value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return "1"
		}
		return "0"
	case int64, float64:
		return fmt.Sprint(v)
	case staffroom.Time:
		return literal(v.String())
	default:
		return "'" + strings.ReplaceAll(fmt.Sprint(v), "'", "''") + "'"
	}
}

// sqlType is the type of the column of a field.
func sqlType(t staffroom.FieldType) string {
	switch t {
	case staffroom.TypeInteger, staffroom.TypeBoolean:
		return "INTEGER"
	case staffroom.TypeNumber:
		return "REAL"
	default:
		return "TEXT"
	}
}

// least is a lower bound of all values of a type, which NULL is not above.
func least(t staffroom.FieldType) string {
	switch t {
	case staffroom.TypeInteger, staffroom.TypeBoolean, staffroom.TypeNumber:
		return "-9e999"
	default:
		return "''"
	}
}
