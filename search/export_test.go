package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Glance is a pass that is not thorough.
func (ix *Index) Glance(ctx context.Context) error { return ix.pass(ctx, false) }

// Follow is what Run does with news about documents.
func (ix *Index) Follow(ctx context.Context, ids ...string) error { return ix.follow(ctx, ids) }

// SetClock makes it this time until the next call.
func (ix *Index) SetClock(now time.Time) { ix.now = func() time.Time { return now } }

// PrepareFrom has parts with so many documents get companions.
func (ix *Index) PrepareFrom(documents uint64) { ix.shared.large = documents }

// PrepareAfter has them get these after so many looks while documents come in.
func (ix *Index) PrepareAfter(looks int) { ix.shared.patience = looks }

// Prepare makes the companions of all parts that deserve them, removes all others, and says how many parts of the index have theirs, and how many have not.
func (ix *Index) Prepare(ctx context.Context) (with, without int, err error) {
	v, err := ix.look()
	if err != nil {
		return 0, 0, err
	}
	defer v.done()
	for _, p := range v.parts {
		if p.deservesCompanion() && err == nil {
			err = ix.accompany(ctx, p)
		}
		if p.accompanied() {
			with++
		} else {
			without++
		}
	}
	return with, without, errors.Join(err, sweepCompanions(ix.shared.folder, v.companions()))
}

// CountAlongside counts so many hits and more while others are ranked and read.
func (ix *Index) CountAlongside(hits int) { ix.many = hits }

// eachPart calls use with the parts of the index as it is now; with none once it is closed.
func (ix *Index) eachPart(use func(*part)) {
	v, err := ix.look()
	if err != nil {
		return
	}
	defer v.done()
	for _, p := range v.parts {
		use(p)
	}
}

// Unprepared is how many parts with as many documents as deserve one have no companion, be they on the disk or not yet.
func (ix *Index) Unprepared() (n int) {
	ix.eachPart(func(p *part) {
		if p.Count() >= p.large && !p.accompanied() {
			n++
		}
	})
	return n
}

// FrequentWords is how many frequent words are prepared; each counts as a finished one and as an unfinished one.
func (ix *Index) FrequentWords() (n int) {
	ix.eachPart(func(p *part) {
		p.mu.Lock()
		defer p.mu.Unlock()
		n += len(p.prepared.frequent)
	})
	return n
}

// MergeAll makes all parts one.
func (ix *Index) MergeAll(ctx context.Context) { (&tidy{Index: ix}).merge(ctx, mostDocuments) }

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

// FrequentTerms are the frequent words that are prepared.
func (ix *Index) FrequentTerms() (terms []string) {
	ix.eachPart(func(p *part) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for key := range p.prepared.frequent {
			terms = append(terms, key.full)
		}
	})
	return terms
}

// TidyLater has tidying begin, and look into the index after a while.
func (ix *Index) TidyLater(ctx context.Context, while time.Duration) {
	t := &tidy{Index: ix}
	t.begin(ctx, func(ctx context.Context) {
		time.Sleep(while)
		t.prepare(ctx, &part{})
	})
}

// Documents is how many documents the parts have, deleted ones too: what points depend on.
func (ix *Index) Documents() (n uint64) {
	for _, documents := range ix.Parts() {
		n += documents
	}
	return n
}

// Parts is how many documents each part has, deleted ones too, most first.
func (ix *Index) Parts() (sizes []uint64) {
	ix.eachPart(func(p *part) { sizes = append(sizes, p.Count()) })
	slices.SortFunc(sizes, func(a, b uint64) int { return cmp.Compare(b, a) })
	return sizes
}

// Updates is how many documents this process has written into the index.
func (ix *Index) Updates() uint64 {
	stats, _ := ix.bleve.StatsMap()["index"].(map[string]any)
	updates, _ := stats["updates"].(uint64)
	return updates
}
