package search

import (
	"iter"
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

// span is some words of a set: from one to before another.
type span struct{ from, to int }

// span is where all of the set is.
func (d dense) span() span {
	to := len(d)
	for to > 0 && d[to-1] == 0 {
		to--
	}
	from := 0
	for from < to && d[from] == 0 {
		from++
	}
	return span{from, to}
}

// cut is those of some documents, which are in order, that can be in the span; and maybe others, if it would take longer to find out.
func (s span) cut(docs []uint32) []uint32 {
	if len(docs) <= chunk {
		return docs
	}
	from, _ := slices.BinarySearch(docs, uint32(s.from)*64) // Bleve's numbers of documents in a segment have 31 bits
	to, _ := slices.BinarySearch(docs, uint32(s.to)*64)     // as above
	return docs[from:to]
}

// block is how many words of sets are looked at at a time: those of a few sets stay close to the processor.
const block = 256

// inAll writes who is in all of the sets, of which there is one at least and all are equally long, and says how many that are. All of one of them
// is in a span.
func (d dense) inAll(sets []dense, within span) (number int) {
	clear(d[:within.from])
	clear(d[within.to:])
	first, last := sets[0], sets[len(sets)-1]
	for from := within.from; from < within.to; from += block {
		all := d[from:min(within.to, from+block)]
		rest := first[from:][:len(all)]
		for _, set := range sets[1:max(1, len(sets)-1)] {
			set := set[from:][:len(all)]
			for i := range all {
				all[i] = rest[i] & set[i]
			}
			rest = all
		}
		set := last[from:][:len(all)]
		for i := range all {
			word := rest[i] & set[i]
			all[i] = word
			number += bits.OnesCount64(word)
		}
	}
	return number
}

// those writes which of some documents are in the set, of which there is room for all.
func (d dense) those(docs, found []uint32) []uint32 {
	found = found[:len(docs)]
	n := 0
	for _, doc := range docs { // it takes longer to guess who will be in it than to write everybody
		found[n] = doc
		n += int(d[doc/64] >> (doc % 64) & 1) // 0 or 1
	}
	return found[:n]
}

// few64 is how many documents of 64 are written without looking whether there are so many: that takes less time than to ask.
const few64 = 5

// chunks gives the documents in order, many at once.
func (d dense) chunks() iter.Seq[[]uint32] { return d.chunksIn(span{0, len(d)}) }

// chunksIn gives those in a span.
func (d dense) chunksIn(s span) iter.Seq[[]uint32] {
	return func(yield func([]uint32) bool) {
		var some [chunk + 64 + few64]uint32
		n := 0
		for i, word := range d[s.from:s.to] {
			found, next, first := bits.OnesCount64(word), (*[few64]uint32)(some[n:]), uint32(s.from+i)*64 // Bleve's numbers of documents in a segment have 31 bits
			next[0] = first + uint32(bits.TrailingZeros64(word))                                          // not more than 64, as below
			word &= word - 1
			next[1] = first + uint32(bits.TrailingZeros64(word))
			word &= word - 1
			next[2] = first + uint32(bits.TrailingZeros64(word))
			word &= word - 1
			next[3] = first + uint32(bits.TrailingZeros64(word))
			word &= word - 1
			next[4] = first + uint32(bits.TrailingZeros64(word))
			for i := few64; i < found; i++ {
				word &= word - 1
				some[n+i] = first + uint32(bits.TrailingZeros64(word))
			}
			if n += found; n < chunk {
				continue
			}
			if !yield(some[:chunk]) {
				return
			}
			n = copy(some[:], some[chunk:n])
		}
		if n > 0 {
			yield(some[:n])
		}
	}
}
