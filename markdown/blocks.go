package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxNesting is how deep quotes and lists may stand in each other; a list and its entry count as two. Goldmark's work grows with the
// square of the depth, and browsers have trouble with what is thousands deep.
const maxNesting = 40

// blocks are goldmark's parsers of blocks. Those of what other blocks stand in are kept from going too deep. That of HTML is left out:
// tags are words like any others.
func blocks() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(container{parser.NewListParser()}, 300),
		util.Prioritized(container{parser.NewListItemParser()}, 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(container{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(footnotes{container{extension.NewFootnoteBlockParser()}}, 999),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	}
}

// container is a parser of blocks that opens none deeper than maxNesting: there its marks are plain text. It pays for each line that it
// goes on for.
type container struct{ parser.BlockParser }

// Open implements parser.BlockParser. The entry of a list that was opened is opened, too.
func (c container) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	if of(pc).tooMuch != nil {
		return nil, parser.NoChildren
	}
	for at := parent; at != nil; at = at.Parent() {
		if depth++; depth > maxNesting && parent.Kind() != ast.KindList {
			return nil, parser.NoChildren
		}
	}
	return c.BlockParser.Open(parent, reader, pc)
}

// Continue implements parser.BlockParser. Goldmark remembers each line of each open block for a while.
func (c container) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	const perLine = 8
	if !of(pc).spend(perLine, errDeep) {
		return parser.Close
	}
	return c.BlockParser.Continue(node, reader, pc)
}

// footnotes opens footnotes at the top of a text only: goldmark would lose what is within a footnote of a footnote.
type footnotes struct{ container }

// Open implements parser.BlockParser.
func (f footnotes) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	r := of(pc)
	if parent.Kind() != ast.KindDocument || r.tooMuch != nil {
		return nil, parser.NoChildren
	}
	node, state := f.container.Open(parent, reader, pc)
	if node != nil { // in the end it is put in its place among all of them
		r.notes++
		r.spend(r.notes, errMarks)
	}
	return node, state
}

// paragraphs are what is made of paragraphs: goldmark's own, with somebody before each who pays.
func paragraphs() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(definitions{}, 50),
		util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
		util.Prioritized(tables{extension.NewTableParagraphTransformer()}, 150),
	}
}

// definitions pays for taking the definitions of links out of a paragraph: with each, goldmark moves all lines behind it.
type definitions struct{}

// Transform implements parser.ParagraphTransformer.
func (definitions) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines, begin := node.Lines(), 0
	for i := range lines.Len() {
		line := lines.At(i)
		if bytes.HasPrefix(util.TrimLeftSpace(line.Value(reader.Source())), []byte("[")) {
			begin++
		}
	}
	if !of(pc).spend(begin*lines.Len(), errMarks) {
		lines.SetSliced(0, 1)
	}
}
