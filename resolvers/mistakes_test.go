package resolvers_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestAllMistakesComeAtOnce sends inputs with as many mistakes as they can have, by those who may, and checks the path of each.
func TestAllMistakesComeAtOnce(t *testing.T) {
	long := strings.Repeat("long ", 30_000)
	w := newWorld(t)
	for name, test := range map[string]struct {
		who    string
		input  map[string]any
		fields []string
	}{
		"createResource": {"ada", map[string]any{
			"title": "x", "summary": long, "body": long, "kind": "TOOL", "licence": "CC_BY_4_0", "visibility": "PUBLIC",
			"topics": []any{"attendance", "nothing", "behaviour", "nobody"}, "coAuthorIds": []any{"<ben>", "<eve>", "<oak>"}, "idempotencyKey": "a key",
		}, []string{"title", "summary", "body", "topics.1", "topics.3", "coAuthorIds.1", "coAuthorIds.2", "idempotencyKey"}},
		"updateResource": {"ada", map[string]any{
			"id": "<public>", "version": 1, "title": nil, "summary": nil, "body": "\x00", "kind": nil, "licence": nil, "visibility": nil,
			"topics": []any{"nothing"}, "coAuthorIds": []any{"nobody"},
		}, []string{"title", "summary", "body", "kind", "licence", "visibility", "topics.0", "coAuthorIds.0"}},
		"publishResource":  {"ada", map[string]any{"id": "<bare>"}, []string{"summary", "body", "topics"}},
		"withdrawResource": {"ada", map[string]any{"id": "<draft>", "reason": long}, []string{"id", "reason"}},
		"attachFile": {"ada", map[string]any{
			"resourceId": "<draft>", "file": graphql.Upload{File: strings.NewReader("MZ"), Filename: "game.exe"}, "idempotencyKey": "",
		}, []string{"file", "idempotencyKey"}},
		"startThread": {"ada", map[string]any{
			"space": map[string]any{"kind": "AUTHORITY", "authority": "X"}, "title": "", "body": "", "resourceId": "<oak>", "idempotencyKey": "",
		}, []string{"space.authority", "title", "body", "resourceId", "idempotencyKey"}},
		"replyToThread": {"ada", map[string]any{"threadId": "<talk>", "body": "", "idempotencyKey": ""}, []string{"body", "idempotencyKey"}},
		"appointLeadSchool": {"adm", map[string]any{
			"schoolUrn": "999999", "authorityCode": lewisham, "phases": []any{"SECONDARY", "PRIMARY"}, "from": "2026-09-01", "to": "2026-08-31",
			"remit": "", "contactId": "nobody", "idempotencyKey": "",
		}, []string{"schoolUrn", "phases.1", "to", "remit", "contactId", "idempotencyKey"}},
		"endLeadSchool": {"adm", map[string]any{"id": "<lead>", "reason": long}, []string{"reason"}},
		"joinNetwork": {"joe", map[string]any{
			"urn": "999999", "jobTitle": long, "message": long, "idempotencyKey": "",
		}, []string{"urn", "jobTitle", "message", "idempotencyKey"}},
		"updateProfile": {"ada", map[string]any{
			"version": 1, "name": "", "jobTitle": long, "about": long, "topics": []any{"nothing", "attendance", "nobody"},
		}, []string{"name", "jobTitle", "about", "topics.0", "topics.2"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "publishResource" {
				w.addBareDraft(t)
			}
			if got := w.mistakes(t, test.who, name, test.input); !reflect.DeepEqual(got, slices.Sorted(slices.Values(test.fields))) {
				t.Errorf("the mistakes are in %v, want %v", got, test.fields)
			}
		})
	}
}

// TestAllMistakesOfAFilterComeAtOnce does the same with queries, whose mistakes are GraphQL errors.
func TestAllMistakesOfAFilterComeAtOnce(t *testing.T) {
	w := newWorld(t)
	long, many := strings.Repeat("x", 201), `["`+strings.Repeat(`x", "`, 200)+`x"]`
	for field, want := range map[string][]string{
		`schools(filter: {text: "` + long + `", authorities: ` + many + `}, orderBy: {by: DISTANCE, direction: DESC}) {totalCount}`: {"filter.text", "filter", "orderBy"},
		`schools(filter: {near: {postcode: "nowhere", withinKm: 51}}) {totalCount}`:                                                 {"filter.near.withinKm", "filter.near.postcode"},
		`leadSchools(filter: {near: {latitude: 51, withinKm: 0}}) {totalCount}`:                                                     {"filter.near.withinKm", "filter.near"},
		`leadSchools(filter: {current: true, withHistory: true, schools: ` + many + `}) {totalCount}`:                               {"filter", "filter.current"},
		`resources(filter: {text: "` + long + `", topics: ` + many + `}) {totalCount}`:                                              {"filter.text", "filter"},
		`search(query: "` + long + `", filter: {topics: ` + many + `}) {totalCount}`:                                                {"query", "filter"},
		`threads(filter: {spaces: [{kind: AUTHORITY}, {kind: NETWORK}, {kind: NETWORK, authority: "x"}]}) {totalCount}`:             {"filter.spaces.0.authority", "filter.spaces.2.authority"},
	} {
		var got []string
		for _, err := range w.start(w.as(t, "ada"), w.schema(), "{"+field+"}", nil)().Errors {
			var several interface{ Unwrap() []error }
			if !errors.As(err, &several) {
				t.Fatalf("%s: %v", field, err)
			}
			for _, one := range several.Unwrap() {
				wrong, _ := errors.AsType[*staffroom.Error](one)
				got = append(got, wrong.Field)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the mistakes are in %q, want %q", field, got, want)
		}
	}
}

// mistakes are the paths of the user errors that the mutation answers, sorted.
func (w *world) mistakes(t *testing.T, who, name string, input map[string]any) []string {
	t.Helper()
	for field, value := range input {
		switch value := value.(type) {
		case string:
			input[field] = w.withIDs(value)
		case []any:
			for i, item := range value {
				value[i] = w.withIDs(item.(string))
			}
		}
	}
	kind := graph.NewExecutableSchema(graph.Config{}).Schema().Mutation.Fields.ForName(name).Arguments[0].Type.String()
	answer := w.start(w.as(t, who), w.schema(), "mutation($input: "+kind+") { "+name+"(input: $input) { userErrors { message field } } }", map[string]any{"input": input})()
	var data map[string]struct {
		UserErrors []struct {
			Message string
			Field   []string
		}
	}
	if len(answer.Errors) > 0 {
		t.Fatal(answer.Errors)
	}
	must(t, json.Unmarshal(answer.Data, &data))
	var fields []string
	for _, wrong := range data[name].UserErrors {
		fields = append(fields, strings.Join(wrong.Field, "."))
	}
	return slices.Sorted(slices.Values(fields))
}

// addBareDraft adds a draft of Ada that has nothing but a title.
func (w *world) addBareDraft(t *testing.T) {
	t.Helper()
	var out struct {
		CreateResource struct{ Resource struct{ ID string } }
	}
	w.data(t, "ada", `mutation { createResource(input: {title: "Bare", kind: TOOL, licence: CC_BY_4_0, visibility: PUBLIC}) { resource { id } } }`, nil, &out)
	w.ids["bare"] = out.CreateResource.Resource.ID
}
