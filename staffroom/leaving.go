package staffroom

import (
	"context"
	"slices"
)

// EndMembershipInput ends a membership.
type EndMembershipInput struct {
	// MemberID is the viewer, who leaves, or somebody else, who is sent away.
	MemberID string
}

// EndMembership takes a member out of the school, and of every role: somebody who leaves, or whom those who decide about joining send
// away. Who was sent away is not let in again by evidence alone. What the person shared stays with the school.
func (s *Members) EndMembership(ctx context.Context, in EndMembershipInput) (*Member, error) {
	viewer := ViewerFrom(ctx)
	possible := []Whose{OwnSchool}
	if in.MemberID == viewer.MemberID() {
		possible = append(possible, Own)
	}
	// Who may end nobody else's is told so for whatever id: how far somebody is on the way into a school is not for them to know.
	if err := viewer.require(EndMembership, possible...); err != nil {
		return nil, err
	}
	return s.Store.Members.Update(ctx, in.MemberID, func(m *Member) error {
		whose := viewer.toMember(m)
		if err := viewer.require(EndMembership, whose...); err != nil {
			return err
		}
		switch {
		case m.Has(RoleAdministrator) && !viewer.Has(RoleAdministrator):
			return Errorf(CodeForbidden, "Only an administrator ends the membership of an administrator.")
		case m.Has(RoleAdministrator) && slices.Contains(whose, Own):
			return Invalid("memberId", "An administrator cannot leave. Ask another administrator to take the role from you first.")
		case m.Membership == MembershipNone || m.Membership == MembershipDeclined:
			return ErrUnchanged
		}
		s.leave(m, viewer)
		return nil
	})
}

// leave ends the membership as the viewer decided.
func (s *Members) leave(m *Member, viewer *Viewer) {
	m.Roles, m.DecidedAt, m.DecidedBy = nil, s.now(), viewer.MemberID()
	if m.ID == viewer.MemberID() {
		m.Membership, m.SchoolID, m.Evidence = MembershipNone, "", ""
		return
	}
	m.decided(false)
}
