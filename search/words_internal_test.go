package search

import (
	"fmt"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// TestManyWaysAreToldApartUpToABound checks that what a search does for one word has an end, and loses nobody.
func TestManyWaysAreToldApartUpToABound(t *testing.T) {
	const words = 10 * mostWays
	var all ways
	for i := range uint32(words) {
		all.add(fmt.Sprint("word", i), []uint8{lowerPrefix, lowerFuzzy}[i%2], roaring.BitmapOf(i))
	}
	all.add("nobody's", 0, roaring.New())
	told, having := all.told(), roaring.New()
	for _, way := range told {
		having.Or(way.docs)
	}
	if len(told) > mostWays+2 || having.GetCardinality() != words || union(all.sets).GetCardinality() != words {
		t.Errorf("%d words are %d ways, which %d documents have", words, len(told), having.GetCardinality())
	}
}
