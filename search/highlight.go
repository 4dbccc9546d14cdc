package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/highlight"
	htmlformat "github.com/blevesearch/bleve/v2/search/highlight/format/html"
	"github.com/blevesearch/bleve/v2/search/highlight/fragmenter/simple"
	simplehighlighter "github.com/blevesearch/bleve/v2/search/highlight/highlighter/simple"

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

// highlight fills in the highlights of hits: it looks for the words in their texts again.
func (ix *Index) highlight(ctx context.Context, v *view, hits []hit, shown []staffroom.TextHit, words []word, how strictness) error {
	wanted, err := want(v.snapshot, words, how)
	if err != nil {
		return err
	}
	for i, h := range hits {
		if err := ctx.Err(); err != nil { // a page of long texts takes a while
			return err
		}
		texts, err := h.texts()
		if err != nil {
			return err
		}
		for _, field := range highlighted() {
			if fragment := fragmentOf(field, texts[field], places(ix.analyzer, field, texts[field], wanted)); fragment != "" {
				shown[i].Highlights = append(shown[i].Highlights, staffroom.Highlight{Field: field, Fragment: fragment})
			}
		}
	}
	return nil
}

// texts are what of a hit is shown, by field.
func (h *hit) texts() (map[string][]byte, error) {
	texts := map[string][]byte{}
	err := h.VisitStoredFields(uint64(h.doc), func(field string, _ byte, content []byte, _ []uint64) bool {
		texts[field] = slices.Clone(content)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("search: read a hit's texts: %w", err)
	}
	return texts, nil
}

// fragmentOf is the piece of a field with the most words found: escaped HTML with the words in <mark>; empty if there are none.
func fragmentOf(field string, text []byte, places blevesearch.TermLocationMap) string {
	if len(places) == 0 {
		return ""
	}
	stored := document.NewDocument("")
	stored.AddField(document.NewTextField(field, nil, text))
	match := &blevesearch.DocumentMatch{Locations: blevesearch.FieldTermLocationMap{field: places}}
	for _, fragment := range newHighlighter().BestFragmentsInField(match, stored, field, 1) {
		if strings.Contains(fragment, markOpen) {
			return fragment
		}
	}
	return ""
}

// places are the first ones in a text where words stand that were searched for.
func places(analyzer analysis.Analyzer, field string, text []byte, words []wanted) blevesearch.TermLocationMap {
	found, marks := blevesearch.TermLocationMap{}, 0
	for _, token := range analyzer.Analyze(slices.Clone(text)) {
		if marks == maxMarks {
			break
		}
		term := string(token.Term)
		if slices.ContainsFunc(words, func(w wanted) bool { return w.is(field, term) }) {
			found.AddLocation(term, &blevesearch.Location{Pos: uint64(token.Position), Start: uint64(token.Start), End: uint64(token.End)})
			marks++
		}
	}
	return found
}

// is says whether a term of a field is what the word finds there.
func (w wanted) is(field, term string) bool {
	if term == w.full || term == w.stem {
		return true
	}
	if w.last && strings.HasPrefix(term, w.full) {
		at := slices.IndexFunc(weights(), func(f fieldWeight) bool { return f.field == field })
		return utf8.RuneCountInString(w.full) >= weights()[at].prefix
	}
	_, first := utf8.DecodeRuneInString(w.full)
	if w.mistyped == nil || !strings.HasPrefix(term, w.full[:first]) {
		return false
	}
	near, _ := w.mistyped.MatchAndDistance(term)
	return near
}

const (
	markOpen  = "<mark>"
	markClose = "</mark>"
)

func newHighlighter() highlight.Highlighter {
	return simplehighlighter.NewHighlighter(simple.NewFragmenter(fragmentSize), htmlformat.NewFragmentFormatter(markOpen, markClose), "…")
}
