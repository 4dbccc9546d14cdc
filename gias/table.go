package gias

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// maxRecord bounds a row, in bytes, and so the memory that a file can take whose quotation marks are never closed. A row of the
	// register has about 2,000.
	maxRecord = 256 << 10
	// maxRecordLines bounds the lines of a row.
	maxRecordLines = 1000
	// sniffed is how much of a file is looked at to see what it is.
	sniffed = 512
)

// table reads a CSV file row by row. It uses encoding/csv for what is inside of a row, and finds out itself where a row ends, for
// two reasons: a row is bounded, and after a quotation mark that is never closed it goes on with the very next line.
type table struct {
	source *counter
	lines  *bufio.Reader
	// again holds lines that were taken for the rest of a row and are to be read once more.
	again []line
	// number is that of the line read last.
	number int
	// columns has the place of each column, names their names in order.
	columns map[string]int
	names   []string
}

// line is a line of the file, with its end.
type line struct {
	text []byte
	// cut says that it was longer than maxRecord and text is only its beginning.
	cut bool
}

// counter counts the bytes that were read through it.
type counter struct {
	io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// openTable reads the header. It refuses what is no CSV text in an encoding of the register.
func openTable(r io.Reader) (*table, error) {
	t := &table{source: &counter{Reader: r}}
	raw := bufio.NewReader(t.source)
	head, err := raw.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if reason := notText(head); reason != "" {
		return nil, refuse("%s", reason)
	}
	t.lines = bufio.NewReader(transform.NewReader(raw, encodingOf(head).NewDecoder()))
	return t, t.readHeader()
}

func encodingOf(head []byte) encoding.Encoding {
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		return unicode.UTF8BOM
	}
	return charmap.Windows1252
}

// refuse is the error of a file that is not taken at all.
func refuse(format string, args ...any) error {
	return staffroom.Errorf(staffroom.CodeBadInput, format, args...)
}

const emptyFile = "The file is empty. Download it again."

// notText says what a file is by its first bytes, and what to do; empty if it may be CSV.
func notText(head []byte) string {
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case len(bytes.TrimSpace(head)) == 0:
		return emptyFile
	case begins("PK\x03\x04") || begins("PK\x05\x06"):
		return "This is a ZIP archive or an Excel workbook. Unpack it and give the CSV file inside, or save the workbook as CSV."
	case begins("\xd0\xcf\x11\xe0"):
		return "This is an Excel workbook. Save it as CSV."
	case begins("\x1f\x8b"):
		return "This file is compressed by gzip. Unpack it first."
	case begins("\xff\xfe") || begins("\xfe\xff"):
		return "This file is in UTF-16. Save it as CSV in Windows-1252, or in UTF-8 with a byte order mark."
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")):
		return "This is a web page or XML, not CSV; the download may have failed. Download it again."
	case bytes.IndexByte(head, 0) >= 0:
		return "This file holds bytes that are no text. Download the CSV file of the register again."
	default:
		return ""
	}
}

func (t *table) readHeader() error {
	rec, err := t.next()
	if bad, ok := errors.AsType[*staffroom.RowError](err); ok {
		return refuse("The first line is no header of a register file (%s). Download the CSV file of the register again.", bad.Reason)
	}
	if errors.Is(err, io.EOF) {
		return refuse("%s", emptyFile)
	}
	if err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	t.columns = make(map[string]int, len(rec.fields))
	for i, name := range rec.fields {
		name = strings.TrimSpace(name)
		if _, ok := t.columns[name]; ok && name != "" {
			return refuse("The header has the column %q twice, so it is not clear which one counts. Download the file again.", shorten(name))
		}
		t.columns[name] = i
		t.names = append(t.names, name)
	}
	return nil
}

// require refuses the file if it lacks any of these columns. what says what it should be.
func (t *table) require(what string, names ...string) error {
	for _, name := range names {
		if _, ok := t.columns[name]; ok {
			continue
		}
		if len(t.names) == 1 && strings.ContainsAny(t.names[0], ";\t") {
			return refuse("This is no %s: its columns are not separated by commas. Save it as CSV with commas.", what)
		}
		return refuse("This is no %s: its header has no column %q, it begins with %q. Download the CSV file of the register again.",
			what, name, shorten(strings.Join(t.names[:min(3, len(t.names))], ", ")))
	}
	return nil
}

