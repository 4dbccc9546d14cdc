package staffroom

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write golden files anew")

// people are one viewer of each kind, by the name that the printed table gives them.
func people() map[string]*Viewer {
	member := func(roles ...Role) *Viewer {
		return &Viewer{Member: &Member{Meta: Meta{ID: "member_a"}, SchoolID: "school_a", Membership: MembershipActive, Roles: roles}}
	}
	reader := member()
	reader.ClientID, reader.Scopes = "client", []string{ScopeRead}
	pending := member(RoleSchoolAdministrator)
	pending.Member.Membership = MembershipPending
	return map[string]*Viewer{
		"1 visitor":               {},
		"2 signed in, not let in": pending,
		"3 member":                member(),
		"4 reading client":        reader,
		"5 school administrator":  member(RoleSchoolAdministrator),
		"6 leader":                member(RoleLeader),
		"7 moderator":             member(RoleModerator),
		"8 administrator":         member(RoleAdministrator),
	}
}

func actions() []Action {
	var all []Action
	for _, p := range permissions {
		if !slices.Contains(all, p.Action) {
			all = append(all, p.Action)
		}
	}
	return all
}

// TestPermissionTable prints who x what x whose, as the code decides it, and compares it with what people agreed on: a change of the
// rules shows as a change of that file.
func TestPermissionTable(t *testing.T) {
	viewers := people()
	names := make([]string, 0, len(viewers))
	for name := range viewers {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, action := range actions() {
		fmt.Fprintf(&b, "%s\n", action)
		for _, name := range names {
			v := viewers[name]
			fmt.Fprintf(&b, "  %-26s own:%-4s school's:%-4s anyone's:%s\n", name[2:],
				yes(v.may(action, Own)), yes(v.may(action, OwnSchool)), yes(v.may(action)))
		}
	}
	const golden = "testdata/permissions.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("the rules changed; if that is meant, run this test with -update and have the change of %s reviewed.\nNow:\n%s", golden, b.String())
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func TestNobodyWritesWithoutTheScope(t *testing.T) {
	v := &Viewer{
		Member:   &Member{Membership: MembershipActive, Roles: []Role{RoleAdministrator, RoleModerator}},
		ClientID: "client", Scopes: []string{ScopeRead},
	}
	for _, action := range actions() {
		if action.writes() && v.may(action, Own, OwnSchool) {
			t.Errorf("a client with the scope to read may %s", action)
		}
	}
	v.Scopes = nil
	for _, action := range actions() {
		if action != ReadPublicResource && v.may(action, Own, OwnSchool) {
			t.Errorf("a client without scopes may %s", action)
		}
	}
}

func TestRequireSaysWhatToDo(t *testing.T) {
	viewers := people()
	for name, want := range map[string]Code{
		"1 visitor": CodeUnauthenticated, "2 signed in, not let in": CodeForbidden, "3 member": CodeForbidden, "8 administrator": "",
	} {
		if got := CodeOf(viewers[name].require(AppointLeadSchool)); got != want {
			t.Errorf("%s appoints a lead school: %q, want %q", name, got, want)
		}
	}
}
