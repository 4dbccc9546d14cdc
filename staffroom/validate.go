package staffroom

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of text fields, in characters.
const (
	maxTitle   = 200
	maxSummary = 1000
	maxBody    = 100_000
	maxLine    = 120
	maxPost    = 20_000
	maxReason  = 1000
	maxTopics  = 10
	maxAuthors = 20
	maxFiles   = 20
)

// MaxFileBytes is how large an uploaded file may be: 25 MiB. It is the one place that says so.
const MaxFileBytes = 25 << 20

// maxValues is how many values a list in a filter may have: more than there are authorities in England.
const maxValues = 200

// checkFilter checks the lengths of the lists in a filter.
func checkFilter(lengths ...int) error {
	if most := slices.Max(lengths); most > maxValues {
		return Invalid("filter", "A list in a filter may have %d values, and this has %d. Ask in several steps.", maxValues, most)
	}
	return nil
}

// prose checks text of many lines, from least to most characters (code points) long.
func prose(field, name, text string, least, most int) (string, error) {
	text, err := manyLines(field, name, text)
	if err != nil {
		return "", err
	}
	return bounded(field, name, strings.TrimSpace(text), least, most)
}

// markdown is prose in Markdown, where spaces at the beginning of a line mean something.
func (p *Ports) markdown(field, name, text string, least, most int) (string, error) {
	text, err := manyLines(field, name, text)
	if err != nil {
		return "", err
	}
	text, err = bounded(field, name, strings.TrimRightFunc(blankLines.ReplaceAllString(text, ""), unicode.IsSpace), least, most)
	if err != nil || text == "" {
		return text, err
	}
	words, err := p.ReadMarkdown(text)
	switch {
	case err != nil:
		return "", Invalid(field, "%s %s.", name, err)
	case !strings.ContainsFunc(words, shows):
		return "", unseen(field, name)
	default:
		return text, nil
	}
}

// blankLines are those at the start of a text.
var blankLines = regexp.MustCompile(`^([ \t]*\n)+`)

func manyLines(field, name, text string) (string, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(norm.NFC.String(strings.TrimPrefix(text, byteOrderMark)))
	other := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if strings.ContainsFunc(text, other) {
		return "", Invalid(field, "%s has control characters in it. Paste it as plain text.", name)
	}
	return text, nil
}

func bounded(field, name, text string, least, most int) (string, error) {
	n, seen := 0, 0
	for _, r := range text {
		n++
		if leavesMark(r) || unicode.IsSpace(r) {
			seen++
		}
	}
	switch {
	case !utf8.ValidString(text):
		return "", Invalid(field, "%s is not valid UTF-8 text.", name)
	case n == 0 && least > 0:
		return "", Invalid(field, "%s is missing.", name)
	case n > 0 && !strings.ContainsFunc(text, shows):
		return "", unseen(field, name)
	case seen < least:
		return "", Invalid(field, "%s needs at least %d characters.", name, least)
	case n > most:
		return "", Invalid(field, "%s may have %d characters, and this has %d.", name, most, n)
	default:
		return text, nil
	}
}

func unseen(field, name string) error {
	return Invalid(field, "%s has nothing in it that anybody can see.", name)
}

// checkTopics checks that the topics exist, and gives each once.
func checkTopics(field string, topics []string) ([]string, error) {
	if len(topics) > maxTopics {
		return nil, Invalid(field, "Choose at most %d topics.", maxTopics)
	}
	var wrong mistakes
	for i, id := range topics {
		if _, ok := TopicByID(id); !ok {
			wrong.note(Invalid(item(field, i), "There is no topic %q; see the list of topics.", id))
		}
	}
	return distinct(topics), wrong.err()
}

// distinct is values without repetitions, in the order of their first mention.
func distinct[V comparable](values []V) []V {
	var out []V
	known := make(map[V]struct{}, len(values))
	for _, v := range values {
		if _, again := known[v]; !again {
			known[v] = struct{}{}
			out = append(out, v)
		}
	}
	return out
}
