package staffroom

import (
	"context"
	"io"
	"slices"
	"strings"
)

// Resources is the practice that schools share: what can be read. How it is made is in resource_edit.go.
type Resources struct{ *Ports }

// ResourceFilter narrows a list of resources; lists in it mean "one of", and empty ones do not narrow.
type ResourceFilter struct {
	Authorities  []string // GSS codes; see areas
	Schools      []string // ids
	Authors      []string // ids
	Kinds        []ResourceKind
	Topics       []string
	Phases       []Phase
	Licences     []Licence
	Visibilities []Visibility
	// Statuses other than PUBLISHED need Authors to be the viewer alone, or Schools to be the one school he looks after.
	Statuses []ResourceStatus
	// Text is words, also mistyped; with it only published resources are found, ordered by relevance.
	Text string
	// PublishedFrom and PublishedTo bound PublishedAt; the latter is excluded.
	PublishedFrom, PublishedTo Time
}

// ResourceOrderBy is what a list of resources is ordered by.
type ResourceOrderBy string

// The orders of resources.
const (
	ResourcesByPublished ResourceOrderBy = "PUBLISHED_AT" // published resources only
	ResourcesByTitle     ResourceOrderBy = "TITLE"
	ResourcesByChanged   ResourceOrderBy = "CHANGED_AT" // one's own, or those of one's school
)

// ResourceOrder orders resources. The zero order is: the newest first.
type ResourceOrder struct {
	By  ResourceOrderBy
	Asc bool
}

// ByIDs is aligned with ids: nil where there is no such resource, or the viewer may not read it.
func (s *Resources) ByIDs(ctx context.Context, ids []string) ([]*Resource, error) {
	resources, err := s.Store.Resources.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	viewer := ViewerFrom(ctx)
	for i, r := range resources {
		if r != nil && !viewer.mayRead(r) {
			resources[i] = nil
		}
	}
	return resources, nil
}

// ByID is NOT_FOUND if there is no such resource or the viewer may not read it.
func (s *Resources) ByID(ctx context.Context, id string) (*Resource, error) {
	found, err := s.ByIDs(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, NotFound("resource")
	}
	return found[0], nil
}

// MayEdit says whether the viewer may change the resource.
func (s *Resources) MayEdit(ctx context.Context, r *Resource) bool {
	viewer := ViewerFrom(ctx)
	return viewer.may(EditResource, viewer.toResource(r)...)
}

// Find lists the resources that the viewer may read: the newest first, or by relevance if the filter has a text.
func (s *Resources) Find(ctx context.Context, f ResourceFilter, o ResourceOrder, p Paging) (*List[Resource], error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	var err error
	if f.Authorities, err = s.areas(ctx, f.Authorities); err != nil {
		return nil, err
	}
	hidden, err := f.hidden(ViewerFrom(ctx))
	switch {
	case err != nil:
		return nil, err
	case hidden && strings.TrimSpace(f.Text) != "":
		return nil, Invalid("filter.text", "Only published resources can be searched by words.")
	case hidden && o.By != "" && o.By != ResourcesByChanged:
		return nil, Invalid("orderBy", "Drafts and withdrawn resources are ordered by their last change.")
	case hidden:
		return find(ctx, s.Store.Resources, Query{Where: f.where(), By: FieldResourceChangedAt, Desc: !o.Asc}, p)
	case strings.TrimSpace(f.Text) != "" && o.By != "":
		return nil, Invalid("orderBy", "Resources found by words are listed by how well they fit. Leave the order out.")
	case strings.TrimSpace(f.Text) != "":
		return s.byText(ctx, f, p)
	}
	return s.published(ctx, f, o, p)
}

// published lists what is published, and nothing else, with all that the filter asks for beside words.
func (s *Resources) published(ctx context.Context, f ResourceFilter, o ResourceOrder, p Paging) (*List[Resource], error) {
	f.Statuses = nil // what is withdrawn has no audience
	q := Query{Where: append(f.where(), audienceOf(ViewerFrom(ctx), f.Schools...)), By: FieldResourcePublishedAt, Desc: !o.Asc}
	switch o.By {
	case "", ResourcesByPublished:
	case ResourcesByTitle:
		if q.By = FieldResourceTitle; len(q.Where) > 1 {
			q.Where = append(q.Where, wasPublished()) // which lets indexes serve that are of nothing else
		}
	default:
		return nil, Invalid("orderBy", "Published resources are ordered by publication or by title.")
	}
	list, err := find(ctx, s.Store.Resources, q, p)
	if err != nil {
		return nil, err
	}
	list.total = func(ctx context.Context) (int, error) {
		return s.Store.Resources.Count(ctx, append(slices.Clone(q.Where), wasPublished())...) // which indexes of few have
	}
	return list, nil
}

