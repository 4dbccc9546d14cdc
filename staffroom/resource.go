package staffroom

// Resource is a piece of practice that a school shares.
type Resource struct {
	Meta  `json:"meta"`
	Title string `json:"title"`
	// SortTitle is Title, folded.
	SortTitle string `json:"sortTitle"`
	Summary   string `json:"summary"`
	// Body is Markdown.
	Body string       `json:"body"`
	Kind ResourceKind `json:"kind"`
	// Topics are the ids of topics; see [Topics].
	Topics  []string `json:"topics,omitempty"`
	Phases  []Phase  `json:"phases,omitempty"`
	Licence Licence  `json:"licence"`
	// AuthorIDs are members; the first one made it.
	AuthorIDs []string `json:"authorIds"`
	SchoolID  string   `json:"schoolId"`
	// AuthorityCode is that of the school when the resource was made.
	AuthorityCode string         `json:"authorityCode"`
	Visibility    Visibility     `json:"visibility"`
	Status        ResourceStatus `json:"status"`
	Files         []File         `json:"files,omitempty"`
	// ChangedAt is when its content last changed.
	ChangedAt       Time   `json:"changedAt"`
	PublishedAt     Time   `json:"publishedAt,omitzero"`
	WithdrawnAt     Time   `json:"withdrawnAt,omitzero"`
	WithdrawnReason string `json:"withdrawnReason,omitempty"`
	WithdrawnBy     string `json:"withdrawnBy,omitempty"` // a member
	// WithdrawnByModerator says that somebody withdrew it who may not edit it; then only a moderator brings it back.
	WithdrawnByModerator bool `json:"withdrawnByModerator,omitempty"`
	// Audience says who finds it in lists, from Status and Visibility: see audience.
	Audience []string `json:"audience,omitempty"`
}

// File is an uploaded file of a resource. Its bytes are in the file store under its key.
type File struct {
	ID string `json:"id"`
	// Name is the file's name as people see it, without a path.
	Name string `json:"name"`
	// Size is in bytes.
	Size int64 `json:"size"`
	// ContentType is by content, not by name: "application/pdf".
	ContentType string `json:"contentType"`
	// SHA256 is of the stored bytes, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Licence is the file's own; rights are held per file.
	Licence Licence `json:"licence"`
	// Key is its name in the file store.
	Key        string `json:"key"`
	UploadedBy string `json:"uploadedBy"`
	UploadedAt Time   `json:"uploadedAt"`
}

// ResourceKind is what sort of practice a resource is.
type ResourceKind string

// The kinds of resources.
const (
	KindCaseStudy        ResourceKind = "CASE_STUDY"
	KindBooklet          ResourceKind = "BOOKLET"
	KindLessonMaterial   ResourceKind = "LESSON_MATERIAL"
	KindPolicy           ResourceKind = "POLICY"
	KindTrainingMaterial ResourceKind = "TRAINING_MATERIAL"
	KindResearchSummary  ResourceKind = "RESEARCH_SUMMARY"
	KindTool             ResourceKind = "TOOL"
)

// ResourceKinds lists all kinds.
var ResourceKinds = []ResourceKind{
	KindCaseStudy, KindBooklet, KindLessonMaterial, KindPolicy, KindTrainingMaterial, KindResearchSummary, KindTool,
}

// Visibility is who may read a published resource.
type Visibility string

// The visibilities.
const (
	VisibilityPublic  Visibility = "PUBLIC"  // everybody, signed in or not
	VisibilityMembers Visibility = "MEMBERS" // members of the network
	VisibilitySchool  Visibility = "SCHOOL"  // members of its own school
)

// ResourceStatus is where a resource is in its life.
type ResourceStatus string

// The statuses.
const (
	StatusDraft     ResourceStatus = "DRAFT"
	StatusPublished ResourceStatus = "PUBLISHED"
	StatusWithdrawn ResourceStatus = "WITHDRAWN" // a tombstone: out of every list, there for its authors and school
)

// Licence is under what terms a work may be used.
type Licence string

// The licences.
const (
	LicenceCCBY              Licence = "CC_BY_4_0"
	LicenceCCBYSA            Licence = "CC_BY_SA_4_0"
	LicenceCCBYNC            Licence = "CC_BY_NC_4_0"
	LicenceCCBYNCSA          Licence = "CC_BY_NC_SA_4_0"
	LicenceCC0               Licence = "CC0_1_0"
	LicenceOGL               Licence = "OGL_3_0" // needs its attribution line
	LicenceAllRightsReserved Licence = "ALL_RIGHTS_RESERVED"
)

