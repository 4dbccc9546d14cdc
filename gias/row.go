package gias

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxText bounds a field, in characters; the register's longest have about 500.
const maxText = 4000

// row reads the fields of a record by the names of their columns. It keeps the first thing that it can't read as err, so
// that a mapping can be written straight down and asked for err at the end.
type row struct {
	*record
	table *table
	err   *staffroom.RowError
}

func (r *row) fail(column, value, format string, args ...any) {
	if r.err == nil {
		r.err = &staffroom.RowError{Line: r.line, Column: column, Value: shorten(value), Reason: fmt.Sprintf(format, args...)}
	}
}

// text is the field with every run of spaces and line ends as one space; empty if there is no such column, or nothing in it that can
// be seen. It is a copy: a part of the record would keep the whole of it in memory.
func (r *row) text(column string) string {
	i, ok := r.table.columns[column]
	if !ok {
		return ""
	}
	field := strings.TrimSpace(r.fields[i])
	text := strings.Clone(staffroom.CleanLine(field, len(field)))
	switch {
	case strings.ContainsRune(field, utf8.RuneError):
		r.fail(column, field, "holds bytes that are no UTF-8")
	case strings.ContainsFunc(field, isControl):
		r.fail(column, field, "holds control characters")
	case utf8.RuneCountInString(text) > maxText:
		r.fail(column, text, "is longer than %d characters", maxText)
	default:
		return text
	}
	return ""
}

// isControl says whether c is a control character, and none that stands for a space or a line end.
func isControl(c rune) bool { return unicode.IsControl(c) && !unicode.IsSpace(c) }

// required is a text that must be there.
func (r *row) required(column string) string {
	text := r.text(column)
	if text == "" {
		r.fail(column, "", "is missing")
	}
	return text
}

// word is a text without those by which the register says that there is nothing to say.
func (r *row) word(column string) string {
	text := r.text(column)
	switch strings.ToLower(text) {
	case "not applicable", "does not apply":
		return ""
	}
	return text
}

// match is a text that has the form that pattern asks for, or none.
func (r *row) match(column string, pattern *regexp.Regexp, form string) string {
	text := r.text(column)
	if text != "" && !pattern.MatchString(text) {
		r.fail(column, text, "must be %s", form)
	}
	return text
}

// code is a text without leading noughts, of which some editions of the file have some.
func (r *row) code(column string) string {
	text := r.text(column)
	if trimmed := strings.TrimLeft(text, "0"); trimmed != "" || text == "" {
		return trimmed
	}
	return "0"
}

// number is a whole number from 0 to most, or nil.
func (r *row) number(column string, most int) *int {
	text := r.text(column)
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		r.fail(column, text, "must be a whole number from 0 to %d", most)
		return nil
	}
	return &n
}

// percentage is a number from 0 to 100, or nil.
func (r *row) percentage(column string) *float64 {
	text := r.text(column)
	if text == "" {
		return nil
	}
	const all = 100
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= all) {
		r.fail(column, text, "must be a percentage from 0 to 100")
		return nil
	}
	return &n
}

// date is a day, which the register writes 31-12-2025; empty if there is none.
func (r *row) date(column string) staffroom.Date {
	text := r.text(column)
	if text == "" {
		return ""
	}
	day, err := time.Parse("02-01-2006", text)
	if err != nil {
		r.fail(column, text, "must be a day of the calendar, written like 31-12-2025")
		return ""
	}
	return staffroom.Date(day.Format(time.DateOnly))
}

// coded is one value of a coded field: the register's code and name for it.
type coded[T any] struct {
	code, name string
	value      T
}

// decode reads a coded field, X (code) and X (name): by its code, or by its name if there is no code. If there is neither it
// is blank.
func decode[T any](r *row, field string, values []coded[T], blank T) T {
	column := field + " (code)"
	given := r.code(column)
	same := func(v *coded[T]) bool { return v.code == given }
	if given == "" {
		column = field + " (name)"
		given = r.text(column)
		same = func(v *coded[T]) bool { return strings.EqualFold(v.name, given) }
	}
	if given == "" {
		return blank
	}
	for i := range values {
		if same(&values[i]) {
			return values[i].value
		}
	}
	r.fail(column, given, "is a value that this program does not know; a newer version of it may")
	return blank
}
