package markdown

import (
	"net/url"
	"regexp"
	"slices"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/util"
)

// rel is what search engines and browsers are told of every link: it is not ours, and it gets no handle on our page.
const rel = "nofollow ugc noopener"

// noteID is what footnotes and what leads to them are called: the same in no two texts that differ, so that several can be on a page.
var noteID = regexp.MustCompile(`^note-[0-9a-f]{12}-fn(ref[0-9]*)?:[0-9]+$`)

// newPolicy lists what may be in the HTML. Images are left out: they would be fetched from other people's servers.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code",
		"em", "strong", "del", "sup", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("th", "td")
	p.AllowAttrs("id").Matching(noteID).OnElements("sup", "li")
	p.AllowAttrs("href", "title").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + rel + "$")).OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.AllowURLSchemes(schemes()...)
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}

// schemes are those of the addresses that links may lead to.
func schemes() []string { return []string{"http", "https", "mailto"} }

// leads says whether the policy lets a link lead to the address. One with its content in it has no words to show.
func leads(address []byte) bool {
	at, err := url.Parse(string(util.URLEscape(address, true)))
	return err == nil && (at.Scheme == "" || at.Scheme == "data" || slices.Contains(schemes(), at.Scheme))
}
