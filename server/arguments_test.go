package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestWhatAClientLeavesOutIsLeftOut has variables that are absent inside of literals, and what arrives then.
func TestWhatAClientLeavesOutIsLeftOut(t *testing.T) {
	h := inputHouse(t, gqlparser.MustLoadSchema(&ast.Source{Input: inputsSDL}))
	for _, test := range []struct{ document, variables, arrives string }{
		{
			`query($a: Int, $b: String) {f: box(box: {title: "T", count: $a, near: {place: $b}})}`, `{"a": 1}`,
			`{"box": {"title": "T", "kind": "TOOL", "count": 1, "near": {"withinKm": 25, "kinds": ["BOOKLET"], "most": 7},
			"always": {"withinKm": 3, "kinds": ["TOOL"], "most": 7}}}`,
		},
		{
			`query($a: Int) {f: box(near: {place: "SE13", most: $a})}`, `{"a": null}`,
			`{"near": {"place": "SE13", "withinKm": 25, "kinds": ["BOOKLET"], "most": null}}`,
		},
		{`query($k: Float, $p: String) {f: box(near: {place: $p, withinKm: $k})}`, `{}`, `{"near": {"withinKm": 25, "kinds": ["BOOKLET"], "most": 7}}`},
		{`query($k: Float = 4) {f: box(near: {withinKm: $k})}`, `{}`, `{"near": {"withinKm": 4, "kinds": ["BOOKLET"], "most": 7}}`},
		{`query($n: Near) {f: box(near: $n)}`, `{}`, `{}`},
		{`query($n: Near) {f: box(near: $n)}`, `{"n": null}`, `{"near": null}`},
		{`query($n: Int) {f: lists(counts: [[1, $n], [$n], 2])}`, `{}`, `{"counts": [[1, null], [null], [2]], "words": ["one"]}`},
		{`query($n: Int) {f: lists(counts: $n, ids: 7)}`, `{}`, ``},
		{`query($n: ID!) {f: lists(ids: [$n, 8, "nine"])}`, `{"n": 7}`, `{"ids": ["7", "8", "nine"], "words": ["one"]}`},
		{`query($t: String, $o: Boolean = false) {f: plain(title: $t, open: $o)}`, `{}`, `{"title": "none", "count": 3, "open": false}`},
		{`query($t: String, $c: Int) {f: plain(title: $t, count: $c)}`, `{"t": null}`, `{"title": null, "count": 3, "open": true}`},
		{`query($c: Int) {f: plain(count: $c)}`, `{"c": null}`, ``},
		{`query($c: Float) {f: box(near: {withinKm: $c})}`, `{"c": null}`, ``},
		{`query($c: Kind = TOOL) {f: lists(kinds: [$c]) g: box(box: {title: "T", kinds: [$c]})}`, `{"c": null}`, ``},
		{
			`query($c: Float, $yes: Boolean!) {f: plain g: box(near: {withinKm: $c}) @skip(if: $yes)}`, `{"c": null, "yes": true}`,
			`{"title": "none", "count": 3, "open": true}`,
		},
		{`query($yes: Boolean = true) {f: plain g: box @skip(if: $yes)}`, `{}`, `{"title": "none", "count": 3, "open": true}`},
		{`query($yes: Boolean = true) {f: plain g: box @skip(if: $yes)}`, `{"yes": null}`, ``},
		{
			`query($x: Box!) {f: one(one: {box: $x})}`, `{"x": {"title": "T", "always": {}}}`,
			`{"one": {"box": {"title": "T", "kind": "TOOL", "always": {"withinKm": 25, "kinds": ["BOOKLET"], "most": 7}}}}`,
		},
		{`query($x: One) {f: one(one: $x)}`, `{"x": {"text": "T", "kinds": []}}`, ``},
		{`query($x: One) {f: one(one: $x)}`, `{"x": {"text": null}}`, ``},
		{`query($x: One) {f: one(one: $x)}`, `{"x": {}}`, ``},
		{`query($x: Box) {f: box(box: $x, boxes: [$x])}`, `{"x": null}`, ``},
	} {
		var variables map[string]any
		if err := json.Unmarshal([]byte(test.variables), &variables); err != nil {
			t.Fatal(err)
		}
		a := h.do(query(test.document, variables))
		if test.arrives == "" {
			a.want(t, 422, staffroom.CodeBadInput)
			continue
		}
		var got map[string]any
		var want any
		if err := json.Unmarshal([]byte(test.arrives), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(a.data, &got); err != nil || !reflect.DeepEqual(got["f"], want) {
			t.Errorf("%s with %s arrives as %s, want %s", test.document, test.variables, a.Body, test.arrives)
		}
	}
}

// TestAllWrongVariablesAreToldAtOnce checks the paths to what is wrong, too.
func TestAllWrongVariablesAreToldAtOnce(t *testing.T) {
	h := inputHouse(t, gqlparser.MustLoadSchema(&ast.Source{Input: inputsSDL}))
	const document = `query($input: Box, $words: [String!]!, $kind: Kind, $n: Int!) {box(box: $input) lists(words: $words, kinds: [$kind]) plain(count: $n)}`
	a := h.do(query(document, map[string]any{
		"input": map[string]any{"near": map[string]any{"withinKm": "far", "kinds": []any{"TOOL", "SPOON"}}, "count": 1.5, "colour": "red"},
		"words": []any{"one", nil, 3},
		"kind":  "tool",
	}))
	a.want(t, 422, staffroom.CodeBadInput)
	want := map[string]string{
		`["input","title"]`:           "variable.input.title: it must be given",
		`["input","count"]`:           "variable.input.count: an Int is a whole number of at most 32 bits",
		`["input","near","withinKm"]`: "variable.input.near.withinKm: a Float is a number",
		`["input","near","kinds",1]`:  "variable.input.near.kinds[1]: it is none of the values of Kind",
		`["input","colour"]`:          "variable.input.colour: there is no such field in Box",
		`["words",1]`:                 "variable.words[1]: it must not be null",
		`["words",2]`:                 "variable.words[2]: a String is text",
		`["kind"]`:                    "variable.kind: it is none of the values of Kind",
		`["n"]`:                       "variable.n: it must be given",
	}
	a.wantMistakes(t, want)
	// And together with what is wrong with them where they are used; a wrong variable is told once.
	const using = `query($p: String!, $k: Float, $kinds: [Kind!]) {box(near: {place: $p, withinKm: $k, kinds: [TOOL]}) lists(words: [$p], kinds: $kinds)}`
	a = h.do(query(using, map[string]any{"p": nil, "k": nil, "kinds": "SPOON"}))
	a.want(t, 422, staffroom.CodeBadInput)
	a.wantMistakes(t, map[string]string{
		`["p"]`:               "variable.p: it must not be null",
		`["kinds"]`:           "variable.kinds: it is none of the values of Kind",
		`["near","withinKm"]`: "near.withinKm: it must not be null",
	})
}

// wantMistakes compares the messages by the paths of the values that they are about.
func (a *answer) wantMistakes(t *testing.T, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, err := range a.errors {
		path := mustMarshal(err.Extensions["path"])
		if got[path] != "" {
			t.Errorf("%s is told twice: %s", path, err.Message)
		}
		got[path] = err.Message
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// TestAllWrongLiteralsAreToldAtOnce has them in arguments, defaults, directives and fragments, of our own scalars, too.
func TestAllWrongLiteralsAreToldAtOnce(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.CheckScalar = checkEven })
	a := h.do(query(`query($n: Even = 5, $s: Boolean! = 1) {
		...f ...f
		items(first: 3000000000, kind: SPOON, filter: {near: {postcode: 7, town: "X"}}) @skip(if: "no") {totalCount}
		hello @include(if: $s)
		halved(even: $n, evens: [2, 3, null, {}])
	}
	fragment f on Query {boxed: halved(box: {box: {evens: [4, 7]}})}`, nil))
	a.want(t, 422, staffroom.CodeBadInput)
	a.wantMistakes(t, map[string]string{
		`["n"]`:                        "variable.n: This is not even.",
		`["s"]`:                        `Boolean cannot represent a non boolean value: 1`,
		`["first"]`:                    "first: an Int is a whole number of at most 32 bits",
		`["kind"]`:                     `Value "SPOON" does not exist in "Kind" enum. Did you mean the enum value "TOOL"?`,
		`["filter","near","postcode"]`: "String cannot represent a non string value: 7",
		`["filter","near","town"]`:     `Field "town" is not defined by type "Near".`,
		`["if"]`:                       `Boolean cannot represent a non boolean value: "no"`,
		`["evens",1]`:                  "evens[1]: This is not even.",
		`["evens",2]`:                  `Expected value of type "Even!", found null.`,
		`["evens",3]`:                  "evens[3]: This is not even.",
		`["box","box","evens",1]`:      "box.box.evens[1]: This is not even.",
	})
}

// TestMistakesOfVariablesHaveABound sends more of them than an answer shows.
func TestMistakesOfVariablesHaveABound(t *testing.T) {
	h := inputHouse(t, gqlparser.MustLoadSchema(&ast.Source{Input: inputsSDL}))
	a := h.do(query(`query($words: [String!]!) {lists(words: $words)}`, map[string]any{"words": make([]any, 1000)}))
	a.want(t, 422, staffroom.CodeBadInput)
	if left := 1000 - h.limits.Errors; len(a.errors) != h.limits.Errors || string(a.raw["extensions"]) != fmt.Sprintf(`{"errorsLeftOut":%d}`, left) {
		t.Errorf("%d errors: %.300s", len(a.errors), a.Body)
	}
}

// TestInputsArriveOverEveryTransport sends one operation in each way there is.
func TestInputsArriveOverEveryTransport(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: inputsSDL})
	const document = `query($k: Float, $p: String) {box(near: {place: $p, withinKm: $k})}`
	const want = `{"data":{"box":{"near":{"kinds":["BOOKLET"],"most":7,"place":null,"withinKm":25}}}}`
	h := inputHouse(t, schema)
	sent := map[string]any{"p": nil}
	operations := string(mustJSON(t, map[string]any{"query": document, "variables": sent}))
	for _, way := range []struct {
		name    string
		request *http.Request
	}{
		{"POST", query(document, sent)},
		{"GET", get(url.Values{"query": {document}, "variables": {`{"p":null}`}})},
		{"server-sent events", query(document, sent, "Accept", typeEvents)},
		{"by hash, with the document", byHash(t, document, document)},
		{"by hash", byHash(t, document, "")},
		{"a form", form(t, part{"operations", "", operations}, part{"map", "", `{}`})},
	} {
		if a := h.do(way.request); !strings.Contains(a.Body.String(), want) {
			t.Errorf("%s: %s", way.name, a.Body)
		}
	}
	socket := h.open("")
	socket.send(`{"id":"a","type":"subscribe","payload":{"query":` + mustMarshal(document) + `,"variables":{"p":null}}}`)
	if got, err := socket.read(); err != nil || string(got.Payload) != want {
		t.Errorf("over a socket: %s, %v", got.Payload, err)
	}
}

// byHash sends the operation by the hash of its document, with the document or without.
func byHash(t *testing.T, document, sent string) *http.Request {
	t.Helper()
	return post(string(mustJSON(t, map[string]any{
		"query": sent, "variables": map[string]any{"p": nil},
		"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": sha(document)}},
	})))
}

// TestAFileInsideOfALiteral uploads a file whose variable stands in an object in the document.
func TestAFileInsideOfALiteral(t *testing.T) {
	h := newHouse(t)
	const operations = `{"query":"mutation($f: Upload!, $n: String) {post(parcel: {name: $n, file: $f})}","variables":{"f":null}}`
	a := h.do(form(t, part{"operations", "", operations}, part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a.txt", "hello"}))
	a.want(t, 200, "")
	if got := string(a.data); got != `{"post":"parcel: a.txt (5): hello"}` {
		t.Errorf("answered %s", got)
	}
}
