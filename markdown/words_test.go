package markdown_test

import (
	"html"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/markdown"
)

const relation = ` rel="nofollow ugc noopener"`

// TestWordsAreKept has texts whose words CommonMark, or goldmark with a policy behind it, would not show.
func TestWordsAreKept(t *testing.T) {
	for _, test := range []struct{ name, src, html, text string }{
		{
			"comparisons", "if a<b and c>d then swap",
			"<p>if a&lt;b and c&gt;d then swap</p>\n", "if a<b and c>d then swap",
		},
		{"a placeholder", "Dear <name>, welcome", "<p>Dear &lt;name&gt;, welcome</p>\n", "Dear <name>, welcome"},
		{"a paragraph in HTML", "<p>Hello</p>", "<p>&lt;p&gt;Hello&lt;/p&gt;</p>\n", "<p>Hello</p>"},
		{"a comment", "<!-- x -->", "<p>&lt;!-- x --&gt;</p>\n", "<!-- x -->"},
		{"a comment of several lines", "<!--\n\nx\n-->", "<p>&lt;!--</p>\n<p>x\n--&gt;</p>\n", "<!--\n\nx\n-->"},
		{
			"a script", "a <script>alert(1)</script> b",
			"<p>a &lt;script&gt;alert(1)&lt;/script&gt; b</p>\n", "a <script>alert(1)</script> b",
		},
		{"a style", "<style>\np {}\n</style>", "<p>&lt;style&gt;\np {}\n&lt;/style&gt;</p>\n", "<style>\np {}\n</style>"},
		{"marks within tags", "<b>*x*</b>", "<p>&lt;b&gt;<em>x</em>&lt;/b&gt;</p>\n", "<b>x</b>"},
		{"a declaration", "<!DOCTYPE x> <?php y ?> <![CDATA[z]]>", "<p>&lt;!DOCTYPE x&gt; &lt;?php y ?&gt; &lt;![CDATA[z]]&gt;</p>\n", "<!DOCTYPE x> <?php y ?> <![CDATA[z]]>"},
		{
			"a picture", "before ![alt](https://e.example/p.gif) after",
			`<p>before <a href="https://e.example/p.gif"` + relation + ">alt</a> after</p>\n", "before alt after",
		},
		{
			"a picture without words", "![](https://e.example/p.gif)",
			`<p><a href="https://e.example/p.gif"` + relation + ">https://e.example/p.gif</a></p>\n", "https://e.example/p.gif",
		},
		{
			"a picture by reference", "![one *two*][p]\n\n[p]: https://e.example/p.gif",
			`<p><a href="https://e.example/p.gif"` + relation + ">one <em>two</em></a></p>\n", "one two",
		},
		{
			"a picture as a link", "[![alt](https://e.example/p.gif)](https://e.example)",
			`<p><a href="https://e.example"` + relation + ">alt</a></p>\n", "alt",
		},
		{"a picture that is none", "![alt](javascript:x)", "<p><a" + relation + ">alt (javascript:x)</a></p>\n", "alt (javascript:x)"},
		{"a number to call", "[Call us](tel:020-7946)", "<p><a" + relation + ">Call us (tel:020-7946)</a></p>\n", "Call us (tel:020-7946)"},
		{
			"a folder in the network", "[Plans][p]\n\n[p]: file://server/Year%205", "<p><a" + relation + ">Plans (file://server/Year%205)</a></p>\n",
			"Plans (file://server/Year%205)",
		},
		{"an address that is none", "[Form](<https://a form/x>)", "<p><a" + relation + ">Form (https://a form/x)</a></p>\n", "Form (https://a form/x)"},
		{"a number without words", "[](tel:020-7946)", "<p><a" + relation + ">tel:020-7946</a></p>\n", "tel:020-7946"},
		{"a picture within the text", "![alt](data:image/png;base64,iVBORw0KGgo=)", "<p><a" + relation + ">alt</a></p>\n", "alt"},
		{
			"a link without words", "[](https://e.example/x)",
			`<p><a href="https://e.example/x"` + relation + ">https://e.example/x</a></p>\n", "https://e.example/x",
		},
		{
			"the title of a link", `[x](https://e.example "read this")`,
			`<p><a href="https://e.example" title="read this"` + relation + ">x</a></p>\n", "x (read this)",
		},
		{"what looks like a definition", "[Task]: complete", "<p>[Task]: complete</p>\n", "[Task]: complete"},
		{
			"two definitions of one label", "[a]\n\n[a]: /one\n[a]: /two",
			`<p><a href="/one"` + relation + ">a</a></p>\n<p>[a]: /two</p>\n", "a\n[a]: /two",
		},
		{
			"a row with too many cells", "|a|b|\n|-|-|\n|1|2|3|4|\n|5|6|",
			"<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2|3|4</td>\n</tr>\n" +
				"<tr>\n<td>5</td>\n<td>6</td>\n</tr>\n</tbody>\n</table>\n",
			"a b\n1 2|3|4\n5 6",
		},
		{"words behind a fence", "``` not a language\nx\n```", "<p>not a language</p>\n<pre><code>x\n</code></pre>\n", "not a language\nx"},
		{"code first", "    x := 1\n    y := 2", "<pre><code>x := 1\ny := 2\n</code></pre>\n", "x := 1\ny := 2"},
		{"code after a tab", "\tx", "<pre><code>x\n</code></pre>\n", "x"},
		{"an entity in code", "`&amp;`", "<p><code>&amp;amp;</code></p>\n", "&amp;"},
		{"a byte-order mark", "\ufeff# Aims", "<h1>Aims</h1>\n", "Aims"},
		{
			"a task list", "- [ ] to do\n- [x] done",
			"<ul>\n<li>☐ to do</li>\n<li>☑ done</li>\n</ul>\n", "☐ to do\n☑ done",
		},
		{"what was struck", "~~old~~ new", "<p><del>old</del> new</p>\n", "old new"},
		{"a footnote that is not there", "x[^1]", "<p>x[^1]</p>\n", "x[^1]"},
		{"a footnote in a list", "- [^1]: x y", "<ul>\n<li>[^1]: x y</li>\n</ul>\n", "[^1]: x y"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := markdown.HTML(test.src); got != test.html {
				t.Errorf("HTML(%q)\n got %q\nwant %q", test.src, got, test.html)
			}
			if got := squeeze(markdown.Text(test.src)); got != squeeze(test.text) {
				t.Errorf("Text(%q)\n got %q\nwant %q", test.src, got, test.text)
			}
		})
	}
}

