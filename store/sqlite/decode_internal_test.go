package sqlite

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	fastjson "github.com/go-json-experiment/json"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// oddTexts are texts that are written with escapes, or look as if they were.
var oddTexts = []string{
	"", "plain", "two\nlines", `"quoted"`, `\`, `\\"`, "ends in \\", "<b>&amp;</b>", "tab\t, bell\a", "ünïcode €", "🎓", "\u2028", "a\x00b", "\ufffd", `\n`, "\r\b\f/",
}

// oddResource is a resource with any of these texts anywhere.
func oddResource(chance *rand.Rand) *staffroom.Resource {
	text := func() string { return oddTexts[chance.IntN(len(oddTexts))] }
	texts := func() []string {
		return [][]string{nil, {}, {text()}, {text(), text(), text()}, make([]string, 12)}[chance.IntN(5)]
	}
	at := func() staffroom.Time { return staffroom.At(time.UnixMilli(chance.Int64N(4e12))) }
	r := &staffroom.Resource{
		Meta:  staffroom.Meta{ID: text(), Version: chance.Int64N(1e18) >> chance.IntN(60), CreatedAt: at(), UpdatedAt: at()},
		Title: text(), Body: text() + text() + text(), Topics: texts(), AuthorIDs: texts(), ChangedAt: at(), WithdrawnByModerator: chance.IntN(2) == 0,
		Kind: staffroom.ResourceKind(text()),
	}
	for range chance.IntN(3) {
		r.Files = append(r.Files, staffroom.File{ID: text(), Name: text(), Size: chance.Int64N(1e6), UploadedAt: at()})
		r.Phases = append(r.Phases, staffroom.Phase(text()))
	}
	if chance.IntN(2) == 0 {
		r.PublishedAt = at()
	}
	return r
}

func TestDocumentsAreReadAsTheyAreWritten(t *testing.T) {
	chance, layout, read := rand.New(rand.NewPCG(3, 4)), newLayout(reflect.TypeFor[staffroom.Resource]()), 0
	const rounds = 3000
	for range rounds {
		raw, err := json.Marshal(oddResource(chance))
		if err != nil {
			t.Fatal(err)
		}
		want, got := &staffroom.Resource{}, &staffroom.Resource{}
		if err := fastjson.Unmarshal(raw, want); err != nil {
			t.Fatal(err)
		}
		if layout.decode(raw, got) {
			read++
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s\nis read as\n%+v\ninstead of\n%+v", raw, got, want)
			}
		}
	}
	if read < rounds*9/10 {
		t.Errorf("only %d of %d documents are read as they are written", read, rounds)
	}
}

// oddSchool is a school with any numbers anywhere, or none.
func oddSchool(chance *rand.Rand) *staffroom.School {
	at := staffroom.At(time.UnixMilli(chance.Int64N(4e12)))
	s := &staffroom.School{Meta: staffroom.Meta{ID: "sch", CreatedAt: at, UpdatedAt: at}}
	whole := func() *int {
		return []*int{nil, new(0), new(chance.IntN(2000)), new(chance.IntN(100) - 3)}[chance.IntN(4)]
	}
	s.LowAge, s.HighAge, s.Roll, s.Capacity = whole(), whole(), whole(), whole()
	s.FreeSchoolMeals = []*float64{nil, new(0.0), new(-0.5), new(chance.NormFloat64()), new(1e300 * chance.Float64()), new(1e-9 * chance.Float64())}[chance.IntN(6)]
	if chance.IntN(2) == 0 {
		s.Place = &staffroom.Place{Easting: chance.IntN(700_000), Latitude: 50 + chance.Float64(), Longitude: -chance.Float64()}
	}
	return s
}

func TestNumbersAreReadAsTheyAreWritten(t *testing.T) {
	chance, layout := rand.New(rand.NewPCG(9, 10)), newLayout(reflect.TypeFor[staffroom.School]())
	read := 0
	for range 3000 {
		raw, err := json.Marshal(oddSchool(chance))
		if err != nil {
			t.Fatal(err)
		}
		if chance.IntN(4) == 0 { // a digit becomes something else that numbers are written with
			if at := chance.IntN(len(raw)); raw[at] >= '0' && raw[at] <= '9' {
				raw[at] = "+-.0Ee,"[chance.IntN(7)]
			}
		}
		want, got := &staffroom.School{}, &staffroom.School{}
		err = fastjson.Unmarshal(raw, want)
		if layout.decode(raw, got) {
			read++
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s\nis read as\n%+v\ninstead of\n%+v, %v", raw, got, want, err)
			}
		}
	}
	if read < 1000 {
		t.Errorf("only %d of 3000 schools are read as they are written", read)
	}
}

// TestDamagedDocumentsAreLeftToTheDecoder spoils a byte or cuts the document short. A control character in a text, which JSON does not
// allow, is the only thing that is not noticed.
func TestDamagedDocumentsAreLeftToTheDecoder(t *testing.T) {
	chance, layout := rand.New(rand.NewPCG(5, 6)), newLayout(reflect.TypeFor[staffroom.Resource]())
	for range 20_000 {
		raw, err := json.Marshal(oddResource(chance))
		if err != nil {
			t.Fatal(err)
		}
		switch at := chance.IntN(len(raw)); chance.IntN(3) {
		case 0:
			raw[at] = byte(' ' + chance.IntN(256-' '))
		case 1:
			raw = raw[:at]
		default:
			raw[at] = []byte(`"\,:{}[]u0`)[chance.IntN(10)]
		}
		want, got := &staffroom.Resource{}, &staffroom.Resource{}
		err = fastjson.Unmarshal(raw, want)
		if layout.decode(raw, got) && (err != nil || !reflect.DeepEqual(got, want)) {
			t.Fatalf("%s\nis read as\n%+v\ninstead of\n%+v, %v", raw, got, want, err)
		}
	}
}

func TestTypesOfDocumentsThatAreReadAsTheyAreWritten(t *testing.T) {
	for _, of := range []reflect.Type{
		reflect.TypeFor[staffroom.Resource](), reflect.TypeFor[staffroom.Thread](), reflect.TypeFor[staffroom.Post](),
		reflect.TypeFor[staffroom.Member](), reflect.TypeFor[staffroom.Session](), reflect.TypeFor[staffroom.School](),
	} {
		if newLayout(of) == nil {
			t.Errorf("a %s is not", of)
		}
	}
	if newLayout(reflect.TypeFor[struct{ Anything any }]()) != nil {
		t.Error("a struct with anything in it is read")
	}
}

func BenchmarkDecode(b *testing.B) {
	raw, err := json.Marshal(oddResource(rand.New(rand.NewPCG(7, 8))))
	if err != nil {
		b.Fatal(err)
	}
	c := &collection[staffroom.Resource]{layout: newLayout(reflect.TypeFor[staffroom.Resource]())}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}
