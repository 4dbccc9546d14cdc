package search

import (
	"math"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	index "github.com/blevesearch/bleve_index_api"
)

// fieldWeight says how much a word found in a field weighs.
type fieldWeight struct {
	field  string
	weight float64
	// usual is how many words the field has as a rule: a word among fewer says more.
	usual float64
	// prefix is how many letters a word must have to stand for all words that it begins; short beginnings of words in
	// long texts find everything.
	prefix int
}

func weights() []fieldWeight {
	return []fieldWeight{
		{fieldName, 5, 4, 2},
		{fieldTitle, 5, 6, 2},
		{fieldDetails, 3, 8, 3},
		{fieldSummary, 2, 25, 3},
		{fieldBody, 1, 200, 4},
	}
}

// A word's impact on a document is how much the document is about the word. Only its level is indexed, bit by bit: the documents whose
// level has a bit are one set, and sets of documents are what answers are made of. Each level is a fifth more than the one below.
const (
	levelBits   = 5
	levels      = 1 << levelBits
	levelFactor = 1.2
	// usualLevel is that of most words: they stand in a body once. It is written without any bit, and its neighbours with few.
	usualLevel, usualImpact = levels / 2, 0.5
	// saturation and shortness are k1 and b of BM25: how soon more of the same word adds no more, and how much a short text is worth.
	saturation, shortness = 1.2, 0.75
)

// levelOf is the level of an impact.
func levelOf(impact float64) int {
	return max(0, min(levels-1, usualLevel+int(math.Round(math.Log(impact/usualImpact)/math.Log(levelFactor)))))
}

// impactAt is the impact that a level stands for. Words that match less well are some levels lower, even below the first.
func impactAt(level int) float64 {
	return usualImpact * math.Pow(levelFactor, float64(level-usualLevel))
}

// bitsOf are the bits that a level is written with.
func bitsOf(level int) int {
	if level < usualLevel {
		return 2*(usualLevel-level) - 1
	}
	return 2 * (level - usualLevel)
}

// levelWith is the level that is written with these bits.
func levelWith(bits uint8) uint8 {
	if bits%2 == 1 {
		return usualLevel - bits/2 - 1
	}
	return usualLevel + bits/2
}

// The first few letters of words are words themselves, of the usual level, so that an unfinished one is found at once; this byte after
// them occurs in no word. What is longer is looked up among the words.
const (
	beginning        = "\x01"
	longestBeginning = 3 // letters
)

// bitKey is the term of a word whose level has a bit.
func bitKey(word string, bit int) string { return word + "\x00" + string(rune('0'+bit)) }

// impacts are those of the words of one document.
type impacts map[string]float64

// add counts in the words of a field. Stems count like words: a search for a stem finds all inflections.
func (im impacts) add(f fieldWeight, tokens analysis.TokenStream) {
	counts := map[string]float64{}
	length, position := 0.0, -1
	for _, token := range tokens {
		counts[string(token.Term)]++
		if token.Position == position {
			continue // the stem of the word before
		}
		position = token.Position
		length++
		for _, letters := range beginnings(string(token.Term), f.prefix) {
			counts[letters+beginning]++
		}
	}
	short := saturation * (1 - shortness + shortness*length/f.usual)
	for word, n := range counts {
		im[word] += f.weight * n / (n + short)
	}
}

// beginnings are the first letters of a word, at least so many and at most longestBeginning.
func beginnings(word string, atLeast int) (found []string) {
	letters := 0
	for end := range word {
		if letters >= atLeast && letters <= longestBeginning {
			found = append(found, word[:end])
		}
		letters++
	}
	if letters >= atLeast && letters <= longestBeginning {
		found = append(found, word)
	}
	return found
}

// content is the texts of one document, which its words are taken from.
type content struct {
	analyzer    analysis.Analyzer
	texts       []fieldText
	words, bits *termField
}

type fieldText struct {
	fieldWeight
	text string
}

func newContent(analyzer analysis.Analyzer) *content {
	c := &content{analyzer: analyzer}
	c.words, c.bits = &termField{content: c, name: fieldWords}, &termField{content: c, name: fieldBits}
	return c
}

// analyze makes the terms of both fields: the words alone, and the bits of their levels.
func (c *content) analyze() {
	found := impacts{}
	for _, t := range c.texts {
		found.add(t.fieldWeight, c.analyzer.Analyze([]byte(t.text)))
	}
	c.words.terms = make(index.TokenFrequencies, len(found))
	c.bits.terms = make(index.TokenFrequencies, len(found))
	for word, impact := range found {
		c.words.add(word)
		if strings.HasSuffix(word, beginning) {
			continue
		}
		for bit := range levelBits {
			if bitsOf(levelOf(impact))>>bit&1 == 1 {
				c.bits.add(bitKey(word, bit))
			}
		}
	}
}

// termField implements Bleve's index.Field with terms that are made of the whole document.
type termField struct {
	*content
	name  string
	terms index.TokenFrequencies
}

func (f *termField) add(term string) { f.terms[term] = &index.TokenFreq{Term: []byte(term)} }

// Analyze implements index.Field. Bleve calls it for all fields of a document in turn, and for several documents at once.
func (f *termField) Analyze() {
	if f.terms == nil {
		f.analyze()
	}
}

// Name implements index.Field.
func (f *termField) Name() string { return f.name }

// Value implements index.Field: nothing is stored.
func (f *termField) Value() []byte { return nil }

// ArrayPositions implements index.Field: there is one value.
func (f *termField) ArrayPositions() []uint64 { return nil }

// EncodedFieldType implements index.Field: text.
func (f *termField) EncodedFieldType() byte { return 't' }

// Options implements index.Field.
func (f *termField) Options() index.FieldIndexingOptions { return findOptions }

// AnalyzedLength implements index.Field.
func (f *termField) AnalyzedLength() int { return len(f.terms) }

// AnalyzedTokenFrequencies implements index.Field.
func (f *termField) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }

// NumPlainTextBytes implements index.Field.
func (f *termField) NumPlainTextBytes() uint64 { return 0 }

// Size implements Bleve's document.Field: about how many bytes of memory this takes.
func (f *termField) Size() int { return 100 * len(f.terms) }
