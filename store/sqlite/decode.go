package sqlite

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// layout is how documents of a type are written: the order of their fields, without any room between them. One that looks like that,
// as all do that this program has written, is read in half the time that a decoder for any JSON takes; what does not is left to such
// a decoder. A layout that is nil reads nothing.
type layout struct{ fields []laidOut }

// laidOut is a field, and how what follows its label is read.
type laidOut struct {
	index int
	label []byte
	read  func(*written, reflect.Value) bool
}

// newLayout is nil for types with anything in them that is rare.
func newLayout(of reflect.Type) *layout {
	l := &layout{}
	for i := range of.NumField() {
		field := of.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		read := readerOf(field.Type)
		if name == "" || name == "-" || strings.Contains(options, "string") || !field.IsExported() || read == nil {
			return nil
		}
		l.fields = append(l.fields, laidOut{i, []byte(`"` + name + `":`), read})
	}
	return l
}

// readerOf gives what reads a value of a type; nil if nothing does.
func readerOf(of reflect.Type) func(*written, reflect.Value) bool {
	switch {
	case reflect.PointerTo(of).Implements(reflect.TypeFor[json.Unmarshaler]()):
		return (*written).itself
	case of.Kind() == reflect.String:
		return (*written).setText
	case of.Kind() == reflect.Bool:
		return (*written).setBool
	case of.Kind() == reflect.Int64, of.Kind() == reflect.Int:
		return (*written).setInt
	case of.Kind() == reflect.Float64:
		return (*written).setFloat
	case of.Kind() == reflect.Pointer:
		if read := readerOf(of.Elem()); read != nil {
			return pointerTo(read)
		}
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.String:
		return (*written).setTexts
	case of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct:
		if element := newLayout(of.Elem()); element != nil {
			return someOf(element)
		}
	case of.Kind() == reflect.Struct:
		if inner := newLayout(of); inner != nil {
			return inner.read
		}
	}
	return nil
}

// decode reads raw into doc, a pointer to a zero value. If it is false, doc may have been read in part.
func (l *layout) decode(raw []byte, doc any) bool {
	if l == nil || !utf8.Valid(raw) {
		return false
	}
	w := &written{raw: raw}
	w.texts.Grow(len(raw))
	return l.read(w, reflect.ValueOf(doc).Elem()) && w.at == len(raw)
}

// read reads an object.
func (l *layout) read(w *written, into reflect.Value) bool {
	if !w.skip('{') {
		return false
	}
	some := false
	for _, f := range l.fields {
		at := w.at
		if some && !w.skip(',') {
			break
		}
		if !bytes.HasPrefix(w.raw[w.at:], f.label) { // this one was left out
			w.at = at
			continue
		}
		w.at += len(f.label)
		if !f.read(w, into.Field(f.index)) {
			return false
		}
		some = true
	}
	return w.skip('}')
}

// written is a document that is being read.
type written struct {
	raw []byte
	at  int
	// texts is all of its texts, one after the other: one piece of memory instead of many, and no more than raw takes. Who keeps one text
	// keeps them all.
	texts strings.Builder
}

// skip goes past a character if it comes next.
func (w *written) skip(c byte) bool {
	if w.at < len(w.raw) && w.raw[w.at] == c {
		w.at++
		return true
	}
	return false
}

func (w *written) skipWord(word string) bool {
	if bytes.HasPrefix(w.raw[w.at:], []byte(word)) {
		w.at += len(word)
		return true
	}
	return false
}

// quoted is what comes next between quotes, with its escapes if it has some.
func (w *written) quoted() (inner []byte, escaped, ok bool) {
	if !w.skip('"') {
		return nil, false, false
	}
	for from := w.at; ; {
		n := bytes.IndexByte(w.raw[from:], '"')
		if n < 0 {
			return nil, false, false
		}
		end := from + n
		inner = w.raw[w.at:end]
		escaped = escaped || bytes.IndexByte(w.raw[from:end], '\\') >= 0
		if !escaped || endsWhole(inner) {
			w.at = end + 1
			return inner, escaped, true
		}
		from = end + 1
	}
}

