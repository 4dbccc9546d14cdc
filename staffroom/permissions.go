package staffroom

import "slices"

// Action is something that the rules allow or not.
type Action string

// The actions. What is public to everybody (directories, schools, authorities) needs none.
const (
	ReadPublicResource  Action = "read a public resource"
	ReadMembersResource Action = "read a resource for members"
	ReadSchoolResource  Action = "read a resource for its school"
	ReadHiddenResource  Action = "read a draft or a withdrawn resource"
	ShareResource       Action = "share a resource"
	EditResource        Action = "edit a resource"
	WithdrawResource    Action = "withdraw a resource"
	RestoreResource     Action = "publish what a moderator withdrew"
	ReadThreads         Action = "read threads"
	WriteThreads        Action = "start threads and reply"
	ReadMembers         Action = "see who the members are"
	ReadContact         Action = "see contact details of lead schools"
	ReadEmail           Action = "see a member's e-mail address"
	EditProfile         Action = "edit a profile"
	JoinSchool          Action = "ask to join a school"
	DecideJoining       Action = "decide who joins"
	EndMembership       Action = "end a membership"
	AppointLeadSchool   Action = "appoint and end lead schools"
	GiveRoles           Action = "give roles"
)

// Who is the kind of person that a rule is for: one of the roles, or one of the words below.
type Who string

// Kinds of people that are not roles.
const (
	Visitor     Who = "VISITOR"   // everybody, also signed out
	SignedInWho Who = "SIGNED_IN" // signed in, with a school or without
	ActiveWho   Who = "MEMBER"    // let into a school, or into the network's team
)

// Whose is what the person must have to do with the thing.
type Whose string

// Relations between a person and a thing.
const (
	Own       Whose = "own"
	OwnSchool Whose = "own school's"
	Anyones   Whose = "anyone's"
)

// Permission allows an action to those who are Who, on what is Whose.
type Permission struct {
	Action Action
	Who    Who
	Whose  Whose
}

// permissions is the one table of who may do what. What is not in it nobody may.
//
//nolint:gochecknoglobals // a table of rules, never changed while the program runs
var permissions = []Permission{
	{ReadPublicResource, Visitor, Anyones},
	{ReadMembersResource, ActiveWho, Anyones},
	{ReadSchoolResource, ActiveWho, OwnSchool},
	{ReadSchoolResource, ActiveWho, Own},
	{ReadSchoolResource, Who(RoleModerator), Anyones},
	{ReadHiddenResource, ActiveWho, Own},
	{ReadHiddenResource, Who(RoleSchoolAdministrator), OwnSchool},
	{ReadHiddenResource, Who(RoleModerator), Anyones},
	{ShareResource, ActiveWho, OwnSchool},
	{EditResource, ActiveWho, Own},
	{EditResource, Who(RoleSchoolAdministrator), OwnSchool},
	{WithdrawResource, ActiveWho, Own},
	{WithdrawResource, Who(RoleSchoolAdministrator), OwnSchool},
	{WithdrawResource, Who(RoleModerator), Anyones},
	{RestoreResource, Who(RoleModerator), Anyones},
	{ReadThreads, ActiveWho, Anyones},
	{WriteThreads, ActiveWho, Anyones},
	{ReadMembers, ActiveWho, Anyones},
	{ReadMembers, SignedInWho, Own},
	{ReadContact, ActiveWho, Anyones},
	{ReadEmail, SignedInWho, Own},
	{ReadEmail, Who(RoleSchoolAdministrator), OwnSchool},
	{ReadEmail, Who(RoleModerator), Anyones},
	{ReadEmail, Who(RoleAdministrator), Anyones},
	{EditProfile, SignedInWho, Own},
	{JoinSchool, SignedInWho, Own},
	{DecideJoining, Who(RoleSchoolAdministrator), OwnSchool},
	{DecideJoining, Who(RoleModerator), Anyones},
	{DecideJoining, Who(RoleAdministrator), Anyones},
	{EndMembership, SignedInWho, Own},
	{EndMembership, Who(RoleSchoolAdministrator), OwnSchool},
	{EndMembership, Who(RoleModerator), Anyones},
	{EndMembership, Who(RoleAdministrator), Anyones},
	{AppointLeadSchool, Who(RoleAdministrator), Anyones},
	{GiveRoles, Who(RoleAdministrator), Anyones},
}

