package server

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// checkEven knows one scalar, even numbers.
func checkEven(scalar string, value any) error {
	if number, ok := wholeNumber(value); scalar == "Even" && (!ok || number%2 != 0) {
		return staffroom.Invalid("", "This is not even.")
	}
	return nil
}

func TestScalarsAreCheckedBeforeAnythingRuns(t *testing.T) {
	const boxed = `query($b: Box) {halved(box: $b)}`
	for _, test := range []struct {
		document, variables string
		wrong               []string // what the messages begin with; none if the request is right
	}{
		{`{halved(even: 2, evens: [2, 4], box: {even: 6, evens: 8, box: null})}`, ``, nil},
		{`{halved(even: null)}`, ``, nil},
		{`{halved(even: 1)}`, ``, []string{"even: This is not even."}},
		{`{halved(even: "two")}`, ``, []string{"even: "}},
		{`{halved(even: [2])}`, ``, []string{"even: "}},
		{`{halved(even: {a: 2})}`, ``, []string{"even: "}},
		{`{halved(evens: [2, 3, 5])}`, ``, []string{"evens[1]: ", "evens[2]: "}},
		{`{halved(box: {box: {evens: [3]}})}`, ``, []string{"box.box.evens[0]: "}},
		{`{... {...f}} fragment f on Query {halved(even: 3)}`, ``, []string{"even: "}},
		{`query a {hello} query b {halved(even: 3)}`, ``, []string{"even: "}},
		{`query($n: Even) {halved(even: $n)}`, `{"n": 2}`, nil},
		{`query($n: Even) {halved(even: $n)}`, `{"n": null}`, nil},
		{`query($n: Even) {halved(even: $n)}`, `{}`, nil},
		{`query($n: Even) {halved(even: $n)}`, `{"n": 3}`, []string{"variable.n: This is not even."}},
		{`query($n: Even = 3) {halved(even: $n)}`, `{}`, []string{"variable.n: "}},
		{`query($n: [Even!]) {halved(evens: $n)}`, `{"n": [2, 3]}`, []string{"variable.n[1]: "}},
		{`query($n: [Even!]) {halved(evens: $n)}`, `{"n": 3}`, []string{"variable.n: "}},
		{`query($n: Even!) {halved(box: {evens: [2, $n]})}`, `{"n": 3}`, []string{"variable.n: "}},
		{boxed, `{"b": {"even": 2, "evens": [4], "box": {"even": 2}}}`, nil},
		{boxed, `{"b": {"box": {"evens": [4, 5]}}}`, []string{"variable.b.box.evens[1]: "}},
	} {
		h := newHouse(t, func(c *Config) { c.CheckScalar = checkEven })
		var variables map[string]any
		if test.variables != "" {
			if err := json.Unmarshal([]byte(test.variables), &variables); err != nil {
				t.Fatal(err)
			}
		}
		a := h.do(post(string(mustJSON(t, map[string]any{"query": test.document, "variables": variables, "operationName": firstName(test.document)}))))
		if len(test.wrong) == 0 {
			a.want(t, 200, "")
			continue
		}
		a.want(t, 422, staffroom.CodeBadInput)
		if _, has := a.raw["data"]; has || len(a.errors) != len(test.wrong) {
			t.Errorf("%s %s: %s", test.document, test.variables, a.Body)
			continue
		}
		for i, beginning := range test.wrong {
			if !strings.HasPrefix(a.errors[i].Message, beginning) {
				t.Errorf("%s %s: %q does not begin with %q", test.document, test.variables, a.errors[i].Message, beginning)
			}
		}
	}
}

// firstName is the name of the operation a, where there are two.
func firstName(document string) string {
	if strings.HasPrefix(document, "query a ") {
		return "a"
	}
	return ""
}

func mustJSON(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestNumbersThatAreNoInts(t *testing.T) {
	for _, number := range []string{"5.5", "99999999999999999999", "2147483648.5"} {
		a := newHouse(t).do(post(`{"query": "query($n: Int) {items(first: $n) {totalCount}}", "variables": {"n": ` + number + `}}`))
		a.want(t, 422, staffroom.CodeBadInput)
		if message := a.errors[0].Message; message != "variable.n: an Int is a whole number of at most 32 bits" {
			t.Errorf("%s: %s", number, message)
		}
	}
}
