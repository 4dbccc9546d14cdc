package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// pollEvery is how soon the index finds what other processes have written.
	pollEvery = time.Second
	// gather is how long news is gathered, so that a flood of it is indexed many documents at a time.
	gather = 50 * time.Millisecond
)

// Run keeps the index up to date until ctx ends: it catches up, and then looks every second, and soon at news of a
// change. While the store can't be read it keeps trying, and while the index can't be written it waits until it can. At rest it tidies the
// index up. The error is always nil.
func (ix *Index) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	tidy := &tidy{Index: ix}
	news := ix.subscribe(ctx)
	failing, thorough := ix.report(ctx, ix.CatchUp(ctx), false), ix.now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if news == nil {
				news = ix.subscribe(ctx)
			}
			if ix.writing.stuck.Load() { // what else were indexed would only wait in memory
				continue
			}
			due := ix.now().Sub(thorough) >= overlap
			failing = ix.report(ctx, ix.pass(ctx, due), failing)
			if due && !failing {
				thorough = ix.now()
			}
			if err := tidy.up(ctx); err != nil {
				ix.log.Error("The search index can't tidy itself up.", "error", err)
			}
		case event, open := <-news:
			if !open { // too far behind; the next tick asks again
				news = nil
				continue
			}
			if ix.writing.stuck.Load() {
				continue
			}
			failing = ix.report(ctx, ix.follow(ctx, drain(ctx, event, news)), failing)
		}
	}
}

// subscribe is nil if there is no news to be had now; the ticks go on without.
func (ix *Index) subscribe(ctx context.Context) <-chan staffroom.Event {
	news, err := ix.events.Subscribe(ctx, staffroom.TopicChanges)
	if err != nil && ctx.Err() == nil {
		ix.log.Warn("The search index hears of no changes and looks every second.", "error", err)
	}
	return news
}

// report logs the first of several failures in a row, and says whether this was one.
func (ix *Index) report(ctx context.Context, err error, before bool) (failing bool) {
	if err == nil || ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return false
	}
	if !before {
		ix.log.Error("The search index can't catch up with the store, and keeps trying.", "error", err)
	}
	return true
}

// drain takes all news that comes within a moment, so that it is indexed at once.
func drain(ctx context.Context, first staffroom.Event, news <-chan staffroom.Event) []string {
	ids := map[string]bool{first.ID: true}
	enough := time.NewTimer(gather)
	defer enough.Stop()
	for len(ids) < pageSize {
		select {
		case <-ctx.Done():
			return slices.Collect(maps.Keys(ids))
		case <-enough.C:
			return slices.Collect(maps.Keys(ids))
		case event, open := <-news:
			if !open {
				return slices.Collect(maps.Keys(ids))
			}
			ids[event.ID] = true
		}
	}
	return slices.Collect(maps.Keys(ids))
}

// follow indexes the documents that news was about, and takes those out of the index that are gone from the store.
func (ix *Index) follow(ctx context.Context, ids []string) error {
	ix.catching.Lock()
	defer ix.catching.Unlock()
	for _, f := range ix.feeds {
		own := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return staffroom.PrefixOf(id) != f.kind })
		if len(own) == 0 {
			continue
		}
		changed, gone, err := f.named(ctx, own)
		if err != nil {
			return fmt.Errorf("search: read each changed %s: %w", f.kind, err)
		}
		if _, err := ix.indexPage(ctx, f.kind, changed, nil); err != nil {
			return fmt.Errorf("search: index each changed %s: %w", f.kind, err)
		}
		for _, id := range gone {
			if err := ix.bleve.Delete(id); err != nil {
				return fmt.Errorf("search: take out %s: %w", id, err)
			}
			ix.forget(f.kind, id)
		}
	}
	return nil
}
