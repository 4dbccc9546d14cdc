package search

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/staffroom-schools/staffroom/markdown"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Fields of the index beside the facets, which are named like themselves. The first four are those of the API.
const (
	fieldName     = "name"
	fieldTitle    = "title"
	fieldSummary  = "summary"
	fieldBody     = "body"
	fieldDetails  = "details"  // what else a school is looked up by: URN, postcode, town, trust
	fieldAudience = "audience" // who may find it
	fieldClosed   = "closed"   // "true" for closed schools, absent for everything else
	fieldPlace    = "place"    // orders lists without words
	fieldWords    = "words"    // all words of the texts
	fieldBits     = "bits"     // the same, by the bits of their impacts' levels
)

// How much of a long text is indexed.
const (
	maxBody  = 400_000 // bytes: as much as the characters of a body may be
	maxPosts = 50      // of a thread
)

const (
	showOptions  = index.StoreField
	findOptions  = index.IndexField | index.SkipFreqNorm
	placeOptions = index.IndexField | index.SkipFreqNorm | index.StoreField | index.DocValues
)

// builder makes the documents of the index out of those of the store.
type builder struct {
	analyzer analysis.Analyzer
	posts    staffroom.Collection[staffroom.Post]
}

// draft is a document of the index while it is made.
type draft struct {
	*document.Document
	*content
}

// draft begins a document whose place in lists without words is as given; see dated and named.
func (b *builder) draft(kind, id, place string) draft {
	d := draft{document.NewDocument(id), newContent(b.analyzer)}
	place += "\x00" + id
	d.AddField(document.NewTextFieldCustom(fieldPlace, nil, []byte(place), placeOptions, nil)) // the first, as it is read alone
	d.terms(string(staffroom.FacetKind), kind)
	return d
}

// dated is the place among those with a time: the newest first.
func dated(t staffroom.Time, folded string) string {
	return fmt.Sprintf("0%019d%s", 1<<62-t.UnixMilli(), folded)
}

// named is the place among those with a name only, who come after those with a time.
func named(folded string) string { return "1" + folded }

// text adds words to search and to show.
func (d draft) text(field, value string) {
	if value != "" {
		d.AddField(document.NewTextFieldCustom(field, nil, []byte(value), showOptions, nil))
		d.find(field, value)
	}
}

// find adds words to search only.
func (d draft) find(field, value string) {
	for _, f := range weights() {
		if f.field == field {
			d.texts = append(d.texts, fieldText{f, value})
		}
	}
}

// details adds what else a document is found by.
func (d draft) details(values ...string) { d.find(fieldDetails, strings.Join(values, " ")) }

// whole is the document once everything was added.
func (d draft) whole() *document.Document {
	d.AddField(d.words)
	d.AddField(d.bits)
	return d.Document
}

// terms adds values as they are, to filter and count by; empty ones are left out.
func (d draft) terms(field string, values ...string) {
	for i, value := range values {
		if value != "" {
			at := []uint64{uint64(i)} // an index of a slice is never negative
			d.AddField(document.NewTextFieldCustom(field, at, []byte(value), findOptions, nil))
		}
	}
}

func (d draft) facet(f staffroom.Facet, values ...string) { d.terms(string(f), values...) }

// school makes the document of a school. Closed ones are found too, after the others.
func (b *builder) school(_ context.Context, s *staffroom.School) (*document.Document, error) {
	d := b.draft(staffroom.PrefixSchool, s.ID, named(s.SortName))
	d.text(fieldName, s.Name)
	d.details(s.URN, s.Postcode, strings.ReplaceAll(s.Postcode, " ", ""), s.Locality, s.Town, s.TrustName)
	d.facet(staffroom.FacetAuthority, s.AuthorityCode)
	d.facet(staffroom.FacetPhase, string(s.Phase))
	d.facet(staffroom.FacetTypeGroup, string(s.TypeGroup))
	d.facet(staffroom.FacetTypeCode, s.TypeCode)
	d.facet(staffroom.FacetStatus, string(s.Status))
	d.facet(staffroom.FacetMember, strconv.FormatBool(!s.JoinedAt.IsZero()))
	d.terms(fieldAudience, staffroom.AudienceEveryone)
	if s.Status == staffroom.SchoolClosed {
		d.terms(fieldClosed, "true")
	}
	return d.whole(), nil
}

// resource makes the document of a published resource; nil for any other.
func (b *builder) resource(_ context.Context, r *staffroom.Resource) (*document.Document, error) {
	if r.Status != staffroom.StatusPublished || len(r.Audience) == 0 {
		return nil, nil // nil is the answer: it does not belong into the index
	}
	d := b.draft(staffroom.PrefixResource, r.ID, dated(r.PublishedAt, r.SortTitle))
	d.text(fieldTitle, r.Title)
	d.text(fieldSummary, r.Summary)
	d.text(fieldBody, cut(markdown.Text(cut(r.Body))))
	d.details(filedUnder(r))
	d.facet(staffroom.FacetAuthority, r.AuthorityCode)
	d.facet(staffroom.FacetPhase, texts(r.Phases)...)
	d.facet(staffroom.FacetTopic, r.Topics...)
	d.facet(staffroom.FacetFormat, string(r.Kind))
	d.facet(staffroom.FacetLicence, string(r.Licence))
	d.facet(staffroom.FacetSchool, r.SchoolID)
	d.terms(fieldAudience, r.Audience...)
	return d.whole(), nil
}

// filedUnder is the names of a resource's topics, phases and kind: what it is about, even where its own words are others.
func filedUnder(r *staffroom.Resource) string {
	names := []string{strings.ToLower(strings.ReplaceAll(string(r.Kind), "_", " "))}
	for _, id := range r.Topics {
		if topic, ok := staffroom.TopicByID(id); ok {
			names = append(names, topic.Name)
		}
	}
	for _, phase := range r.Phases {
		names = append(names, strings.ToLower(strings.ReplaceAll(string(phase), "_", " ")))
	}
	return strings.Join(names, ", ")
}

// thread makes the document of a thread with its first posts.
func (b *builder) thread(ctx context.Context, t *staffroom.Thread) (*document.Document, error) {
	posts, err := b.posts.Find(ctx, staffroom.Query{
		Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldPostThread, t.ID)},
		By:    staffroom.FieldPostCreatedAt,
		Limit: maxPosts,
	})
	if err != nil {
		return nil, err
	}
	d := b.draft(staffroom.PrefixThread, t.ID, dated(t.LastActivityAt, staffroom.Fold(t.Title)))
	d.text(fieldTitle, t.Title)
	d.text(fieldBody, discussion(posts.Items))
	d.facet(staffroom.FacetSpace, string(t.Space))
	d.facet(staffroom.FacetAuthority, t.Space.AuthorityCode())
	d.terms(fieldAudience, staffroom.AudienceMembers)
	return d.whole(), nil
}

func discussion(posts []*staffroom.Post) string {
	var text strings.Builder
	for _, p := range posts {
		if text.Len() > maxBody {
			break
		}
		text.WriteString(markdown.Text(cut(p.Body)))
		text.WriteString("\n\n")
	}
	return cut(strings.TrimSpace(text.String()))
}

// cut shortens text to what is indexed of it, between two characters.
func cut(text string) string {
	if len(text) <= maxBody {
		return text
	}
	end := maxBody
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

func texts[S ~string](values []S) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
