package sqlite

import (
	"reflect"
	"sync"
)

// shelfBytes is about how much memory the decoded documents of one collection may take.
const shelfBytes = 8 << 20

// shelf keeps decoded documents of one collection, and counts over it, for as long as they are true: see [freshness].
type shelf struct {
	mu sync.RWMutex
	// generation grows whenever something was taken off: what was read before may be outdated then.
	generation int64
	docs       map[string]shelved
	bytes      int
	counts     map[string]map[string]int
}

// shelved is a document and about how much memory it takes.
type shelved struct {
	doc   any
	bytes int
}

func newShelf() *shelf {
	return &shelf{docs: map[string]shelved{}, counts: map[string]map[string]int{}}
}

// find gives the documents with these ids, nil where it has none, and the generation. They must not be changed.
func (s *shelf) find(ids []string) (docs []any, generation int64) {
	docs = make([]any, len(ids))
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, id := range ids {
		docs[i] = s.docs[id].doc
	}
	return docs, s.generation
}

// one gives the document with this id; nil if it has none. It must not be changed.
func (s *shelf) one(id string) any {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.docs[id].doc
}

// now is the generation.
func (s *shelf) now() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.generation
}

// add keeps a document that was read in this generation; some others make room for it.
func (s *shelf) add(generation int64, id string, doc any, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation {
		return
	}
	s.drop(id)
	for other := range s.docs {
		if s.bytes+bytes <= shelfBytes {
			break
		}
		s.drop(other)
	}
	s.docs[id] = shelved{doc, bytes}
	s.bytes += bytes
}

func (s *shelf) drop(id string) {
	s.bytes -= s.docs[id].bytes
	delete(s.docs, id)
}

// forget takes a document off that has changed, and all counts; every document if the id is empty.
func (s *shelf) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	clear(s.counts)
	if id != "" {
		s.drop(id)
		return
	}
	clear(s.docs)
	s.bytes = 0
}

// maxCounts is how many counts of one sort are kept.
const maxCounts = 50_000

// findCounts gives what is known of the counts of this sort, the values of which nothing is known, and the generation.
func (s *shelf) findCounts(sort string, values []string) (known map[string]int, missing []string, generation int64) {
	known = make(map[string]int, len(values))
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, value := range values {
		if n, ok := s.counts[sort][value]; !ok {
			missing = append(missing, value)
		} else if n > 0 {
			known[value] = n
		}
	}
	return known, missing, s.generation
}

// addCounts keeps counts that were made in this generation; values without a count have none.
func (s *shelf) addCounts(generation int64, sort string, values []string, counts map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation {
		return
	}
	kept := s.counts[sort]
	if kept == nil || len(kept)+len(values) > maxCounts {
		kept = map[string]int{}
		s.counts[sort] = kept
	}
	for _, value := range values {
		kept[value] = counts[value]
	}
}

// cloned is a deep copy of a document, which its receiver may change.
func cloned[T any](doc *T) *T {
	copied := *doc
	cloneInside(reflect.ValueOf(&copied).Elem())
	return &copied
}

// cloneInside gives v slices and pointers of its own. Documents are made of these, of structs and of plain values; a struct with
// fields that nobody can set, as a time, is a plain value.
func cloneInside(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Field(i); field.CanSet() {
				cloneInside(field)
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		if kind := v.Type().Elem().Kind(); kind == reflect.Struct || kind == reflect.Slice || kind == reflect.Pointer {
			for i := range v.Len() {
				cloneInside(v.Index(i))
			}
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
		cloneInside(own.Elem())
	case reflect.Map, reflect.Interface:
		panic("sqlite: a document with a " + v.Kind().String() + " cannot be kept")
	default:
	}
}

// sizeOf is about how much memory a document takes, in bytes.
func sizeOf[T any](doc *T) int { return sizeInside(reflect.ValueOf(doc)) }

func sizeInside(v reflect.Value) int {
	size := int(v.Type().Size())
	switch v.Kind() {
	case reflect.String:
		size += v.Len()
	case reflect.Struct:
		for i := range v.NumField() {
			size += sizeInside(v.Field(i)) - int(v.Field(i).Type().Size())
		}
	case reflect.Slice:
		for i := range v.Len() {
			size += sizeInside(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Type().PkgPath() != "time" {
			size += sizeInside(v.Elem())
		}
	default:
	}
	return size
}
