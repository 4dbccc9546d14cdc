package search

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"unsafe"

	mmap "github.com/blevesearch/mmap-go"
)

// The file of a companion has lists of numbers as the machine has them in memory, then as JSON what is where, and at the end where that is. It is
// mapped into memory and never copied.

// contents says what is where in the file.
type contents struct {
	// Part is the part's identity.
	Part string
	// Docs and Places are its order.
	Docs, Places run
	// Numbers and the three after it are its numbering, by which sheets and words go.
	Numbers, Numbered, NumberedPlaces, NumberedClosed run
	IDs, IDEnds                                       run
	Closed                                            run
	Sheets                                            []sheetAt
	Columns                                           map[string]columnAt
	Words                                             []wordAt
}

// run is where a list is: its first byte, and how many elements it has.
type run struct{ From, Length int64 }

type sheetAt struct {
	Rows run
	Used uint
}

type columnAt struct {
	Sheet  int
	Shift  uint
	Values []string
	Sets   [][]int
}

// wordAt is a frequent word; Same says that it finds as an unfinished word no more than as a finished one.
type wordAt struct {
	Full, Stem         string
	Last               bool `json:",omitzero"`
	Same               bool `json:",omitzero"`
	Who, Ahead, Within run  `json:",omitzero"`
	Steps, Docs        run  `json:",omitzero"`
	Weak               uint8
	Above              []uint32 `json:",omitempty"`
}

// ending is the last of the file.
type ending struct {
	contents run
	// order is what another number is on machines that have the bytes of numbers the other way round.
	order uint64
	magic [8]byte
}

const byteOrder = 0x0102030405060708

// magic begins with whose file it is, and ends with how it is laid out.
func magic() [8]byte { return [8]byte([]byte("staffrm5")) }

// number is what lists are of.
type number interface {
	uint8 | uint16 | uint32 | uint64
}

// companionWriter writes a companion. What went wrong is said at the end.
type companionWriter struct {
	*bufio.Writer
	at int64
	contents
}

// writeCompanion makes a file that fill fills, and says how many words are in it. The file is there as a whole or not at all.
func writeCompanion(path, identity string, fill func(*companionWriter) error) (words int, err error) {
	unfinished := path + unfinishedEnd
	file, err := os.OpenFile(unfinished, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the path is made of names that Bleve gives its files
	if err != nil {
		return 0, fmt.Errorf("search: write a companion: %w", err)
	}
	w := &companionWriter{Writer: bufio.NewWriterSize(file, 1<<20), contents: contents{Part: identity, Columns: map[string]columnAt{}}}
	err = fill(w)
	if err == nil {
		err = errors.Join(w.end(), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(unfinished, path)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("search: write a companion: %w", err), os.Remove(unfinished))
	}
	return len(w.Words), nil
}

// end writes what is where.
func (w *companionWriter) end() error {
	text, err := json.Marshal(w.contents)
	if err != nil {
		return err
	}
	last := ending{contents: put(w, text), order: byteOrder, magic: magic()}
	put(w, unsafe.Slice((*byte)(unsafe.Pointer(&last)), unsafe.Sizeof(last))) //nolint:gosec // its bytes, as they are read again
	return w.Flush()
}

// alignment is what the first byte of each list can be divided by.
const alignment = 8

// put writes a list; whether that went well is known when the writer is flushed.
func put[N number](w *companionWriter, list []N) run {
	r := run{w.at, int64(len(list))}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), len(list)*int(unsafe.Sizeof(N(0)))) //nolint:gosec // the bytes of the list
	n, _ := w.Write(bytes)
	w.at += int64(n)
	for ; w.at%alignment != 0; w.at++ {
		_ = w.WriteByte(0)
	}
	return r
}

func (w *companionWriter) order(o *order) { w.Docs, w.Places = put(w, o.docs), put(w, o.places) }

func (w *companionWriter) numbering(n *numbering) {
	w.Numbers, w.Numbered, w.NumberedPlaces, w.NumberedClosed = put(w, n.numbers), put(w, n.docs), put(w, n.places), put(w, n.closed)
}

func (w *companionWriter) ids(i *ids) { w.IDs, w.IDEnds = put(w, i.text), put(w, i.ends) }

func (w *companionWriter) closed(who dense) { w.Closed = put(w, who) }

func (w *companionWriter) table(t *table) {
	for _, s := range t.sheets {
		w.Sheets = append(w.Sheets, sheetAt{put(w, s.rows), s.used})
	}
	for field, c := range t.columns {
		w.Columns[field] = columnAt{c.sheet, c.shift, c.values, c.sets}
	}
}

func (w *companionWriter) frequent(key frequentKey, f *frequent) error {
	at := wordAt{Full: key.full, Stem: key.stem, Last: key.last, Same: f == nil}
	if f != nil {
		at.Who, at.Ahead, at.Within, at.Steps = put(w, f.who), put(w, f.ahead), put(w, f.within), put(w, f.steps)
		at.Docs, at.Weak, at.Above = put(w, f.docs), f.weak, f.above[:]
	}
	w.Words = append(w.Words, at)
	_, err := w.Write(nil) // tells whether something went wrong, such as a full disk
	return err
}

// mapped is a file in memory. It lasts until nobody holds it any more; those who look into it hold the view of the index, which holds its parts.
type mapped struct {
	data    mmap.MMap
	cleanup runtime.Cleanup
}

