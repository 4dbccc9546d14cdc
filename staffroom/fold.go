package staffroom

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes of a name the text that it is sorted and looked up by: lower case, without accents and apostrophes, "&" as
// "and", and any other punctuation or space as one space. "St. Mary's" and "st marys" fold alike. What is folded
// already stays as it is.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	write := func(text string) {
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteString(text)
	}
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r) || isApostrophe(r):
		case r == '&':
			gap = true
			write("and")
			gap = true
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			write(foldRune(r))
		default:
			gap = true
		}
	}
	return b.String()
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', '´', 'ʼ', '‘', '’':
		return true
	}
	return false
}

// foldRune is the letter in lower case. Letters that Unicode does not take apart, but English readers do, are spelt out.
func foldRune(r rune) string {
	switch lower := unicode.ToLower(r); lower {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	default:
		return string(lower)
	}
}
