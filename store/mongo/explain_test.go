package mongo

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestPlans asks a real server how it would run a query for each way to use each index: none may scan a collection, nor
// sort what the index has in order. The test server has no plans to ask for.
func TestPlans(t *testing.T) {
	uri := os.Getenv("MONGODB_URI")
	if uri == "" {
		t.Skip("MONGODB_URI is not set: no server whose plans could be checked")
	}
	uri = fresh(uri)
	openStore(t, uri)
	db := handle(t, uri)
	for _, schema := range schemas() {
		for _, q := range queries(schema) {
			f, err := compile(schema, q)
			if err != nil {
				t.Fatal(err)
			}
			command := bson.D{{Key: "find", Value: schema.Name}, {Key: "filter", Value: f.filter}, {Key: "sort", Value: f.sort}, {Key: "hint", Value: f.hint}}
			raw, err := db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: command}, {Key: "verbosity", Value: "queryPlanner"}}).Raw()
			if err != nil {
				t.Errorf("%s %v by %q: %v", schema.Name, q.Where, q.By, err)
				continue
			}
			winner := raw.Lookup("queryPlanner", "winningPlan").String()
			for _, stage := range regexp.MustCompile(`"stage": *"([A-Z_]+)"`).FindAllStringSubmatch(winner, -1) {
				if slices.Contains([]string{"COLLSCAN", "SORT"}, stage[1]) {
					t.Errorf("%s %v by %q: %s in %s", schema.Name, q.Where, q.By, stage[1], winner)
				}
			}
		}
	}
}

// queries asks for each index with one more of its leading fields each time, in the order of the next.
func queries(schema *staffroom.Schema) []staffroom.Query {
	queries := []staffroom.Query{{Limit: 10}}
	for _, index := range schema.Indexes {
		if index.Counts {
			continue // no list is read by it
		}
		where := slices.Clone(index.Where)
		for i, path := range index.Fields {
			spec, _ := schema.Field(path)
			if !spec.Many && !index.Expires {
				queries = append(queries, staffroom.Query{Where: slices.Clone(where), By: path, Desc: i%2 == 1, Limit: 10})
			}
			where = append(where, anyOf(spec))
		}
		if !index.Expires {
			queries = append(queries, staffroom.Query{Where: where, Limit: 10})
		}
	}
	return queries
}

// anyOf is a condition that answers a leading field of an index.
func anyOf(spec staffroom.FieldSpec) staffroom.Cond {
	value := map[staffroom.FieldType]any{
		staffroom.TypeText: "x", staffroom.TypeInteger: int64(1), staffroom.TypeNumber: 1.5, staffroom.TypeBoolean: true, staffroom.TypeTime: noon(),
	}[spec.Type]
	if spec.Many {
		return staffroom.Contains(spec.Path, value)
	}
	return staffroom.Equal(spec.Path, value)
}

// TestQueriesCoverIndexes checks the check: that every index but the expiring ones is asked for.
func TestQueriesCoverIndexes(t *testing.T) {
	for _, schema := range schemas() {
		used := map[string]bool{}
		for _, q := range queries(schema) {
			f, err := compile(schema, q)
			if err != nil {
				t.Errorf("%s %v by %q: %v", schema.Name, q.Where, q.By, err)
			}
			used[f.hint] = true
		}
		for _, index := range schema.Indexes {
			if !index.Expires && !index.Counts && !used[indexName(index)] {
				t.Errorf("%s: no query for index %s", schema.Name, index.Name)
			}
		}
	}
}
