package gias_test

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func openFile(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// establishments reads a whole file: the rows, and the reasons of those that are bad.
func establishments(t testing.TB, r io.Reader) ([]*staffroom.EstablishmentRow, []staffroom.RowError) {
	t.Helper()
	reader, err := gias.Establishments(r)
	if err != nil {
		t.Fatal(err)
	}
	return gather(t, reader.Rows())
}

func gather[T any](t testing.TB, rows iter.Seq2[*T, error]) (good []*T, bad []staffroom.RowError) {
	t.Helper()
	for row, err := range rows {
		switch e, ok := errors.AsType[*staffroom.RowError](err); {
		case ok:
			bad = append(bad, *e)
		case err != nil:
			t.Fatal(err)
		default:
			good = append(good, row)
		}
	}
	return good, bad
}

func rowError(line int, column, value, reason string) staffroom.RowError {
	return staffroom.RowError{Line: line, Column: column, Value: value, Reason: reason}
}

func TestQuirksOfTheRegister(t *testing.T) {
	good, bad := establishments(t, openFile(t, "testdata/establishments-quirks.csv"))
	type place struct {
		line int
		urn  string
	}
	var places []place
	for _, row := range good {
		places = append(places, place{row.Line, row.Establishment.URN})
	}
	want := []place{{2, "100101"}, {3, "100102"}, {10, "100107"}, {17, "100113"}, {22, "100117"}, {24, "100119"}}
	if !slices.Equal(places, want) {
		t.Errorf("read %v, want %v", places, want)
	}
	wantBad := []staffroom.RowError{
		rowError(6, "OpenDate", "31-02-2001", "must be a day of the calendar, written like 31-12-2025"),
		rowError(7, "EstablishmentName", "", "the row has 3 fields, and the header has 19; it ends before this column"),
		rowError(8, "URN", "10O105", "must be a unique reference number of six digits"),
		rowError(9, "", "", "a quotation mark opens and is never closed"),
		rowError(11, "", "", "the row has 20 fields, and the header has 19"),
		rowError(12, "NumberOfPupils", "SUPP", "must be a whole number from 0 to 200000"),
		rowError(13, "PercentageFSM", "NaN", "must be a percentage from 0 to 100"),
		rowError(14, "PhaseOfEducation (code)", "9", "is a value that this program does not know; a newer version of it may"),
		rowError(15, "Northing", "", "is missing, and there is an easting"),
		rowError(18, "", "", "a quotation mark is missing, or one too many, near character 34"),
		rowError(19, "URN", "", "is missing"),
		rowError(20, "EstablishmentName", "", "is missing"),
		rowError(21, "EstablishmentName", "Control \x01 character", "holds control characters"),
		rowError(23, "LA (code)", "LEW", "must be three digits"),
	}
	for i := range max(len(bad), len(wantBad)) {
		switch {
		case i >= len(bad):
			t.Errorf("not rejected: %+v", wantBad[i])
		case i >= len(wantBad):
			t.Errorf("rejected too: %+v", bad[i])
		case bad[i] != wantBad[i]:
			t.Errorf("rejected %+v, want %+v", bad[i], wantBad[i])
		}
	}
}

func TestARowInTheWordsOfTheDomain(t *testing.T) {
	good, _ := establishments(t, openFile(t, "testdata/establishments-quirks.csv"))
	if name := good[0].Establishment.Name; name != "École of St Joan’s — “Upper”" {
		t.Errorf("Windows-1252 is read as %q", name)
	}
	if street := good[1].Establishment.Street; street != "Gate 1 Example Street West" {
		t.Errorf("a field with line ends is read as %q", street)
	}
	if place := good[3].Establishment.Place; place != nil {
		t.Errorf("the place 0, 0 is read as %+v", place)
	}
	if e := good[4].Establishment; e.Status != staffroom.SchoolClosed || e.ClosedOn != "2019-08-31" || e.OpenedOn != "2001-09-01" {
		t.Errorf("the closed school is %+v", e)
	}
}

func TestEveryColumnThatIsUsed(t *testing.T) {
	cells := [][2]string{
		{"URN", "100300"},
		{"LA (code)", "886"},
		{"LA (name)", "Kent"},
		{"EstablishmentNumber", "4000"},
		{"EstablishmentName", " Example  Academy "},
		{"TypeOfEstablishment (code)", "02"},
		{"TypeOfEstablishment (name)", "Voluntary aided school"},
		{"EstablishmentTypeGroup (code)", ""},
		{"EstablishmentTypeGroup (name)", "Free schools"},
		{"EstablishmentStatus (code)", "4"},
		{"OpenDate", "01-09-2026"},
		{"PhaseOfEducation (code)", "07"},
		{"StatutoryLowAge", "3"},
		{"StatutoryHighAge", "19"},
		{"Gender (name)", "Not applicable"},
		{"ReligiousCharacter (name)", "Does not apply"},
		{"SchoolCapacity", "600"},
		{"NumberOfPupils", "593"},
		{"PercentageFSM", "12.7"},
		{"Trusts (code)", "2044"},
		{"Trusts (name)", "Example Trust"},
		{"UKPRN", "10013279"},
		{"Street", "1 Example Road"},
		{"Locality", "Example"},
		{"Address3", "East Example"},
		{"Town", "Maidstone"},
		{"County (name)", "Kent"},
		{"Postcode", "me14  1xx"},
		{"SchoolWebsite", "WWW.Example-Academy.kent.sch.uk/"},
		{"SEN1 (name)", "ASD - Autistic Spectrum Disorder"},
		{"SEN2 (name)", "Not Applicable"},
		{"SEN13 (name)", "VI - Visual Impairment"},
		{"UrbanRural (name)", "(England/Wales) Urban city and town"},
		{"GSSLACode (name)", "E10000016"},
		{"Easting", "651410"},
		{"Northing", "313177"},
	}
	var header, values []string
	for _, c := range cells {
		header, values = append(header, c[0]), append(values, c[1])
	}
	good, bad := establishments(t, strings.NewReader(strings.Join(header, ",")+"\n"+strings.Join(values, ",")))
	if len(good) != 1 || len(bad) != 0 {
		t.Fatalf("read %v and %v", good, bad)
	}
	low, high, roll, capacity, meals := 3, 19, 593, 600, 12.7
	want := &staffroom.EstablishmentRow{Line: 2, DfECode: "886", AuthorityName: "Kent", Establishment: staffroom.Establishment{
		URN: "100300", LAESTAB: "886/4000", UKPRN: "10013279", Name: "Example Academy",
		TypeCode: "2", TypeName: "Voluntary aided school", TypeGroup: staffroom.GroupFreeSchools,
		Status: staffroom.SchoolProposedToOpen, Phase: staffroom.PhaseAllThrough, OpenedOn: "2026-09-01", AuthorityCode: "E10000016",
		TrustCode: "2044", TrustName: "Example Trust", LowAge: &low, HighAge: &high, Roll: &roll, Capacity: &capacity, FreeSchoolMeals: &meals,
		SENProvision: []string{"ASD - Autistic Spectrum Disorder", "VI - Visual Impairment"},
		UrbanRural:   "(England/Wales) Urban city and town",
		Street:       "1 Example Road", Locality: "Example, East Example", Town: "Maidstone", County: "Kent",
		Postcode: "ME14 1XX", PostcodeSector: "ME14 1", PostcodeDistrict: "ME14",
		Website: "http://www.example-academy.kent.sch.uk", WebDomain: "example-academy.kent.sch.uk",
		// Ordnance Survey gives 52 39 28.72 N, 1 42 57.79 E (WGS84) for this point, Caister Water Tower.
		Place: &staffroom.Place{Easting: 651410, Northing: 313177, Latitude: 52.657977, Longitude: 1.716052},
	}}
	got := good[0]
	if p := got.Establishment.Place; p == nil || p.Latitude < 52.65793 || p.Latitude > 52.65803 || p.Longitude < 1.71598 || p.Longitude > 1.71613 {
		t.Errorf("the place is %+v", p)
	}
	want.Establishment.Place = got.Establishment.Place
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v, want\n%+v", got, want)
	}
}

