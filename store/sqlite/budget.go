package sqlite

import "sync/atomic"

// DefaultKeep is how many bytes of what was read are kept, unless the options say otherwise: right for a small server.
const DefaultKeep = 96 << 20

// budget bounds the memory of all that a store keeps of what was read. When it is used up, whoever needs room gets it from whoever
// holds most: a collection of which little is asked keeps that little beside one of which much is asked.
type budget struct {
	limit   int
	used    atomic.Int64
	holders []holder
}

// holder keeps something within a budget.
type holder interface {
	// holds is how many bytes it holds.
	holds() int
	// giveWay gives as many bytes back, or all that it holds.
	giveWay(bytes int)
}

// take reserves room if there is some.
func (b *budget) take(bytes int) bool {
	if b.used.Add(int64(bytes)) <= int64(b.limit) {
		return true
	}
	b.give(bytes)
	return false
}

// give returns room.
func (b *budget) give(bytes int) { b.used.Add(-int64(bytes)) }

// makeRoom reserves room, which others give up if need be; false for what is too large to be kept. It locks holders.
func (b *budget) makeRoom(bytes int) bool {
	if bytes > b.limit/8 {
		return false
	}
	for !b.take(bytes) {
		richest, most := holder(nil), 0
		for _, h := range b.holders {
			if holds := h.holds(); holds > most {
				richest, most = h, holds
			}
		}
		if richest == nil {
			return false
		}
		richest.giveWay(bytes)
	}
	return true
}

// lately is about how many things a holder remembers that it was asked for, to see what is asked for again: no more than a million, for which
// there is room at once.
func (b *budget) lately() int { return min(max(4096, b.limit>>14), 1<<20) }
