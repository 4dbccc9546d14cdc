package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// maxDepth is how far into the hits one can page.
	maxDepth = 10_000
	// maxFacet is how many values of a facet are counted, the most frequent first. There are some 150 authorities.
	maxFacet = 400
	// enough is how many hits without typing errors make it needless to look for more with them.
	enough = 3
)

// Search finds documents by words, best first; without words it lists what the filter leaves, the newest first and schools
// after that by name. BAD_USER_INPUT for a page beyond the first 10,000 hits, UNAVAILABLE once the index is closed.
//
// Hits with typing errors, then hits for most of the words, are added only if there are next to none without.
func (ix *Index) Search(ctx context.Context, q staffroom.TextQuery) (*staffroom.TextResult, error) {
	if q.Offset < 0 || q.Offset > maxDepth || q.Limit < 0 || q.Limit > maxDepth-q.Offset {
		return nil, staffroom.Invalid("", "A search shows the first %d hits. Narrow it with a filter or with more words.", maxDepth)
	}
	if strings.TrimSpace(q.Text) == "" {
		return ix.list(ctx, q)
	}
	found := readWords(ix, q.Text)
	if len(found) == 0 {
		return &staffroom.TextResult{Facets: map[staffroom.Facet][]staffroom.FacetCount{}}, nil
	}
	how, err := ix.strictness(ctx, found, q)
	if err != nil {
		return nil, err
	}
	matches := textQuery(found, how)
	request := newRequest(q, matches)
	if len(q.Prefixes) == 0 || slices.Contains(q.Prefixes, staffroom.PrefixSchool) {
		request = newRequest(q, closedLower(matches))
	}
	request.SortBy([]string{"-_score", "_id"})
	result, err := ix.run(ctx, request)
	if err == nil && q.Highlights {
		err = ix.highlight(ctx, result.Hits, matches)
	}
	return result, err
}

// list gives what the filter leaves.
func (ix *Index) list(ctx context.Context, q staffroom.TextQuery) (*staffroom.TextResult, error) {
	request := newRequest(q, bleve.NewMatchAllQuery())
	request.SortBy([]string{"-" + fieldNewest, fieldOrder, "_id"})
	request.Score = "none"
	return ix.run(ctx, request)
}

// strictness is the closest match that finds enough. It depends on the words and the filter alone, so that all pages of a
// search agree.
func (ix *Index) strictness(ctx context.Context, words []word, q staffroom.TextQuery) (strictness, error) {
	for _, how := range []struct {
		strictness
		enough int
	}{{exact, enough}, {tolerant, 1}} {
		n, err := ix.count(ctx, words, how.strictness, q)
		if err != nil || n >= how.enough {
			return how.strictness, err
		}
	}
	if len(words) < 3 {
		return tolerant, nil
	}
	return loose, nil
}

func (ix *Index) count(ctx context.Context, words []word, how strictness, q staffroom.TextQuery) (int, error) {
	request := newRequest(staffroom.TextQuery{Prefixes: q.Prefixes, Filter: q.Filter, IDs: q.IDs, Audiences: q.Audiences}, textQuery(words, how))
	request.Score = "none"
	result, err := ix.run(ctx, request)
	if err != nil {
		return 0, err
	}
	return result.Total, nil
}

// newRequest asks for the page of q, out of what matches and passes the filter.
func newRequest(q staffroom.TextQuery, matches query.Query) *bleve.SearchRequest {
	both := bleve.NewConjunctionQuery(matches, filterQuery(q))
	request := bleve.NewSearchRequestOptions(both, q.Limit, q.Offset, false)
	for _, facet := range q.Facets {
		request.AddFacet(string(facet), bleve.NewFacetRequest(string(facet), maxFacet))
	}
	return request
}

func (ix *Index) run(ctx context.Context, request *bleve.SearchRequest) (*staffroom.TextResult, error) {
	found, err := ix.ask(ctx, request)
	if err != nil {
		return nil, err
	}
	result := &staffroom.TextResult{
		Total:  int(found.Total), // no index holds more documents than an int counts
		Hits:   make([]staffroom.TextHit, len(found.Hits)),
		Facets: make(map[staffroom.Facet][]staffroom.FacetCount, len(found.Facets)),
	}
	for i, hit := range found.Hits {
		result.Hits[i] = staffroom.TextHit{ID: hit.ID, Score: hit.Score}
	}
	for name, facet := range found.Facets {
		counts := []staffroom.FacetCount{}
		for _, term := range facet.Terms.Terms() {
			counts = append(counts, staffroom.FacetCount{Value: term.Term, Count: term.Count})
		}
		result.Facets[staffroom.Facet(name)] = counts
	}
	return result, nil
}

// ask gives Bleve's answer, with errors as Search promises them.
func (ix *Index) ask(ctx context.Context, request *bleve.SearchRequest) (*bleve.SearchResult, error) {
	found, err := ix.bleve.SearchInContext(ctx, request)
	switch {
	case errors.Is(err, bleve.ErrorIndexClosed):
		return nil, &staffroom.Error{Code: staffroom.CodeUnavailable, Message: "Search is shutting down. Try again in a moment.", Cause: err}
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}
