package search

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// What is read of a query's text. More does not find better, and costs.
const (
	maxText  = 200 // characters
	maxWords = 16
)

// How much a word found in a field weighs.
type fieldWeight struct {
	field  string
	weight float64
	// prefix is how many letters a word must have to stand for all words that it begins; short beginnings of words in
	// long texts find everything.
	prefix int
}

func weights() []fieldWeight {
	return []fieldWeight{
		{fieldName, 5, 2},
		{fieldTitle, 5, 2},
		{fieldDetails, 3, 3},
		{fieldSummary, 2, 3},
		{fieldBody, 1, 4},
	}
}

// How much a hit weighs beside that of the very word.
const (
	weightStem   = 0.7
	weightPrefix = 0.4
	weightFuzzy  = 0.2
	weightClosed = 0.5
)

// strictness is how closely a document must match the words.
type strictness int

const (
	exact    strictness = iota // every word, in any inflection
	tolerant                   // every word, also mistyped
	loose                      // two thirds of the words, also mistyped
)

// readWords are the words to search for. The last one may be unfinished.
func readWords(ix *Index, text string) []word {
	if utf8.RuneCountInString(text) > maxText {
		text = string([]rune(text)[:maxText])
	}
	found := words(ix.analyzer, text)
	if len(found) > maxWords {
		found = found[:maxWords]
	}
	if len(found) == 0 { // nothing but stop words: the last may be the beginning of another word
		if raw := strings.Fields(strings.ToLower(text)); len(raw) > 0 {
			last := raw[len(raw)-1]
			found = []word{{full: last, stem: last}}
		}
	}
	return found
}

// textQuery finds the documents that match all (or most) words, and scores them.
func textQuery(words []word, how strictness) query.Query {
	each := make([]query.Query, len(words))
	for i, w := range words {
		each[i] = wordQuery(w, i == len(words)-1, how)
	}
	if how != loose {
		return bleve.NewConjunctionQuery(each...)
	}
	most := bleve.NewDisjunctionQuery(each...)
	most.SetMin(float64((2*len(words) + 2) / 3)) // two thirds, rounded up
	return most
}

// closedLower scores what matches, closed schools behind open ones that match alike.
func closedLower(matches query.Query) query.Query {
	score := func(d *search.DocumentMatch) float64 {
		if _, closed := d.Fields[fieldClosed]; closed {
			return d.Score * weightClosed
		}
		return d.Score
	}
	return query.NewCustomScoreQueryWithScorer(matches, score, []string{fieldClosed}, nil)
}

// wordQuery finds one word in any field.
func wordQuery(w word, last bool, how strictness) query.Query {
	var ways []query.Query
	for _, f := range weights() {
		ways = append(ways, termQuery(f.field, w.full, f.weight))
		if w.stem != w.full {
			ways = append(ways, termQuery(f.field, w.stem, f.weight*weightStem))
		}
		if last && utf8.RuneCountInString(w.full) >= f.prefix {
			q := bleve.NewPrefixQuery(w.full)
			q.SetField(f.field)
			q.SetBoost(f.weight * weightPrefix)
			ways = append(ways, q)
		}
		if edits := tolerated(w.full); how != exact && edits > 0 {
			q := bleve.NewFuzzyQuery(w.full)
			q.SetField(f.field)
			q.SetFuzziness(edits)
			q.SetPrefix(1) // people get the first letter right, and without it every search reads the whole dictionary
			q.SetBoost(f.weight * weightFuzzy)
			ways = append(ways, q)
		}
	}
	return bleve.NewDisjunctionQuery(ways...)
}

// tolerated is how many letters of a word may be wrong. Numbers must be right.
func tolerated(word string) int {
	length := utf8.RuneCountInString(word)
	switch {
	case length < 4 || length > 30 || strings.ContainsAny(word, "0123456789"):
		return 0
	case length < 8:
		return 1
	default:
		return 2
	}
}

// unscored finds what its query finds, which then adds nothing that sets hits apart. Bleve's own filter clause is no choice: with it, a
// text that matches nothing finds everything that the filter leaves (v2.6.0, BooleanQuery.Searcher).
type unscored struct{ query.Query }

// Searcher implements Bleve's query.Query.
func (q unscored) Searcher(ctx context.Context, r index.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	return q.Query.Searcher(ctx, r, m, search.SearcherOptions{Score: "none", Explain: o.Explain})
}

// filterQuery keeps what the viewer may find and what the filter names. It does not score.
func filterQuery(q staffroom.TextQuery) query.Query {
	all := []query.Query{anyOf(fieldAudience, q.Audiences)}
	if len(q.Prefixes) > 0 {
		all = append(all, anyOf(string(staffroom.FacetKind), q.Prefixes))
	}
	if len(q.IDs) > 0 {
		all = append(all, bleve.NewDocIDQuery(q.IDs))
	}
	for facet, values := range q.Filter {
		all = append(all, anyOf(string(facet), values))
	}
	return unscored{bleve.NewConjunctionQuery(all...)}
}

// anyOf finds documents whose field has at least one of values; none for no values.
func anyOf(field string, values []string) query.Query {
	if len(values) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	each := make([]query.Query, len(values))
	for i, value := range values {
		each[i] = termQuery(field, value, 1)
	}
	return bleve.NewDisjunctionQuery(each...)
}

func termQuery(field, term string, boost float64) query.Query {
	q := bleve.NewTermQuery(term)
	q.SetField(field)
	q.SetBoost(boost)
	return q
}
