package server

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	fastjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decodeJSON tells JSON that is broken (400) from JSON of the wrong form (422). JSON of more than so many values is not looked at (413): in
// memory they take many times the room of their text.
func decodeJSON(text []byte, into any, what string, most int) *refusal {
	if len(text) > most && countValues(text) > most {
		return malformed(http.StatusRequestEntityTooLarge, fmt.Sprintf(
			"%s may have at most %d values in its JSON: texts, numbers, and the like. Send less at a time.", what, most))
	}
	// Of several members with one name the last counts. An escape for half a character, which JavaScript makes of text that it cut in the
	// middle of one, stands for a replacement character.
	lenient := []fastjson.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	if !utf8.Valid(text) {
		return malformed(http.StatusBadRequest, what+" is not in UTF-8.")
	}
	err := fastjson.Unmarshal(text, into, lenient...)
	if wrong, ok := errors.AsType[*fastjson.SemanticError](err); ok && jsontext.Value(text).IsValid(lenient...) {
		field := strings.ReplaceAll(strings.TrimPrefix(string(wrong.JSONPointer), "/"), "/", ".")
		return malformed(http.StatusUnprocessableEntity,
			what+" has JSON of the wrong form at \""+clip(field, 60)+"\": it cannot be "+kindName(wrong.JSONKind)+".")
	}
	if err != nil {
		return malformed(http.StatusBadRequest, what+" is not valid JSON.")
	}
	return nil
}

// countValues is how many values JSON has, if it is any. Before each one is the beginning of the text, of an array or of an object, or a
// comma.
func countValues(text []byte) int {
	count := 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += quotedBytes(text[i+1:])
		case ',', '[', '{':
			count++
		}
	}
	return count
}

// quotedBytes is how long a text in quotation marks is from behind the first to the last.
func quotedBytes(text []byte) int {
	for at := 0; ; at++ {
		next := bytes.IndexByte(text[at:], '"')
		if next < 0 {
			return len(text)
		}
		begin := at
		at += next
		escapes := 0
		for at-escapes > begin && text[at-escapes-1] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at + 1
		}
	}
}

// values is an object of JSON whose numbers are kept as they were sent, for the schema to say what they are.
type values map[string]any

// UnmarshalJSONFrom reads an object, or null.
func (v *values) UnmarshalJSONFrom(from *jsontext.Decoder) error {
	kind := from.PeekKind()
	read, err := readValue(from)
	if object, ok := read.(map[string]any); ok || kind == 'n' {
		*v = object
		return err
	}
	return cmp.Or(err, error(&fastjson.SemanticError{JSONKind: kind, JSONPointer: from.StackPointer()}))
}

// readValue reads what comes next.
func readValue(from *jsontext.Decoder) (any, error) {
	token, err := from.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return readObject(from)
	case '[':
		return readArray(from)
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	default:
		return nil, nil //nolint:nilnil // null
	}
}

// readObject reads an object that has begun.
func readObject(from *jsontext.Decoder) (map[string]any, error) {
	object := map[string]any{}
	for {
		name, err := from.ReadToken()
		if err != nil || name.Kind() == '}' {
			return object, err
		}
		key := name.String()
		if object[key], err = readValue(from); err != nil {
			return object, err
		}
	}
}

// readArray reads an array that has begun.
func readArray(from *jsontext.Decoder) ([]any, error) {
	array := []any{}
	for from.PeekKind() != ']' {
		value, err := readValue(from)
		if err != nil {
			return array, err
		}
		array = append(array, value)
	}
	_, err := from.ReadToken()
	return array, err
}

// kindName is what people call a kind of JSON.
func kindName(kind jsontext.Kind) string {
	switch kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a Boolean"
	default:
		return "a " + kind.String()
	}
}