func TestFewColumnsInUTF8(t *testing.T) {
	good, bad := establishments(t, openFile(t, "testdata/establishments-few-columns.csv"))
	if len(bad) != 1 || bad[0].Line != 2 || bad[0].Column != "LA (code)" {
		t.Errorf("rejected %v", bad)
	}
	if len(good) != 2 {
		t.Fatalf("read %d rows", len(good))
	}
	want := staffroom.Establishment{
		URN: "100202", Name: "Ysgol Gŵyr", TypeGroup: staffroom.GroupOther,
		Status: staffroom.SchoolOpenProposedToClose, Phase: staffroom.PhaseMiddleDeemedPrimary,
	}
	if !reflect.DeepEqual(good[0].Establishment, want) || good[0].DfECode != "209" {
		t.Errorf("read %+v", good[0])
	}
	if e := good[1].Establishment; e.Status != staffroom.SchoolOpen || e.Phase != staffroom.PhaseNotApplicable || good[1].DfECode != "" {
		t.Errorf("read %+v", good[1])
	}
}

func TestTheRegistersColumnsAreAccepted(t *testing.T) {
	columns, err := os.ReadFile("../../shared/gias/columns.txt")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the reference data is missing: %v", err)
		}
		t.Skipf("the reference data is not here: %v", err)
	}
	header := strings.ReplaceAll(strings.TrimSpace(string(columns)), "\n", ",")
	if good, bad := establishments(t, strings.NewReader(header+"\r\n")); len(good)+len(bad) != 0 {
		t.Errorf("read %v and %v", good, bad)
	}
}

func TestWhatIsNoRegisterFileIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, says string }{
		"nothing":        {"", "empty"},
		"blank":          {" \r\n\n", "empty"},
		"long and blank": {strings.Repeat("\r\n", 10_000), "empty"},
		"only a mark":    {"\xef\xbb\xbf\r\n", "empty"},
		"workbook":       {"PK\x03\x04\x14\x00\x06\x00", "Excel workbook"},
		"old workbook":   {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook"},
		"gzip":           {"\x1f\x8b\x08\x00", "gzip"},
		"UTF-16":         {"\xff\xfeU\x00R\x00N\x00", "UTF-16"},
		"web page":       {"\r\n<!DOCTYPE html><html>", "web page"},
		"program":        {"\x7fELF\x02\x01\x01\x00\x00", "no text"},
		"prose":          {"Dear colleagues,\nplease find attached", `no column "URN"`},
		"semicolons":     {"URN;EstablishmentName;LA (code)\n1;2;3", "not separated by commas"},
		"no authority":   {"URN,EstablishmentName,LA (name)\n", `no column "LA (code)"`},
		"links":          {"URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n", "import links"},
		"twice":          {"URN,EstablishmentName,LA (code),URN\n", `"URN" twice`},
		"unclosed":       {"\"URN,EstablishmentName\n1,2\n", "never closed"},
		"endless header": {strings.Repeat("URN,", 100_000) + "\n", "longer than 256 kB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gias.Establishments(strings.NewReader(c.file))
			if staffroom.CodeOf(err) != staffroom.CodeBadInput || !strings.Contains(err.Error(), c.says) {
				t.Errorf("refused with %v; it should speak of %q", err, c.says)
			}
		})
	}
}

