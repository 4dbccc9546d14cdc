package search

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// What is read of a query's text. More does not find better, and costs.
const (
	maxText  = 200 // characters
	maxWords = 16
)

// How many levels lower a word counts that is not the very word: a word loses a sixth of its impact with each level.
const (
	lowerStem   = 2
	lowerPrefix = 5
	lowerFuzzy  = 9
	lowerMost   = lowerFuzzy
)

// strictness is how closely a document must match the words.
type strictness int

const (
	exact    strictness = iota // every word, in any inflection
	tolerant                   // every word, also mistyped
	loose                      // two thirds of the words, also mistyped
)

// wanted is a word that is searched for.
type wanted struct {
	word
	// last may be unfinished.
	last bool
	// mistyped accepts what the word may be a misspelling of; nil for nothing.
	mistyped misspellings
}

// misspellings accepts words that are nearly like one.
type misspellings interface {
	segment.Automaton
	index.FuzzyAutomaton
}

// readWords are the words to search for. The last one may be unfinished.
func readWords(ix *Index, text string) []word {
	if utf8.RuneCountInString(text) > maxText {
		text = string([]rune(text)[:maxText])
	}
	found := distinct(words(ix.analyzer, text))
	if len(found) > maxWords {
		found = found[:maxWords]
	}
	if len(found) == 0 { // nothing but stop words: the last may be the beginning of another word
		if raw := strings.Fields(strings.ToLower(strings.ToValidUTF8(text, ""))); len(raw) > 0 {
			last := strings.Clone(raw[len(raw)-1]) // it is remembered, and may be a part of a large request
			found = []word{{full: last, stem: last}}
		}
	}
	return found
}

// distinct leaves each word once: where it comes last, as the very last one may be unfinished.
func distinct(words []word) []word {
	var once []word
	for i, w := range words {
		if !slices.Contains(words[i+1:], w) {
			once = append(once, w)
		}
	}
	return once
}

