package resolvers_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// noTurns lets nothing be read through, and counts what was to be.
type noTurns struct{ bytes int }

func (n *noTurns) Turn(_ context.Context, bytes int) error {
	n.bytes += bytes
	return errors.New("not now")
}

// TestHTMLWaitsForItsTurn asks for each sort of HTML when it is never the turn of any.
func TestHTMLWaitsForItsTurn(t *testing.T) {
	w := newWorld(t)
	for name, schema := range map[string]graphql.ExecutableSchema{
		"directly": w.schema(), "by gqlgen": graph.NewExecutableSchema(w.config()),
	} {
		for _, document := range []string{
			`{resources(first: 1) {nodes {bodyHtml}}}`,
			`{leadSchools(first: 1) {nodes {remitHtml}}}`,
			`{viewer {aboutHtml}}`,
			`{threads(first: 1) {nodes {posts(first: 1) {nodes {bodyHtml}}}}}`,
		} {
			turns := &noTurns{}
			answer, err := json.Marshal(w.start(staffroom.WithTurns(w.as(t, "ada"), turns), schema, document, nil)())
			must(t, err)
			if turns.bytes == 0 || !strings.Contains(string(answer), `"errors"`) {
				t.Errorf("%s is answered %s: %s; %d bytes were to be read through", document, name, answer, turns.bytes)
			}
		}
	}
}
