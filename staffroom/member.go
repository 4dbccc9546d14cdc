package staffroom

import "slices"

// Member is a person: staff only, signed in by OpenID Connect.
type Member struct {
	Meta `json:"meta"`
	// Identity is issuer and subject of the sign-in, joined by a space; accounts are linked by it alone, never by address.
	Identity string `json:"identity"`
	Name     string `json:"name"`
	// SortName is Name, folded.
	SortName string `json:"sortName"`
	// Email is for the member, those who decide on joining, and lead schools' contacts; see permissions.go.
	Email         string `json:"email,omitempty"`
	EmailVerified bool   `json:"emailVerified,omitempty"`
	JobTitle      string `json:"jobTitle,omitempty"`
	// About is Markdown.
	About  string   `json:"about,omitempty"`
	Phases []Phase  `json:"phases,omitempty"`
	Topics []string `json:"topics,omitempty"`
	Roles  []Role   `json:"roles,omitempty"`
	// SchoolID is the school that the member belongs to, or asked to join; empty before joining.
	SchoolID   string     `json:"schoolId,omitempty"`
	Membership Membership `json:"membership"`
	// Evidence says in a sentence what spoke for the membership when it was asked for.
	Evidence    string `json:"evidence,omitempty"`
	RequestedAt Time   `json:"requestedAt,omitzero"`
	DecidedAt   Time   `json:"decidedAt,omitzero"`
	// RequestKey is the id of the IdempotencyKey that the request came with; empty if it came with none.
	RequestKey string `json:"requestKey,omitempty"`
	// DecidedBy is the member who let this one in; empty if the evidence alone did.
	DecidedBy string `json:"decidedBy,omitempty"`
	// DeclinedBy are the schools, by id, for which the member was last declined.
	DeclinedBy []string `json:"declinedBy,omitempty"`
}

// Membership is how far a person is on the way into a school.
type Membership string

// The states of a membership.
const (
	MembershipNone     Membership = "NONE"     // signed in, no school yet
	MembershipPending  Membership = "PENDING"  // asked to join; somebody must decide
	MembershipActive   Membership = "ACTIVE"   // belongs to the school (or to the network's own team)
	MembershipDeclined Membership = "DECLINED" // was not let in; may ask again
)

// Role is what a member is in the network, beside being a member. Lead-school contacts have no role of their own: the
// lead school names them.
type Role string

// The roles.
const (
	RoleSchoolAdministrator Role = "SCHOOL_ADMINISTRATOR" // a head, or whom the head named
	RoleLeader              Role = "LEADER"               // holds a designation (NLE, LLE, SLE)
	RoleBroker              Role = "BROKER"               // matches requests for support
	RoleEditor              Role = "EDITOR"               // looks after what the network publishes
	RoleModerator           Role = "MODERATOR"            // looks after conduct
	RoleAdministrator       Role = "ADMINISTRATOR"        // runs the network
)

// Has says whether the member has the role.
func (m *Member) Has(role Role) bool { return slices.Contains(m.Roles, role) }

// Fields of a member that queries name.
const (
	FieldMemberIdentity   Field = "identity"
	FieldMemberName       Field = "sortName"
	FieldMemberSchool     Field = "schoolId"
	FieldMemberMembership Field = "membership"
	FieldMemberEmail      Field = "email"
	FieldMemberRoles      Field = "roles"
	FieldMemberRequested  Field = "requestedAt"
)

// MemberSchema is how members are stored.
var MemberSchema = Schema{
	Name:   "members",
	Prefix: PrefixMember,
	Fields: []FieldSpec{
		{Path: FieldMemberIdentity, Type: TypeText},
		{Path: FieldMemberName, Type: TypeText},
		{Path: FieldMemberSchool, Type: TypeText},
		{Path: FieldMemberMembership, Type: TypeText},
		{Path: FieldMemberEmail, Type: TypeText},
		{Path: FieldMemberRoles, Type: TypeText, Many: true},
		{Path: FieldMemberRequested, Type: TypeTime},
	},
	Indexes: []IndexSpec{
		{Name: "identity", Fields: []Field{FieldMemberIdentity}, Unique: true},
		// Few have a role, so it comes before what all have; see ResourceSchema.
		{Name: "roles_name", Fields: []Field{FieldMemberRoles, FieldMemberName}},
		{Name: "membership_name", Fields: []Field{FieldMemberMembership, FieldMemberName}},
		{Name: "school_membership_name", Fields: []Field{FieldMemberSchool, FieldMemberMembership, FieldMemberName}},
		{Name: "membership_requested", Fields: []Field{FieldMemberMembership, FieldMemberRequested}},
		{Name: "school_membership_requested", Fields: []Field{FieldMemberSchool, FieldMemberMembership, FieldMemberRequested}},
		{Name: "email", Fields: []Field{FieldMemberEmail}},
	},
}

// Identity joins the issuer and the subject of a sign-in.
func Identity(issuer, subject string) string { return issuer + " " + subject }
