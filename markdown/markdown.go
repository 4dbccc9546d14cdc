// Package markdown turns what people write into HTML that is safe to show, and into plain words.
//
// It is the only place where Markdown becomes HTML. Two walls stand one behind the other: goldmark takes raw HTML for words, and
// bluemonday lets through only a short list of elements.
//
// What it takes to read a text is counted, and what it may become is bounded, so that no text keeps a server busy: see [Read].
package markdown

import (
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Both are safe for many goroutines once they are made, and cost too much to make for each text.
var (
	engine = newEngine() //nolint:gochecknoglobals // configured once, never changed
	policy = newPolicy() //nolint:gochecknoglobals // configured once, never changed
)

func newEngine() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(blocks()...),
			parser.WithInlineParsers(inlines()...),
			parser.WithParagraphTransformers(paragraphs()...),
			parser.WithASTTransformers(
				util.Prioritized(keptNotes{}, 900),
				util.Prioritized(extension.NewFootnoteASTTransformer(), 999),
				util.Prioritized(keptWords{}, 1000),
			),
		)),
		goldmark.WithRenderer(renderer.NewRenderer(
			renderer.WithNodeRenderers(renderers()...),
		)),
		// For what it does beside making tables, which ours does before it. The policy has no styles.
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
	)
}

// HTML renders Markdown (CommonMark with tables, strikethrough, task lists, footnotes and bare links) as safe HTML: no scripts,
// styles, classes or forms; links only to http, https and mailto, with rel="nofollow ugc noopener"; pictures as links. Tags of
// the author are shown as they were written. A text that [Read] refuses is shown as it was written, in paragraphs.
func HTML(src string) string {
	d := parse(src)
	made, err := d.html()
	if err != nil {
		return plainHTML(string(d.source))
	}
	return made
}

// Text is the words of Markdown without its marks, one line for each block: for search, summaries and plain mail. It is text, not HTML:
// whoever shows it escapes it. A text that is too much work to read comes as it was written.
func Text(src string) string {
	d := parse(src)
	words, err := d.words()
	if err != nil {
		return string(d.source)
	}
	return words
}

// Read gives the words of a text as [Text] does. The error says why it could not be shown as it is meant: reading it would make too
// much work, or far more of it than it is long. Its message continues a sentence that begins with what the text is called.
func Read(src string) (words string, err error) {
	d := parse(src)
	if _, err := d.made(); err != nil {
		return "", err
	}
	return d.words()
}

// document is a text that was read.
type document struct {
	*reading
	source []byte
	root   ast.Node
}

func parse(src string) document {
	source := []byte(strings.TrimPrefix(src, "\ufeff"))
	d := document{reading: newReading(len(source)), source: source}
	if !d.spend(escapedPipes(source), errMarks) {
		return d
	}
	d.root = engine.Parser().Parse(text.NewReader(source), parser.WithContext(d.reading))
	if d.notes > 0 {
		nameNotes(d.root.(*ast.Document), source)
	}
	return d
}

// html is safe.
func (d document) html() (string, error) {
	made, err := d.made()
	if err != nil {
		return "", err
	}
	return policy.Sanitize(made), nil
}

// made is the HTML before the policy has seen it.
func (d document) made() (string, error) {
	if d.tooMuch != nil {
		return "", d.tooMuch
	}
	out := short{left: limitOf(d.source)}
	if err := engine.Renderer().Render(&out, d.source, d.root); err != nil {
		return "", errLarge
	}
	return out.String(), nil
}

func (d document) words() (string, error) {
	if d.tooMuch != nil {
		return "", d.tooMuch
	}
	var out strings.Builder
	// The walk returns only errors of the function it is given, which has none.
	_ = ast.Walk(d.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		writeText(&out, n, d.source, entering)
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(out.String()), nil
}

// plainHTML shows a text as it was written.
func plainHTML(src string) string {
	src = html.EscapeString(strings.ToValidUTF8(strings.ReplaceAll(src, "\x00", "\ufffd"), "\ufffd"))
	var out strings.Builder
	for paragraph := range strings.SplitSeq(src, "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			out.WriteString("<p>" + strings.ReplaceAll(paragraph, "\n", "<br>\n") + "</p>\n")
		}
	}
	return out.String()
}

func writeText(out *strings.Builder, n ast.Node, source []byte, entering bool) {
	if !entering {
		leave(out, n)
		return
	}
	switch n := n.(type) {
	case *ast.Text:
		if value := n.Segment.Value(source); n.IsRaw() {
			out.Write(value)
		} else {
			out.Write(plain(value))
		}
		if n.SoftLineBreak() || n.HardLineBreak() {
			out.WriteByte('\n')
		}
	case *ast.String:
		out.Write(plain(n.Value))
	case *ast.AutoLink:
		out.Write(n.Label(source))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		out.Write(n.Lines().Value(source))
	case *extensionast.TaskCheckBox:
		out.WriteString(box(n))
	}
}

func leave(out *strings.Builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Link:
		if len(n.Title) > 0 {
			out.WriteString(" (" + string(bytes.TrimSpace(plain(n.Title))) + ")")
		}
	case *extensionast.TableCell:
		if n.HasChildren() {
			out.WriteByte(' ')
		}
	default:
		if n.Type() == ast.TypeBlock && out.Len() > 0 {
			out.WriteByte('\n')
		}
	}
}

// plain takes the escapes out of a piece of text: \* is *, &amp; is &.
func plain(raw []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(raw)))
}
