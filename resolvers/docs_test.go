package resolvers_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/vektah/gqlparser/v2"

	"github.com/staffroom-schools/staffroom/graph"
)

var graphqlBlock = regexp.MustCompile("(?s)```graphql\n(.*?)```")

// TestDocumentedOperations checks that the operations in the guide for authors of clients fit the schema.
func TestDocumentedOperations(t *testing.T) {
	guide, err := os.ReadFile("../docs/api.md")
	must(t, err)
	blocks := graphqlBlock.FindAllStringSubmatch(string(guide), -1)
	if len(blocks) < 5 {
		t.Fatalf("found %d operations in docs/api.md", len(blocks))
	}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, block := range blocks {
		if _, errs := gqlparser.LoadQueryWithRules(schema, block[1], nil); errs != nil {
			t.Errorf("%v in\n%s", errs, block[1])
		}
	}
}
