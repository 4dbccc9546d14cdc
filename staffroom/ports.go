package staffroom

import (
	"context"
	"io"
)

// Events carries news of changes between goroutines, and between replicas where a broker is set up. It may lose news (a
// slow reader, a lost connection); the store is the truth.
type Events interface {
	// Publish tells every subscriber of topic, and does not wait for them.
	Publish(ctx context.Context, event Event) error
	// Subscribe gives the events of topic from now on until ctx ends; then the channel is closed. It is closed early, too,
	// for a reader who falls too far behind.
	Subscribe(ctx context.Context, topic string) (<-chan Event, error)
}

// Event is one piece of news: something with this id changed.
type Event struct {
	// Topic is what subscribers listen for: "thread:" and an id, or "changes".
	Topic string `json:"topic"`
	// ID is the document that is new or has changed.
	ID string `json:"id"`
}

// TopicChanges is the topic of every change to a document that the search index holds.
const TopicChanges = "changes"

// ThreadTopic is the topic of what happens in a thread.
func ThreadTopic(threadID string) string { return "thread:" + threadID }

// Blobs keeps the bytes of uploaded files.
type Blobs interface {
	// Put stores what r gives under key; all of it or nothing.
	Put(ctx context.Context, key, contentType string, r io.Reader) error
	// Open returns NOT_FOUND if there is nothing under key. The caller closes the reader.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Delete returns NOT_FOUND if there is nothing under key.
	Delete(ctx context.Context, key string) error
	// Doubt writes down that owner, a resource, may have the file under key or not, before it is stored or deleted: so that it is found
	// if this process ends in the middle.
	Doubt(ctx context.Context, key, owner string) (Doubt, error)
	// Doubts are those that processes left that have ended.
	Doubts(ctx context.Context) ([]Doubt, error)
}

// Doubt is about whether a resource has a file.
type Doubt struct {
	Key, Owner string
	// Settle forgets the doubt, once the file is gone or the resource has it.
	Settle func() error
}

// Inspector looks at uploads before they are kept.
type Inspector interface {
	// Inspect reads all of r and says what it is. What may not be uploaded (by type, size or danger) is BAD_USER_INPUT with a
	// message for people. The caller closes the content.
	Inspect(ctx context.Context, name string, r io.Reader) (*InspectedFile, error)
	// Rules says what Inspect lets through.
	Rules() UploadRules
}

// UploadRules is what may be attached to a resource.
type UploadRules struct {
	// MaxBytes is how large a file may be, and MaxFiles how many a resource may have.
	MaxBytes int64
	MaxFiles int
	Kinds    []FileKind
}

// FileKind is a type of file that may be attached.
type FileKind struct {
	// Name is what people call it: "Word".
	Name        string
	ContentType string
	// Endings are those that names of such files have: ".jpg", ".jpeg".
	Endings []string
}

// InspectedFile is an upload that may be kept.
type InspectedFile struct {
	// Name is cleaned: no path, no control characters, and an ending that fits the content.
	Name        string
	ContentType string
	// SHA256 of the content, in hexadecimal; Size in bytes.
	SHA256 string
	Size   int64
	// Content may differ from what was sent: images are encoded anew, without what cameras write into them.
	Content io.ReadSeekCloser
}

// Index is full-text search over schools, resources and threads. It is derived: it may lag behind the store by seconds,
// and what it finds is read again and authorised again before anyone sees it.
type Index interface {
	// Search finds documents by words, best first.
	Search(ctx context.Context, q TextQuery) (*TextResult, error)
}

// TextQuery asks the index. Text may be mistyped and is stemmed as English.
type TextQuery struct {
	Text string
	// Prefixes limits the hits to these kinds of documents by the prefixes of their ids; empty for all kinds.
	Prefixes []string
	// Filter keeps documents that have at least one of the values for every facet named here.
	Filter map[Facet][]string
	// IDs keeps these documents only; empty for all.
	IDs []string
	// Audiences are those of the viewer; a document is found only if it is for at least one of them.
	Audiences []string
	// Offset and Limit cut the page out of the hits.
	Offset, Limit int
	// Facets asks for counts by these; none for none.
	Facets []Facet
	// Highlights asks for fragments with the words found.
	Highlights bool
}

// Facet is a property that hits are counted by.
type Facet string

// The facets.
const (
	FacetKind      Facet = "kind"      // the prefix of the id: school, resource, thread
	FacetAuthority Facet = "authority" // GSS code
	FacetPhase     Facet = "phase"     // of schools and resources
	FacetTopic     Facet = "topic"     // of resources
	FacetFormat    Facet = "format"    // the ResourceKind of resources
	FacetLicence   Facet = "licence"   // of resources
	FacetTypeGroup Facet = "typeGroup" // of schools
	FacetStatus    Facet = "status"    // of schools
	FacetTypeCode  Facet = "typeCode"  // of schools
	FacetSchool    Facet = "school"    // the school's id, of resources
	FacetMember    Facet = "member"    // "true" for schools that joined
	FacetSpace     Facet = "space"     // of threads
)

// SearchFacets are those that searches for everything count by.
func SearchFacets() []Facet {
	return []Facet{FacetKind, FacetAuthority, FacetPhase, FacetTopic, FacetFormat, FacetLicence, FacetTypeGroup}
}

// TextResult is a page of hits.
type TextResult struct {
	Hits []TextHit
	// Total counts all hits.
	Total int
	// Facets gives the counts that were asked for; nil if none were. It may have to wait until all hits are counted, which goes on meanwhile.
	Facets func() map[Facet][]FacetCount
}

// TextHit is a document that was found.
type TextHit struct {
	ID         string
	Score      float64
	Highlights []Highlight
}

// Highlight is a piece of a field's text in which words were found.
type Highlight struct {
	// Field is the name of the field in the API: "title", "summary", "body", "name".
	Field string
	// Fragment is HTML: the text escaped, and each word found in <mark>.
	Fragment string
}

// FacetCount is how many hits have a value.
type FacetCount struct {
	Value string
	Count int
}