func TestAFailingReaderIsNoRefusal(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := gias.Establishments(io.MultiReader(strings.NewReader("URN,"), failing{broken}))
	if !errors.Is(err, broken) {
		t.Errorf("opening it gives %v", err)
	}
	header := "URN,EstablishmentName,LA (code)\n100100,A,209\n" + strings.Repeat(" ", 8<<10)
	reader, err := gias.Establishments(io.MultiReader(strings.NewReader(header), failing{broken}))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, err = range reader.Rows() {
		rows++
	}
	if rows != 2 || !errors.Is(err, broken) {
		t.Errorf("%d rows, and at last %v", rows, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A quotation mark that is never closed costs its own row only, wherever the file ends, and however long it is.
func TestAnUnclosedQuotationMarkCostsOneRow(t *testing.T) {
	const header, rows = "URN,EstablishmentName,LA (code)\n", 60_000
	var b strings.Builder
	b.WriteString(header + "100000,\"Unclosed,209\n")
	for i := range rows {
		b.WriteString("10" + padded(i%10_000) + ",Example,209\n")
	}
	good, bad := establishments(t, strings.NewReader(b.String()))
	want := staffroom.RowError{Line: 2, Reason: "a quotation mark opens and is never closed"}
	if len(good) != rows || len(bad) != 1 || bad[0] != want {
		t.Errorf("read %d rows and %v", len(good), bad)
	}
	if last := good[rows-1].Line; last != rows+2 {
		t.Errorf("the last row is on line %d", last)
	}
}

func padded(i int) string {
	const digits = "0123456789"
	return string([]byte{digits[i/1000], digits[i/100%10], digits[i/10%10], digits[i%10]})
}

// endless is a file that hardly ends, made of the same bytes. Now and then it looks how much memory whoever reads it has in use.
type endless struct {
	text          []byte
	left, looking int
	peak          uint64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	if e.left <= e.looking {
		e.looking = e.left - 2<<20
		e.peak = max(e.peak, inUse())
	}
	n := copy(p, bytes.Repeat(e.text, len(p)/len(e.text)+1))
	e.left -= n
	return n, nil
}

// inUse is how many bytes of memory are, without what is only not collected yet.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMemoryIsBoundedWhateverTheFileHolds(t *testing.T) {
	const size, most = 32 << 20, 4 << 20
	for name, text := range map[string]string{"one long line": "x", "one long quotation": "\"x\"", "blank lines": "\n"} {
		t.Run(name, func(t *testing.T) {
			header := "URN,EstablishmentName,LA (code)\n\"100100,"
			file := &endless{text: []byte(text), left: size, looking: size}
			reader, err := gias.Establishments(io.MultiReader(strings.NewReader(header), file))
			if err != nil {
				t.Fatal(err)
			}
			before, bad := inUse(), 0
			for range reader.Rows() {
				bad++
			}
			peak := file.peak - min(before, file.peak)
			if peak > most {
				t.Errorf("it took %d MiB of memory", peak>>20)
			}
			if reader.BytesRead() < size {
				t.Errorf("%d bytes were read", reader.BytesRead())
			}
			t.Logf("%d bad rows, %d MiB", bad, peak>>20)
		})
	}
}

func TestReadingCanStopAtAnyRow(t *testing.T) {
	reader, err := gias.Establishments(openFile(t, "testdata/establishments-quirks.csv"))
	if err != nil {
		t.Fatal(err)
	}
	before := 0
	for range reader.Rows() {
		if before++; before == 3 {
			break
		}
	}
	if rest, bad := gather(t, reader.Rows()); len(rest)+len(bad) != 20-3 {
		t.Errorf("after %d rows it goes on with %d and %d", before, len(rest), len(bad))
	}
}

func FuzzEstablishments(f *testing.F) {
	for _, path := range []string{"testdata/establishments-quirks.csv", "testdata/establishments-few-columns.csv"} {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("URN,EstablishmentName,LA (code)\n\"\"\"\"\n\"\r\n\"\n\"100100\",\"\n\",209"))
	f.Add([]byte("URN,LA (code),EstablishmentName,SchoolWebsite,Postcode\n100100,209,A,http://[::1]:80/,A1 1AA\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		reader, err := gias.Establishments(bytes.NewReader(text))
		if err != nil {
			if staffroom.CodeOf(err) != staffroom.CodeBadInput {
				t.Errorf("refused with %v", err)
			}
			return
		}
		lines, last := bytes.Count(text, []byte{'\n'})+1, 0
		good, bad := gather(t, reader.Rows())
		for _, row := range good {
			if row.Line <= last || row.Line > lines || row.Establishment.Name == "" || len(row.Establishment.URN) != 6 {
				t.Errorf("after line %d of %d came %+v", last, lines, row)
			}
			last = row.Line
		}
		for _, b := range bad {
			if b.Line < 2 || b.Line > lines || b.Reason == "" {
				t.Errorf("a row of %d lines is bad: %+v", lines, b)
			}
		}
		if reader.BytesRead() != int64(len(text)) {
			t.Errorf("%d of %d bytes were read", reader.BytesRead(), len(text))
		}
	})
}
