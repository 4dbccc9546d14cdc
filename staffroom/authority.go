package staffroom

// Authority is a local authority area. A borough is one in London.
type Authority struct {
	Meta `json:"meta"`
	// Code is the GSS code of the Office for National Statistics, "E09000023"; or a stand-in, "DFE-919", while the register has
	// only given the other code.
	Code string `json:"code"`
	// DfECode is the three-digit code of the Department for Education, "209". An authority whose GSS code changed kept it.
	DfECode string `json:"dfeCode,omitempty"`
	Name    string `json:"name"`
	// SortName is Name, folded.
	SortName string `json:"sortName"`
	// London says that it is one of the 32 boroughs or the City.
	London    bool `json:"london"`
	ValidFrom Date `json:"validFrom,omitempty"`
	// ValidTo is its last day; empty while it lives.
	ValidTo Date `json:"validTo,omitempty"`
	// SuccessorCodes are the GSS codes of the authorities that took its place.
	SuccessorCodes []string `json:"successorCodes,omitempty"`
}

// Fields of an authority that queries name.
const (
	FieldAuthorityCode       Field = "code"
	FieldAuthorityDfECode    Field = "dfeCode"
	FieldAuthorityName       Field = "sortName"
	FieldAuthorityLondon     Field = "london"
	FieldAuthoritySuccessors Field = "successorCodes"
)

// AuthoritySchema is how authorities are stored.
var AuthoritySchema = Schema{
	Name:   "authorities",
	Prefix: PrefixAuthority,
	Fields: []FieldSpec{
		{Path: FieldAuthorityCode, Type: TypeText},
		{Path: FieldAuthorityDfECode, Type: TypeText},
		{Path: FieldAuthorityName, Type: TypeText},
		{Path: FieldAuthorityLondon, Type: TypeBoolean},
		{Path: FieldAuthoritySuccessors, Type: TypeText, Many: true},
	},
	Indexes: []IndexSpec{
		{Name: "code", Fields: []Field{FieldAuthorityCode}, Unique: true},
		{Name: "dfeCode", Fields: []Field{FieldAuthorityDfECode}},
		{Name: "name", Fields: []Field{FieldAuthorityName}},
		{Name: "london_name", Fields: []Field{FieldAuthorityLondon, FieldAuthorityName}},
		{Name: "successorCodes", Fields: []Field{FieldAuthoritySuccessors}},
	},
}

// AuthorityID is the id of the authority with this GSS code.
func AuthorityID(code string) string { return NamedID(PrefixAuthority, code) }
