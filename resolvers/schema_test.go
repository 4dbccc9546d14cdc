package resolvers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/resolvers"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// TestSchemaIsStable compares the whole schema with the one that clients know. A line that is gone or changed is a breaking change.
func TestSchemaIsStable(t *testing.T) {
	golden(t, "testdata/schema.graphqls", []byte(resolvers.SDL()))
}

// TestSDLIsSchema checks that what is printed is the schema that runs.
func TestSDLIsSchema(t *testing.T) {
	printed, err := gqlparser.LoadSchema(&ast.Source{Name: "printed", Input: resolvers.SDL()})
	if err != nil {
		t.Fatal(err)
	}
	runs := graph.NewExecutableSchema(graph.Config{}).Schema()
	for name, def := range runs.Types {
		if other := printed.Types[name]; other == nil || len(other.Fields) != len(def.Fields) {
			t.Errorf("%s is not printed as it is", name)
		}
	}
	for _, scalar := range []string{"DateTime", "Date", "URL", "URN", "Markdown", "HTML", "Upload"} {
		if def := printed.Types[scalar]; def == nil || def.Directives.ForName("specifiedBy") == nil {
			t.Errorf("scalar %s is printed without where it is specified", scalar)
		}
	}
}

// TestDeferIsUnknown asks for a part of an answer later, which nobody here does: @defer is not in the specification, and gqlparser adds it.
func TestDeferIsUnknown(t *testing.T) {
	w := newWorld(t)
	if answer := w.run(t, "ada", `{ ... @defer { viewer { name } } }`, nil); !strings.Contains(answer, `Unknown directive \"@defer\".`) {
		t.Errorf("@defer is answered by %s", answer)
	}
	if directives := w.run(t, "ada", `{ __schema { directives { name } } }`, nil); strings.Contains(directives, "defer") {
		t.Errorf("the schema has %s", directives)
	}
	if strings.Contains(resolvers.SDL(), "@defer") {
		t.Error("@defer is in the printed schema")
	}
}

// TestSchemaIsDescribed checks that everything in the schema is described, in a sentence.
func TestSchemaIsDescribed(t *testing.T) {
	for name, def := range graph.NewExecutableSchema(graph.Config{}).Schema().Types {
		if def.BuiltIn {
			continue
		}
		described(t, name, def.Description)
		for _, field := range def.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			described(t, name+"."+field.Name, field.Description)
			for _, argument := range field.Arguments {
				described(t, name+"."+field.Name+"("+argument.Name+")", argument.Description)
			}
		}
		for _, value := range def.EnumValues {
			described(t, name+"."+value.Name, value.Description)
		}
	}
}

func described(t *testing.T, what, description string) {
	t.Helper()
	if !strings.HasSuffix(strings.TrimSpace(description), ".") {
		t.Errorf("%s is described as %q; write a sentence", what, description)
	}
}

// TestSchemaConventions checks what every mutation, payload and connection has in common.
func TestSchemaConventions(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, field := range schema.Mutation.Fields {
		upper := strings.ToUpper(field.Name[:1]) + field.Name[1:]
		if len(field.Arguments) != 1 || field.Arguments[0].Type.String() != upper+"Input!" || field.Type.String() != upper+"Payload!" {
			t.Errorf("%s does not take one %sInput! and give a %sPayload!", field.Name, upper, upper)
		}
		errors := schema.Types[upper+"Payload"].Fields.ForName("userErrors")
		if errors == nil || errors.Type.String() != "[UserError!]!" {
			t.Errorf("%sPayload has no userErrors", upper)
		}
	}
	for name, def := range schema.Types {
		if !strings.HasSuffix(name, "Connection") {
			continue
		}
		for _, field := range []string{"edges", "nodes", "pageInfo", "totalCount"} {
			if def.Fields.ForName(field) == nil {
				t.Errorf("%s has no %s", name, field)
			}
		}
	}
}

// TestEnumsAreTheDomains checks that the enums have exactly the values that the domain has, for they are bound as text.
func TestEnumsAreTheDomains(t *testing.T) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for name, want := range map[string][]string{
		"Phase": words(staffroom.PhaseNotApplicable, staffroom.PhaseNursery, staffroom.PhasePrimary, staffroom.PhaseMiddleDeemedPrimary,
			staffroom.PhaseSecondary, staffroom.PhaseMiddleDeemedSecondary, staffroom.PhaseSixteenPlus, staffroom.PhaseAllThrough),
		"TypeGroup": words(staffroom.GroupColleges, staffroom.GroupUniversities, staffroom.GroupIndependent,
			staffroom.GroupAuthorityMaintained, staffroom.GroupSpecial, staffroom.GroupWelsh, staffroom.GroupOther,
			staffroom.GroupAcademies, staffroom.GroupFreeSchools, staffroom.GroupOnline),
		"SchoolStatus": words(staffroom.SchoolOpen, staffroom.SchoolClosed, staffroom.SchoolOpenProposedToClose,
			staffroom.SchoolProposedToOpen),
		"ResourceKind":   words(staffroom.ResourceKinds...),
		"Visibility":     words(staffroom.VisibilityPublic, staffroom.VisibilityMembers, staffroom.VisibilitySchool),
		"ResourceStatus": words(staffroom.StatusDraft, staffroom.StatusPublished, staffroom.StatusWithdrawn),
		"Licence": words(staffroom.LicenceCCBY, staffroom.LicenceCCBYSA, staffroom.LicenceCCBYNC, staffroom.LicenceCCBYNCSA,
			staffroom.LicenceCC0, staffroom.LicenceOGL, staffroom.LicenceAllRightsReserved),
		"ResourceOrderBy": words(staffroom.ResourcesByPublished, staffroom.ResourcesByTitle, staffroom.ResourcesByChanged),
		"Role": words(staffroom.RoleSchoolAdministrator, staffroom.RoleLeader, staffroom.RoleBroker, staffroom.RoleEditor,
			staffroom.RoleModerator, staffroom.RoleAdministrator),
		"Membership": words(staffroom.MembershipNone, staffroom.MembershipPending, staffroom.MembershipActive,
			staffroom.MembershipDeclined),
		"UserErrorCode": words(staffroom.CodeBadInput, staffroom.CodeConflict),
		"SearchType":    {"SCHOOL", "RESOURCE", "THREAD"},
	} {
		var got []string
		for _, value := range schema.Types[name].EnumValues {
			got = append(got, value.Name)
		}
		if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s has %v, and the domain %v", name, got, want)
		}
	}
}

func words[V ~string](values ...V) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
