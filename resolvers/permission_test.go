package resolvers_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// attempt is how a mutation is tried by those who may not do it.
type attempt struct {
	// open says who may do it for themselves, beside those whom the table names: "signed in" or "member"; empty for nobody.
	open string
	// id is the kind of thing that the input names as "<id>"; empty if it names none.
	id string
	// input is a good input, and wrong are changes that make it a bad one.
	input map[string]any
	wrong []map[string]any
}

// attempts has an entry for every mutation of the schema.
func attempts() map[string]attempt {
	long := strings.Repeat("long ", 30_000)
	upload := graphql.Upload{File: strings.NewReader("MZ"), Filename: "game.exe"}
	return map[string]attempt{
		"joinNetwork": {
			open: "signed in", input: map[string]any{"urn": "900001"},
			wrong: []map[string]any{{"urn": "999999"}, {"jobTitle": long}},
		},
		"decideJoinRequest": {
			id: staffroom.PrefixMember, input: map[string]any{"memberId": "<id>", "accept": true},
			wrong: []map[string]any{{"version": 99}},
		},
		"endMembership":  {id: staffroom.PrefixMember, input: map[string]any{"memberId": "<id>"}},
		"setMemberRoles": {id: staffroom.PrefixMember, input: map[string]any{"memberId": "<id>", "roles": []any{"MODERATOR"}}},
		"updateProfile": {
			open: "signed in", input: map[string]any{"version": 1, "jobTitle": "Head"},
			wrong: []map[string]any{{"version": 99}, {"name": long}, {"topics": []any{"nothing"}}},
		},
		"appointLeadSchool": {
			id: staffroom.PrefixMember,
			input: map[string]any{
				"schoolUrn": "900001", "authorityCode": lewisham, "phases": []any{"PRIMARY"}, "remit": "Lead.", "contactId": "<id>",
			},
			wrong: []map[string]any{{"schoolUrn": "999999"}, {"authorityCode": "X"}, {"phases": []any{}}, {"remit": long}},
		},
		"endLeadSchool": {
			id: staffroom.PrefixLeadSchool, input: map[string]any{"id": "<id>"},
			wrong: []map[string]any{{"reason": long}},
		},
		"createResource": {
			open: "member", id: staffroom.PrefixMember,
			input: map[string]any{
				"title": "Greeting", "kind": "TOOL", "licence": "CC_BY_4_0", "visibility": "PUBLIC", "coAuthorIds": []any{"<id>"},
			},
			wrong: []map[string]any{{"title": long}, {"topics": []any{"nothing"}}},
		},
		"updateResource": {
			id: staffroom.PrefixResource, input: map[string]any{"id": "<id>", "version": 1, "title": "Another"},
			wrong: []map[string]any{{"version": 99}, {"kind": nil}, {"title": long}, {"coAuthorIds": []any{"nobody"}}},
		},
		"publishResource":  {id: staffroom.PrefixResource, input: map[string]any{"id": "<id>"}, wrong: []map[string]any{{"version": 99}}},
		"withdrawResource": {id: staffroom.PrefixResource, input: map[string]any{"id": "<id>"}, wrong: []map[string]any{{"reason": long}}},
		"attachFile":       {id: staffroom.PrefixResource, input: map[string]any{"resourceId": "<id>", "file": upload}},
		"removeFile":       {id: staffroom.PrefixResource, input: map[string]any{"resourceId": "<id>", "fileId": "file_0"}},
		"startThread": {
			open: "member", id: staffroom.PrefixResource,
			input: map[string]any{"space": map[string]any{"kind": "NETWORK"}, "title": "Talk", "body": "Hello.", "resourceId": "<id>"},
			wrong: []map[string]any{{"space": map[string]any{"kind": "AUTHORITY"}}, {"title": long}, {"body": long}},
		},
		"replyToThread": {
			open: "member", id: staffroom.PrefixThread, input: map[string]any{"threadId": "<id>", "body": "Hello."},
			wrong: []map[string]any{{"body": long}},
		},
		"endSession": {open: "signed in", id: staffroom.PrefixSession, input: map[string]any{"id": "<id>"}},
	}
}

