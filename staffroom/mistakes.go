package staffroom

import (
	"errors"
	"slices"
	"strconv"
)

// mistakes is what is wrong with an input, so that it is told all at once. Of what is wrong with one field the first is told.
type mistakes []error

// note takes down a mistake, or several that were joined. Any other error (of the store, say) is taken down, too.
func (m *mistakes) note(err error) {
	if err == nil {
		return
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			m.note(one)
		}
		return
	}
	if field := fieldOf(err); field == "" || !slices.ContainsFunc(*m, func(known error) bool { return fieldOf(known) == field }) {
		*m = append(*m, err)
	}
}

// text is a value that was checked, whose mistake is noted.
func (m *mistakes) text(value string, err error) string {
	m.note(err)
	return value
}

// err is all mistakes, joined, and nil if there are none. What is no mistake of the caller comes alone.
func (m *mistakes) err() error {
	for _, err := range *m {
		if CodeOf(err) != CodeBadInput {
			return err
		}
	}
	return errors.Join(*m...)
}

// fieldOf is the field that a mistake is about; empty if it is about none.
func fieldOf(err error) string {
	if wrong, ok := errors.AsType[*Error](err); ok {
		return wrong.Field
	}
	return ""
}

// item is the field of an item of a list, from its index on.
func item(field string, index int) string { return field + "." + strconv.Itoa(index) }
