package seed

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// common are the words that texts about practice are full of, roughly from the most frequent on.
const common = `pupils school teachers learning reading staff teaching children class support lesson time year team practice
week work curriculum group attendance plan phonics questions feedback parents assessment writing talk vocabulary knowledge subject
leaders training routines behaviour progress review evidence transition maths books need early secondary primary confidence culture
language observation coaching timetable intervention modelling rehearsal retrieval homework library science history geography
fluency comprehension spelling grammar handwriting reception nursery inclusion adaptation wellbeing mentoring induction governors
moderation visits partnership cluster workshop policy handbook strategy priorities outcomes barriers attendance punctuality families
community interpreter newsletter breakfast playground corridors assembly tutor seating displays manipulatives fractions algebra
geometry reasoning problem solving models diagrams notes booklets quizzes flashcards recall spacing interleaving scaffolds prompts
dialogue debate oracy drama music art design computing languages sport swimming gardening forest trips museum theatre archive`

// function words hold sentences together; a search leaves them out.
const function = `the and to of in that for with on as we they it is are was were by from at our their this which when each who`

// vocabulary is the words that texts are made of: the first few make up most of every text, as in any language.
type vocabulary struct {
	words    []string
	function []string
}

// rareWords is how many words beside the common ones there are.
const rareWords = 4000

func newVocabulary() *vocabulary {
	v := &vocabulary{words: strings.Fields(common), function: strings.Fields(function)}
	for i := range rareWords {
		v.words = append(v.words, rare(i))
	}
	return v
}

// rare is a made-up word that can be read aloud.
func rare(i int) string {
	syllables := []string{"ba", "ce", "dol", "fin", "gar", "hu", "jen", "kol", "lim", "mor", "nat", "pel", "qui", "rus", "sti", "tam", "vor", "wex", "yar", "zel"}
	word := ""
	for n, left := 0, i; n < 3 || left > 0; n++ {
		word += syllables[(left+7*n)%len(syllables)]
		left /= len(syllables)
	}
	return word
}

// word is one by chance; a word twice as far down the list is half as frequent.
func (v *vocabulary) word(chance *rand.Rand) string {
	rank := math.Exp(chance.Float64()*math.Log(float64(len(v.words)+1))) - 1
	return v.words[int(rank)]
}

// sentence has 7 to 18 words.
func (v *vocabulary) sentence(chance *rand.Rand) string {
	n := 7 + chance.IntN(12)
	words := make([]string, n)
	for i := range words {
		if i%2 == 1 {
			words[i] = v.function[chance.IntN(len(v.function))]
		} else {
			words[i] = v.word(chance)
		}
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// title has 4 to 7 words.
func (v *vocabulary) title(chance *rand.Rand) string {
	words := make([]string, 4+chance.IntN(4))
	for i := range words {
		words[i] = v.word(chance)
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// prose is paragraphs of sentences, of at least this many bytes.
func (v *vocabulary) prose(chance *rand.Rand, bytes int) string {
	var text strings.Builder
	for n := 0; text.Len() < bytes; n++ {
		switch {
		case n == 0:
		case n%5 == 0:
			text.WriteString("\n\n")
		default:
			text.WriteByte(' ')
		}
		text.WriteString(v.sentence(chance))
	}
	return text.String()
}

// Question is two words to search for: search n of an endless series that does not repeat itself soon.
func Question(n int) string {
	v := newQuestions()
	chance := source("question", n)
	return v[chance.IntN(len(v))] + " " + v[chance.IntN(len(v))]
}

// newQuestions are the words that people search for: neither those in every text nor those in next to none.
func newQuestions() []string {
	words := strings.Fields(common)
	return words[20:]
}

// staffroomURN writes a reference number.
func staffroomURN(n int) string { return strconv.Itoa(n) }

// personName is a made-up name.
func personName(chance *rand.Rand) string {
	first := strings.Fields("Ada Ben Cora Dan Ella Finn Grace Hugh Ines Jack Kemi Leo Maya Noor Omar Priya Rosa Sam Tess Yusuf")
	last := strings.Fields("Abara Bright Castle Dale Eden Frost Grove Hill Iqbal Jones Khan Lane Marsh North Osei Park Reed Shore Thorn Webb")
	return fmt.Sprintf("%s %s", first[chance.IntN(len(first))], last[chance.IntN(len(last))])
}
