package staffroom

import "strings"

// Thread is a discussion in a space. Its opening words are its first post.
type Thread struct {
	Meta     `json:"meta"`
	Title    string `json:"title"`
	Space    Space  `json:"space"`
	AuthorID string `json:"authorId"`
	// ResourceID is the resource that it is about, if any.
	ResourceID     string `json:"resourceId,omitempty"`
	LastActivityAt Time   `json:"lastActivityAt"`
}

// Post is a message in a thread.
type Post struct {
	Meta     `json:"meta"`
	ThreadID string `json:"threadId"`
	AuthorID string `json:"authorId"`
	// Body is Markdown.
	Body string `json:"body"`
}

// Space is where a thread lives: "network" for the whole network, or "authority:E09000023" for one authority.
type Space string

// SpaceNetwork is the space of the whole network.
const SpaceNetwork Space = "network"

const spaceAuthority = "authority:"

// AuthoritySpace is the space of the authority with this GSS code, in whatever case that is written.
func AuthoritySpace(code string) Space {
	return Space(spaceAuthority + strings.ToUpper(strings.TrimSpace(code)))
}

// AuthorityCode is the GSS code of the authority whose space it is; empty for the network's.
func (s Space) AuthorityCode() string {
	if s == SpaceNetwork || len(s) < len(spaceAuthority) {
		return ""
	}
	return string(s[len(spaceAuthority):])
}

// check says what is wrong with how the space is named in the field.
func (s Space) check(field string) error {
	switch code, ofAuthority := strings.CutPrefix(string(s), spaceAuthority); {
	case s == SpaceNetwork || ofAuthority && code != "":
		return nil
	case ofAuthority:
		return Invalid(field+".authority", "Say which authority's space it is, by its GSS code.")
	default:
		return Invalid(field+".authority", "The space of the whole network has no authority. Leave it out.")
	}
}

// Fields of threads and posts that queries name.
const (
	FieldThreadSpace        Field = "space"
	FieldThreadAuthor       Field = "authorId"
	FieldThreadResource     Field = "resourceId"
	FieldThreadLastActivity Field = "lastActivityAt"
	FieldPostThread         Field = "threadId"
	FieldPostCreatedAt      Field = "meta.createdAt"
)

// ThreadSchema is how threads are stored.
var ThreadSchema = Schema{
	Name:   "threads",
	Prefix: PrefixThread,
	Fields: []FieldSpec{
		{Path: FieldThreadSpace, Type: TypeText},
		{Path: FieldThreadAuthor, Type: TypeText},
		{Path: FieldThreadResource, Type: TypeText},
		{Path: FieldThreadLastActivity, Type: TypeTime},
		updatedAt(),
	},
	Indexes: []IndexSpec{
		{Name: "activity", Fields: []Field{FieldThreadLastActivity}},
		// Those of few come first, as those of resources do.
		{Name: "author_activity", Fields: []Field{FieldThreadAuthor, FieldThreadLastActivity}},
		{Name: "space_activity", Fields: []Field{FieldThreadSpace, FieldThreadLastActivity}},
		{Name: "resource_activity", Fields: []Field{FieldThreadResource, FieldThreadLastActivity}, Where: []Cond{Present(FieldThreadResource)}},
		updates(),
	},
}

// PostSchema is how posts are stored.
var PostSchema = Schema{
	Name:   "posts",
	Prefix: PrefixPost,
	Fields: []FieldSpec{
		{Path: FieldPostThread, Type: TypeText},
		{Path: FieldPostCreatedAt, Type: TypeTime},
	},
	Indexes: []IndexSpec{
		{Name: "thread_created", Fields: []Field{FieldPostThread, FieldPostCreatedAt}},
	},
}