// want is what to look for at a strictness.
func want(snapshot *scorch.IndexSnapshot, words []word, how strictness) ([]wanted, error) {
	all := make([]wanted, len(words))
	for i, w := range words {
		all[i] = wanted{word: w, last: i == len(words)-1}
		edits := tolerated(w.full)
		if how == exact || edits == 0 {
			continue
		}
		// Bleve has what makes automata, and gives them with the terms of a field: here of none.
		_, automaton, err := snapshot.FieldDictFuzzyAutomaton("", w.full, edits, "")
		if err != nil {
			return nil, fmt.Errorf("search: prepare for a mistyped word: %w", err)
		}
		accepts, ok := automaton.(misspellings)
		if !ok {
			return nil, fmt.Errorf("search: Bleve gives %T, and no automaton for a mistyped word", automaton)
		}
		all[i].mistyped = accepts
	}
	return all, nil
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

// found is who has a wanted word in one part of the index, and how.
type found struct {
	any  *roaring.Bitmap
	ways []way
	// bits is where the levels of the ways are looked up.
	bits terms
}

// unfinished says whether others than the word itself were found that it begins.
func (f *found) unfinished() bool {
	return slices.ContainsFunc(f.ways, func(w way) bool { return w.lower == lowerPrefix })
}

// mostWays is how many words that stand for a wanted one are told apart in a part of the index. Those beyond count as one, of the usual
// level: the first letters of common words would take seconds, and anybody may search.
const mostWays = 128

// way is one word that stands for a wanted one, how many levels lower it counts, and who has it.
type way struct {
	// word is empty for several words at once.
	word  string
	lower uint8
	docs  *roaring.Bitmap
}

// find looks a word up in a part.
func (p *part) find(w wanted) (*found, error) {
	known, err := p.terms(fieldWords)
	if err != nil {
		return nil, err
	}
	f := &found{}
	if f.bits, err = p.terms(fieldBits); err != nil {
		return nil, err
	}
	var all ways
	for _, way := range w.known() {
		if way.word == w.stem && way.word != w.full {
			if same, err := p.same(w.word, known, f.bits); err != nil {
				return nil, err
			} else if same {
				continue
			}
		}
		docs, err := known.with(way.word)
		if err != nil {
			return nil, err
		}
		all.add(way.word, way.lower, docs)
	}
	if err := p.scan(w, all.add); err != nil {
		return nil, err
	}
	f.ways, f.any = all.told(), union(all.sets)
	return f, nil
}

// same says whether the stem of a word is in the same documents and on the same levels, and so finds nothing more. Such are the words that
// occur in one form.
func (p *part) same(w word, words, bits terms) (bool, error) {
	if same, known := p.stems.Get(w); known {
		return same, nil
	}
	same, err := alike(words, w.full, w.stem)
	for bit := 0; same && err == nil && bit < levelBits; bit++ {
		same, err = alike(bits, bitKey(w.full, bit), bitKey(w.stem, bit))
	}
	if err == nil {
		p.stems.Add(w, same)
	}
	return same, err
}

// alike says whether two terms are in the same documents.
func alike(known terms, a, b string) (bool, error) {
	with, err := known.with(a)
	if err != nil {
		return false, err
	}
	other, err := known.with(b)
	return err == nil && with.Equals(other), err
}

// ways gathers the words that stand for a wanted one.
type ways struct {
	sets []*roaring.Bitmap
	// apart are the first ones, beyond is who has the others, by how many levels lower they count.
	apart  []way
	beyond map[uint8][]*roaring.Bitmap
}

func (w *ways) add(word string, lower uint8, docs *roaring.Bitmap) {
	switch {
	case docs.IsEmpty():
		return
	case len(w.apart) < mostWays:
		w.apart = append(w.apart, way{word, lower, docs})
	case w.beyond == nil:
		w.beyond = map[uint8][]*roaring.Bitmap{lower: {docs}}
	default:
		w.beyond[lower] = append(w.beyond[lower], docs)
	}
	w.sets = append(w.sets, docs)
}

// told are the ways that are told apart.
func (w *ways) told() []way {
	told := w.apart
	for lower, docs := range w.beyond {
		told = append(told, way{lower: lower, docs: union(docs)})
	}
	return told
}

// known are the ways that are known without looking.
func (w wanted) known() []way {
	ways := []way{{word: w.full}}
	if w.stem != w.full {
		ways = append(ways, way{word: w.stem, lower: lowerStem})
	}
	if w.last && utf8.RuneCountInString(w.full) <= longestBeginning {
		ways = append(ways, way{word: w.full + beginning, lower: lowerPrefix})
	}
	return ways
}

// scan adds the words that a wanted one begins, and those that it may be a misspelling of.
func (p *part) scan(w wanted, add func(word string, lower uint8, docs *roaring.Bitmap)) error {
	if w.last && utf8.RuneCountInString(w.full) > longestBeginning {
		err := p.each(fieldWords, nil, w.full, after(w.full), func(term string, docs *roaring.Bitmap) {
			if term != w.full {
				add(term, lowerPrefix, docs)
			}
		})
		if err != nil {
			return err
		}
	}
	if w.mistyped == nil {
		return nil
	}
	// People get the first letter right, and without it every search would read the whole dictionary.
	_, first := utf8.DecodeRuneInString(w.full)
	return p.each(fieldWords, w.mistyped, w.full[:first], after(w.full[:first]), func(term string, docs *roaring.Bitmap) {
		if term != w.full && !strings.HasSuffix(term, beginning) {
			add(term, lowerFuzzy, docs)
		}
	})
}

// after is the first text that neither begins with letters nor comes before them. Text is UTF-8, whose bytes are never the highest.
func after(letters string) string {
	end := []byte(letters)
	end[len(end)-1]++
	return string(end)
}

// union is who is in any of the sets; it must not be changed.
func union(sets []*roaring.Bitmap) *roaring.Bitmap {
	switch len(sets) {
	case 0:
		return roaring.New()
	case 1:
		return sets[0]
	default:
		return roaring.FastOr(sets...)
	}
}