// endsWhole says that the character behind inner is not escaped.
func endsWhole(inner []byte) bool {
	return (len(inner)-len(bytes.TrimRight(inner, `\`)))%2 == 0
}

func (w *written) text() (string, bool) {
	inner, escaped, ok := w.quoted()
	from := w.texts.Len()
	switch {
	case !ok:
		return "", false
	case !escaped:
		w.texts.Write(inner)
	case !w.unescape(inner):
		return "", false
	}
	return w.texts.String()[from:], true
}

// unescape adds a text with escapes that our encoder writes, but for pairs of them that are one character together.
func (w *written) unescape(inner []byte) bool {
	for {
		n := bytes.IndexByte(inner, '\\')
		if n < 0 {
			w.texts.Write(inner)
			return true
		}
		w.texts.Write(inner[:n])
		inner = inner[n+1:]
		if at := strings.IndexByte(`"\/bfnrt`, inner[0]); at >= 0 {
			w.texts.WriteByte("\"\\/\b\f\n\r\t"[at])
			inner = inner[1:]
			continue
		}
		if inner[0] != 'u' || len(inner) < 5 {
			return false
		}
		char, err := strconv.ParseUint(string(inner[1:5]), 16, 16)
		if err != nil || !utf8.ValidRune(rune(char)) {
			return false
		}
		w.texts.WriteRune(rune(char))
		inner = inner[5:]
	}
}

// itself lets a value that is written as a text read itself.
func (w *written) itself(into reflect.Value) bool {
	from := w.at
	_, escaped, ok := w.quoted()
	return ok && !escaped && into.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(w.raw[from:w.at]) == nil
}

func (w *written) setText(into reflect.Value) bool {
	text, ok := w.text()
	into.SetString(text)
	return ok
}

func (w *written) setBool(into reflect.Value) bool {
	yes := w.skipWord("true")
	into.SetBool(yes)
	return yes || w.skipWord("false")
}

// setInt reads a number of up to 18 digits.
func (w *written) setInt(into reflect.Value) bool {
	from, number := w.at, int64(0)
	for w.at < len(w.raw) && w.raw[w.at] >= '0' && w.raw[w.at] <= '9' {
		number = 10*number + int64(w.raw[w.at]-'0')
		w.at++
	}
	into.SetInt(number)
	digits := w.at - from
	return digits > 0 && digits <= 18 && (digits == 1 || w.raw[from] != '0')
}

// setFloat reads any number.
func (w *written) setFloat(into reflect.Value) bool {
	from := w.at
	for w.at < len(w.raw) && strings.IndexByte("+-.0123456789Ee", w.raw[w.at]) >= 0 {
		w.at++
	}
	number := w.raw[from:w.at]
	read, err := strconv.ParseFloat(string(number), 64)
	into.SetFloat(read)
	return err == nil && json.Valid(number)
}

// pointerTo is for pointers to what read reads.
func pointerTo(read func(*written, reflect.Value) bool) func(*written, reflect.Value) bool {
	return func(w *written, into reflect.Value) bool {
		if w.skipWord("null") {
			return true
		}
		into.Set(reflect.New(into.Type().Elem()))
		return read(w, into.Elem())
	}
}

func (w *written) setTexts(into reflect.Value) bool {
	if !w.skip('[') {
		return w.skipWord("null")
	}
	var room [8]string
	texts := room[:0]
	for !w.skip(']') {
		if len(texts) > 0 && !w.skip(',') {
			return false
		}
		text, ok := w.text()
		if !ok {
			return false
		}
		texts = append(texts, text)
	}
	if plain, ok := into.Addr().Interface().(*[]string); ok {
		*plain = append(make([]string, 0, len(texts)), texts...)
		return true
	}
	into.Set(reflect.MakeSlice(into.Type(), len(texts), len(texts)))
	for i, text := range texts {
		into.Index(i).SetString(text)
	}
	return true
}

// someOf is for slices of structs.
func someOf(element *layout) func(*written, reflect.Value) bool {
	return func(w *written, into reflect.Value) bool {
		if !w.skip('[') {
			return w.skipWord("null")
		}
		into.Set(reflect.MakeSlice(into.Type(), 0, 1))
		for !w.skip(']') {
			if into.Len() > 0 && !w.skip(',') {
				return false
			}
			into.Set(reflect.Append(into, reflect.Zero(into.Type().Elem())))
			if !element.read(w, into.Index(into.Len()-1)) {
				return false
			}
		}
		return true
	}
}
