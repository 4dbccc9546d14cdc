package main

import (
	"encoding/json"
	"testing"
)

// found is an answer to (d) with so many resources, counted by a facet, and hits.
func found(t *testing.T, text string) answered {
	t.Helper()
	var out answered
	if err := json.Unmarshal([]byte(`{"data":{"search":`+text+`}}`), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAgreement(t *testing.T) {
	one := found(t, `{"totalCount":4,"facets":[{"name":"KIND","values":[{"value":"TOOL","count":4}]}],"nodes":[{"id":"a"},{"id":"b"}]}`)
	for _, test := range []struct {
		other string
		want  Agreement
	}{
		{`{"totalCount":4,"facets":[{"name":"KIND","values":[{"value":"TOOL","count":4}]}],"nodes":[{"id":"b"},{"id":"a"}]}`, Agreement{Totals: 1, Facets: 1, Shared: 100}},
		{`{"totalCount":4,"facets":[{"name":"KIND","values":[{"value":"TOOL","count":3}]}],"nodes":[{"id":"b"},{"id":"c"}]}`, Agreement{Totals: 1, Shared: 50}},
		{`{"totalCount":3,"facets":[],"nodes":[{"id":"c"},{"id":"d"}]}`, Agreement{Off: 25}},
	} {
		got := Agreement{}
		got.add(one, found(t, test.other))
		got.Shared *= compared
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.other, got, test.want)
		}
	}
}
