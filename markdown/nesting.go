package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxNesting is how deep quotes and lists may stand in each other; a list and its entry count as two. Goldmark's work grows with the
// square of the depth, and browsers have trouble with what is thousands deep.
const maxNesting = 40

// shallow is a parser of blocks that opens none deeper than maxNesting: there its marks are plain text.
type shallow struct{ parser.BlockParser }

// Open implements goldmark's parser.BlockParser.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for at := parent; at != nil; at = at.Parent() {
		if depth++; depth > maxNesting {
			return nil, parser.NoChildren
		}
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// shallowBlocks are goldmark's parsers of blocks; those of what other blocks stand in are kept from going too deep.
func shallowBlocks() []util.PrioritizedValue {
	blocks := parser.DefaultBlockParsers()
	for i, block := range blocks {
		if block.Value == parser.NewListParser() || block.Value == parser.NewBlockquoteParser() {
			blocks[i].Value = shallow{block.Value.(parser.BlockParser)}
		}
	}
	return blocks
}
