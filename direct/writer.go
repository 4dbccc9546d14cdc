package direct

import (
	"context"
	"errors"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// ErrLater is what a resolver returns when something that it needs is not read yet, but will be.
var ErrLater = errors.New("direct: this is read later, together with others")

// errAbandoned is the panic by which the writing ends when gqlgen's executor has to answer.
var errAbandoned = errors.New("direct: left to the executor")

// Writer writes the answer to one operation. It is used by one goroutine.
type Writer struct {
	// Context is that of the resolvers.
	Context context.Context //nolint:containedctx // lives as long as one answer, as a request does
	// Operation is what was asked, with its variables.
	Operation *graphql.OperationContext

	text   []byte
	schema *Schema
	most   int     // bytes of text, before it is a long one
	piece  *piece  // that is being written
	later  []later // what to write when the loaders have read more
	// refused is why the answer may not get longer.
	refused error
}

// piece is a part of the text, with holes for what is written later.
type piece struct {
	start, end int
	holes      []hole
}

// hole is where in the text another piece belongs.
type hole struct {
	at     int
	filled *piece
}

type later struct {
	write func()
	into  *piece
}

// PutOff leaves a hole that write fills when the loaders have read more, if err says so. Any other error ends the writing.
func (w *Writer) PutOff(err error, write func()) {
	if !errors.Is(err, ErrLater) {
		w.Abandon()
	}
	into := &piece{}
	w.piece.holes = append(w.piece.holes, hole{len(w.text), into})
	w.later = append(w.later, later{write, into})
}

// Abandon ends the writing: gqlgen's executor is to answer.
func (w *Writer) Abandon() { panic(errAbandoned) }

// write writes a piece.
func (w *Writer) write(into *piece, write func()) {
	w.piece = into
	into.start = len(w.text)
	write()
	into.end = len(w.text)
}

// fill writes what was put off, once.
func (w *Writer) fill() {
	due := w.later
	w.later = nil
	for _, l := range due {
		w.write(l.into, l.write)
	}
}

// appendTo appends the piece with its holes filled.
func (p *piece) appendTo(out, text []byte) []byte {
	at := p.start
	for _, h := range p.holes {
		out = append(out, text[at:h.at]...)
		out = h.filled.appendTo(out, text)
		at = h.at
	}
	return append(out, text[at:p.end]...)
}

// Key begins the value of a field. It ends the writing when the answer is too long.
func (w *Writer) Key(f *Field) {
	w.lengthen()
	w.text = append(w.text, f.key...)
}

// lengthen lets an answer that turns out to be a long one get as long as an answer may be, if there is room for it.
func (w *Writer) lengthen() {
	if len(w.text) <= w.most {
		return
	}
	if w.refused = w.schema.bound(w.Context, len(w.text)); w.refused != nil {
		w.Abandon()
	}
	w.most = w.schema.most
}

// Close ends an object.
func (w *Writer) Close(selection *Selection) {
	if len(selection.Fields) == 0 {
		w.text = append(w.text, '{')
	}
	w.text = append(w.text, '}')
}

// Item begins element i of a list, and CloseList ends it. It ends the writing when nobody waits for the answer any more.
func (w *Writer) Item(i int) {
	if w.Context.Err() != nil {
		w.Abandon()
	}
	if i == 0 {
		w.text = append(w.text, '[')
	} else {
		w.text = append(w.text, ',')
	}
}

// CloseList ends a list of n elements.
func (w *Writer) CloseList(n int) {
	if n == 0 {
		w.text = append(w.text, '[')
	}
	w.text = append(w.text, ']')
}

// Null writes null where the schema allows it; where not, it ends the writing.
func (w *Writer) Null(allowed bool) {
	if !allowed {
		w.Abandon()
	}
	w.text = append(w.text, "null"...)
}

// Bool writes a Boolean.
func (w *Writer) Bool(b bool) { w.text = strconv.AppendBool(w.text, b) }

// Int writes an Int.
func (w *Writer) Int(i int64) { w.text = strconv.AppendInt(w.text, i, 10) }

// Marshal writes what gqlgen made of a scalar.
func (w *Writer) Marshal(value graphql.Marshaler, nullable bool) {
	if value == graphql.Null {
		w.Null(nullable)
		return
	}
	value.MarshalGQL(w)
}

// Write appends to the answer.
func (w *Writer) Write(p []byte) (int, error) {
	w.text = append(w.text, p...)
	return len(p), nil
}

// WriteString appends to the answer.
func (w *Writer) WriteString(s string) (int, error) {
	w.text = append(w.text, s...)
	return len(s), nil
}

// Quoted writes text that appendText appends, and that needs no escapes.
func (w *Writer) Quoted(appendText func([]byte) ([]byte, error)) {
	text, err := appendText(append(w.text, '"'))
	if err != nil {
		w.Abandon()
	}
	w.text = append(text, '"')
}

// String writes text as JSON, as [graphql.MarshalString] does.
func (w *Writer) String(s string) {
	w.text = append(w.text, '"')
	start := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			w.text = append(w.text, s[start:i]...)
			w.escaped(c)
			start = i + 1
		}
	}
	w.text = append(w.text, s[start:]...)
	w.text = append(w.text, '"')
}

func (w *Writer) escaped(c byte) {
	switch c {
	case '\t':
		w.text = append(w.text, `\t`...)
	case '\r':
		w.text = append(w.text, `\r`...)
	case '\n':
		w.text = append(w.text, `\n`...)
	case '"', '\\':
		w.text = append(w.text, '\\', c)
	default:
		const hex = "0123456789ABCDEF"
		w.text = append(w.text, `\u00`...)
		w.text = append(w.text, hex[c>>4], hex[c&15])
	}
}
