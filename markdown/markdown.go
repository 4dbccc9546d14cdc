// Package markdown turns what people write into HTML that is safe to show, and into plain words.
//
// It is the only place where Markdown becomes HTML. Two walls stand one behind the other: goldmark leaves raw HTML out,
// and bluemonday lets through only a short list of elements.
package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Both are safe for many goroutines once they are made, and cost too much to make for each text.
var (
	engine = newEngine() //nolint:gochecknoglobals // configured once, never changed
	policy = newPolicy() //nolint:gochecknoglobals // configured once, never changed
)

// HTML renders Markdown (CommonMark with tables, strikethrough and bare links) as safe HTML: no raw HTML of the author, no
// scripts, styles, classes, ids or forms; links only to http, https and mailto, with rel="nofollow ugc noopener".
func HTML(src string) string {
	var out bytes.Buffer
	if err := engine.Convert([]byte(src), &out); err != nil {
		// Writing to memory does not fail; should a renderer ever do, the words are still worth showing.
		return policy.Sanitize(Text(src))
	}
	return policy.Sanitize(out.String())
}

// Text is the words of Markdown without its marks, one line for each block: for search, summaries and plain mail. It
// is text, not HTML: whoever shows it escapes it.
func Text(src string) string {
	source := []byte(src)
	var out strings.Builder
	// The walk returns only errors of the function it is given, which has none.
	_ = ast.Walk(engine.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		writeText(&out, n, source, entering)
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(out.String())
}

func writeText(out *strings.Builder, n ast.Node, source []byte, entering bool) {
	switch n := n.(type) {
	case *ast.Text:
		if entering {
			out.Write(plain(n.Segment.Value(source)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				out.WriteByte('\n')
			}
		}
	case *ast.String:
		if entering {
			out.Write(n.Value)
		}
	case *ast.AutoLink:
		if entering {
			out.Write(n.Label(source))
		}
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		if entering {
			out.Write(n.Lines().Value(source))
		}
	case *extensionast.TableCell:
		if !entering {
			out.WriteByte(' ')
		}
	case *ast.RawHTML, *ast.HTMLBlock: // left out, as HTML does
	default:
		if !entering && n.Type() == ast.TypeBlock && out.Len() > 0 {
			out.WriteByte('\n')
		}
	}
}

// plain takes the escapes out of a piece of text: \* is *, &amp; is &.
func plain(raw []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(raw)))
}

func newEngine() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(shallowBlocks()...),
			parser.WithInlineParsers(parser.DefaultInlineParsers()...),
			parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		)),
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), // the policy has no styles
			extension.Strikethrough,
			extension.Linkify,
		),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(relateLinks{}, 1000))),
	)
}

// rel is what search engines and browsers are told of every link: it is not ours, and it gets no handle on our page.
const rel = "nofollow ugc noopener"

// relateLinks puts rel on every link.
type relateLinks struct{}

// Transform implements goldmark's parser.ASTTransformer.
func (relateLinks) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	// The walk returns only errors of the function it is given, which has none.
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if k := n.Kind(); entering && (k == ast.KindLink || k == ast.KindAutoLink) {
			n.SetAttributeString("rel", []byte(rel))
		}
		return ast.WalkContinue, nil
	})
}

// newPolicy lists what may be in the HTML. Images are left out: they would be fetched from other people's servers.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code",
		"em", "strong", "del", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + rel + "$")).OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}
