package files

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// maxName is how many characters a name may have, its ending included.
const maxName = 120

// endingPattern is what an ending looks like: ".pdf", not the rest of "2.1 Reading".
var endingPattern = regexp.MustCompile(`\.[A-Za-z][A-Za-z0-9]{0,9}$`)

// cleanName makes of a name that somebody sent one that is safe to show and to save: one line that can be seen, without a path,
// not too long, and with an ending that fits k.
func cleanName(name string, k kind) string {
	name = tidyName(name)
	base, ending := name, endingOf(name)
	if _, known := kindSaid(ending); known || insteadNamed(ending) != "" { // else it is a word of the name, such as "Smith" of "Mr.Smith"
		base = name[:len(name)-len(ending)]
	}
	if !slices.Contains(k.Endings, ending) {
		ending = k.Endings[0]
	}
	base = shorten(strings.Trim(base, " ."), maxName-utf8.RuneCountInString(ending))
	if staffroom.CleanLine(base, maxName) == "" {
		base = "file"
	}
	return base + ending
}

// tidyName is a name in one line, without a path and without what can't be seen.
func tidyName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return strings.Map(harmless, staffroom.CleanLine(name, len(name)))
}

// endingOf is the ending of a tidy name in small letters, with its dot; empty if it has none.
func endingOf(name string) string { return strings.ToLower(endingPattern.FindString(name)) }

// harmless keeps a character, makes it a dash, or drops it.
func harmless(r rune) rune {
	switch {
	case strings.ContainsRune(`<>:"|?*`, r): // not allowed in names on Windows
		return '-'
	case unicode.Is(unicode.Co, r): // private use: looks otherwise on every machine
		return -1
	default:
		return r
	}
}

// shorten cuts text to a number of characters.
func shorten(text string, length int) string {
	if utf8.RuneCountInString(text) <= length {
		return text
	}
	return strings.TrimRight(string([]rune(text)[:length]), " .")
}
