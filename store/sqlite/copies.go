package sqlite

import (
	"reflect"
	"slices"
)

// copier makes deep copies of documents of type T, which their receivers may change.
type copier[T any] struct {
	// shared is where a plain copy has slices and pointers in common with what it is a copy of.
	shared [][]int
}

func newCopier[T any]() *copier[T] {
	c := &copier[T]{}
	c.look(reflect.TypeFor[T](), nil)
	return c
}

// look finds what of a struct at path is shared. Fields that nobody can set, as those of a time, are plain values.
func (c *copier[T]) look(of reflect.Type, path []int) {
	for i := range of.NumField() {
		field, at := of.Field(i), append(slices.Clone(path), i)
		switch {
		case !field.IsExported():
		case field.Type.Kind() == reflect.Struct:
			c.look(field.Type, at)
		case refers(field.Type):
			c.shared = append(c.shared, at)
		}
	}
}

// refers says whether a plain copy of a value of this type has something in common with the value.
func refers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer:
		return true
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() && refers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Map, reflect.Interface, reflect.Array, reflect.Chan, reflect.Func:
		panic("sqlite: a document with a " + t.Kind().String() + " cannot be kept")
	default:
		return false
	}
}

// one is a copy of doc.
func (c *copier[T]) one(doc *T) *T {
	copied := *doc
	c.detach(&copied)
	return &copied
}

// all is copies of docs, nil where these are. They lie side by side: who keeps one keeps them all.
func (c *copier[T]) all(docs []*T) []*T {
	n := 0
	for _, doc := range docs {
		if doc != nil {
			n++
		}
	}
	copied, room := make([]*T, len(docs)), make([]T, n)
	for i, doc := range docs {
		if doc == nil {
			continue
		}
		copied[i], room = &room[0], room[1:]
		*copied[i] = *doc
		c.detach(copied[i])
	}
	return copied
}

// detach gives a plain copy slices and pointers of its own.
func (c *copier[T]) detach(copied *T) {
	if len(c.shared) == 0 {
		return
	}
	doc := reflect.ValueOf(copied).Elem()
	for _, path := range c.shared {
		detach(doc.FieldByIndex(path))
	}
}

func detach(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				detach(field)
			}
		}
	case reflect.Slice:
		detachSlice(v)
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
		detach(own.Elem())
	default:
	}
}

func detachSlice(v reflect.Value) {
	if texts, ok := v.Addr().Interface().(*[]string); ok { // most are
		*texts = slices.Clone(*texts)
		return
	}
	if v.IsNil() {
		return
	}
	own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(own, v)
	v.Set(own)
	if !refers(v.Type().Elem()) {
		return
	}
	for i := range v.Len() {
		detach(v.Index(i))
	}
}
