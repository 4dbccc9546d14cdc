package staffroom

// School is an establishment of the national register: what the register says of it, and whether it joined.
type School struct {
	Meta          `json:"meta"`
	Establishment `json:"establishment"`
	// Links lead to its predecessors and successors, from the register's file of links.
	Links []SchoolLink `json:"links,omitempty"`
	// JoinedAt is when the school became a member school; zero while it is none.
	JoinedAt Time `json:"joinedAt,omitzero"`
}

// Establishment is what the register (Get Information about Schools) says of a school.
type Establishment struct {
	// URN is the unique reference number, six digits.
	URN string `json:"urn"`
	// LAESTAB is the authority's DfE code and the school's number in it, "209/4249"; empty if the register has no number.
	LAESTAB string `json:"laestab,omitempty"`
	// UKPRN is the provider reference number, eight digits.
	UKPRN string `json:"ukprn,omitempty"`
	Name  string `json:"name"`
	// SortName is Name, folded.
	SortName string `json:"sortName"`
	// TypeCode and TypeName are the type of establishment as the register codes and names it: "34", "Academy converter".
	TypeCode  string       `json:"typeCode"`
	TypeName  string       `json:"typeName"`
	TypeGroup TypeGroup    `json:"typeGroup"`
	Status    SchoolStatus `json:"status"`
	Phase     Phase        `json:"phase"`
	OpenedOn  Date         `json:"openedOn,omitempty"`
	ClosedOn  Date         `json:"closedOn,omitempty"`
	// AuthorityCode is the GSS code of its authority.
	AuthorityCode string `json:"authorityCode"`
	TrustCode     string `json:"trustCode,omitempty"`
	TrustName     string `json:"trustName,omitempty"`
	// LowAge and HighAge are the statutory ages in years; nil where the register has none.
	LowAge  *int `json:"lowAge,omitempty"`
	HighAge *int `json:"highAge,omitempty"`
	// Roll is the number of pupils, Capacity how many there is room for.
	Roll     *int `json:"roll,omitempty"`
	Capacity *int `json:"capacity,omitempty"`
	// FreeSchoolMeals is the share of pupils who may have them, in percent.
	FreeSchoolMeals *float64 `json:"freeSchoolMeals,omitempty"`
	// SENProvision names the special educational needs that the school provides for, as the register words them.
	SENProvision []string `json:"senProvision,omitempty"`
	Gender       string   `json:"gender,omitempty"`
	Religion     string   `json:"religion,omitempty"`
	UrbanRural   string   `json:"urbanRural,omitempty"`
	Street       string   `json:"street,omitempty"`
	Locality     string   `json:"locality,omitempty"`
	Town         string   `json:"town,omitempty"`
	County       string   `json:"county,omitempty"`
	// Postcode is in capitals with one space; PostcodeSector ("SE13 7") and PostcodeDistrict ("SE13") are its beginnings.
	Postcode         string `json:"postcode,omitempty"`
	PostcodeSector   string `json:"postcodeSector,omitempty"`
	PostcodeDistrict string `json:"postcodeDistrict,omitempty"`
	Website          string `json:"website,omitempty"`
	// WebDomain is the registrable domain of Website; e-mail addresses under it are evidence of working there.
	WebDomain string `json:"webDomain,omitempty"`
	// Place is where it stands; nil where the register has no grid reference.
	Place *Place `json:"place,omitempty"`
}

