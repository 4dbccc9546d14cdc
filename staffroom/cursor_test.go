package staffroom_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestCursorRoundTrip(t *testing.T) {
	order := staffroom.OrderName("schools", "establishment.sortName", true)
	noon := staffroom.At(time.Date(2026, 3, 1, 12, 0, 0, 5_000_000, time.UTC))
	for _, test := range []struct{ key, want any }{
		{"St Mary's <&> “ŵ”", "St Mary's <&> “ŵ”"},
		{"", ""},
		{nil, nil},
		{int64(538_000), 538_000.0},
		{-1.25, -1.25},
		{true, true},
		{noon, "2026-03-01T12:00:00.005Z"},
	} {
		cursor := staffroom.EncodeCursor(order, test.key, "school_01")
		key, id, err := staffroom.DecodeCursor(order, cursor)
		if err != nil || key != test.want || id != "school_01" {
			t.Errorf("%v came back as %v, %q, %v", test.key, key, id, err)
		}
		if strings.ContainsAny(cursor, "+/=& ") {
			t.Errorf("cursor %q cannot stand in a URL as it is", cursor)
		}
	}
}

func TestCursorIsTiedToItsOrder(t *testing.T) {
	order := staffroom.OrderName("schools", "name", false)
	cursor := staffroom.EncodeCursor(order, "a", "school_01")
	others := []string{
		staffroom.OrderName("schools", "name", true), staffroom.OrderName("schools", "", false), staffroom.OrderName("members", "name", false), "",
	}
	for _, other := range others {
		if _, _, err := staffroom.DecodeCursor(other, cursor); staffroom.CodeOf(err) != staffroom.CodeBadCursor {
			t.Errorf("order %q took a cursor of %q: %v", other, order, err)
		}
	}
}

func TestEveryChangedByteSpoilsACursor(t *testing.T) {
	order := staffroom.OrderName("schools", "name", false)
	raw, err := base64.RawURLEncoding.DecodeString(staffroom.EncodeCursor(order, "a", "school_01"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] ^= 1
		_, _, err := staffroom.DecodeCursor(order, base64.RawURLEncoding.EncodeToString(raw))
		if staffroom.CodeOf(err) != staffroom.CodeBadCursor {
			t.Errorf("byte %d: got %v", i, err)
		}
		raw[i] ^= 1
		_, _, err = staffroom.DecodeCursor(order, base64.RawURLEncoding.EncodeToString(raw[:i]))
		if staffroom.CodeOf(err) != staffroom.CodeBadCursor {
			t.Errorf("cut to %d bytes: got %v", i, err)
		}
	}
}

// FuzzDecodeCursor looks that no text from outside is taken for a cursor unless it is exactly what we give out.
func FuzzDecodeCursor(f *testing.F) {
	order := staffroom.OrderName("schools", "name", false)
	f.Add(staffroom.EncodeCursor(order, "a", "school_01"))
	f.Add(staffroom.EncodeCursor(order, nil, ""))
	f.Add(staffroom.EncodeCursor(order, nil, "") + "\n")
	f.Add(strings.TrimSuffix(staffroom.EncodeCursor(order, "a", "schools"), "Q") + "R")
	f.Add(staffroom.EncodeCursor(order, 12.5, "x"))
	f.Add("")
	f.Add("AAAAAAAAAAAA")
	f.Add("' OR 1=1 --")
	f.Fuzz(func(t *testing.T, cursor string) {
		key, id, err := staffroom.DecodeCursor(order, cursor)
		if err != nil {
			if staffroom.CodeOf(err) != staffroom.CodeBadCursor {
				t.Fatalf("got %v, want BAD_CURSOR", err)
			}
			return
		}
		if again := staffroom.EncodeCursor(order, key, id); again != cursor {
			t.Fatalf("%q was taken for %q", cursor, again)
		}
	})
}