func openMapped(path string) (*mapped, error) {
	file, err := os.Open(path) //nolint:gosec // the path is made of names that Bleve gives its files
	if err != nil {
		return nil, err
	}
	data, err := mmap.Map(file, mmap.RDONLY, 0)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	m := &mapped{data: data}
	m.cleanup = runtime.AddCleanup(m, func(data mmap.MMap) { _ = data.Unmap() }, data) // nobody would hear of it, and nothing is lost
	return m, nil
}

// close takes a file out of memory that nobody will look into.
func (m *mapped) close() {
	m.cleanup.Stop()
	_ = m.data.Unmap() // as above
}

// errDamaged is what is said of a file that is not whole, or of another part, machine or version.
var errDamaged = errors.New("search: this is not the companion of the part")

// list is a list in the file; nil and an error if it can't be there.
func list[N number](m *mapped, r run, problem *error) []N {
	size := int64(unsafe.Sizeof(N(0)))
	if r.From < 0 || r.Length < 0 || r.From%alignment != 0 || r.Length > int64(len(m.data))/size || r.From > int64(len(m.data))-r.Length*size {
		*problem = errDamaged
		return nil
	}
	if r.Length == 0 {
		return nil
	}
	return unsafe.Slice((*N)(unsafe.Pointer(&m.data[r.From])), r.Length) //nolint:gosec // all of it is in the file, as was just checked
}

// openCompanion opens a file, which must be of the part with this identity and so many documents.
func openCompanion(path, identity string, documents uint64) (prepared, error) {
	m, err := openMapped(path)
	if err != nil {
		return prepared{}, err
	}
	c, err := m.contents()
	if err == nil && c.Part != identity {
		err = errDamaged
	}
	if err != nil {
		m.close()
		return prepared{}, err
	}
	p := m.prepared(&c, int64(documents), &err) // Bleve's numbers of documents in a segment have 31 bits
	if err != nil {
		m.close()
		return prepared{}, err
	}
	return p, nil
}

// prepared is what the contents are of. Lists that documents are looked up in have a length that follows from their number.
func (m *mapped) prepared(c *contents, documents int64, problem *error) prepared {
	words := (documents + 63) / 64
	p := prepared{
		held: m, counted: newTable(), frequent: make(map[frequentKey]*frequent, len(c.Words)),
		order: &order{docs: exactly[uint32](m, c.Docs, documents, problem), places: exactly[uint32](m, c.Places, documents, problem)},
		ids:   &ids{text: list[byte](m, c.IDs, problem), ends: exactly[uint32](m, c.IDEnds, documents, problem)},
	}
	p.numbering = &numbering{
		numbers: exactly[uint32](m, c.Numbers, documents, problem), docs: exactly[uint32](m, c.Numbered, documents, problem),
		places: exactly[uint32](m, c.NumberedPlaces, documents, problem), closed: m.anybody(c.NumberedClosed, words, problem),
	}
	if *problem == nil && !p.numbering.whole() {
		*problem = errDamaged
	}
	closed := m.anybody(c.Closed, words, problem)
	p.closed, p.counted.numbering = &closed, p.numbering
	for _, s := range c.Sheets { // rows are copied: fetched from all over a mapped file they take a sixth longer, for its small pages
		p.counted.sheets = append(p.counted.sheets, sheet{slices.Clone(exactly[uint32](m, s.Rows, documents, problem)), s.Used})
	}
	for field, at := range c.Columns {
		if at.Sheet < 0 || at.Sheet >= len(c.Sheets) || len(at.Sets) == 0 {
			*problem = errDamaged
		}
		p.counted.columns[field] = column{at.Sheet, at.Shift, at.Values, at.Sets}
	}
	for _, at := range c.Words {
		key := frequentKey{word{at.Full, at.Stem}, at.Last}
		if at.Same {
			p.frequent[key] = p.frequent[frequentKey{key.word, false}] // written before
			continue
		}
		p.frequent[key] = at.frequent(m, words, problem)
	}
	return p
}

// anybody is a set that is nil for nobody.
func (m *mapped) anybody(r run, words int64, problem *error) dense {
	if r.Length == 0 {
		return nil
	}
	return exactly[uint64](m, r, words, problem)
}

// exactly is a list of this length.
func exactly[N number](m *mapped, r run, length int64, problem *error) []N {
	if r.Length != length {
		*problem = errDamaged
		return nil
	}
	return list[N](m, r, problem)
}

func (at *wordAt) frequent(m *mapped, words int64, problem *error) *frequent {
	f := &frequent{
		who: exactly[uint64](m, at.Who, words, problem), within: exactly[uint16](m, at.Within, words, problem),
		ahead: exactly[uint32](m, at.Ahead, (words*64+stretch-1)/stretch, problem),
		steps: list[uint8](m, at.Steps, problem), strong: strong{docs: list[uint32](m, at.Docs, problem), weak: at.Weak},
	}
	if copy(f.above[:], at.Above) != len(f.above) || int(f.weak) >= len(f.above) {
		*problem = errDamaged
	} else if int64(f.above[f.weak]) != at.Docs.Length || !descending(f.above[f.weak:]) {
		*problem = errDamaged
	}
	return f
}

func descending(list []uint32) bool {
	return slices.IsSortedFunc(list, func(a, b uint32) int { return cmp.Compare(b, a) })
}

// contents reads what is where.
func (m *mapped) contents() (c contents, err error) {
	from := len(m.data) - int(unsafe.Sizeof(ending{}))
	if from < 0 || from%alignment != 0 {
		return c, errDamaged
	}
	last := *(*ending)(unsafe.Pointer(&m.data[from])) //nolint:gosec // all of it is in the file, as was just checked
	if last.order != byteOrder || last.magic != magic() {
		return c, errDamaged
	}
	text := list[byte](m, last.contents, &err)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return c, nil
}