// audienceOf asks for published resources that the viewer finds in lists. One audience always suffices, so that an index gives
// the order: what is for everyone is for members too, and what is for the members of a school is in the list of that school.
func audienceOf(v *Viewer, schools ...string) Cond {
	audiences := v.Audiences()
	switch {
	case len(schools) == 1 && slices.Contains(audiences, schools[0]):
		return Contains(FieldResourceAudience, schools[0])
	case slices.Contains(audiences, AudienceMembers):
		return Contains(FieldResourceAudience, AudienceMembers)
	default:
		return Contains(FieldResourceAudience, AudienceEveryone)
	}
}

// hidden says whether f asks for resources that are in nobody's lists: drafts and withdrawn ones. They are listed by one author
// or one school only, for those who may read them.
func (f ResourceFilter) hidden(v *Viewer) (bool, error) {
	if !slices.ContainsFunc(f.Statuses, func(s ResourceStatus) bool { return s != StatusPublished }) {
		return false, nil
	}
	var whose []Whose
	if slices.Equal(f.Authors, []string{v.MemberID()}) {
		whose = append(whose, Own)
	}
	if slices.Equal(f.Schools, []string{v.SchoolID()}) && v.SchoolID() != "" {
		whose = append(whose, OwnSchool)
	}
	if (len(f.Authors) == 1 || len(f.Schools) == 1) && v.may(ReadHiddenResource, whose...) {
		return true, nil
	}
	return false, Invalid("filter.statuses",
		"Drafts and withdrawn resources are listed only with yourself as the one author, or with your own school if you look after it.")
}

func (f ResourceFilter) check() error {
	var wrong mistakes
	wrong.text(line("filter.text", "The text", f.Text, 0, maxQuery))
	wrong.note(checkFilter(len(f.Authorities), len(f.Schools), len(f.Authors), len(f.Kinds), len(f.Topics), len(f.Phases),
		len(f.Licences), len(f.Visibilities), len(f.Statuses)))
	return wrong.err()
}

func (f ResourceFilter) where() []Cond {
	where := appendOneOf(nil, FieldResourceAuthority, f.Authorities)
	where = appendOneOf(where, FieldResourceSchool, f.Schools)
	where = appendContains(where, FieldResourceAuthors, f.Authors)
	where = appendOneOf(where, FieldResourceKind, f.Kinds)
	where = appendContains(where, FieldResourceTopics, f.Topics)
	where = appendContains(where, FieldResourcePhases, f.Phases)
	where = appendOneOf(where, FieldResourceLicence, f.Licences)
	where = appendOneOf(where, FieldResourceVisibility, f.Visibilities)
	where = appendOneOf(where, FieldResourceStatus, f.Statuses)
	if !f.PublishedFrom.IsZero() || !f.PublishedTo.IsZero() {
		where = append(where, Between(FieldResourcePublishedAt, orNil(f.PublishedFrom), orNil(f.PublishedTo)))
	}
	return where
}

func orNil(t Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func (s *Resources) byText(ctx context.Context, f ResourceFilter, p Paging) (*List[Resource], error) {
	switch {
	case len(f.Authors)+len(f.Visibilities) > 0:
		return nil, Invalid("filter.text", "A text cannot be combined with authors or visibilities.")
	case !f.PublishedFrom.IsZero() || !f.PublishedTo.IsZero():
		return nil, Invalid("filter.text", "A text cannot be combined with times of publication.")
	}
	q := TextQuery{Text: f.Text, Prefixes: []string{PrefixResource}, Audiences: ViewerFrom(ctx).Audiences(), Filter: withoutEmpty(map[Facet][]string{
		FacetAuthority: f.Authorities, FacetSchool: f.Schools, FacetTopic: f.Topics,
		FacetFormat: texts(f.Kinds), FacetPhase: texts(f.Phases), FacetLicence: texts(f.Licences),
	})}
	return findText(ctx, s.Index, q, p, s.ByIDs)
}

// CountBySchools counts, for each of the schools, the published resources that the viewer finds in lists; a school without any
// is left out.
func (s *Resources) CountBySchools(ctx context.Context, schoolIDs []string) (map[string]int, error) {
	return s.Store.Resources.CountBy(ctx, FieldResourceSchool, schoolIDs, audienceOf(ViewerFrom(ctx)), wasPublished())
}

// UploadRules says what may be attached to a resource.
func (s *Resources) UploadRules() *UploadRules {
	rules := s.Inspector.Rules()
	rules.MaxFiles = maxFiles
	return &rules
}

// OpenFile opens a file of a resource that the viewer may read. The caller closes it.
func (s *Resources) OpenFile(ctx context.Context, resourceID, fileID string) (*File, io.ReadSeekCloser, error) {
	r, err := s.ByID(ctx, resourceID)
	if err != nil {
		return nil, nil, err
	}
	file := r.File(fileID)
	if file == nil {
		return nil, nil, NotFound("file")
	}
	content, err := s.Blobs.Open(ctx, file.Key)
	if err != nil {
		return nil, nil, err
	}
	return file, content, nil
}
