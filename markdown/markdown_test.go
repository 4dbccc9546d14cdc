package markdown_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/markdown"
)

func TestHTML(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"nothing", "", ""},
		{"paragraph", "Read *aloud* **daily**.", "<p>Read <em>aloud</em> <strong>daily</strong>.</p>\n"},
		{"heading without id", "## Aims", "<h2>Aims</h2>\n"},
		{"list from 3", "3. three\n4. four", "<ol start=\"3\">\n<li>three</li>\n<li>four</li>\n</ol>\n"},
		{"table", "|a|b|\n|-|:-:|\n|1|2|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"center\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td align=\"center\">2</td>\n</tr>\n</tbody>\n</table>\n"},
		{"code", "`a<b`", "<p><code>a&lt;b</code></p>\n"},
		{"fenced code without its class", "```go\nx\n```", "<pre><code>x\n</code></pre>\n"},
		{"link", "[Guide](https://example.org/a?b=1&c=2)", `<p><a href="https://example.org/a?b=1&amp;c=2" rel="nofollow ugc noopener">Guide</a></p>` + "\n"},
		{"bare link", "See https://example.org/x.", `<p>See <a href="https://example.org/x" rel="nofollow ugc noopener">https://example.org/x</a>.</p>` + "\n"},
		{"mail", "<head@school.example>", `<p><a href="mailto:head@school.example" rel="nofollow ugc noopener">head@school.example</a></p>` + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := markdown.HTML(test.src); got != test.want {
				t.Errorf("HTML(%q)\n got %q\nwant %q", test.src, got, test.want)
			}
		})
	}
}

// hostile are ways to smuggle something through, for the test and as seeds for the fuzzer.
var hostile = []string{
	"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java\tscript:alert(1))", "[x](&#106;avascript:alert(1))",
	"<javascript:alert(1)>", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)", "![x](javascript:alert(1))",
	"[a]: javascript:alert(1)\n\n[a]", `[x](https://e.example "title" onmouseover="alert(1)")`, `[x](https://e.example/" onclick="alert(1))`,
	"<svg/onload=alert(1)>", "<img src=x onerror=alert(1)>", "<iframe src=//e.example></iframe>", "<style>*{}</style>",
	"<a href=https://e.example rel=opener>x</a>", "`</code><script>alert(1)</script>`", "```\n</pre><script>alert(1)</script>\n```",
	"|<script>|\n|-|\n|<b onclick=x>|", "&lt;script&gt;alert(1)&lt;/script&gt;", "\\<script>alert(1)\\</script>", "<!--[if IE]><script>-->",
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[a](b", "*" + strings.Repeat("_*", 50), "> > > > > > > x", "\x00<script>\x00", "\xff\xfe<b>",
	`[x](https://e.example '" onclick="alert(1)')`, "![x](javascript:alert(1) \"y\")", "[^1]\n\n[^1]: <script>", "[^\"><script>]\n\n[^\"><script>]: x",
	"[](javascript:alert(1))", "![](data:text/html,<script>)", "```<script> x\n```", "[<script>]: javascript:alert(1)",
}

var (
	anyTag   = regexp.MustCompile(`<[^>]*>?`)
	knownTag = regexp.MustCompile(`^</?(p|br|hr|h[1-6]|blockquote|pre|code|em|strong|del|sup|ul|ol|li|table|thead|tbody|tr|th|td)( start="\d+"| align="(left|right|center)"| id="note-[0-9a-f]{12}-fn(ref\d*)?:\d+")?/?>$`)
	linkTag  = regexp.MustCompile(`^<a(?: href="([^"<>]*)")?(?: title="[^"<>]*")? rel="nofollow( ugc noopener)?">$`)
	badURL   = regexp.MustCompile(`(?i)^[\s\x00-\x20]*(javascript|vbscript|data|file|blob):`)
)

// checkSafe looks at each tag of the output by itself, so it does not trust the libraries that made it.
func checkSafe(t *testing.T, src, html string) {
	t.Helper()
	for _, tag := range anyTag.FindAllString(html, -1) {
		link := linkTag.FindStringSubmatch(tag)
		switch {
		case link != nil && badURL.MatchString(link[1]):
			t.Errorf("HTML(%q) has the link %q", src, link[1])
		case link == nil && tag != "</a>" && !knownTag.MatchString(tag):
			t.Errorf("HTML(%q) = %q has the tag %s", src, html, tag)
		}
	}
}

func TestHostileMarkdownComesOutSafe(t *testing.T) {
	for _, src := range hostile {
		checkSafe(t, src, markdown.HTML(src))
	}
}

func TestText(t *testing.T) {
	src := "# Early *reading*\n\nRead [the guide](https://example.org) &amp; \\*talk\\*.\nEvery day.\n\n- one\n- two\n\n" +
		"|a|b|\n|-|-|\n|1|2|\n\n```\ncode <x>\n```\n\nhttps://example.org/y ![a picture](p.png)"
	want := "Early reading\nRead the guide & *talk*.\nEvery day.\none\ntwo\n\na b \n1 2 \n\ncode <x>\n\nhttps://example.org/y a picture"
	if got := markdown.Text(src); squeeze(got) != squeeze(want) {
		t.Errorf("Text:\n got %q\nwant %q", got, want)
	}
}

// squeeze forgets how many line breaks stand between blocks.
func squeeze(s string) string { return regexp.MustCompile(`\s*\n+`).ReplaceAllString(s, "\n") }