// Place is a point: the grid reference in metres (OSGB36 National Grid) and the same in degrees (WGS84).
type Place struct {
	Easting   int     `json:"easting"`
	Northing  int     `json:"northing"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// SchoolLink is a link of the register between two establishments.
type SchoolLink struct {
	// URN is the other establishment.
	URN  string         `json:"urn"`
	Name string         `json:"name"`
	Kind SchoolLinkKind `json:"kind"`
	// Detail is the link's type as the register words it: "Predecessor - merged".
	Detail string `json:"detail"`
	Date   Date   `json:"date,omitempty"`
}

// SchoolLinkKind says how one school follows from another.
type SchoolLinkKind string

// The kinds of links; the register's finer words are in SchoolLink.Detail.
const (
	LinkPredecessor SchoolLinkKind = "PREDECESSOR"
	LinkSuccessor   SchoolLinkKind = "SUCCESSOR"
	LinkOther       SchoolLinkKind = "OTHER"
)

// SchoolStatus is the register's status of an establishment.
type SchoolStatus string

// The statuses, with the register's codes 1 to 4.
const (
	SchoolOpen                SchoolStatus = "OPEN"
	SchoolClosed              SchoolStatus = "CLOSED"
	SchoolOpenProposedToClose SchoolStatus = "OPEN_PROPOSED_TO_CLOSE"
	SchoolProposedToOpen      SchoolStatus = "PROPOSED_TO_OPEN"
)

// Phase is a phase of education.
type Phase string

// The phases, with the register's codes 0 to 7.
const (
	PhaseNotApplicable         Phase = "NOT_APPLICABLE"
	PhaseNursery               Phase = "NURSERY"
	PhasePrimary               Phase = "PRIMARY"
	PhaseMiddleDeemedPrimary   Phase = "MIDDLE_DEEMED_PRIMARY"
	PhaseSecondary             Phase = "SECONDARY"
	PhaseMiddleDeemedSecondary Phase = "MIDDLE_DEEMED_SECONDARY"
	PhaseSixteenPlus           Phase = "SIXTEEN_PLUS"
	PhaseAllThrough            Phase = "ALL_THROUGH"
)

// TypeGroup is a group of types of establishment.
type TypeGroup string

// The type groups, with the register's codes.
const (
	GroupColleges            TypeGroup = "COLLEGES"             // 1
	GroupUniversities        TypeGroup = "UNIVERSITIES"         // 2
	GroupIndependent         TypeGroup = "INDEPENDENT"          // 3
	GroupAuthorityMaintained TypeGroup = "AUTHORITY_MAINTAINED" // 4
	GroupSpecial             TypeGroup = "SPECIAL"              // 5
	GroupWelsh               TypeGroup = "WELSH"                // 6
	GroupOther               TypeGroup = "OTHER"                // 9
	GroupAcademies           TypeGroup = "ACADEMIES"            // 10
	GroupFreeSchools         TypeGroup = "FREE_SCHOOLS"         // 11
	GroupOnline              TypeGroup = "ONLINE"               // 13
)

// Fields of a school that queries name.
const (
	FieldSchoolURN              Field = "establishment.urn"
	FieldSchoolName             Field = "establishment.sortName"
	FieldSchoolAuthority        Field = "establishment.authorityCode"
	FieldSchoolPhase            Field = "establishment.phase"
	FieldSchoolTypeGroup        Field = "establishment.typeGroup"
	FieldSchoolTypeCode         Field = "establishment.typeCode"
	FieldSchoolStatus           Field = "establishment.status"
	FieldSchoolPostcode         Field = "establishment.postcode"
	FieldSchoolPostcodeSector   Field = "establishment.postcodeSector"
	FieldSchoolPostcodeDistrict Field = "establishment.postcodeDistrict"
	FieldSchoolWebDomain        Field = "establishment.webDomain"
	FieldSchoolEasting          Field = "establishment.place.easting"
	FieldSchoolNorthing         Field = "establishment.place.northing"
	FieldSchoolJoinedAt         Field = "joinedAt"
)

// SchoolSchema is how schools are stored.
var SchoolSchema = Schema{
	Name:   "schools",
	Prefix: PrefixSchool,
	Fields: []FieldSpec{
		{Path: FieldSchoolURN, Type: TypeText},
		{Path: FieldSchoolName, Type: TypeText},
		{Path: FieldSchoolAuthority, Type: TypeText},
		{Path: FieldSchoolPhase, Type: TypeText},
		{Path: FieldSchoolTypeGroup, Type: TypeText},
		{Path: FieldSchoolTypeCode, Type: TypeText},
		{Path: FieldSchoolStatus, Type: TypeText},
		{Path: FieldSchoolPostcode, Type: TypeText},
		{Path: FieldSchoolPostcodeSector, Type: TypeText},
		{Path: FieldSchoolPostcodeDistrict, Type: TypeText},
		{Path: FieldSchoolWebDomain, Type: TypeText},
		{Path: FieldSchoolEasting, Type: TypeInteger},
		{Path: FieldSchoolNorthing, Type: TypeInteger},
		{Path: FieldSchoolJoinedAt, Type: TypeTime},
		updatedAt(),
	},
	Indexes: []IndexSpec{
		{Name: "urn", Fields: []Field{FieldSchoolURN}, Unique: true},
		{Name: "name", Fields: []Field{FieldSchoolName}},
		{Name: "authority_name", Fields: []Field{FieldSchoolAuthority, FieldSchoolName}},
		{Name: "phase_name", Fields: []Field{FieldSchoolPhase, FieldSchoolName}},
		{Name: "typeGroup_name", Fields: []Field{FieldSchoolTypeGroup, FieldSchoolName}},
		{Name: "typeCode_name", Fields: []Field{FieldSchoolTypeCode, FieldSchoolName}},
		{Name: "status_name", Fields: []Field{FieldSchoolStatus, FieldSchoolName}},
		{Name: "member_name", Fields: []Field{FieldSchoolName}, Where: []Cond{Present(FieldSchoolJoinedAt)}},
		{Name: "postcode", Fields: []Field{FieldSchoolPostcode}},
		{Name: "postcodeSector", Fields: []Field{FieldSchoolPostcodeSector}},
		{Name: "postcodeDistrict", Fields: []Field{FieldSchoolPostcodeDistrict}},
		{Name: "webDomain", Fields: []Field{FieldSchoolWebDomain}},
		{Name: "place", Fields: []Field{FieldSchoolEasting, FieldSchoolNorthing}},
		updates(),
	},
}

// SchoolID is the id of the school with this URN.
func SchoolID(urn string) string { return NamedID(PrefixSchool, urn) }

// Open says whether the school still works: it is open, even if it is proposed to close.
func (s *School) Open() bool {
	return s.Status == SchoolOpen || s.Status == SchoolOpenProposedToClose
}
