package sqlite

import (
	"hash/maphash"
	"math"
	"sync/atomic"
)

// rowNumbers remembers the row numbers of documents, by which SQLite finds them in one tree instead of two. The number of a document never
// changes; but it may be gone, another one may have its number, and two ids may share a mark here. So whoever goes to a row looks whether
// the document is there, and asks for it by its id if not.
type rowNumbers struct {
	seed maphash.Seed
	// slots hold a mark of the id above and the number below; 0 for nothing. What comes later takes the place of what was there.
	slots []atomic.Uint64
}

// slotShare is which part of the bytes that may be kept the numbers take, on top of them, and mostSlots how many there are at most: they
// are made at once, whoever allows as much as there is.
const (
	slotShare = 32
	mostSlots = 4 << 20
)

// newRowNumbers makes room for numbers beside so many bytes that are kept: none, if nothing is.
func newRowNumbers(keep int) *rowNumbers {
	return &rowNumbers{seed: maphash.MakeSeed(), slots: make([]atomic.Uint64, min(max(keep, 0)/slotShare/8, mostSlots))}
}

// any says whether any numbers are remembered.
func (r *rowNumbers) any() bool { return len(r.slots) > 0 }

// find gives the number of the document with this id; 0 if that is not known.
func (r *rowNumbers) find(id string) (n int64) {
	if !r.any() {
		return 0
	}
	slot, mark := r.slot(id)
	if held := slot.Load(); uint32(held>>32) == mark {
		n = int64(uint32(held))
	}
	return n
}

// note remembers the number of a document, unless it is too large.
func (r *rowNumbers) note(id string, n int64) {
	if !r.any() || n <= 0 || n > math.MaxUint32 {
		return
	}
	slot, mark := r.slot(id)
	slot.Store(uint64(mark)<<32 | uint64(n))
}

func (r *rowNumbers) slot(id string) (slot *atomic.Uint64, mark uint32) {
	hash := maphash.String(r.seed, id)
	return &r.slots[hash%uint64(len(r.slots))], uint32(hash >> 32)
}
