package staffroom

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// byteOrderMark stands at the start of what some editors save. It is no part of the text.
const byteOrderMark = "\ufeff"

// blanks are letters and symbols to Unicode whose shape is empty, beside those that it calls ignorable: the Braille pattern without
// dots, the object replacement character, the null notehead, and the blanks of hieroglyphs.
//
//nolint:gochecknoglobals // a list of facts, never changed
var blanks = map[rune]bool{'\u2800': true, '\ufffc': true, '\U0001d159': true, '\U00013441': true, '\U00013442': true}

// shows says whether people see something where r stands by itself. Accents and joiners do not: they change what they stand beside.
func shows(r rune) bool { return leavesMark(r) && !unicode.Is(unicode.M, r) }

// leavesMark says whether r is to be seen in some place: shows, or an accent.
func leavesMark(r rune) bool {
	if unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) {
		return !blanks[r] && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	}
	return isReserved(r)
}

// isReserved says whether r is where Unicode puts new pictographs and ideographs, of which Go's tables do not know the newest.
func isReserved(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x20000 && r <= 0x2fffd || r >= 0x30000 && r <= 0x3fffd
}

// breaksLine says whether r ends a line, or is another control character.
func breaksLine(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }

// turns says whether r changes the direction of what follows, beyond the text itself. The marks that only stand between two
// directions (left-to-right, right-to-left, Arabic letter) stay: they are how such names are written.
func turns(r rune) bool {
	switch r {
	case '\u200e', '\u200f', '\u061c':
		return false
	default:
		return unicode.Is(unicode.Bidi_Control, r)
	}
}

// line checks text of one line: trimmed, without control characters and changes of direction, something to see in it, and from least
// to most characters (code points) long.
func line(field, name, text string, least, most int) (string, error) {
	text = strings.TrimSpace(strings.TrimPrefix(norm.NFC.String(text), byteOrderMark))
	switch {
	case strings.ContainsFunc(text, breaksLine):
		return "", Invalid(field, "%s is one line of text, without line breaks or other control characters.", name)
	case strings.ContainsFunc(text, turns):
		return "", Invalid(field, "%s has an invisible character in it that turns the direction of writing. Type it anew.", name)
	}
	return bounded(field, name, text, least, most)
}

// CleanLine makes one line of what cannot be refused, since nobody is there to correct it: a name from an identity provider, a file or
// the register. What [line] would refuse becomes a space or goes, and what is longer than most characters is cut. It is empty if
// nothing is left that can be seen.
func CleanLine(text string, most int) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, ""))
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case breaksLine(r), turns(r), string(r) == byteOrderMark:
			return -1
		default:
			return r
		}
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > most {
		text = strings.TrimSpace(string([]rune(text)[:most]))
	}
	if !strings.ContainsFunc(text, shows) {
		return ""
	}
	return text
}
