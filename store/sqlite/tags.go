package sqlite

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// tag is a text that a document has in a field, alone or in a list.
type tag struct {
	field staffroom.Field
	value string
}

// concern is what a change concerns: what was read before it may be outdated.
type concern struct {
	// table is nil if nothing is concerned.
	table *table
	// id is that of the document; empty for all of the table.
	id string
	// states are all tags of the document before and after the change, as far as it was and is there. Nil if they are not known: then
	// every list and count is concerned.
	states [][]tag
}

// tagger reads the tags of documents of one type: the texts in those declared fields that are stored as they are.
type tagger struct {
	fields []taggable
}

type taggable struct {
	field staffroom.Field
	path  []int
	many  bool
}

func newTagger(of reflect.Type, schema *staffroom.Schema) *tagger {
	t := &tagger{}
	for _, spec := range schema.Fields {
		path, kind := locateField(of, strings.Split(string(spec.Path), "."))
		if spec.Type == staffroom.TypeText && kind != nil && plainText(kind, spec.Many) {
			t.fields = append(t.fields, taggable{spec.Path, path, spec.Many})
		}
	}
	return t
}

// locateField finds a field by its names in JSON; nil if that leads through anything but structs.
func locateField(of reflect.Type, names []string) ([]int, reflect.Type) {
	for i := range of.NumField() {
		field := of.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != names[0] {
			continue
		}
		if len(names) == 1 {
			return []int{i}, field.Type
		}
		if field.Type.Kind() != reflect.Struct {
			return nil, nil
		}
		path, kind := locateField(field.Type, names[1:])
		return append([]int{i}, path...), kind
	}
	return nil, nil
}

// plainText says whether values of this type are stored as the texts that they are.
func plainText(of reflect.Type, many bool) bool {
	if many {
		if of.Kind() != reflect.Slice {
			return false
		}
		of = of.Elem()
	}
	own := reflect.PointerTo(of)
	return of.Kind() == reflect.String && !own.Implements(reflect.TypeFor[json.Marshaler]()) && !own.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// knows says whether tags tell what a document has in this field.
func (t *tagger) knows(field staffroom.Field) bool {
	return slices.ContainsFunc(t.fields, func(f taggable) bool { return f.field == field })
}

// state is all tags of a document; nil if they cannot be told.
func (t *tagger) state(doc any) []tag {
	state := make([]tag, 0, len(t.fields)+4)
	v := reflect.ValueOf(doc).Elem()
	for _, f := range t.fields {
		value := v.FieldByIndex(f.path)
		if !f.many {
			state = append(state, tag{f.field, value.String()})
			continue
		}
		for i := range value.Len() {
			state = append(state, tag{f.field, value.Index(i).String()})
		}
	}
	for _, has := range state { // these texts are stored as others, or compared as others
		if !utf8.ValidString(has.value) || strings.IndexByte(has.value, 0) >= 0 {
			return nil
		}
	}
	return state
}

// required is tags that every document has that meets the conditions. The texts are copies: a client's may be a part of a large request.
func (t *tagger) required(where []staffroom.Cond) []tag {
	var tags []tag
	for _, c := range where {
		if len(c.Values) != 1 || c.Op != staffroom.OpEqual && c.Op != staffroom.OpOneOf && c.Op != staffroom.OpContains {
			continue
		}
		if text, ok := c.Values[0].(string); ok && t.knows(c.Field) {
			tags = append(tags, tag{c.Field, strings.Clone(text)})
		}
	}
	return tags
}
