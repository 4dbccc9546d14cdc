package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// tables makes tables of paragraphs as goldmark does, pays for the cells that the rows do not have, and keeps the words of rows that
// have more cells than the first one: they stay in the last cell.
type tables struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (t tables) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	const perCell = 256 // a cell takes as many bytes of memory
	if !of(pc).spend(perCell*missingCells(lines, reader.Source()), errCells) {
		lines.SetSliced(0, 1) // nothing becomes a table of one line
		return
	}
	all := append([]text.Segment(nil), lines.Sliced(0, lines.Len())...)
	before, parent := node.PreviousSibling(), node.Parent()
	t.ParagraphTransformer.Transform(node, reader, pc)
	at := parent.FirstChild()
	if before != nil {
		at = before.NextSibling()
	}
	if at == ast.Node(node) {
		at = node.NextSibling()
	}
	if table, ok := at.(*extensionast.Table); ok {
		keepWords(table, all, reader.Source())
	}
}

// missingCells is how many cells goldmark would add to the rows of the table that these lines may be.
func missingCells(lines *text.Segments, source []byte) int {
	width, before, missing := 0, 0, 0
	for i := range lines.Len() {
		line := lines.At(i)
		value := line.Value(source)
		cells := bytes.Count(value, []byte("|")) + 1
		switch {
		case width > 0:
			missing += max(0, width-cells)
		case i > 0 && len(bytes.Trim(value, "|:- \t\r\n")) == 0 && bytes.IndexByte(value, '-') >= 0:
			width = cells
			missing += max(0, width-before)
		}
		before = cells
	}
	return missing
}

// keepWords extends the last cell of each row to the end of the row. The rows are the last of the lines.
func keepWords(table *extensionast.Table, lines []text.Segment, source []byte) {
	at := len(lines) - table.ChildCount() + 1
	for row := table.FirstChild().NextSibling(); row != nil; row = row.NextSibling() {
		line := lines[at]
		at++
		last := row.LastChild()
		if last == nil || last.Lines().Len() == 0 {
			continue
		}
		line = line.TrimRightSpace(source)
		cell := last.Lines().At(0)
		left := source[min(cell.Stop, line.Stop):line.Stop]
		if words := bytes.TrimRight(left, "| \t"); len(bytes.Trim(words, "| \t")) > 0 {
			last.Lines().Set(0, cell.WithStop(cell.Stop+len(words)))
		}
	}
}

// escapedPipes is how much work goldmark has with pipes in code in cells: it looks for each among all of them.
func escapedPipes(source []byte) int {
	pipes := bytes.Count(source, []byte(`\|`))
	if bytes.IndexByte(source, '`') < 0 {
		return 0
	}
	return pipes * pipes
}