// Audiences of resources in lists; a school's own is its id.
const (
	AudienceEveryone = "everyone"
	AudienceMembers  = "members"
)

// audience is who finds the resource in lists: nobody but those who made it (through their own lists) unless it is published.
func (r *Resource) audience() []string {
	if r.Status != StatusPublished {
		return nil
	}
	switch r.Visibility {
	case VisibilityPublic:
		return []string{AudienceEveryone, AudienceMembers, r.SchoolID}
	case VisibilityMembers:
		return []string{AudienceMembers, r.SchoolID}
	default:
		return []string{r.SchoolID}
	}
}

// File is the file with this id, or nil.
func (r *Resource) File(id string) *File {
	for i := range r.Files {
		if r.Files[i].ID == id {
			return &r.Files[i]
		}
	}
	return nil
}

// Fields of a resource that queries name.
const (
	FieldResourceTitle       Field = "sortTitle"
	FieldResourceKind        Field = "kind"
	FieldResourceTopics      Field = "topics"
	FieldResourcePhases      Field = "phases"
	FieldResourceLicence     Field = "licence"
	FieldResourceAuthors     Field = "authorIds"
	FieldResourceSchool      Field = "schoolId"
	FieldResourceAuthority   Field = "authorityCode"
	FieldResourceVisibility  Field = "visibility"
	FieldResourceStatus      Field = "status"
	FieldResourceChangedAt   Field = "changedAt"
	FieldResourcePublishedAt Field = "publishedAt"
	FieldResourceAudience    Field = "audience"
)

// ResourceSchema is how resources are stored.
var ResourceSchema = Schema{
	Name:   "resources",
	Prefix: PrefixResource,
	Fields: []FieldSpec{
		{Path: FieldResourceTitle, Type: TypeText},
		{Path: FieldResourceKind, Type: TypeText},
		{Path: FieldResourceTopics, Type: TypeText, Many: true},
		{Path: FieldResourcePhases, Type: TypeText, Many: true},
		{Path: FieldResourceLicence, Type: TypeText},
		{Path: FieldResourceAuthors, Type: TypeText, Many: true},
		{Path: FieldResourceSchool, Type: TypeText},
		{Path: FieldResourceAuthority, Type: TypeText},
		{Path: FieldResourceVisibility, Type: TypeText},
		{Path: FieldResourceStatus, Type: TypeText},
		{Path: FieldResourceChangedAt, Type: TypeTime},
		{Path: FieldResourcePublishedAt, Type: TypeTime},
		{Path: FieldResourceAudience, Type: TypeText, Many: true},
		updatedAt(),
	},
	Indexes: []IndexSpec{
		{Name: "audience_published", Fields: []Field{FieldResourceAudience, FieldResourcePublishedAt}},
		{Name: "audience_title", Fields: []Field{FieldResourceAudience, FieldResourceTitle}},
		counted("audience", FieldResourceAudience),
		counted("audience_school", FieldResourceAudience, FieldResourceSchool),
		// Those of few come first, as the first of several is used that narrow a list down alike. Drafts are in none of these lists, which
		// halves what writing one costs.
		published("authors_published", FieldResourceAuthors),
		published("school_published", FieldResourceSchool),
		published("authority_published", FieldResourceAuthority),
		published("topics_published", FieldResourceTopics),
		published("kind_published", FieldResourceKind),
		published("phases_published", FieldResourcePhases),
		published("licence_published", FieldResourceLicence),
		published("visibility_published", FieldResourceVisibility),
		{Name: "authors_changed", Fields: []Field{FieldResourceAuthors, FieldResourceChangedAt}},
		{Name: "school_changed", Fields: []Field{FieldResourceSchool, FieldResourceChangedAt}},
		updates(wasPublished()), // which stays when it is withdrawn; a draft is nowhere yet
	},
}

// published declares the index of what is published with this value of a field, in the order of publication.
func published(name string, field Field) IndexSpec {
	return IndexSpec{Name: name, Fields: []Field{field, FieldResourcePublishedAt}, Where: []Cond{wasPublished()}}
}

// counted declares the index of how much is published with these values of fields.
func counted(name string, fields ...Field) IndexSpec {
	return IndexSpec{Name: name, Fields: fields, Where: []Cond{wasPublished()}, Counts: true}
}

// wasPublished is true of what is published, and of what was until it was withdrawn.
func wasPublished() Cond { return Present(FieldResourcePublishedAt) }
