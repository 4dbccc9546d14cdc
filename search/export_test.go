package search

import (
	"context"
	"time"
)

// Glance is a pass that is not thorough.
func (ix *Index) Glance(ctx context.Context) error { return ix.pass(ctx, false) }

// Follow is what Run does with news about documents.
func (ix *Index) Follow(ctx context.Context, ids ...string) error { return ix.follow(ctx, ids) }

// SetClock makes it this time until the next call.
func (ix *Index) SetClock(now time.Time) { ix.now = func() time.Time { return now } }

// KeepFrequentFrom keeps frequent words of parts with so many documents.
func (ix *Index) KeepFrequentFrom(documents uint64) { ix.frequents.least = documents }

// FrequentWords is how many frequent words are kept.
func (ix *Index) FrequentWords() int { return ix.frequents.kept.Len() }

// MergeAll makes all parts one.
func (ix *Index) MergeAll(ctx context.Context) { (&tidy{Index: ix}).merge(ctx) }
