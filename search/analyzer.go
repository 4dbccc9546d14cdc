package search

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/porter"
	"github.com/blevesearch/bleve/v2/analysis/token/stop"
	unicodetokens "github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"golang.org/x/text/unicode/norm"
)

// newAnalyzer cuts English text into words: lower case, without accents, possessives and stop words. Each word comes as it
// is and as its stem, at the same position. So one field answers a word, its inflections, its beginning and its misspellings.
func newAnalyzer() (analysis.Analyzer, error) {
	stopWords := analysis.NewTokenMap()
	if err := stopWords.LoadBytes(en.EnglishStopWords); err != nil {
		return nil, err
	}
	return &analysis.DefaultAnalyzer{
		Tokenizer: unicodetokens.NewUnicodeTokenizer(),
		TokenFilters: []analysis.TokenFilter{
			en.NewPossessiveFilter(),
			lowercase.NewLowerCaseFilter(),
			plainLetters{},
			stop.NewStopTokensFilter(stopWords),
			stemsToo{porter.NewPorterStemmer()},
		},
	}, nil
}

// plainLetters takes the accents off: "é" is found by "e".
type plainLetters struct{}

// Filter implements Bleve's analysis.TokenFilter.
func (plainLetters) Filter(input analysis.TokenStream) analysis.TokenStream {
	for _, token := range input {
		if ascii(token.Term) {
			continue
		}
		if plain := norm.NFC.Bytes(bytes.Map(withoutMark, norm.NFKD.Bytes(token.Term))); len(plain) > 0 {
			token.Term = plain // there are letters that are nothing but marks
		}
	}
	return input
}

// withoutMark drops marks.
func withoutMark(r rune) rune {
	if unicode.Is(unicode.Mn, r) {
		return -1
	}
	return r
}

func ascii(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// stemsToo puts behind each word its stem, where that is another.
type stemsToo struct{ stemmer *porter.PorterStemmer }

// Filter implements Bleve's analysis.TokenFilter.
func (f stemsToo) Filter(input analysis.TokenStream) analysis.TokenStream {
	output := make(analysis.TokenStream, 0, 2*len(input))
	for _, token := range input {
		output = append(output, token)
		stem := *token
		f.stemmer.Filter(analysis.TokenStream{&stem})
		if string(stem.Term) != string(token.Term) {
			output = append(output, &stem)
		}
	}
	return output
}

// word is one word of a query.
type word struct{ full, stem string }

// words are the words of text by the analyzer, stop words left out.
func words(analyzer analysis.Analyzer, text string) []word {
	var found []word
	position := -1
	for _, token := range analyzer.Analyze([]byte(text)) {
		term := string(token.Term)
		if token.Position == position {
			found[len(found)-1].stem = term
			continue
		}
		position = token.Position
		found = append(found, word{full: term, stem: term})
	}
	return found
}
