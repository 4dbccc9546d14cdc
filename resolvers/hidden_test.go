package resolvers_test

import (
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// everywhere asks for a resource in every way there is.
const everywhere = `query($id: ID!) {
	node(id: $id) { id ... on Resource { title } }
	nodes(ids: [$id]) { id ... on Resource { title } }
	resource(id: $id) { id title }
}`

// lists ask for all resources in every way there is.
const lists = `{
	resources(first: 100) { nodes { title } }
	search(query: "welcoming pupils", first: 100) { nodes { ... on Resource { title } } facets { values { value count } } }
	everything: search(query: "", types: [RESOURCE], first: 100) { totalCount nodes { ... on Resource { title } } }
	byText: resources(filter: { text: "welcoming" }) { totalCount nodes { title } }
	school(urn: "900001") { resources { nodes { title } } resourceCount }
	authority(code: "E09000023") { resources { nodes { title } } }
}`

// TestHiddenResource looks at each resource through the eyes of everybody: to those who may not read it, it looks exactly like one that
// does not exist.
func TestHiddenResource(t *testing.T) {
	w := newWorld(t)
	readers := map[string]string{
		"public":    "visitor joe eve cat dan edi mod adm ada ben",
		"members":   "cat dan edi mod adm ada ben",
		"school":    "mod ada ben",
		"draft":     "mod ada ben",
		"withdrawn": "mod ada ben",
	}
	for name, may := range readers {
		for who := range strings.FieldsSeq("visitor joe eve cat dan edi mod adm ada ben") {
			t.Run(name+" "+who, func(t *testing.T) {
				got := w.run(t, who, everywhere, map[string]any{"id": w.ids[name]})
				missing := w.run(t, who, everywhere, map[string]any{"id": staffroom.NewID(staffroom.PrefixResource)})
				if reads := got != missing; reads != strings.Contains(" "+may+" ", " "+who+" ") {
					t.Errorf("reads it: %t\n%s\na missing one:\n%s", reads, got, missing)
				}
			})
		}
	}
}

// TestHiddenInLists checks that drafts, withdrawn resources and those for one school are in nobody's general lists or search.
func TestHiddenInLists(t *testing.T) {
	w := newWorld(t)
	for who := range strings.FieldsSeq("visitor joe eve cat dan edi mod adm ada ben") {
		got := w.run(t, who, lists, nil)
		for _, title := range []string{"draft", "withdrawn"} {
			if strings.Contains(got, "pupils: "+title) {
				t.Errorf("%q finds the resource %q:\n%s", who, title, got)
			}
		}
		inSchool := who == "ada" || who == "ben"
		if !inSchool && strings.Contains(got, "pupils: school") {
			t.Errorf("%q finds the resource for another school:\n%s", who, got)
		}
		member := !strings.Contains("visitor joe eve", who)
		if member != strings.Contains(got, "pupils: members") {
			t.Errorf("%q finds the resource for members: %t", who, !member)
		}
	}
}

// TestHiddenBehindThread checks that a thread does not give away a resource that its reader may not read.
func TestHiddenBehindThread(t *testing.T) {
	w := newWorld(t)
	_, err := w.store.Resources.Update(t.Context(), w.ids["public"], func(r *staffroom.Resource) error {
		r.Status, r.Audience = staffroom.StatusDraft, nil
		return nil
	})
	must(t, err)
	got := w.run(t, "cat", `{ thread(id: "<talk>") { title resource { title } } }`, nil)
	if want := `{"data":{"thread":{"title":"How do you welcome late starters?","resource":null}}}`; got != want {
		t.Errorf("got %s", got)
	}
}

// TestUnknownNodes checks ids of every sort that name nothing, and threads, posts and members for visitors.
func TestUnknownNodes(t *testing.T) {
	w := newWorld(t)
	got := w.run(t, "visitor", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": []any{
		"", "null", "nonsense", "school_00000000000000000000000000", "session_01h2xcejqtf2nbrexx3vqjhp41",
		w.ids["talk"], staffroom.NamedID(staffroom.PrefixPost, "talk"), w.ids["ada"], w.ids["oak"], w.ids["lead"],
	}})
	if want := `{"data":{"nodes":[null,null,null,null,null,null,null,null,{"id":"<oak>"},{"id":"<lead>"}]}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestTooManyNodes checks the bound of nodes.
func TestTooManyNodes(t *testing.T) {
	w := newWorld(t)
	ids := make([]any, 101)
	for i := range ids {
		ids[i] = w.ids["oak"]
	}
	got := w.run(t, "visitor", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": ids})
	if !strings.Contains(got, `"BAD_USER_INPUT"`) {
		t.Errorf("got %s", got)
	}
}

// TestHiddenRequest checks that only those who decide on it see to which school an author asked to move.
func TestHiddenRequest(t *testing.T) {
	w := newWorld(t)
	_, err := w.store.Members.Update(t.Context(), w.ids["ada"], func(m *staffroom.Member) error {
		m.SchoolID, m.Membership = w.ids["elm"], staffroom.MembershipPending
		return nil
	})
	must(t, err)
	for who := range strings.FieldsSeq("visitor joe cat ben ada dan mod adm") {
		got := w.run(t, who, `{ resource(id: "<public>") { authors { name membership school { urn } } } }`, nil)
		if sees := strings.Contains(got, "900002"); sees != strings.Contains("ada dan mod adm", who) {
			t.Errorf("%s sees the school: %t", who, sees)
		}
		if sees := strings.Contains(got, "PENDING"); sees != strings.Contains("ada dan mod adm", who) {
			t.Errorf("%s sees how the request stands: %t", who, sees)
		}
		if !strings.Contains(got, "Ada Example") {
			t.Errorf("%s does not see the author's name: %s", who, got)
		}
	}
}