// TestMutationsAskForPermissionFirst walks all mutations with people who may not do them: a visitor, somebody without a school, a member of
// another school, and a client of a member that may only read. The answer tells neither whether there is what the input names, nor how it is,
// nor what is wrong with the rest of the input, before it tells that they may not. What a member can read anyway is known to be there.
func TestMutationsAskForPermissionFirst(t *testing.T) {
	w := newWorld(t)
	tries := attempts()
	must(t, w.store.Sessions.Insert(t.Context(), &staffroom.Session{Meta: w.name(staffroom.PrefixSession, "session"), MemberID: w.ids["ada"]}))
	for _, field := range graph.NewExecutableSchema(graph.Config{}).Schema().Mutation.Fields {
		try, known := tries[field.Name]
		if !known {
			t.Errorf("the mutation %s is not tried by those who may not do it: add it to attempts", field.Name)
			continue
		}
		for _, who := range []string{"visitor", "joe", "cat", "reader"} {
			if try.open == "signed in" && who != "visitor" && who != "reader" || try.open == "member" && who == "cat" {
				continue
			}
			t.Run(field.Name+" by "+who, func(t *testing.T) { w.tryInVain(t, field, try, who) })
		}
	}
}

func (w *world) tryInVain(t *testing.T, field *ast.FieldDefinition, try attempt, who string) {
	missing := staffroom.NewID(try.id)
	want := w.refused(t, field, who, missing, try.input)
	for _, wrong := range try.wrong {
		input := maps.Clone(try.input)
		maps.Copy(input, wrong)
		if got := w.refused(t, field, who, missing, input); got != want {
			t.Errorf("with a mistake in the input: %s\nwithout: %s", got, want)
		}
	}
	readable := ""
	for _, name := range slices.Sorted(maps.Keys(w.ids)) {
		id := w.ids[name]
		if name == who || try.id == "" || !strings.HasPrefix(id, try.id+"_") {
			continue
		}
		got := w.refused(t, field, who, id, try.input)
		switch {
		case got == want:
		case who != "cat" || !w.reads(t, who, id):
			t.Errorf("about %s: %s\nabout nothing: %s", name, got, want)
		case readable != "" && got != readable:
			t.Errorf("about %s: %s\nabout another that is read: %s", name, got, readable)
		default:
			readable = got
		}
	}
}

// refused is the answer to a mutation that must change nothing.
func (w *world) refused(t *testing.T, field *ast.FieldDefinition, who, id string, input map[string]any) string {
	t.Helper()
	filled := map[string]any{}
	for name, value := range input {
		switch value := value.(type) {
		case string:
			filled[name] = strings.ReplaceAll(value, "<id>", id)
		case []any:
			filled[name] = slices.Clone(value)
			for i, item := range value {
				if item == "<id>" {
					filled[name].([]any)[i] = id
				}
			}
		default:
			filled[name] = value
		}
	}
	kind := field.Arguments[0].Type.String()
	document := "mutation($input: " + kind + ") { " + field.Name + "(input: $input) { userErrors { code message field } } }"
	answer := w.start(w.through(t, who), w.schema(), document, map[string]any{"input": filled})()
	raw, err := json.Marshal(answer)
	must(t, err)
	var shown struct {
		Errors []struct{ Extensions struct{ Code staffroom.Code } }
	}
	must(t, json.Unmarshal(raw, &shown))
	refusals := []staffroom.Code{staffroom.CodeUnauthenticated, staffroom.CodeForbidden, staffroom.CodeNotFound}
	if len(shown.Errors) != 1 || !slices.Contains(refusals, shown.Errors[0].Extensions.Code) {
		t.Errorf("%s with %.300v is answered %.300s", field.Name, filled, raw)
	}
	return strings.ReplaceAll(string(raw), id, "<id>")
}

// through is the context of a request by the named member, or, for "reader", by a client of a school's administrator that may only read.
func (w *world) through(t *testing.T, who string) context.Context {
	t.Helper()
	if who != "reader" {
		return w.as(t, who)
	}
	viewer := *staffroom.ViewerFrom(w.as(t, "ben"))
	viewer.ClientID, viewer.Scopes = "third", []string{staffroom.ScopeRead}
	return staffroom.WithViewer(t.Context(), &viewer)
}

func (w *world) reads(t *testing.T, who, id string) bool {
	t.Helper()
	return strings.Contains(w.run(t, who, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}), `"id"`)
}

// TestHeadsLearnNothingOfOtherSchoolsRequests checks that who decides for one school hears the same about everybody who did not ask that one.
func TestHeadsLearnNothingOfOtherSchoolsRequests(t *testing.T) {
	w := newWorld(t)
	decide := func(id string) string {
		return strings.ReplaceAll(w.run(t, "dan", `mutation($id: ID!) { decideJoinRequest(input: {memberId: $id, accept: true}) { userErrors { message } } }`,
			map[string]any{"id": id}), id, "<id>")
	}
	want := decide(staffroom.NewID(staffroom.PrefixMember))
	for _, name := range []string{"eve", "ada", "joe", "mod"} {
		if got := decide(w.ids[name]); got != want {
			t.Errorf("about %s: %s\nabout nobody: %s", name, got, want)
		}
	}
}
