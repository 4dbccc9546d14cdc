package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// emphasis finds what belongs together of the marks for emphasis and strikethrough, at the end of each block, as CommonMark describes it.
// Goldmark's own way looks through all marks before the one that may end something, each time; this one remembers what was looked for
// in vain, so that its work grows with the number of marks.
type emphasis struct{ parser.InlineParser }

// CloseBlock implements parser.CloseBlocker.
func (emphasis) CloseBlock(block ast.Node, _ text.Reader, _ parser.Context) { pairMarks(block) }

// vain is what decides whether a mark finds its opener, see [parser.Delimiter.CalcComsumption].
type vain struct {
	char    byte
	canOpen bool
	rest    int
}

// marks are the marks of one text, linked with each other in their order.
type marks struct {
	first *parser.Delimiter
	// bottoms are the places in the source before which nothing is found.
	bottoms map[vain]int
}

func pairMarks(within ast.Node) {
	m := marks{}
	var last *parser.Delimiter
	for c := within.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Link, *ast.Image: // marks within a link belong to each other only
			pairMarks(c)
		case *parser.Delimiter:
			if c.PreviousDelimiter = last; last == nil {
				m.first = c
			} else {
				last.NextDelimiter = c
			}
			last = c
		}
	}
	if m.first == nil {
		return
	}
	m.bottoms = map[vain]int{}
	for closer := m.first; closer != nil; {
		closer = m.close(closer)
	}
	for m.first != nil {
		m.remove(m.first)
	}
}

// close pairs a mark with an opener before it, if there is one, and gives the mark to go on with.
func (m *marks) close(closer *parser.Delimiter) *parser.Delimiter {
	next := closer.NextDelimiter
	if !closer.CanClose {
		return next
	}
	opener, consume := m.opener(closer)
	if opener == nil {
		if !closer.CanOpen {
			m.remove(closer)
		}
		return next
	}
	for between := opener.NextDelimiter; between != closer; between = opener.NextDelimiter {
		m.remove(between)
	}
	opener.ConsumeCharacters(consume)
	closer.ConsumeCharacters(consume)
	wrap(opener, closer, consume)
	if opener.Length == 0 {
		m.remove(opener)
	}
	if closer.Length > 0 {
		return closer
	}
	m.remove(closer)
	return next
}

// opener is the nearest mark before closer that it can close, and how many characters of both that takes; nil if there is none.
func (m *marks) opener(closer *parser.Delimiter) (opener *parser.Delimiter, consume int) {
	const three = 3 // the rule of three: some pairs whose lengths make a multiple of it do not match
	key := vain{closer.Char, closer.CanOpen, closer.OriginalLength % three}
	bottom := m.bottoms[key]
	for at := closer.PreviousDelimiter; at != nil && at.Segment.Start >= bottom; at = at.PreviousDelimiter {
		if at.CanOpen && at.Processor.CanOpenCloser(at, closer) {
			if consume := at.CalcComsumption(closer); consume > 0 {
				return at, consume
			}
		}
	}
	m.bottoms[key] = closer.Segment.Start
	return nil, 0
}

// wrap puts what is between opener and closer into a node.
func wrap(opener, closer *parser.Delimiter, consume int) {
	node := opener.Processor.OnMatch(consume)
	parent := opener.Parent()
	for c := opener.NextSibling(); c != nil && c != ast.Node(closer); c = opener.NextSibling() {
		node.AppendChild(node, c)
	}
	parent.InsertAfter(parent, opener, node)
}

// remove takes a mark off; what is left of its characters is text.
func (m *marks) remove(d *parser.Delimiter) {
	if d.PreviousDelimiter == nil {
		m.first = d.NextDelimiter
	} else {
		d.PreviousDelimiter.NextDelimiter = d.NextDelimiter
	}
	if d.NextDelimiter != nil {
		d.NextDelimiter.PreviousDelimiter = d.PreviousDelimiter
	}
	d.NextDelimiter, d.PreviousDelimiter = nil, nil
	if d.Length > 0 {
		ast.MergeOrReplaceTextSegment(d.Parent(), d, d.Segment)
	} else {
		d.Parent().RemoveChild(d.Parent(), d)
	}
}