func TestFootnotes(t *testing.T) {
	src := "One[^a], two[^b], one again[^a].\n\n[^b]: The *second*.\n\n[^a]: The first.\n\n    Its code.\n\n[^c]: Never named."
	got := markdown.HTML(src)
	id := regexp.MustCompile(`note-[0-9a-f]{12}-`).FindString(got)
	want := `<p>One<sup id="N-fnref:1"><a href="#N-fn:1" R>1</a></sup>, two<sup id="N-fnref:2"><a href="#N-fn:2" R>2</a></sup>, ` +
		`one again<sup id="N-fnref1:1"><a href="#N-fn:1" R>1</a></sup>.</p>` + "\n\n<hr>\n<ol>\n" +
		`<li id="N-fn:1">` + "\n<p>The first.</p>\n<p>Its code.\u00a0" + `<a href="#N-fnref:1" title="Back to the text" R>↩︎</a>` +
		"\u00a0" + `<a href="#N-fnref1:1" title="Back to the text" R>↩︎</a></p>` + "\n</li>\n" +
		`<li id="N-fn:2">` + "\n<p>The <em>second</em>.\u00a0" + `<a href="#N-fnref:2" title="Back to the text" R>↩︎</a></p>` + "\n</li>\n" +
		`<li id="N-fn:3">` + "\n<p>Never named.</p>\n</li>\n</ol>\n\n"
	want = strings.NewReplacer("N-", id, "R>", `rel="nofollow">`).Replace(want)
	if got != want {
		t.Errorf("HTML:\n got %s\nwant %s", got, want)
	}
	if other := markdown.HTML(src + " "); strings.Contains(other, id) {
		t.Error("the footnotes of another text have the same ids")
	}
	for _, word := range []string{"first", "code", "second", "Never named"} {
		if !strings.Contains(markdown.Text(src), word) {
			t.Errorf("Text has no %q", word)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// TestNoWordIsLost puts words and marks together at random, without those that give a word another meaning (an address, a label, the
// name of a language), and looks for each word.
func TestNoWordIsLost(t *testing.T) {
	words := []string{"alfa", "bravo", "charlie", "kilo", "echo", "golf", "hotel"}
	marks := []string{
		" ", " ", "\n", "\n", "\n\n", "*", "**", "_", " ~", " ~~ ", "` ", " `", "\n```\n", "\n    ", "\t", "> ", "- ", "\n- ", "# ", "\n# ", "|", "\n|-|-|\n",
		"\n|", "|\n", "<", ">", "</", "/>", "<!-- ", " -->", "<p>", "</p>", "<b ", "![", "[ ", " ]", "(", ")", "!", "\\", "=", "\n===\n", "\n---\n",
		"&", "&amp;", ";", ":", "\"", "'", "<script>", "</script>", "<?", "?>", "<![CDATA[", "]]>", "\n+ ", "- [ ] ", "- [x] ", "^", "@", ".",
	}
	chance := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same texts each time
	for range 10_000 {
		var src strings.Builder
		wrote := map[string]int{}
		for range 2 + chance.IntN(20) {
			if chance.IntN(2) == 0 {
				word := words[chance.IntN(len(words))]
				wrote[word]++
				src.WriteString(word)
			} else {
				src.WriteString(marks[chance.IntN(len(marks))])
			}
		}
		shown := html.UnescapeString(tags.ReplaceAllString(markdown.HTML(src.String()), ""))
		for name, made := range map[string]string{"Text": markdown.Text(src.String()), "HTML": shown} {
			for word, times := range wrote {
				if strings.Count(made, word) != times {
					t.Fatalf("%s(%q) = %q does not have %q %d times", name, src.String(), made, word, times)
				}
			}
		}
	}
}