// writes are the actions that change something; third-party clients need ScopeWrite for them.
func (a Action) writes() bool {
	switch a {
	case ReadPublicResource, ReadMembersResource, ReadSchoolResource, ReadHiddenResource, ReadThreads, ReadMembers, ReadContact, ReadEmail:
		return false
	default:
		return true
	}
}

// scope is the scope that a third-party client needs for the action; empty for what visitors may do too.
func (a Action) scope() string {
	switch {
	case a == ReadPublicResource:
		return ""
	case a.writes():
		return ScopeWrite
	default:
		return ScopeRead
	}
}

func (v *Viewer) is(who Who) bool {
	switch who {
	case Visitor:
		return true
	case SignedInWho:
		return v.Member != nil
	case ActiveWho:
		return v.Active()
	default:
		return v.Has(Role(who))
	}
}

// may says whether the viewer may do the action on something that is whose; what is anyone's needs not to be said.
func (v *Viewer) may(a Action, whose ...Whose) bool {
	if scope := a.scope(); scope != "" && !v.mayUse(scope) {
		return false
	}
	return slices.ContainsFunc(permissions, func(p Permission) bool {
		return p.Action == a && v.is(p.Who) && (p.Whose == Anyones || slices.Contains(whose, p.Whose))
	})
}

// require is nil if the viewer may do the action, else an UNAUTHENTICATED or FORBIDDEN error.
func (v *Viewer) require(a Action, whose ...Whose) error {
	switch {
	case v.may(a, whose...):
		return nil
	case v.Member == nil:
		return Errorf(CodeUnauthenticated, "Sign in to %s.", a)
	case !v.mayUse(a.scope()):
		return Errorf(CodeForbidden, "This client was not allowed to %s; its access token lacks the scope %s.", a, a.scope())
	case !v.Active():
		return Errorf(CodeForbidden, "Only members may %s. Join the network through your school first.", a)
	default:
		return Errorf(CodeForbidden, "You may not %s here. A school's administrator or the network's team can help.", a)
	}
}

// requireEver is nil if there can be something on which the viewer may do one of the actions, and else the error of the first. Whoever
// changes something that an id names asks this before looking for it: then the answer tells nothing about what there is.
func (v *Viewer) requireEver(actions ...Action) error {
	if slices.ContainsFunc(actions, func(a Action) bool { return v.may(a, Own, OwnSchool) }) {
		return nil
	}
	return v.require(actions[0], Own, OwnSchool)
}

// toResource is what the viewer has to do with the resource.
func (v *Viewer) toResource(r *Resource) []Whose {
	var whose []Whose
	if v.Member != nil && slices.Contains(r.AuthorIDs, v.MemberID()) {
		whose = append(whose, Own)
	}
	if school := v.SchoolID(); school != "" && school == r.SchoolID {
		whose = append(whose, OwnSchool)
	}
	return whose
}

// toMember is what the viewer has to do with the member.
func (v *Viewer) toMember(m *Member) []Whose {
	var whose []Whose
	if v.Member != nil && v.MemberID() == m.ID {
		whose = append(whose, Own)
	}
	if school := v.SchoolID(); school != "" && school == m.SchoolID {
		whose = append(whose, OwnSchool)
	}
	return whose
}

// mayRead says whether the viewer may read the resource as it is now.
func (v *Viewer) mayRead(r *Resource) bool {
	action := ReadHiddenResource
	if r.Status == StatusPublished {
		action = map[Visibility]Action{
			VisibilityPublic:  ReadPublicResource,
			VisibilityMembers: ReadMembersResource,
			VisibilitySchool:  ReadSchoolResource,
		}[r.Visibility]
	}
	return v.may(action, v.toResource(r)...)
}
