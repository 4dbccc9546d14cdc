package search

import (
	"context"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/document"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/highlight"
	htmlformat "github.com/blevesearch/bleve/v2/search/highlight/format/html"
	"github.com/blevesearch/bleve/v2/search/highlight/fragmenter/simple"
	simplehighlighter "github.com/blevesearch/bleve/v2/search/highlight/highlighter/simple"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	fragmentSize = 200 // characters
	// maxMarks is how many places of a field are looked at: Bleve's work grows with their square, and a text may be
	// made of nothing else.
	maxMarks = 100
)

// highlighted are the fields that show why a document was found, in the order in which they are shown.
func highlighted() []string { return []string{fieldName, fieldTitle, fieldSummary, fieldBody} }

// highlight fills in the highlights of hits. It asks again for these alone: noting the places of words in every document that
// matches would cost more than the search.
func (ix *Index) highlight(ctx context.Context, hits []staffroom.TextHit, matches query.Query) error {
	ids := make([]string, len(hits))
	for i, hit := range hits {
		ids[i] = hit.ID
	}
	request := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(matches, bleve.NewDocIDQuery(ids)), len(ids), 0, false)
	request.IncludeLocations = true
	request.Fields = highlighted()
	found, err := ix.ask(ctx, request)
	if err != nil {
		return err
	}
	for _, match := range found.Hits {
		hits[slices.Index(ids, match.ID)].Highlights = highlights(match)
	}
	return nil
}

// highlights are the pieces of a hit in which words were found: escaped HTML with the words in <mark>.
func highlights(hit *blevesearch.DocumentMatch) []staffroom.Highlight {
	var found []staffroom.Highlight
	for _, field := range highlighted() {
		text, _ := hit.Fields[field].(string)
		places, ok := hit.Locations[field]
		if !ok || text == "" {
			continue
		}
		hit.Locations[field] = firstPlaces(places)
		stored := document.NewDocument(hit.ID)
		stored.AddField(document.NewTextField(field, nil, []byte(text)))
		for _, fragment := range newHighlighter().BestFragmentsInField(hit, stored, field, 1) {
			if strings.Contains(fragment, markOpen) {
				found = append(found, staffroom.Highlight{Field: field, Fragment: fragment})
			}
		}
	}
	return found
}

const (
	markOpen  = "<mark>"
	markClose = "</mark>"
)

func newHighlighter() highlight.Highlighter {
	return simplehighlighter.NewHighlighter(simple.NewFragmenter(fragmentSize), htmlformat.NewFragmentFormatter(markOpen, markClose), "…")
}

// firstPlaces keeps the first places in the text, whatever word they are of.
func firstPlaces(places blevesearch.TermLocationMap) blevesearch.TermLocationMap {
	var starts []uint64
	for _, locations := range places {
		for _, l := range locations {
			starts = append(starts, l.Start)
		}
	}
	if len(starts) <= maxMarks {
		return places
	}
	slices.Sort(starts)
	kept := blevesearch.TermLocationMap{}
	for term, locations := range places {
		for _, l := range locations {
			if l.Start < starts[maxMarks] {
				kept.AddLocation(term, l)
			}
		}
	}
	return kept
}
