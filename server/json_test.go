package server

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestRequestsAreReadAsSent compares with encoding/json what requests of all kinds of values hold.
func TestRequestsAreReadAsSent(t *testing.T) {
	const text = `{"query":"{a}","operationName":null,"variables":{"n":12345678901234567890,"f":1.50,"t":"ä\u00e4\ud83d\ude00","b":true,"no":null,"half":"\udc00!",
		"o":{"l":[1,[],{},"x",false,null]},"twice":1,"twice":{"last":2}},"extensions":null,"other":[1]}`
	got, refused := decodeRequest([]byte(text), DefaultLimits().Values)
	if refused != nil {
		t.Fatal(refused)
	}
	want := values{
		"n": json.Number("12345678901234567890"), "f": json.Number("1.50"), "t": "ää😀", "b": true, "no": nil, "half": "\ufffd!",
		"o": map[string]any{"l": []any{json.Number("1"), []any{}, map[string]any{}, "x", false, nil}}, "twice": map[string]any{"last": json.Number("2")},
	}
	if got.Query != "{a}" || got.OperationName != "" || got.Extensions != nil || !reflect.DeepEqual(got.Variables, want) {
		t.Errorf("read %#v", got)
	}
}

func TestValuesAreCounted(t *testing.T) {
	for text, want := range map[string]int{
		`7`: 1, `"[,{"`: 1, `"a\"[,"`: 1, `"\\",`: 2, `"\"\\\"[",1`: 2, `"[`: 1, `[1,2,3]`: 4, `{"a":[{"b":","}],"c":null}`: 5, `[[[`: 4,
	} {
		if got := countValues([]byte(text)); got != want {
			t.Errorf("%s has %d values, want %d", text, got, want)
		}
	}
}

// TestRequestsOfManyValuesAreNotRead sends a list that fits into a body but would take many times its room in memory.
func TestRequestsOfManyValuesAreNotRead(t *testing.T) {
	many := `{"query":"{a}","variables":{"list":[` + strings.Repeat("1,", 20_000) + `1]}}`
	if _, refused := decodeRequest([]byte(many), DefaultLimits().Values); refused == nil || refused.status != 413 {
		t.Errorf("20,000 values are refused as %+v", refused)
	}
	h := newHouse(t)
	h.do(query(`query($ids: [ID!]!) {nodes(ids: $ids) {id}}`, map[string]any{"ids": make([]int, 20_000)})).want(t, 413, staffroom.CodeBadInput)
}

func TestRequestsThatAreNoJSON(t *testing.T) {
	for text, status := range map[string]int{
		`{"variables":[]}`: 422, `{"variables":"x"}`: 422, `{"query":1}`: 422, `[]`: 422, `7`: 422,
		`{"variables":{"a":[1}}`: 400, `{"variables":[1}`: 400, `{"query":"a"} x`: 400, ``: 400, `{`: 400, "{\"query\":\"\xff\"}": 400,
	} {
		if _, refused := decodeRequest([]byte(text), DefaultLimits().Values); refused == nil || refused.status != status {
			t.Errorf("%s is refused as %+v, not with %d", text, refused, status)
		}
	}
}