// record is a row: where it begins, and its fields.
type record struct {
	line   int
	fields []string
}

// next is the next row that is not blank, io.EOF after the last, or a *staffroom.RowError if it is malformed; then the one
// after it can be asked for.
func (t *table) next() (*record, error) {
	begin, lines, err := t.row()
	if err != nil {
		return nil, err
	}
	fields, err := parse(lines)
	if err != nil {
		t.resume(begin, lines)
		return nil, &staffroom.RowError{Line: begin, Reason: err.Error()}
	}
	if t.names != nil && len(fields) != len(t.names) {
		return nil, t.miscounted(begin, fields)
	}
	return &record{begin, fields}, nil
}

// parse takes the lines of one row apart.
func parse(lines []line) ([]string, error) {
	readers := make([]io.Reader, len(lines))
	for i := range lines {
		readers[i] = bytes.NewReader(lines[i].text)
	}
	in := csv.NewReader(io.MultiReader(readers...))
	fields, err := in.Read()
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, fmt.Errorf("a quotation mark is missing, or one too many, near character %d", bad.Column)
	}
	return fields, err
}

func (t *table) miscounted(begin int, fields []string) error {
	bad := &staffroom.RowError{
		Line:   begin,
		Reason: fmt.Sprintf("the row has %d fields, and the header has %d", len(fields), len(t.names)),
	}
	if len(fields) < len(t.names) {
		bad.Column = t.names[len(fields)]
		bad.Reason += "; it ends before this column"
	}
	return bad
}

// row is the next row that is not blank: where it begins, and its lines, of which it has several if there are line ends
// between quotation marks.
func (t *table) row() (begin int, lines []line, err error) {
	l, err := t.firstLine()
	if err != nil {
		return 0, nil, err
	}
	begin = t.number
	if l.cut {
		return 0, nil, &staffroom.RowError{Line: begin, Reason: fmt.Sprintf("the line is longer than %d kB", maxRecord>>10)}
	}
	lines = append(lines, l)
	size := len(l.text)
	for open := l.turns(); open; open = open != l.turns() {
		l, err = t.readLine()
		if err == nil {
			lines = append(lines, l)
			size += len(l.text)
		}
		switch {
		case errors.Is(err, io.EOF) || l.cut || size > maxRecord || len(lines) > maxRecordLines:
			t.resume(begin, lines)
			return 0, nil, &staffroom.RowError{Line: begin, Reason: "a quotation mark opens and is never closed"}
		case err != nil:
			return 0, nil, err
		}
	}
	return begin, lines, nil
}

// turns says whether the line leads into a quotation or out of it.
func (l line) turns() bool { return bytes.Count(l.text, []byte{'"'})%2 == 1 }

func (t *table) firstLine() (line, error) {
	for {
		l, err := t.readLine()
		if err != nil || len(bytes.TrimRight(l.text, "\r\n")) > 0 {
			return l, err
		}
	}
}

// resume makes the line after the first of lines the next one to be read.
func (t *table) resume(begin int, lines []line) {
	if len(lines) > 1 {
		t.again = slices.Concat(lines[1:], t.again)
	}
	t.number = begin
}

// readLine is the next line, of which no more than maxRecord is kept.
func (t *table) readLine() (line, error) {
	if len(t.again) > 0 {
		l := t.again[0]
		t.again = t.again[1:]
		t.number++
		return l, nil
	}
	var l line
	for {
		part, err := t.lines.ReadSlice('\n')
		keep := min(len(part), maxRecord-len(l.text))
		l.text = append(l.text, part[:keep]...)
		l.cut = l.cut || keep < len(part)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(l.text) == 0:
			return line{}, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return line{}, fmt.Errorf("read line %d: %w", t.number+1, err)
		}
		t.number++
		return l, nil
	}
}

// shorten cuts what a file says to what fits into a message.
func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
