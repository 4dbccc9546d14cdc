package staffroom

import "cmp"

// Schema says how the documents of one collection are stored: which fields queries may name, and which indexes serve
// them. Both adapters make the indexes at start.
type Schema struct {
	// Name is the collection's (table's) name.
	Name string
	// Prefix is the prefix of its ids.
	Prefix string
	// Noun is what people call one of them, where that is not the prefix.
	Noun string
	// Fields lists every field that a query or an index names.
	Fields []FieldSpec
	// Indexes lists what queries are served by; every collection also has one by id.
	Indexes []IndexSpec
}

// FieldType is what a field holds.
type FieldType string

// The types that fields can have.
const (
	TypeText    FieldType = "text"
	TypeInteger FieldType = "integer"
	TypeNumber  FieldType = "number"
	TypeBoolean FieldType = "boolean"
	TypeTime    FieldType = "time"
)

// FieldSpec declares a field.
type FieldSpec struct {
	Path Field
	Type FieldType
	// Many says that the field is a list of values.
	Many bool
}

// IndexSpec declares an index: its name, and its fields from the most significant on. The id is its last field always.
type IndexSpec struct {
	Name   string
	Fields []Field
	// Unique allows each combination of values once. Documents in which one of the fields is absent (or an empty list)
	// are free of it. With a list as its only field, no two documents share an element.
	Unique bool
	// Where makes the index partial: it holds only documents in which these Equal or Present conditions hold.
	Where []Cond
	// Expires makes the store delete a document some time after the Time in the only field has passed. Readers check the
	// time themselves.
	Expires bool
	// Counts makes it serve counting alone: by an element of the list that its first field is, and by values of all its other fields. A
	// store may keep numbers for it instead of documents, so that it takes no longer to count a million than ten.
	Counts bool
}

// NotFound says that the collection has no such document.
func (s *Schema) NotFound() *Error { return NotFound(cmp.Or(s.Noun, s.Prefix)) }

// Field is the declaration of path; ok is false if there is none.
func (s *Schema) Field(path Field) (spec FieldSpec, ok bool) {
	if path == FieldID {
		return FieldSpec{Path: FieldID, Type: TypeText}, true
	}
	for _, f := range s.Fields {
		if f.Path == path {
			return f, true
		}
	}
	return FieldSpec{}, false
}

// updates is the index that search and other derived data catch up by; see [Collection.Find] by FieldUpdatedAt. What derived data never
// had need not be in it.
func updates(where ...Cond) IndexSpec {
	return IndexSpec{Name: "updates", Fields: []Field{FieldUpdatedAt}, Where: where}
}

// updatedAt declares the field of the index updates.
func updatedAt() FieldSpec { return FieldSpec{Path: FieldUpdatedAt, Type: TypeTime} }
