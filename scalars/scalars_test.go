package scalars_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/scalars"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func written(m graphql.Marshaler) string {
	var out strings.Builder
	m.MarshalGQL(&out)
	return out.String()
}

func TestMarshal(t *testing.T) {
	moment := time.Date(2026, 3, 1, 10, 30, 0, 123_456_789, time.FixedZone("CET", 3600))
	for _, test := range []struct {
		name string
		got  graphql.Marshaler
		want string
	}{
		{"a moment in UTC", scalars.MarshalDateTime(staffroom.At(moment)), `"2026-03-01T09:30:00.123Z"`},
		{"no moment", scalars.MarshalDateTime(staffroom.Time{}), `null`},
		{"a day", scalars.MarshalDate("2026-03-01"), `"2026-03-01"`},
		{"no day", scalars.MarshalDate(""), `null`},
		{"a URN", scalars.MarshalURN("100001"), `"100001"`},
		{"no URN", scalars.MarshalURN(""), `null`},
		{"a URL", scalars.MarshalURL("https://school.example/a?b=c"), `"https://school.example/a?b=c"`},
		{"a URL in capitals", scalars.MarshalURL("HTTP://SCHOOL.EXAMPLE"), `"HTTP://SCHOOL.EXAMPLE"`},
		{"no URL", scalars.MarshalURL(""), `null`},
		{"a script", scalars.MarshalURL("javascript:alert(1)"), `null`},
		{"a name without scheme", scalars.MarshalURL("www.school.example"), `null`},
		{"Markdown", scalars.MarshalMarkdown("a \"b\"\n<c>"), `"a \"b\"\n<c>"`},
		{"empty Markdown", scalars.MarshalMarkdown(""), `""`},
		{"HTML", scalars.MarshalHTML("<p>"), `"<p>"`},
		{"an id", scalars.MarshalID("school_1"), `"school_1"`},
	} {
		if got := written(test.got); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestUnmarshalDateTime(t *testing.T) {
	want := staffroom.At(time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC))
	for _, text := range []string{
		"2026-03-01T09:30:00Z", "2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00.000999Z", "2026-03-01t09:30:00z",
	} {
		if got, err := scalars.UnmarshalDateTime(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	if got, err := scalars.UnmarshalDateTime(nil); err != nil || !got.IsZero() {
		t.Errorf("null: got %v, %v", got, err)
	}
	refused(t, scalars.UnmarshalDateTime, "2026-03-01", "09:30", "2026-02-30T00:00:00Z", "tomorrow", int64(1), true)
}

func TestUnmarshalText(t *testing.T) {
	refused(t, scalars.UnmarshalDate, "01-03-2026", "2026-02-30", "2026-03-01T00:00:00Z", int64(20260301))
	refused(t, scalars.UnmarshalURN, "12345", "1234567", "12345a", " 100001", "１００００１", "", int64(100001), json.Number("100001"))
	refused(t, scalars.UnmarshalURL, "javascript:alert(1)", "//school.example", "school.example", 1.5)
	refused(t, scalars.UnmarshalMarkdown, int64(1), map[string]any{})
	refused(t, scalars.UnmarshalHTML, "<p>", nil)
	refused(t, scalars.UnmarshalID, true, 1.5, []any{"a"})

	accepted(t, scalars.UnmarshalDate, "2028-02-29", staffroom.Date("2028-02-29"))
	accepted(t, scalars.UnmarshalDate, nil, "")
	accepted(t, scalars.UnmarshalURN, "100001", "100001")
	accepted(t, scalars.UnmarshalURN, nil, "")
	accepted(t, scalars.UnmarshalURL, "https://school.example", "https://school.example")
	accepted(t, scalars.UnmarshalMarkdown, "# a\n", "# a\n")
	accepted(t, scalars.UnmarshalID, "school_1", "school_1")
	accepted(t, scalars.UnmarshalID, json.Number("17"), "17")
	accepted(t, scalars.UnmarshalID, int64(17), "17")
	accepted(t, scalars.UnmarshalID, nil, "")
}

// refused checks that each value is a BAD_USER_INPUT error.
func refused[T any](t *testing.T, unmarshal func(any) (T, error), values ...any) {
	t.Helper()
	for _, value := range values {
		if got, err := unmarshal(value); staffroom.CodeOf(err) != staffroom.CodeBadInput {
			t.Errorf("%v: got %v, %v", value, got, err)
		}
	}
}

func accepted[T comparable](t *testing.T, unmarshal func(any) (T, error), value any, want T) {
	t.Helper()
	if got, err := unmarshal(value); err != nil || got != want {
		t.Errorf("%v: got %v, %v", value, got, err)
	}
}

func TestCheck(t *testing.T) {
	for scalar, values := range map[string]struct{ good, bad any }{
		"DateTime": {"2026-03-01T09:30:00Z", ""},
		"Date":     {"2026-03-01", ""},
		"URL":      {"https://school.example", ""},
		"URN":      {"100001", "abc"},
		"Markdown": {"", int64(1)},
		"Upload":   {graphql.Upload{}, "abc"},
		"Unknown":  {1, nil},
	} {
		if err := scalars.Check(scalar, values.good); err != nil {
			t.Errorf("%s: %v is refused: %v", scalar, values.good, err)
		}
		if err := scalars.Check(scalar, values.bad); scalar != "Unknown" && staffroom.CodeOf(err) != staffroom.CodeBadInput {
			t.Errorf("%s: %v gives %v", scalar, values.bad, err)
		}
	}
	if err := scalars.Check("HTML", "<p>"); staffroom.CodeOf(err) != staffroom.CodeBadInput {
		t.Errorf("HTML is taken: %v", err)
	}
}
