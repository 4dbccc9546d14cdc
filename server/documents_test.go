package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// bomb is thirty fragments that spread each other twice, around a core.
func bomb(typ, root, wrap, core string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "query { %s }\n", root)
	for i := range 30 {
		fmt.Fprintf(&b, "fragment f%d on %s { %s }\n", i, typ, fmt.Sprintf(wrap, i+1, i+1))
	}
	fmt.Fprintf(&b, "fragment f30 on %s { %s }\n", typ, core)
	return b.String()
}

// TestBombsAreRefused needs no clock: a bomb that goes off takes 2^30 steps, and so longer than a test may.
func TestBombsAreRefused(t *testing.T) {
	aliases := func(pattern string, count int) string {
		var b strings.Builder
		for i := range count {
			b.WriteString(strings.ReplaceAll(pattern, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	for name, document := range map[string]string{
		"fragments twice":                bomb("Query", "...f0", "...f%d ...f%d", "hello"),
		"fragments under aliases":        bomb("Item", `item(id: "1") {...f0}`, "a: self {...f%d} b: self {...f%d}", "id"),
		"fragments in inline fragments":  bomb("Item", `item(id: "1") {...f0}`, "... {...f%d} ... {...f%d}", "id"),
		"fragments nobody spreads":       bomb("Item", "hello", "...f%d ...f%d", "id"),
		"introspection":                  bomb("__Type", "__schema { types { ...f0 } }", "...f%d ...f%d", "name"),
		"introspection of fields":        bomb("__Type", `__type(name: "Item") { ...f0 }`, "fields { type { ...f%d } } interfaces { ...f%d }", "name"),
		"circle":                         `{...a} fragment a on Query {...b} fragment b on Query {...a ...a}`,
		"circle nobody spreads":          `{hello} fragment a on Query {...a}`,
		"circle below fields":            `{item(id: 1) {...a}} fragment a on Item {self {...a}}`,
		"deep":                           `{item(id: 1) ` + strings.Repeat("{self ", 1500) + "{id}" + strings.Repeat("}", 1500) + "}",
		"deep list":                      `{item(id: ` + strings.Repeat("[", 100_000) + `}`,
		"deep object":                    `{item(id: ` + strings.Repeat("{a:", 60_000) + `}`,
		"the same field again and again": `{` + strings.Repeat("hello ", 4990) + `}`,
		"fields unknown again and again": `{` + aliases("x# ", 4990) + `}`,
		"operations":                     aliases("query q# {...f} ", 500) + `fragment f on Query {` + strings.Repeat("hello ", 1000) + `}`,
		"directives":                     `{hello ` + strings.Repeat("@include(if: true) ", 800) + `}`,
		"comments":                       strings.Repeat("#\n", 60_000) + `{hello}`,
		"fragments of many fields":       aliases("fragment f# on Item {...g} ", 600) + `{hello} fragment g on Item {` + strings.Repeat("id ", 900) + `}`,
	} {
		for _, introspection := range []bool{true, false} {
			h := newHouse(t, func(c *Config) { c.Introspection = introspection })
			a := h.do(query(document, nil))
			if a.Code != 422 && a.Code != 400 {
				t.Errorf("%s: %d %.300s", name, a.Code, a.Body)
			}
			if a.Body.Len() > 16<<10 {
				t.Errorf("%s: an answer of %d bytes", name, a.Body.Len())
			}
		}
	}
}

// TestWorstThatIsAllowed shows that what just passes the limits is answered, too.
func TestWorstThatIsAllowed(t *testing.T) {
	var chain, flat, spreads strings.Builder
	for i := range 99 {
		fmt.Fprintf(&chain, "fragment f%d on Item {...f%d id title self {id}} ", i, i+1)
		fmt.Fprintf(&flat, "fragment g%d on Item {id title self {id}} ", i)
		fmt.Fprintf(&spreads, "...g%d ", i)
	}
	same := strings.Repeat(`id title self {id} `, 19)
	for _, document := range map[string]string{
		"the same fields":    `{item(id: 1) {` + same + strings.Repeat("self {"+same, 8) + strings.Repeat("}", 8) + `}}`,
		"chain of fragments": `{item(id: 1) {...f0}} fragment f99 on Item {id} ` + chain.String(),
		"many fragments":     `{item(id: 1) {` + spreads.String() + spreads.String() + `}} ` + flat.String(),
	} {
		h := newHouse(t)
		h.do(query(document, nil)).want(t, 200, "")
	}
}

func TestIntrospectionSwitch(t *testing.T) {
	const document = `{__schema {queryType {name}}}`
	newHouse(t).do(query(document, nil)).want(t, 200, "")
	off := newHouse(t, func(c *Config) { c.Introspection = false })
	off.do(query(document, nil)).want(t, 422, staffroom.CodeBadInput)
	off.do(query(`{...f} fragment f on Query {t: __type(name: "Item") {name}}`, nil)).want(t, 422, staffroom.CodeBadInput)
	off.do(query(`{__typename}`, nil)).want(t, 200, "")
}

func TestSuggestionsFollowIntrospection(t *testing.T) {
	documents := []string{
		`{helo}`,
		`{items(firs: 1) {totalCount}}`,
		`{items(kind: BOOKLT) {totalCount}}`,
		`{items(kind: "TOOL") {totalCount}}`,
		`query($k: Kin) {items(kind: $k) {totalCount}}`,
		`{item(id: 1)}`,
		`{hello @nothing(if: true)}`,
	}
	suggests := func(h *house, document string) bool {
		body := h.do(query(document, nil)).Body.String()
		return strings.Contains(body, "Did you mean") || strings.Contains(body, "{ ...")
	}
	on, off, count := newHouse(t), newHouse(t, func(c *Config) { c.Introspection = false }), 0
	for _, document := range documents {
		if suggests(on, document) {
			count++
		}
		if suggests(off, document) {
			t.Errorf("%s gets a suggestion although introspection is off", document)
		}
	}
	if count < 5 {
		t.Errorf("only %d documents get suggestions with introspection on: this test proves too little", count)
	}
}

func TestRulesAreFreshAndComplete(t *testing.T) {
	a, b := validationRules(false), validationRules(false)
	a.RemoveRule(rules.KnownTypeNamesRule.Name)
	names := func(set *rules.Rules) []string {
		var list []string
		for name := range set.GetInner() {
			list = append(list, name)
		}
		slices.Sort(list)
		return list
	}
	if slices.Equal(names(a), names(b)) {
		t.Error("a change of one set of rules changes the other")
	}
	if want := names(rules.NewDefaultRules()); !slices.Equal(names(b), want) {
		t.Errorf("without suggestions the rules are %v, want %v", names(b), want)
	}
}

func TestCost(t *testing.T) {
	for document, want := range map[string]int{
		`{hello}`:                                                  1,
		`{items {totalCount}}`:                                     1 + 20,
		`{items(first: 5) {nodes {id title}}}`:                     1 + 5*3,
		`{items(first: 5) {edges {node {id}}}}`:                    1 + 5*3,
		`{items(first: 2, last: 7) {totalCount}}`:                  1 + 7,
		`{items(first: null) {totalCount}}`:                        1 + 20,
		`{all {id title}}`:                                         1 + 10*2,
		`{nodes(ids: ["1","2","3"]) {id}}`:                         1 + 3,
		`{items(first: 3) {nodes {items(first: 4) {nodes {id}}}}}`: 1 + 3*(1+1+4*2),
		`{items(first: 5) {...f}} fragment f on ItemConnection {nodes {...g} edges {node {...g}}} fragment g on Item {id title}`: 1 + 5*(3+4),
		`query($n: Int) {items(first: $n) {totalCount}}`:     1 + 9,
		`query($n: Int = 8) {items(last: $n) {totalCount}}`:  1 + 9,
		`query($ids: [ID!]!) {nodes(ids: $ids) {id}}`:        1 + 2,
		`query($x: Int = 6) {items(first: $x) {totalCount}}`: 1 + 6,
		`query($x: Int) {items(first: $x) {totalCount}}`:     1 + 20,

		`{items(first: 5, text: "oak") {totalCount}}`:                                             1 + 500 + 5,
		`{items(first: 5, text: " ", filter: {near: null}) {totalCount}}`:                         1 + 5,
		`{items(first: 5, filter: {text: "oak", near: {}}) {totalCount}}`:                         1 + 2*500 + 5,
		`{items(first: 3) {nodes {...f}}} fragment f on Item {id}`:                                1 + 3*2,
		`query($f: Filter = {near: {postcode: "N1"}}) {items(first: 5, filter: $f) {totalCount}}`: 1 + 500 + 5,
		`query($w: String = "oak") {items(first: 5, filter: {text: $w}) {totalCount}}`:            1 + 500 + 5,
	} {
		h := newHouse(t)
		req := &request{Query: document, Variables: map[string]any{"n": json.Number("9"), "ids": []any{"1", "2"}}}
		for range 2 {
			op, refused := h.engine.check(t.Context(), req, allowedOnce("POST"))
			if refused != nil {
				t.Fatalf("%s: %v", document, refused.errors)
			}
			got, refused := operationCost(op.document, h.engine.schema, h.limits, op.context.Operation, op.context.Variables)
			if refused != nil || got != want {
				t.Errorf("%s costs %d (%v), want %d", document, got, refused, want)
			}
		}
	}
}

func TestPageSizes(t *testing.T) {
	for document, n := range map[string]any{
		`{items(first: 101) {totalCount}}`:                                          nil,
		`{items(first: 0) {totalCount}}`:                                            nil,
		`{items(last: -1) {totalCount}}`:                                            nil,
		`query($n: Int) {items(first: $n) {totalCount}}`:                            101,
		`query($n: Int) {items(last: $n) {totalCount}}`:                             -1,
		`query($n: Int) {...f} fragment f on Query {items(first: $n) {totalCount}}`: 1<<31 - 1,
	} {
		a := newHouse(t).do(query(document, map[string]any{"n": n}))
		a.want(t, 422, staffroom.CodeBadInput)
		if field := a.errors[0].Extensions["field"]; field != "first" && field != "last" {
			t.Errorf("%s: field %v", document, field)
		}
	}
}

// TestAllWrongPageSizesAreToldAtOnce has them in a fragment that is counted in both ways, too: it is told once.
func TestAllWrongPageSizesAreToldAtOnce(t *testing.T) {
	a := newHouse(t).do(query(`query($n: Int, $ids: [ID!]!) {
		items(first: $n, last: 0) {nodes {...f}}
		item(id: 1) {...f}
		nodes(ids: $ids) {id}
	}
	fragment f on Item {items(first: 101) {totalCount}}`, map[string]any{"n": -1, "ids": make([]string, 101)}))
	a.want(t, 422, staffroom.CodeBadInput)
	var paths []string
	for _, err := range a.errors {
		paths = append(paths, mustMarshal(err.Extensions["path"]))
	}
	if want := []string{`["first"]`, `["last"]`, `["first"]`, `["ids"]`}; !slices.Equal(paths, want) {
		t.Errorf("told of %q, want %q: %s", paths, want, a.Body)
	}
}

func TestDocumentCacheIsBounded(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.CachedDocuments, l.CachedDocumentBytes = 10, 200 }))
	for i := range 50 {
		h.do(query(fmt.Sprintf(`{hello(name: "%d")}`, i), nil)).want(t, 200, "")
	}
	h.do(query(`{hello(name: "`+strings.Repeat("x", 300)+`")}`, nil)).want(t, 200, "")
	cache := h.engine.documents.cache
	if cache.len() > 10 || cache.bytes > 200 || cache.len() == 0 {
		t.Errorf("%d documents of %d bytes are kept, want at most 10 of 200", cache.len(), cache.bytes)
	}
	h.do(query(`{helo}`, nil))
	if _, kept := cache.get(`{helo}`); kept {
		t.Error("a document that is not valid is kept")
	}
}
