package search

import (
	"context"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Glance is a pass that is not thorough.
func (ix *Index) Glance(ctx context.Context) error { return ix.pass(ctx, false) }

// Follow is what Run does with news about documents.
func (ix *Index) Follow(ctx context.Context, ids ...string) error { return ix.follow(ctx, ids) }

// SetClock makes it this time until the next call.
func (ix *Index) SetClock(now time.Time) { ix.now = func() time.Time { return now } }

// KeepFrequentFrom keeps frequent words of parts with so many documents.
func (ix *Index) KeepFrequentFrom(documents uint64) { ix.frequents.least = documents }

// CountAlongside counts so many hits and more while others are ranked and read.
func (ix *Index) CountAlongside(hits int) { ix.many = hits }

// FrequentWords is how many frequent words are kept.
func (ix *Index) FrequentWords() int { return ix.frequents.kept.Len() }

// MergeAll makes all parts one.
func (ix *Index) MergeAll(ctx context.Context) { (&tidy{Index: ix}).merge(ctx) }

// Seen is how many documents are remembered for having been indexed lately.
func (ix *Index) Seen() (n int) {
	for _, kind := range ix.seen {
		n += len(kind)
	}
	return n
}

// OldView is a search of the index as it is now, and what ends the looking.
func (ix *Index) OldView(ctx context.Context) (func(staffroom.TextQuery) error, func(), error) {
	v, err := ix.look()
	return func(q staffroom.TextQuery) error {
		_, err := ix.search(ctx, v, q)
		return err
	}, v.done, err
}
