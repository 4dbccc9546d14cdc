// Package scalars says how the scalars of the GraphQL schema are written and read. The generated code calls it.
//
// What a field of the domain leaves empty (an empty [staffroom.Date], the zero [staffroom.Time]) is null for clients, and null from
// clients is empty for the domain. Whatever cannot be read is a BAD_USER_INPUT error; the executor adds the path of the argument.
package scalars

import (
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Check says why a value is none of the scalar with this name; nil if it is one, or if the name is of no scalar that is ours alone.
func Check(scalar string, value any) error {
	var err error
	switch scalar {
	case "DateTime":
		_, err = UnmarshalDateTime(value)
	case "Date":
		_, err = UnmarshalDate(value)
	case "URL":
		_, err = UnmarshalURL(value)
	case "URN":
		_, err = UnmarshalURN(value)
	case "Markdown":
		_, err = UnmarshalMarkdown(value)
	case "HTML":
		_, err = UnmarshalHTML(value)
	case "Upload":
		if _, ok := value.(graphql.Upload); !ok {
			err = staffroom.Invalid("", "A file is sent as a part of multipart/form-data, with null in its place here.")
		}
	}
	return err
}

// MarshalDateTime writes a moment as RFC 3339 with milliseconds in UTC; the zero time is null.
func MarshalDateTime(t staffroom.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, `"`+t.String()+`"`) // the executor's buffer does not fail
	})
}

// UnmarshalDateTime reads RFC 3339; null is the zero time.
func UnmarshalDateTime(v any) (staffroom.Time, error) {
	text, err := textOf("DateTime", v)
	if err != nil || v == nil {
		return staffroom.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text)) // it allows t and z
	if err != nil {
		return staffroom.Time{}, staffroom.Invalid("", "A DateTime is written like 2026-03-01T09:30:00Z, and %q is not.", text)
	}
	return staffroom.At(t), nil
}

// MarshalDate writes a day like 2026-03-01; the empty date is null.
func MarshalDate(d staffroom.Date) graphql.Marshaler { return orNull(string(d)) }

// UnmarshalDate reads a day written 2026-03-01; null is the empty date.
func UnmarshalDate(v any) (staffroom.Date, error) {
	text, err := textOf("Date", v)
	if err != nil || v == nil {
		return "", err
	}
	return staffroom.ParseDate(text)
}

// MarshalURL writes an http or https URL; anything else is null, so that no client ever gets another scheme.
func MarshalURL(url string) graphql.Marshaler {
	if !isWeb(url) {
		return graphql.Null
	}
	return graphql.MarshalString(url)
}

// UnmarshalURL reads an http or https URL; null is empty.
func UnmarshalURL(v any) (string, error) {
	text, err := textOf("URL", v)
	if err == nil && v != nil && !isWeb(text) {
		return "", staffroom.Invalid("", "A URL begins with https:// or http://, and %q does not.", text)
	}
	return text, err
}

func isWeb(url string) bool {
	lower := strings.ToLower(url)
	return strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://")
}

var urnPattern = regexp.MustCompile(`^\d{6}$`)

// MarshalURN writes a school's number in the register; empty is null.
func MarshalURN(urn string) graphql.Marshaler { return orNull(urn) }

// UnmarshalURN reads six digits; null is empty.
func UnmarshalURN(v any) (string, error) {
	text, err := textOf("URN", v)
	if err != nil {
		return "", err
	}
	if v != nil && !urnPattern.MatchString(text) {
		return "", staffroom.Invalid("", "A URN is six digits in quotes, like \"100001\", and %q is not.", text)
	}
	return text, nil
}

// MarshalMarkdown writes Markdown as it is.
func MarshalMarkdown(text string) graphql.Marshaler { return graphql.MarshalString(text) }

// UnmarshalMarkdown reads Markdown as it is; null is empty.
func UnmarshalMarkdown(v any) (string, error) { return textOf("Markdown", v) }

// MarshalHTML writes HTML that somebody made safe before.
func MarshalHTML(html string) graphql.Marshaler { return graphql.MarshalString(html) }

// UnmarshalHTML refuses: nobody sends HTML, it is made from Markdown.
func UnmarshalHTML(any) (string, error) {
	return "", staffroom.Invalid("", "HTML is only given out. Send Markdown.")
}

// MarshalID writes an id.
func MarshalID(id string) graphql.Marshaler { return graphql.MarshalString(id) }

// UnmarshalID reads an id. Ids here are text; a whole number is taken as its digits, as GraphQL wants it. Null is empty.
func UnmarshalID(v any) (string, error) {
	switch number := v.(type) {
	case json.Number:
		if _, err := number.Int64(); err != nil {
			return "", staffroom.Invalid("", "A value of the type ID is sent as text, in quotes.")
		}
		return number.String(), nil
	case int64:
		return strconv.FormatInt(number, 10), nil
	default:
		return textOf("ID", v)
	}
}

func orNull(text string) graphql.Marshaler {
	if text == "" {
		return graphql.Null
	}
	return graphql.MarshalString(text)
}

// textOf is the text that a client sent; null is empty.
func textOf(scalar string, v any) (string, error) {
	switch text := v.(type) {
	case string:
		return text, nil
	case nil:
		return "", nil
	default:
		return "", staffroom.Invalid("", "A value of the type %s is sent as text, in quotes.", scalar)
	}
}
