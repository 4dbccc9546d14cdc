package staffroom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata" // machines without the files of time zones know London, too
)

// timeLayout has a fixed width, so that times sort as text in the order in which they happened.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Time is a moment in UTC, cut to milliseconds, which is what every supported database can keep. The zero Time means
// "not set" and is left out of stored documents.
type Time struct{ time.Time }

// At cuts t to what a Time can hold.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Millisecond)}
}

// String is t as it is stored and sent: RFC 3339 with milliseconds, in UTC.
func (t Time) String() string {
	text, _ := t.AppendText(make([]byte, 0, len(timeLayout))) // it does not fail
	return string(text)
}

// AppendText appends [Time.String] to text. It does not fail. Every answer has many times, and package time reads the layout anew for
// each.
func (t Time) AppendText(text []byte) ([]byte, error) {
	utc := t.UTC()
	year, month, day := utc.Date()
	if year < 0 || year > 9999 {
		return utc.AppendFormat(text, timeLayout), nil
	}
	hour, minute, second := utc.Clock()
	text = appendDigits(text, year, 1000)
	text = appendDigits(append(text, '-'), int(month), 10)
	text = appendDigits(append(text, '-'), day, 10)
	text = appendDigits(append(text, 'T'), hour, 10)
	text = appendDigits(append(text, ':'), minute, 10)
	text = appendDigits(append(text, ':'), second, 10)
	text = appendDigits(append(text, '.'), utc.Nanosecond()/int(time.Millisecond), 100)
	return append(text, 'Z'), nil
}

// appendDigits appends the digits of n, the first of which counts unit.
func appendDigits(text []byte, n, unit int) []byte {
	for ; unit > 0; unit /= 10 {
		text = append(text, '0'+byte(n/unit%10))
	}
	return text
}

// MarshalJSON writes t with a fixed width; the zero Time is null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	text, err := t.AppendText(append(make([]byte, 0, len(timeLayout)+2), '"'))
	return append(text, '"'), err
}

// UnmarshalJSON reads any RFC 3339 time, or null for the zero Time.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	if stored, ok := parseStored(b); ok {
		*t = stored
		return nil
	}
	text, err := plainText(b)
	if err != nil {
		return fmt.Errorf("a time must be text: %w", err)
	}
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("a time must look like 2026-03-01T09:30:00Z: %w", err)
	}
	*t = At(parsed)
	return nil
}

// parseStored reads a time as MarshalJSON writes it. Every document has several, so it does that without ado.
func parseStored(b []byte) (t Time, ok bool) {
	const layout = `"dddd-dd-ddTdd:dd:dd.dddZ"`
	if len(b) != len(layout) {
		return Time{}, false
	}
	for i, c := range []byte(layout) {
		if digit := b[i] >= '0' && b[i] <= '9'; c == 'd' && !digit || c != 'd' && b[i] != c {
			return Time{}, false
		}
	}
	number := func(from, to int) (n int) {
		for _, digit := range b[from:to] {
			n = 10*n + int(digit-'0')
		}
		return n
	}
	day, hour, minute, second := number(9, 11), number(12, 14), number(15, 17), number(18, 20)
	month := time.Month(number(6, 8))
	t.Time = time.Date(number(1, 5), month, day, hour, minute, second, number(21, 24)*int(time.Millisecond), time.UTC)
	return t, t.Month() == month && t.Day() == day && hour < 24 && minute < 60 && second < 60
}

// plainText reads a JSON string. Those without escapes are read without ado.
func plainText(b []byte) (text string, err error) {
	if n := len(b); n > 2 && b[0] == '"' && b[n-1] == '"' && !bytes.ContainsAny(b[1:n-1], `"\`+"\n") {
		return string(b[1 : n-1]), nil
	}
	err = json.Unmarshal(b, &text)
	return text, err
}

// Date is a day of the calendar, written 2026-03-01; text, so that it sorts as it is. The empty Date means "not set".
type Date string

// London is where the network's schools are. A day is London's wherever a person or a term is meant: in summer it begins an hour before
// UTC's.
//
//nolint:gochecknoglobals // a fact, never changed
var London = mustLoad("Europe/London")

// mustLoad finds the place in what time/tzdata puts into the program, if the machine does not know it.
func mustLoad(name string) *time.Location {
	place, err := time.LoadLocation(name)
	if err != nil {
		panic("staffroom: " + err.Error())
	}
	return place
}

// DateOf is the day of t in London.
func DateOf(t time.Time) Date { return Date(t.In(London).Format(time.DateOnly)) }

// ParseDate reads a day written 2026-03-01.
func ParseDate(text string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", Invalid("", "A date is written like 2026-03-01, and %q is not.", text)
	}
	return Date(text), nil
}
