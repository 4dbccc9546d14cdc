package staffroom_test

import (
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestWhoEndsAMembership(t *testing.T) {
	for _, c := range []struct {
		name      string
		by, whose func(*world) *staffroom.Member
		code      staffroom.Code
		want      staffroom.Membership
	}{
		{"a teacher leaves", (*world).theTeacher, (*world).theTeacher, "", staffroom.MembershipNone},
		{"the head sends a teacher away", (*world).theHead, (*world).theTeacher, "", staffroom.MembershipDeclined},
		{"a moderator sends a teacher away", (*world).theModerator, (*world).theTeacher, "", staffroom.MembershipDeclined},
		{"a teacher sends the head away", (*world).theTeacher, (*world).theHead, staffroom.CodeForbidden, staffroom.MembershipActive},
		{"the head of Oak sends somebody of Elm away", (*world).theHead, (*world).theNeighbour, staffroom.CodeForbidden, staffroom.MembershipActive},
		{"a moderator sends an administrator away", (*world).theModerator, (*world).theAdmin, staffroom.CodeForbidden, staffroom.MembershipActive},
		{"an administrator leaves", (*world).theAdmin, (*world).theAdmin, staffroom.CodeBadInput, staffroom.MembershipActive},
		{"a visitor sends a teacher away", func(*world) *staffroom.Member { return nil }, (*world).theTeacher, staffroom.CodeUnauthenticated, staffroom.MembershipActive},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			id := c.whose(w).ID
			_, err := w.Members.EndMembership(w.as(c.by(w)), staffroom.EndMembershipInput{MemberID: id})
			expectCode(t, c.name, err, c.code)
			m, err := w.store.Members.Get(t.Context(), id)
			if err != nil || m.Membership != c.want || c.code == "" && len(m.Roles) > 0 {
				t.Errorf("afterwards: %s with roles %v (%v), want %s", m.Membership, m.Roles, err, c.want)
			}
		})
	}
}

func (w *world) theTeacher() *staffroom.Member   { return w.teacher }
func (w *world) theHead() *staffroom.Member      { return w.head }
func (w *world) theModerator() *staffroom.Member { return w.moderator }
func (w *world) theNeighbour() *staffroom.Member { return w.neighbour }
func (w *world) theAdmin() *staffroom.Member     { return w.admin }

func TestWhoWasSentAwayIsNotLetInByEvidence(t *testing.T) {
	w := newWorld(t)
	m, err := w.Members.SignedIn(t.Context(), staffroom.SignedIn{
		Issuer: "https://idp.example", Subject: "p", Name: "Pip", Email: "pip@oak.example", EmailVerified: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	join := func() staffroom.Membership {
		t.Helper()
		m, err := w.Members.Join(w.as(m), staffroom.JoinInput{URN: "900001"})
		if err != nil {
			t.Fatal(err)
		}
		return m.Membership
	}
	if got := join(); got != staffroom.MembershipActive {
		t.Fatalf("the address on the school's domain makes %s", got)
	}
	if _, err := w.Members.EndMembership(w.as(w.head), staffroom.EndMembershipInput{MemberID: m.ID}); err != nil {
		t.Fatal(err)
	}
	if got := join(); got != staffroom.MembershipPending {
		t.Errorf("who was sent away comes back as %s, want PENDING", got)
	}
}

func TestAMemberOfASchoolLeavesItBeforeJoiningAnother(t *testing.T) {
	w := newWorld(t)
	_, err := w.Members.Join(w.as(w.teacher), staffroom.JoinInput{URN: "900002"})
	expectCode(t, "a member of Oak asks to join Elm", err, staffroom.CodeBadInput)
	if m, err := w.store.Members.Get(t.Context(), w.teacher.ID); err != nil || m.Membership != staffroom.MembershipActive || m.SchoolID != w.oak.ID {
		t.Errorf("after asking he is %s at %s (%v), want what he was", m.Membership, m.SchoolID, err)
	}
	if _, err := w.Members.EndMembership(w.as(w.teacher), staffroom.EndMembershipInput{MemberID: w.teacher.ID}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Members.Join(w.as(w.teacher), staffroom.JoinInput{URN: "900002"})
	expectCode(t, "after leaving Oak", err, "")
}

func TestAContactWhoLeftIsNoContact(t *testing.T) {
	w := newWorld(t)
	lead, err := w.LeadSchools.Appoint(w.as(w.admin), staffroom.AppointInput{
		SchoolURN: "900001", AuthorityCode: "E09000023", Phases: []staffroom.Phase{staffroom.PhasePrimary}, Remit: "Lead.", ContactID: w.teacher.ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.LeadSchools.ContactOf(w.as(w.neighbour), lead, w.teacher) == nil {
		t.Error("a member does not see the contact")
	}
	if w.LeadSchools.ContactOf(w.as(nil), lead, w.teacher) != nil {
		t.Error("a visitor sees the contact")
	}
	gone, err := w.Members.EndMembership(w.as(w.teacher), staffroom.EndMembershipInput{MemberID: w.teacher.ID})
	if err != nil {
		t.Fatal(err)
	}
	if w.LeadSchools.ContactOf(w.as(w.neighbour), lead, gone) != nil {
		t.Error("somebody who left the school is still its contact")
	}
}
