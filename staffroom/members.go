package staffroom

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Members is the people of the network.
type Members struct{ *Ports }

// SignedIn is what the identity provider says of a person who just signed in.
type SignedIn struct {
	Issuer, Subject string
	Name            string
	Email           string
	EmailVerified   bool
}

// SignedIn finds the member with this identity, or creates one without a school. The address and its verification follow the
// provider at each sign-in, if it is a plain one; a name that is set stays the member's own.
func (s *Members) SignedIn(ctx context.Context, who SignedIn) (*Member, error) {
	if who.Issuer == "" || who.Subject == "" {
		return nil, Invalid("", "The identity provider did not say who signed in.")
	}
	who.Email = plainEmail(who.Email)
	who.EmailVerified = who.EmailVerified && who.Email != ""
	found, err := s.byIdentity(ctx, who.Issuer, who.Subject)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return s.create(ctx, who)
	}
	return s.Store.Members.Update(ctx, found.ID, func(m *Member) error {
		if m.Email == who.Email && m.EmailVerified == who.EmailVerified {
			return ErrUnchanged
		}
		m.Email, m.EmailVerified = who.Email, who.EmailVerified
		return nil
	})
}

func (s *Members) create(ctx context.Context, who SignedIn) (*Member, error) {
	name := cmp.Or(CleanLine(who.Name, maxLine), "New member")
	m := &Member{
		Meta:     Meta{ID: NewID(PrefixMember), CreatedAt: s.now()},
		Identity: Identity(who.Issuer, who.Subject), Name: name, SortName: Fold(name),
		Email: who.Email, EmailVerified: who.EmailVerified, Membership: MembershipNone,
	}
	err := s.Store.Members.Insert(ctx, m)
	if CodeOf(err) == CodeConflict { // signed in twice at the same moment
		return s.byIdentity(ctx, who.Issuer, who.Subject)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// byIdentity is nil if there is no such member.
func (s *Members) byIdentity(ctx context.Context, issuer, subject string) (*Member, error) {
	page, err := s.Store.Members.Find(ctx, Query{
		Where: []Cond{Equal(FieldMemberIdentity, Identity(issuer, subject))}, Limit: 1,
	})
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}

// ViewerOf is the member as the one who asks; NOT_FOUND if there is no such member any more.
func (s *Members) ViewerOf(ctx context.Context, memberID string) (*Viewer, error) {
	m, err := s.Store.Members.Get(ctx, memberID)
	if err != nil {
		return nil, err
	}
	return &Viewer{Member: m}, nil
}

// ViewerByIdentity is the member with this identity as the one who asks; NOT_FOUND if nobody with it has signed in yet.
func (s *Members) ViewerByIdentity(ctx context.Context, issuer, subject string) (*Viewer, error) {
	m, err := s.byIdentity(ctx, issuer, subject)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, NotFound("member")
	}
	return &Viewer{Member: m}, nil
}

// ByIDs is aligned with ids: nil where there is no such member, or the viewer may not see who the members are.
func (s *Members) ByIDs(ctx context.Context, ids []string) ([]*Member, error) {
	members, err := s.Store.Members.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	viewer := ViewerFrom(ctx)
	for i, m := range members {
		if m != nil && !viewer.may(ReadMembers, viewer.toMember(m)...) {
			members[i] = nil
		}
	}
	return members, nil
}

// Authors is aligned with ids, which must be the authors of something that the viewer may read: a licence asks that they are
// named, so everybody who may read a work may know by whom it is. How much more of them, MaySeeProfile says.
func (s *Members) Authors(ctx context.Context, ids []string) ([]*Member, error) {
	return s.Store.Members.GetMany(ctx, ids)
}

// MaySeeProfile says whether the viewer may see more of the member than the name and the school.
func (s *Members) MaySeeProfile(ctx context.Context, m *Member) bool {
	viewer := ViewerFrom(ctx)
	return viewer.may(ReadMembers, viewer.toMember(m)...)
}

// MaySeeEmail says whether the viewer may see the member's e-mail address.
func (s *Members) MaySeeEmail(ctx context.Context, m *Member) bool {
	viewer := ViewerFrom(ctx)
	return viewer.may(ReadEmail, viewer.toMember(m)...)
}

// MaySeeMembership says whether the viewer may see the member's school and how far the member is on the way into it. Where somebody
// asked to be let in, and was not, is for those who decide on it.
func (s *Members) MaySeeMembership(ctx context.Context, m *Member) bool {
	return m.Membership == MembershipActive || s.MaySeeEmail(ctx, m)
}

// MemberFilter narrows a list of members, who are those let in unless Membership says otherwise.
type MemberFilter struct {
	Schools []string // ids
	Roles   []Role
}

// Find lists active members by name. Only members see it.
func (s *Members) Find(ctx context.Context, f MemberFilter, p Paging) (*List[Member], error) {
	if err := ViewerFrom(ctx).require(ReadMembers); err != nil {
		return nil, err
	}
	if err := checkFilter(len(f.Schools), len(f.Roles)); err != nil {
		return nil, err
	}
	where := []Cond{Equal(FieldMemberMembership, MembershipActive)}
	where = appendOneOf(where, FieldMemberSchool, f.Schools)
	where = appendContains(where, FieldMemberRoles, f.Roles)
	return find(ctx, s.Store.Members, Query{Where: where, By: FieldMemberName}, p)
}

// ProfileInput changes a profile; nil leaves a field as it is.
type ProfileInput struct {
	// Version is the one that the caller saw.
	Version               int64
	Name, JobTitle, About *string
	Phases                *[]Phase
	Topics                *[]string
}

// UpdateProfile changes the viewer's own profile. After a CONFLICT the profile as it is now is returned beside the error.
func (s *Members) UpdateProfile(ctx context.Context, in ProfileInput) (*Member, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.require(EditProfile, Own); err != nil {
		return nil, err
	}
	return s.update(ctx, viewer.MemberID(), func(m *Member) error {
		if m.Version != in.Version {
			return stale("profile")
		}
		return in.apply(s.Ports, m)
	})
}

func (in ProfileInput) apply(p *Ports, m *Member) error {
	var wrong mistakes
	if in.Name != nil {
		m.Name = wrong.text(line("name", "The name", *in.Name, 2, maxLine))
		m.SortName = Fold(m.Name)
	}
	if in.JobTitle != nil {
		m.JobTitle = wrong.text(line("jobTitle", "The job title", *in.JobTitle, 0, maxLine))
	}
	if in.About != nil {
		m.About = wrong.text(p.markdown("about", "The text about you", *in.About, 0, maxPost))
	}
	if in.Topics != nil {
		topics, err := checkTopics("topics", *in.Topics)
		wrong.note(err)
		m.Topics = topics
	}
	if in.Phases != nil {
		m.Phases = distinct(*in.Phases)
	}
	return wrong.err()
}

// update changes a member and returns him as he is afterwards, also beside a CONFLICT.
func (s *Members) update(ctx context.Context, id string, change func(*Member) error) (*Member, error) {
	m, err := s.Store.Members.Update(ctx, id, change)
	if CodeOf(err) != CodeConflict {
		return m, err
	}
	current, getErr := s.Store.Members.Get(ctx, id)
	if getErr != nil {
		return nil, getErr
	}
	return current, err
}

// stale is the CONFLICT of an update that saw an older version.
func stale(what string) error {
	return &Error{
		Code: CodeConflict, Field: "version",
		Message: "Somebody changed this " + what + " meanwhile. Look at it as it is now, and make your change again.",
	}
}

// SetRoles gives a member exactly these roles; who is not let in anywhere can only lose some. Nobody takes the administrator's role from himself, so that one always remains.
func (s *Members) SetRoles(ctx context.Context, memberID string, roles []Role) (*Member, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.require(GiveRoles); err != nil {
		return nil, err
	}
	if viewer.MemberID() == memberID && !slices.Contains(roles, RoleAdministrator) {
		return nil, Invalid("roles", "You cannot take the administrator's role from yourself. Ask another administrator to.")
	}
	return s.Store.Members.Update(ctx, memberID, func(m *Member) error {
		more := func(r Role) bool { return !m.Has(r) }
		if m.Membership != MembershipActive && slices.ContainsFunc(roles, more) {
			return Invalid("memberId", "%s has not been let into a school yet, and only members have roles.", m.Name)
		}
		m.Roles = distinct(roles)
		return nil
	})
}

func (m *Member) emailIsVerified() bool { return m.EmailVerified }

// Grant adds a role to the one person who signed in with this address, in upper or lower case, and takes a person without a school into the network's
// own team. It asks for no permission: only the operators' command line calls it, because nobody else can give the first role.
func (s *Members) Grant(ctx context.Context, email string, role Role) (*Member, error) {
	typed := strings.TrimSpace(email)
	if email = plainEmail(typed); email == "" {
		return nil, Invalid("email", "%.100q is no e-mail address.", typed)
	}
	// As it was typed, too: earlier versions kept addresses as the provider wrote them, until the person signs in again.
	page, err := s.Store.Members.Find(ctx, Query{Where: []Cond{OneOf(FieldMemberEmail, distinct([]string{email, typed}))}, Limit: DefaultPage})
	if err != nil {
		return nil, err
	}
	// Whoever says that an address is theirs without proof must not keep its owner from a role.
	if slices.ContainsFunc(page.Items, (*Member).emailIsVerified) {
		page.Items = slices.DeleteFunc(slices.Clone(page.Items), func(m *Member) bool { return !m.emailIsVerified() })
	}
	switch {
	case len(page.Items) == 0:
		return nil, Invalid("email", "Nobody has signed in with the address %s yet. The person signs in first, then gets the role.", email)
	case len(page.Items) > 1:
		return nil, Invalid("email", "%d accounts have the address %s, so it does not say whom you mean.", len(page.Items), email)
	}
	return s.Store.Members.Update(ctx, page.Items[0].ID, func(m *Member) error {
		if !m.EmailVerified {
			return Invalid("email", "The identity provider has not verified the address %s.", email)
		}
		switch {
		case m.SchoolID == "":
			m.Membership = MembershipActive
		case m.Membership != MembershipActive:
			return Invalid("email", "%s asked to join a school and has not been let in, and only members have roles.", m.Name)
		}
		m.Roles = distinct(append(m.Roles, role))
		return nil
	})
}
