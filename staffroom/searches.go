package staffroom

import "context"

// Searches is full-text search over everything that the viewer may see.
type Searches struct{ *Ports }

// SearchInput is a question in words.
type SearchInput struct {
	// Query is words, also mistyped; empty for everything that the filter keeps.
	Query string
	// Types are prefixes of ids: PrefixSchool, PrefixResource, PrefixThread; empty for all three.
	Types  []string
	Filter SearchFilter
	// Facets and Highlights ask for what costs extra.
	Facets, Highlights bool
}

// SearchFilter narrows a search; lists in it mean "one of", and empty ones do not narrow.
type SearchFilter struct {
	Authorities []string // GSS codes; see areas
	Phases      []Phase
	Topics      []string
	Kinds       []ResourceKind
	Licences    []Licence
	TypeGroups  []TypeGroup
	// MembersOnly keeps schools that joined the network.
	MembersOnly bool
}

// SearchHit is something that was found: a *School, a *Resource or a *Thread.
type SearchHit struct {
	Document   any
	Highlights []Highlight
	id, order  string
	place      int
}

// Cursor is where the hit is in all that was found. It takes some work, and few ask for it.
func (h *SearchHit) Cursor() string { return EncodeCursor(h.order, h.place, h.id) }

// SearchResult is a page of hits, best first.
type SearchResult struct {
	Hits []SearchHit
	// Total counts all hits, Facets them by property.
	Total                int
	Facets               map[Facet][]FacetCount
	HasNext, HasPrevious bool
}

// maxQuery is how long a question may be, in characters.
const maxQuery = 200

// Search finds schools, resources and threads by words. What the index finds is read from the store and authorised again, so a
// page may hold fewer hits than were asked for.
func (s *Searches) Search(ctx context.Context, in SearchInput, p Paging) (*SearchResult, error) {
	var wrong mistakes
	text := wrong.text(line("query", "The search", in.Query, 0, maxQuery))
	wrong.note(in.check())
	if err := wrong.err(); err != nil {
		return nil, err
	}
	var err error
	if in.Filter.Authorities, err = s.areas(ctx, in.Filter.Authorities); err != nil {
		return nil, err
	}
	q := TextQuery{
		Text: text, Prefixes: in.Types, Filter: in.Filter.facets(), Audiences: ViewerFrom(ctx).Audiences(), Highlights: in.Highlights,
	}
	if in.Facets {
		q.Facets = SearchFacets()
	}
	offset, limit, order, err := textPage(ctx, s.Index, q, p)
	if err != nil {
		return nil, err
	}
	q.Offset, q.Limit = offset, limit
	found, err := s.Index.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	hits, err := s.read(ctx, found.Hits, offset, order)
	if err != nil {
		return nil, err
	}
	result := &SearchResult{
		Hits: hits, Total: found.Total, HasNext: offset+len(found.Hits) < found.Total, HasPrevious: offset > 0,
	}
	if found.Facets != nil {
		result.Facets = found.Facets()
	}
	return result, nil
}

func (in SearchInput) check() error {
	f := in.Filter
	return checkFilter(len(in.Types), len(f.Authorities), len(f.Phases), len(f.Topics), len(f.Kinds), len(f.Licences), len(f.TypeGroups))
}

// read gets the documents of the hits; what is gone or hidden is left out.
func (s *Searches) read(ctx context.Context, hits []TextHit, offset int, order string) ([]SearchHit, error) {
	ids := make([]string, len(hits))
	for i, hit := range hits {
		ids[i] = hit.ID
	}
	docs, err := s.nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]SearchHit, 0, len(hits))
	for i, doc := range docs {
		if doc != nil {
			out = append(out, SearchHit{doc, hits[i].Highlights, hits[i].ID, order, offset + i})
		}
	}
	return out, nil
}

func (f SearchFilter) facets() map[Facet][]string {
	facets := map[Facet][]string{
		FacetAuthority: f.Authorities, FacetTopic: f.Topics,
		FacetPhase: texts(f.Phases), FacetFormat: texts(f.Kinds), FacetLicence: texts(f.Licences), FacetTypeGroup: texts(f.TypeGroups),
	}
	if f.MembersOnly {
		facets[FacetMember] = []string{"true"}
	}
	return withoutEmpty(facets)
}
