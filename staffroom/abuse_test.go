package staffroom_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestWhoWasDeclinedIsLookedAtByAPerson(t *testing.T) {
	w := newWorld(t)
	signIn := staffroom.SignedIn{Issuer: "https://idp.example", Subject: "pupil", Name: "Pia", Email: "pia@ash.example", EmailVerified: true}
	pupil, err := w.Members.SignedIn(t.Context(), signIn)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(urn string) *staffroom.Member {
		m, err := w.Members.Join(w.as(pupil), staffroom.JoinInput{URN: urn})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	decide := func(accept bool) {
		if _, err := w.Members.DecideJoinRequest(w.as(w.moderator), staffroom.Decision{MemberID: pupil.ID, Accept: accept}); err != nil {
			t.Fatal(err)
		}
	}
	ask(w.ash.URN)
	decide(false)
	w.member("Asha", w.ash.ID)
	ask(w.elm.URN) // to another school and back
	again := ask(w.ash.URN)
	if again.Membership != staffroom.MembershipPending || !strings.Contains(again.Evidence, "declined before") {
		t.Errorf("after declining: %s (%s)", again.Membership, again.Evidence)
	}
	decide(true)
	if _, err := w.Members.EndMembership(w.as(pupil), staffroom.EndMembershipInput{MemberID: pupil.ID}); err != nil {
		t.Fatal(err)
	}
	ask(w.elm.URN)
	if m := ask(w.ash.URN); m.Membership != staffroom.MembershipActive {
		t.Errorf("who was let in after all comes back as %s", m.Membership)
	}
}

func TestADecisionIsAboutWhatWasLookedAt(t *testing.T) {
	w := newWorld(t)
	asker := w.member("Ask", "")
	if _, err := w.store.Members.Update(t.Context(), asker.ID, func(m *staffroom.Member) error {
		m.Membership = staffroom.MembershipNone
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	looked, err := w.Members.Join(w.as(asker), staffroom.JoinInput{URN: w.ash.URN})
	if err != nil {
		t.Fatal(err)
	}
	now, err := w.Members.Join(w.as(asker), staffroom.JoinInput{URN: w.elm.URN}) // while the moderator reads the other request
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Members.DecideJoinRequest(w.as(w.moderator), staffroom.Decision{MemberID: asker.ID, Version: &looked.Version, Accept: true})
	expectCode(t, "a decision on the request for Ash", err, staffroom.CodeConflict)
	m, err := w.Members.DecideJoinRequest(w.as(w.moderator), staffroom.Decision{MemberID: asker.ID, Version: &now.Version, Accept: true})
	if err != nil || m.Membership != staffroom.MembershipActive {
		t.Errorf("a decision on the request for Elm: %v", err)
	}
}

func TestOnlyModeratorsBringBackWhatOneWithdrew(t *testing.T) {
	w := newWorld(t)
	r := w.published(w.teacher, "Not good", staffroom.VisibilityPublic)
	if _, err := w.Resources.Withdraw(w.as(w.teacher), r.ID, ""); err != nil {
		t.Fatal(err)
	}
	withdrawn, err := w.Resources.Withdraw(w.as(w.moderator), r.ID, "Names a pupil.") // before the author publishes it again
	if err != nil || withdrawn.WithdrawnReason != "Names a pupil." {
		t.Fatalf("withdrawn for %q, %v", withdrawn.WithdrawnReason, err)
	}
	if _, err := w.Resources.Update(w.as(w.teacher), staffroom.UpdateResource{
		ID: r.ID, Version: withdrawn.Version, CoAuthorIDs: &[]string{w.moderator.ID},
	}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Resources.Publish(w.as(w.teacher), r.ID, nil)
	expectCode(t, "the author publishes it with the moderator as a co-author", err, staffroom.CodeForbidden)
	_, err = w.Resources.Publish(w.as(w.head), r.ID, nil)
	expectCode(t, "the head publishes it", err, staffroom.CodeForbidden)
	second := w.member("Mia", w.elm.ID, staffroom.RoleModerator)
	back, err := w.Resources.Publish(w.as(second), r.ID, nil)
	if err != nil || back.Status != staffroom.StatusPublished {
		t.Fatalf("another moderator brings it back: %v", err)
	}
	draft := w.draft(w.teacher, "Not ready", staffroom.VisibilityPublic)
	_, err = w.Resources.Publish(w.as(w.moderator), draft.ID, nil)
	expectCode(t, "a moderator publishes a draft", err, staffroom.CodeForbidden)
}

func TestListsOfFiltersAreBounded(t *testing.T) {
	w := newWorld(t)
	ctx, page := w.as(w.teacher), staffroom.Paging{}
	for _, c := range []struct {
		values int
		want   staffroom.Code
	}{{200, ""}, {201, staffroom.CodeBadInput}} {
		many := make([]string, c.values)
		for i := range many {
			many[i] = strconv.Itoa(i)
		}
		_, err := w.Schools.Find(ctx, staffroom.SchoolFilter{TypeCodes: many}, staffroom.SchoolOrder{}, page)
		expectCode(t, "schools", err, c.want)
		_, err = w.LeadSchools.Find(ctx, staffroom.LeadSchoolFilter{Authorities: many}, page)
		expectCode(t, "lead schools", err, c.want)
		_, err = w.Resources.Find(ctx, staffroom.ResourceFilter{Authors: many}, staffroom.ResourceOrder{}, page)
		expectCode(t, "resources", err, c.want)
		_, err = w.Threads.Find(ctx, staffroom.ThreadFilter{Authors: many}, page)
		expectCode(t, "threads", err, c.want)
		_, err = w.Members.Find(ctx, staffroom.MemberFilter{Roles: make([]staffroom.Role, c.values)}, page)
		expectCode(t, "members", err, c.want)
		_, err = w.Searches.Search(ctx, staffroom.SearchInput{Filter: staffroom.SearchFilter{Topics: many}}, page)
		expectCode(t, "a search", err, c.want)
		_, err = w.Searches.Search(ctx, staffroom.SearchInput{Types: many}, page)
		expectCode(t, "a search for types", err, c.want)
	}
}

func TestADomainOfOthersProvesNothing(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct {
		website, domain, email string
		want                   staffroom.Membership
	}{
		{"https://www.ashlane.example", "ashlane.example", "a@ashlane.example", staffroom.MembershipActive},
		{"https://www.gloucestershire.gov.uk/ash", "gloucestershire.gov.uk", "a@gloucestershire.gov.uk", staffroom.MembershipPending},
		{"https://www.ash.demon.co.uk", "demon.co.uk", "a@ash.demon.co.uk", staffroom.MembershipPending},
		{"https://ash.trust.example/home", "trust.example", "a@trust.example", staffroom.MembershipPending},
		{"https://ash.trust.example/home", "trust.example", "a@elm.trust.example", staffroom.MembershipPending},
		{"https://ash.trust.example/home", "trust.example", "a@ash.trust.example", staffroom.MembershipActive},
	} {
		urn := "91000" + strconv.Itoa(i)
		school := w.open(urn, "Ash Lane "+urn, "E09000023", "", 538000, 175000)
		set := func(website, domain string) {
			if _, err := w.store.Schools.Update(t.Context(), school.ID, func(s *staffroom.School) error {
				s.Website, s.WebDomain = website, domain
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		set(c.website, c.domain)
		w.member("First of "+urn, school.ID)
		m, err := w.Members.SignedIn(t.Context(), staffroom.SignedIn{
			Issuer: "https://idp.example", Subject: urn, Name: urn, Email: c.email, EmailVerified: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		if m, err = w.Members.Join(w.as(m), staffroom.JoinInput{URN: urn}); err != nil || m.Membership != c.want {
			t.Errorf("%s at %s: %s (%s), %v, want %s", c.email, c.website, m.Membership, m.Evidence, err, c.want)
		}
		set("", "")
	}
}

func TestRolesCanBeTakenFromWhoIsOnTheMove(t *testing.T) {
	w := newWorld(t)
	second := w.member("Second", w.elm.ID, staffroom.RoleAdministrator)
	if _, err := w.store.Members.Update(t.Context(), second.ID, func(m *staffroom.Member) error {
		m.Membership = staffroom.MembershipPending
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Members.SetRoles(w.as(w.admin), second.ID, []staffroom.Role{staffroom.RoleAdministrator, staffroom.RoleModerator})
	expectCode(t, "one more role", err, staffroom.CodeBadInput)
	m, err := w.Members.SetRoles(w.as(w.admin), second.ID, nil)
	if err != nil || len(m.Roles) != 0 {
		t.Fatalf("no role any more: %v", err)
	}
	m, err = w.Members.DecideJoinRequest(w.as(w.admin), staffroom.Decision{MemberID: second.ID, Accept: true})
	if err != nil || m.Has(staffroom.RoleAdministrator) {
		t.Errorf("let in with the roles %v, %v", m.Roles, err)
	}
}

func TestThreadsDoNotGiveAwayAHiddenResource(t *testing.T) {
	w := newWorld(t)
	r := w.published(w.teacher, "For members", staffroom.VisibilityMembers)
	if _, _, err := w.Threads.Start(w.as(w.neighbour), staffroom.StartThread{
		Space: staffroom.SpaceNetwork, Title: "About it", Body: "Well done.", ResourceID: r.ID,
	}); err != nil {
		t.Fatal(err)
	}
	about := func(m *staffroom.Member) int {
		list, err := w.Threads.Find(w.as(m), staffroom.ThreadFilter{Resources: []string{r.ID}}, staffroom.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		total, err := list.Total(w.as(m))
		if err != nil || total != len(list.Items) {
			t.Fatalf("%d of %d, %v", len(list.Items), total, err)
		}
		return total
	}
	if n := about(w.neighbour); n != 1 {
		t.Errorf("%d threads about a resource that all members read", n)
	}
	if _, err := w.Resources.Withdraw(w.as(w.teacher), r.ID, ""); err != nil {
		t.Fatal(err)
	}
	if own, others := about(w.teacher), about(w.neighbour); own != 1 || others != 0 {
		t.Errorf("of the threads about a withdrawn resource its author finds %d and a neighbour %d", own, others)
	}
}

func TestVisitorsLearnNothingOfMembersByNamingThemAsAuthors(t *testing.T) {
	w := newWorld(t)
	r := w.published(w.teacher, "Public", staffroom.VisibilityPublic)
	for _, who := range []string{w.neighbour.ID, staffroom.NewID(staffroom.PrefixMember)} {
		_, err := w.Resources.Update(w.as(nil), staffroom.UpdateResource{ID: r.ID, Version: r.Version, CoAuthorIDs: &[]string{who}})
		expectCode(t, "a visitor names "+who, err, staffroom.CodeUnauthenticated)
	}
	_, err := w.Resources.Update(w.as(w.teacher), staffroom.UpdateResource{
		ID: r.ID, Version: r.Version, CoAuthorIDs: &[]string{staffroom.NewID(staffroom.PrefixMember)},
	})
	expectCode(t, "the author names nobody", err, staffroom.CodeBadInput)
}

// TestLongListsAreReadOnce names so many co-authors that work which grows with the square of their number would take minutes.
func TestLongListsAreReadOnce(t *testing.T) {
	w := newWorld(t)
	ids := make([]string, 200_000)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	_, err := w.Resources.Create(w.as(w.head), staffroom.CreateResource{Title: "By everybody", CoAuthorIDs: ids})
	if err == nil || !strings.Contains(err.Error(), "at most 20 authors") {
		t.Errorf("200,000 co-authors: %v", err)
	}
}
