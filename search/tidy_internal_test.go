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

func TestPartsAreMergedFromATwentiethOn(t *testing.T) {
	for _, test := range []struct{ documents, want []uint64 }{
		{nil, nil},
		{[]uint64{20}, nil},
		{[]uint64{9500, 500}, nil},
		{[]uint64{9490, 510}, []uint64{9490, 510}},
		{[]uint64{85_000, 9_000, 6_000}, []uint64{85_000, 9_000, 6_000}}, // as Bleve left a million documents
		{[]uint64{200, 9600, 200}, []uint64{200, 200}},
		{[]uint64{1, 1_000_000, 1, 1}, []uint64{1, 1, 1}}, // as a restart left them
		{[]uint64{1_000_000, 30_000, 900, 90}, []uint64{900, 90}},
		{[]uint64{1_000_000, 30_000, 990, 10}, []uint64{990, 10}},
		{[]uint64{1_000_000, 30_000, 991, 10}, nil}, // many enough together, and 10 are few beside 991
		{[]uint64{1_000_000, 30_000, 1_400, 100}, []uint64{1_400, 100}},
		{[]uint64{1_000_000, 50_000, 2_700}, []uint64{1_000_000, 50_000, 2_700}},
	} {
		v := &view{}
		for _, n := range test.documents {
			v.parts = append(v.parts, &part{Segment: sized{documents: n}})
		}
		var want uint64
		for _, n := range test.want {
			want += n
		}
		if got := v.scattered(); got != want {
			t.Errorf("%v: %d documents are merged, want %d", test.documents, got, want)
		}
	}
}
