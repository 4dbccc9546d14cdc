package direct

import (
	"bytes"
	"errors"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

func FuzzStringIsWrittenAsByGqlgen(f *testing.F) {
	for _, text := range []string{"", "plain", "\"quoted\\\"", "a\tb\r\nc\x00\x1f", "é – 漢字 \u2028", "\xff broken \xc3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want bytes.Buffer
		graphql.MarshalString(text).MarshalGQL(&want)
		w := &Writer{}
		w.String(text)
		if string(w.text) != want.String() {
			t.Errorf("%q is written %s, and by gqlgen %s", text, w.text, want.Bytes())
		}
	})
}

// TestHolesAreFilledInPlace puts off parts of a text, and parts of those again.
func TestHolesAreFilledInPlace(t *testing.T) {
	w := &Writer{}
	whole := &piece{}
	say := func(s string) func() { return func() { _, _ = w.WriteString(s) } }
	w.write(whole, func() {
		say("a ")()
		w.PutOff(ErrLater, func() {
			say("b ")()
			w.PutOff(errors.Join(ErrLater, errors.New("wrapped")), say("c "))
			w.PutOff(ErrLater, say("d "))
			say("e ")()
		})
		say("f ")()
		w.PutOff(ErrLater, say("g "))
	})
	rounds := 0
	for ; len(w.later) > 0; rounds++ {
		w.fill()
	}
	if got := string(whole.appendTo(nil, w.text)); got != "a b c d e f g " || rounds != 2 {
		t.Errorf("%q after %d rounds", got, rounds)
	}
}

func TestErrorsAreLeftToTheExecutor(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, errAbandoned) {
			t.Errorf("it ended with %v", err)
		}
	}()
	(&Writer{}).PutOff(errors.New("broken"), func() { t.Error("it was put off") })
}
