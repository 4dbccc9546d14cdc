package markdown

import (
	"errors"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// How much work a text may make: so many steps for each byte, beside the one pass that reads it, and some more for short ones. A step
// is a byte that is looked at again in vain, or an entry of a list that is walked through.
const (
	stepsPerByte = 64
	spareSteps   = 64 << 10
)

// What is wrong with a text that would make too much work, or too much HTML, in words that follow its name.
var (
	errMarks = errors.New("has too many brackets, backquotes or other marks that lead nowhere: " +
		"put a backslash before marks that mean themselves")
	errCells = errors.New("has a table with too many empty cells: give its rows as many cells as its first row has")
	errDeep  = errors.New("has lists, quotes or emphasis too deep within each other")
	errLarge = errors.New("would become far longer than it is: it has too many cells, quotes or links for the words in it")
)

// reading is goldmark's context of one text that is read, and what has been spent on it. Goldmark itself has no bounds: some marks make
// it look through the rest of a paragraph each time. Whoever is about to do that pays for it here; when nothing is left, marks
// are no longer looked at, so that the reading ends soon, and the text is shown plain.
type reading struct {
	parser.Context
	left    int
	tooMuch error
	// brackets are where the brackets began that are open in the block that is read.
	brackets []int
	// notes is how many footnotes have been met.
	notes int
}

func newReading(bytes int) *reading {
	return &reading{Context: parser.NewContext(), left: spareSteps + stepsPerByte*bytes}
}

// of is the reading that goldmark is in.
func of(pc parser.Context) *reading { return pc.(*reading) }

// spend takes steps off what is left, and says whether there was enough. If not, why is what is wrong with the text.
func (r *reading) spend(steps int, why error) bool {
	if steps > r.left {
		r.fail(why)
	}
	r.left -= steps
	return r.tooMuch == nil
}

// fail ends the reading, whatever is left.
func (r *reading) fail(why error) {
	if r.tooMuch == nil {
		r.tooMuch = why
	}
}

// PushDelimiter implements parser.Context. Delimiters stay where they are in the text, for [emphasis].
func (r *reading) PushDelimiter(*parser.Delimiter) {}

// paying is a reader of a block that pays for every byte that it passes.
type paying struct {
	text.Reader
	*reading
	block ast.Node
}

// Advance implements text.Reader.
func (p paying) Advance(n int) {
	p.spend(n, errMarks)
	p.Reader.Advance(n)
}

// AdvanceLine implements text.Reader.
func (p paying) AdvanceLine() {
	_, at := p.Position()
	p.spend(at.Len(), errMarks)
	p.Reader.AdvanceLine()
}

// Value implements text.Reader. Goldmark looks for the line from the end of the block.
func (p paying) Value(segment text.Segment) []byte {
	p.spend(segment.Len()+p.block.Lines().Len(), errMarks)
	return p.Reader.Value(segment)
}

// FindClosure implements text.Reader. What is not found may have been looked for up to the end of the block.
func (p paying) FindClosure(opener, closer byte, options text.FindClosureOptions) (*text.Segments, bool) {
	_, before := p.Position()
	segments, found := p.Reader.FindClosure(opener, closer, options)
	_, after := p.Position()
	end := after.Start
	if lines := p.block.Lines(); !found && lines.Len() > 0 {
		end = lines.At(lines.Len() - 1).Stop
	}
	p.spend(end-before.Start, errMarks)
	return segments, found
}
