package markdown_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/staffroom-schools/staffroom/markdown"
)

// longest is as long as a text of a resource may be, if each character is a byte.
const longest = 100_000

// motifs make much work, or much HTML, when they are repeated: all of Markdown's marks, alone, unfinished, and in bad company.
var motifs = []string{
	"*", "**", "_", "~", "~~", "`", "[", "]", "!", "<", ">", "|", "\\", "\\*", "\"", "&amp;", "&#x41;", "#\n", "\n", " \n", "    \n", "a\n\n",
	"*a_ ", "*a **b ", "a**b", "a***b*c**", "_a", "~~a", "~a~~", "`a", "*[a*](b)", "[*a*](b)", "**a*b_c~d",
	"[a](", "[a](<", "[a](b \"", "[a](b (", "[a](b '", "![", "![a](b", "[a][", "[a]", "[](a)", "![](a)", "[a](b)", "[[a](b)", "![a", "[a\n", "]\n",
	"[a]: b\n", "[a]:b\n", "[a]: <b> \"c\n", "[^1]", "[^a]: b\n\n", "[^a]: ", "x[^1]\n", "[^a", "![^a]",
	"<a@b.c>", "<x:>", "<!--", "<a x=\"", "<a x='", "</a", "<?", "<![CDATA[", "<A ", " a@b.cd", "_a@b-", "_a_a@b.c-",
	"http://a ", "_http://a", "(http://a.b/", "_www.", "www.", "(www.a.b(",
	"> ", "- ", "- a\n", "- \n\n", "1. ", "+ \n", "- [ ] a\n", ">\n\n", "> - ", "    a\n", "\ta\n", "```\n", "~~~\n", "***\n", "a\n=\n", "a\n-\n",
	"|:-:", "a|b\n", "|`\\|`\n", "`\\|`|", "中 (", "中文（a_b）*强调*", "\u0301",
}

