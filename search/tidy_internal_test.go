package search

import (
	"testing"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// sized is a segment of which only the size is known.
type sized struct {
	segment.Segment
	documents uint64
}

func (s sized) Count() uint64 { return s.documents }

func TestPartsAreScatteredFromATwentiethOn(t *testing.T) {
	for _, test := range []struct {
		documents []uint64
		want      bool
	}{
		{nil, false},
		{[]uint64{20}, false},
		{[]uint64{950, 50}, false},
		{[]uint64{949, 51}, true},
		{[]uint64{20, 20, 960}, false},
		{[]uint64{850, 90, 60}, true}, // as Bleve left a million documents
	} {
		v := &view{}
		for _, n := range test.documents {
			v.parts = append(v.parts, &part{Segment: sized{documents: n}})
		}
		if got := v.scattered(); got != test.want {
			t.Errorf("%v: %t, want %t", test.documents, got, test.want)
		}
	}
}
