package staffroom

// LeadSchool is the appointment of a member school to lead learning in an authority, for phases and for a term. One leads
// per authority and phase at a time; appointments that ended stay as history.
type LeadSchool struct {
	Meta          `json:"meta"`
	SchoolID      string  `json:"schoolId"`
	AuthorityCode string  `json:"authorityCode"`
	Phases        []Phase `json:"phases"`
	From          Date    `json:"from"`
	// To is the last day of the term; empty while it is open.
	To Date `json:"to,omitempty"`
	// Remit is Markdown: what the school was asked to do.
	Remit string `json:"remit"`
	// ContactID is the member to turn to.
	ContactID   string `json:"contactId,omitempty"`
	AppointedBy string `json:"appointedBy"`
	// EndedAt is when the appointment was ended; zero while it holds.
	EndedAt   Time   `json:"endedAt,omitzero"`
	EndReason string `json:"endReason,omitempty"`
	// Current is true until the appointment is ended.
	Current bool `json:"current"`
	// Holds names the places taken while Current ("E09000023 PRIMARY"); a unique index keeps them to one lead school each.
	Holds []string `json:"holds,omitempty"`
}

// Fields of a lead school that queries name.
const (
	FieldLeadSchoolSchool    Field = "schoolId"
	FieldLeadSchoolAuthority Field = "authorityCode"
	FieldLeadSchoolPhases    Field = "phases"
	FieldLeadSchoolFrom      Field = "from"
	FieldLeadSchoolCurrent   Field = "current"
	FieldLeadSchoolContact   Field = "contactId"
	FieldLeadSchoolHolds     Field = "holds"
)

// LeadSchoolSchema is how appointments of lead schools are stored.
var LeadSchoolSchema = Schema{
	Name:   "leadSchools",
	Prefix: PrefixLeadSchool,
	Noun:   "lead school",
	Fields: []FieldSpec{
		{Path: FieldLeadSchoolSchool, Type: TypeText},
		{Path: FieldLeadSchoolAuthority, Type: TypeText},
		{Path: FieldLeadSchoolPhases, Type: TypeText, Many: true},
		{Path: FieldLeadSchoolFrom, Type: TypeText},
		{Path: FieldLeadSchoolCurrent, Type: TypeBoolean},
		{Path: FieldLeadSchoolContact, Type: TypeText},
		{Path: FieldLeadSchoolHolds, Type: TypeText, Many: true},
	},
	Indexes: []IndexSpec{
		{Name: "holds", Fields: []Field{FieldLeadSchoolHolds}, Unique: true},
		{Name: "from", Fields: []Field{FieldLeadSchoolFrom}},
		{Name: "current_from", Fields: []Field{FieldLeadSchoolCurrent, FieldLeadSchoolFrom}},
		{Name: "authority_from", Fields: []Field{FieldLeadSchoolAuthority, FieldLeadSchoolFrom}},
		{Name: "authority_current_from", Fields: []Field{FieldLeadSchoolAuthority, FieldLeadSchoolCurrent, FieldLeadSchoolFrom}},
		{Name: "school_from", Fields: []Field{FieldLeadSchoolSchool, FieldLeadSchoolFrom}},
		{Name: "phases_from", Fields: []Field{FieldLeadSchoolPhases, FieldLeadSchoolFrom}},
		{Name: "contact_current", Fields: []Field{FieldLeadSchoolContact, FieldLeadSchoolCurrent}},
	},
}