// heavy are texts that took very long once, or would have become very long, by name.
func heavy(length int) map[string]string {
	texts := map[string]string{
		"a wide table of short rows":     row("|a", length/20) + row("|-", length/20) + strings.Repeat("|\n", length*2/5),
		"45,000 rows of one letter":      row("a|", 1000) + row("-|", 1000) + strings.Repeat("a\n", length*9/20),
		"a table of cells":               row("|a", 1000) + row("|-", 1000) + strings.Repeat(row("|", 1000), length/1050),
		"an aligned table of cells":      row("|a", 1000) + row("|:-:", 1000) + strings.Repeat(row("|", 1000), length/1050),
		"a wide head of no cells":        "a\n" + row("|-", length/2),
		"a long address used often":      "[x]: http://" + strings.Repeat("a", length/2) + "\n\n" + strings.Repeat("[x] ", length/8),
		"a long address without words":   "[x]: http://" + strings.Repeat("a", length/2) + "\n\n" + strings.Repeat("[][x] ", length/12),
		"a long title used often":        "[x]: /a '" + strings.Repeat("a", length/2) + "'\n\n" + strings.Repeat("[x] ", length/8),
		"one footnote named often":       strings.Repeat("[^1]", length/5) + "\n\n[^1]: a",
		"quotes 40 deep":                 strings.Repeat(strings.Repeat(">", 40)+"\n\n", length/42),
		"many empty lines in a list":     strings.Repeat("- ", 20) + "a" + strings.Repeat("\n", length-50) + "b",
		"brackets within brackets":       strings.Repeat("[", length/2) + strings.Repeat("]", length/2),
		"code within 900 brackets":       strings.Repeat("[", 900) + strings.Repeat("`x` ", length/5) + strings.Repeat("]", 900),
		"a long label in 900 brackets":   strings.Repeat("[", 900) + strings.Repeat("x", length-2000) + strings.Repeat("]", 900),
		"pictures within pictures":       strings.Repeat("![", length/6) + "a" + strings.Repeat("](b)", length/6),
		"emphasis within emphasis":       strings.Repeat("*a ", length/6) + strings.Repeat("b* ", length/6),
		"pipes in code in cells":         "|a|b|\n|-|-|\n" + strings.Repeat("|`\\|`|`\\|`|\n", length/12),
		"many lines and a bracket each":  strings.Repeat("[a]\n", length/4),
		"prose":                          strings.Repeat("Some *plain* words about **reading** and [links](https://example.org/x), and `code`.\n\n- a list\n", length/100),
		"prose in one line":              strings.Repeat("Some *plain* words about **reading** and [links](https://example.org/x), and `code`. ", length/90),
		"20,000 characters of a profile": row("|a", 1000) + row("|-", 1000) + strings.Repeat("|\n", 8000),
	}
	var deeper strings.Builder
	for i := 0; deeper.Len() < length; i++ {
		deeper.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	texts["a list within each entry"] = deeper.String()
	for _, motif := range motifs {
		texts[fmt.Sprintf("%q many times", motif)] = strings.Repeat(motif, length/len(motif))
	}
	for _, mark := range []string{"`", "*", "_", "~", "[", "#", "-", "|"} {
		var growing strings.Builder
		for i := 1; growing.Len() < length; i++ {
			growing.WriteString(strings.Repeat(mark, i) + "a ")
		}
		texts[mark+" in longer and longer runs"] = growing.String()
	}
	var many, notes, labels strings.Builder
	for i := range length / 20 {
		fmt.Fprintf(&many, "[^%d] ", i)
		fmt.Fprintf(&notes, "[^%d]: b\n\n", i)
		fmt.Fprintf(&labels, "[%d]: b\n", i)
	}
	texts["many footnotes"] = many.String() + "\n\n" + notes.String()
	texts["many definitions"] = labels.String()
	return texts
}

func row(cell string, times int) string { return strings.Repeat(cell, times) + "\n" }

// checkBounds checks how long what is made of a text is, and how many steps the package counts.
func checkBounds(t *testing.T, name, src string) {
	t.Helper()
	const times, spare = 20, 64 << 10
	most := times*len(src) + spare
	if made := len(markdown.HTML(src)); made > most {
		t.Errorf("the HTML of %s has %d bytes, and may have %d", name, made, most)
	}
	if made := len(markdown.Text(src)); made > most {
		t.Errorf("the words of %s have %d bytes, and may have %d", name, made, most)
	}
}

// TestHeavyTextsAreReadOrRefused checks that what is made of them is bounded, and that those that are refused are shown as they were
// written.
func TestHeavyTextsAreReadOrRefused(t *testing.T) {
	for name, src := range heavy(longest / 20) {
		checkBounds(t, name, src)
		_, err := markdown.Read(src)
		if html := markdown.HTML(src); err != nil && (strings.ContainsAny(tags.ReplaceAllString(html, ""), "<>") || strings.Contains(html, "<a")) {
			t.Errorf("%s is refused (%v), and its HTML is not plain", name, err)
		}
	}
	texts := heavy(longest / 3)
	for _, name := range []string{
		"a wide table of short rows", "a long address used often", "one footnote named often", "quotes 40 deep", "emphasis within emphasis",
		`"[a](" many times`, "pipes in code in cells",
	} {
		if _, err := markdown.Read(texts[name]); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
	for _, name := range []string{"prose", "prose in one line", `"*a_ " many times`, `"中文（a_b）*强调*" many times`, `"- a\n" many times`} {
		if _, err := markdown.Read(texts[name]); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, src := range hostile {
		f.Add(src, 1)
	}
	for _, src := range motifs {
		f.Add(src, longest/len(src)/20)
	}
	f.Fuzz(func(t *testing.T, motif string, times int) {
		src := strings.Repeat(motif, max(1, min(times, longest/5/max(1, len(motif)))))
		checkSafe(t, src, markdown.HTML(src))
		checkBounds(t, "a text", src)
		if text := markdown.Text(src); utf8.ValidString(src) && !utf8.ValidString(text) {
			t.Errorf("Text(%q) = %q is not valid UTF-8", src, text)
		}
	})
}

// TestTextsTakeATenthOfASecond measures, and so is for quiet machines: `make bench` runs it. Those that once took seconds or gigabytes must
// be below a tenth of a second; the times of the others are told.
func TestTextsTakeATenthOfASecond(t *testing.T) {
	if os.Getenv("STAFFROOM_BENCH") == "" {
		t.Skip("only `make bench` measures times")
	}
	once := []string{
		"a wide table of short rows", "45,000 rows of one letter", "20,000 characters of a profile", `"*a_ " many times`, `"[a](" many times`,
	}
	for name, src := range heavy(longest) {
		for what, make := range map[string]func(string) string{"HTML": markdown.HTML, "Text": markdown.Text} {
			fastest := time.Hour
			for range 3 {
				begin := time.Now()
				make(src)
				fastest = min(fastest, time.Since(begin))
			}
			t.Logf("%6.1f ms  %s of %s", fastest.Seconds()*1000, what, name)
			if fastest > 100*time.Millisecond && slices.Contains(once, name) {
				t.Errorf("%s of %s takes %v", what, name, fastest)
			}
		}
	}
}
