package search

import (
	"math/bits"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// dense is a set of documents of a part as a bit for each. Large sets are intersected much sooner so than as roaring bitmaps.
type dense []uint64

// denseOf is a set of a part with so many documents.
func denseOf(docs *roaring.Bitmap, documents uint64) dense {
	d := make(dense, (documents+63)/64)
	docs.WriteDenseTo(d)
	return d
}

func (d dense) has(doc uint32) bool { return d[doc/64]>>(doc%64)&1 == 1 }

// inAll lists the documents that are in all of the sets, of which there is one at least and all are equally long. It looks at a few
// of each at a time, which stay close to the processor. The list is written over docs, if there is room.
func inAll(docs []uint32, sets []dense) []uint32 {
	const step = 64
	var some [step]uint64
	docs = docs[:0]
	for from := 0; from < len(sets[0]); from += step {
		both := some[:copy(some[:], sets[0][from:])]
		for _, set := range sets[1:] {
			for i, word := range set[from : from+len(both)] {
				both[i] &= word
			}
		}
		docs = slices.Grow(docs, 64*step+few64)
		n, to := len(docs), docs[:cap(docs)]
		for i, word := range both {
			n += list(to[n:], uint32(from+i)*64, word) // Bleve's numbers of documents in a segment have 31 bits
		}
		docs = docs[:n]
	}
	return docs
}

// few64 is how many documents of 64 are written without looking whether there are so many: that takes less time than to ask.
const few64 = 3

// list lists the documents of a word, whose first one is given, and says how many they are. There must be room for few64 more.
func list(to []uint32, first uint32, word uint64) int {
	n := bits.OnesCount64(word)
	some := (*[few64]uint32)(to)
	some[0] = first + uint32(bits.TrailingZeros64(word)) // not more than 64, as below
	word &= word - 1
	some[1] = first + uint32(bits.TrailingZeros64(word))
	word &= word - 1
	some[2] = first + uint32(bits.TrailingZeros64(word))
	for i := few64; i < n; i++ {
		word &= word - 1
		to[i] = first + uint32(bits.TrailingZeros64(word))
	}
	return n
}
