package resolvers

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Search is the field Query.search.
func (q query) Search(
	ctx context.Context, text string, types []graph.SearchType, filter *staffroom.SearchFilter, first *int, after *string, last *int, before *string,
) (*graph.SearchConnection, error) {
	input := staffroom.SearchInput{
		Query: text, Filter: orZero(filter),
		Facets: asks(ctx, "facets"), Highlights: asks(ctx, "edges", "highlights"),
	}
	for _, t := range types {
		input.Types = append(input.Types, strings.ToLower(string(t))) // the prefixes of ids are these words
	}
	found, err := q.network.Searches.Search(ctx, input, page(first, after, last, before))
	if err != nil {
		return nil, err
	}
	facets, err := q.facets(ctx, found.Facets)
	return searchConnection(ctx, found, facets), err
}

func searchConnection(ctx context.Context, found *staffroom.SearchResult, facets []*graph.SearchFacet) *graph.SearchConnection {
	cursors := asks(ctx, "edges", "cursor")
	c := &graph.SearchConnection{
		TotalCount: found.Total, Facets: facets,
		PageInfo: &relay.PageInfo{HasNextPage: found.HasNext, HasPreviousPage: found.HasPrevious},
	}
	for i := range found.Hits {
		hit := &found.Hits[i]
		node, _ := hit.Document.(staffroom.Document) // every hit is one
		c.Nodes = append(c.Nodes, node)
		edge := &graph.SearchEdge{Node: node}
		if cursors {
			edge.Cursor = hit.Cursor()
		}
		for j := range hit.Highlights {
			edge.Highlights = append(edge.Highlights, &hit.Highlights[j])
		}
		c.Edges = append(c.Edges, edge)
	}
	if n := len(found.Hits); n > 0 && asks(ctx, "pageInfo") {
		first, last := found.Hits[0].Cursor(), found.Hits[n-1].Cursor()
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &first, &last
	}
	return c
}

// facets puts the counts into the order of the schema, and names their values for people if somebody asks for that.
func (q query) facets(ctx context.Context, counts map[staffroom.Facet][]staffroom.FacetCount) ([]*graph.SearchFacet, error) {
	var facets []*graph.SearchFacet
	labelled := asks(ctx, "facets", "values", "label")
	for _, named := range []struct {
		name  graph.SearchFacetName
		facet staffroom.Facet
	}{
		{graph.SearchFacetNameType, staffroom.FacetKind},
		{graph.SearchFacetNameAuthority, staffroom.FacetAuthority},
		{graph.SearchFacetNamePhase, staffroom.FacetPhase},
		{graph.SearchFacetNameTopic, staffroom.FacetTopic},
		{graph.SearchFacetNameKind, staffroom.FacetFormat},
		{graph.SearchFacetNameLicence, staffroom.FacetLicence},
		{graph.SearchFacetNameTypeGroup, staffroom.FacetTypeGroup},
	} {
		if len(counts[named.facet]) == 0 {
			continue
		}
		labels := make([]*string, len(counts[named.facet]))
		if labelled {
			if err := q.label(ctx, named.facet, counts[named.facet], labels); err != nil {
				return nil, err
			}
		}
		facet := &graph.SearchFacet{Name: named.name}
		for i, c := range counts[named.facet] {
			facet.Values = append(facet.Values, &graph.SearchFacetValue{Value: facetValue(named.facet, c.Value), Label: labels[i], Count: c.Count})
		}
		facets = append(facets, facet)
	}
	return facets, nil
}

// facetValue is the value as a filter takes it: the types of results are prefixes of ids in the index.
func facetValue(facet staffroom.Facet, value string) string {
	if facet == staffroom.FacetKind {
		return strings.ToUpper(value)
	}
	return value
}

// label fills in what people call the values of the facet, in the order of counts; where the value itself is all there is it leaves nil.
func (q query) label(ctx context.Context, facet staffroom.Facet, counts []staffroom.FacetCount, labels []*string) error {
	switch facet {
	case staffroom.FacetTopic:
		for i, c := range counts {
			if topic, ok := staffroom.TopicByID(c.Value); ok {
				labels[i] = &topic.Name
			}
		}
	case staffroom.FacetAuthority:
		codes := make([]string, len(counts))
		for i, c := range counts {
			codes[i] = c.Value
		}
		found, err := q.network.Authorities.ByCodes(ctx, codes)
		if err != nil {
			return err
		}
		for i, a := range found {
			if a != nil {
				labels[i] = &a.Name
			}
		}
	}
	return nil
}

// asks says whether the operation asks for the field at path below the field that is being resolved.
func asks(ctx context.Context, path ...string) bool {
	return selects(graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field.Selections, path)
}

func selects(op *graphql.OperationContext, set ast.SelectionSet, path []string) bool {
	for _, field := range graphql.CollectFields(op, set, nil) {
		if field.Name == path[0] && (len(path) == 1 || selects(op, field.Selections, path[1:])) {
			return true
		}
	}
	return false
}
