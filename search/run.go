package search

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// pollEvery is how soon the index finds what other processes have written.
const pollEvery = time.Second

// Run keeps the index up to date until ctx ends: it catches up, and then looks every second, and at once at news of a
// change. While the store can't be read it keeps trying. At rest it tidies the index up. The error is always nil.
func (ix *Index) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	tidy := &tidy{Index: ix}
	news, failing := ix.subscribe(ctx), false
	for {
		failing = ix.report(ctx, ix.CatchUp(ctx), failing)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if news == nil {
				news = ix.subscribe(ctx)
			}
			if err := tidy.up(ctx); err != nil {
				ix.log.Error("The search index can't tidy itself up.", "error", err)
			}
		case event, open := <-news:
			if !open { // too far behind; the next tick asks again
				news = nil
				continue
			}
			failing = ix.report(ctx, ix.forget(ctx, drain(event, news)), failing)
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

// drain takes all news that has come meanwhile, so that one pass serves them all.
func drain(first staffroom.Event, news <-chan staffroom.Event) (ids []string) {
	ids = []string{first.ID}
	for range len(news) {
		if event, open := <-news; open {
			ids = append(ids, event.ID)
		}
	}
	return ids
}

// forget takes documents out of the index that are gone from the store. Those that are still there are left to CatchUp.
func (ix *Index) forget(ctx context.Context, ids []string) error {
	ix.catching.Lock()
	defer ix.catching.Unlock()
	for _, f := range ix.feeds {
		var own []string
		for _, id := range ids {
			if staffroom.PrefixOf(id) == f.kind {
				own = append(own, id)
			}
		}
		if len(own) == 0 {
			continue
		}
		gone, err := f.missing(ctx, own)
		if err != nil {
			return fmt.Errorf("search: look for each deleted %s: %w", f.kind, err)
		}
		for _, id := range gone {
			if err := ix.bleve.Delete(id); err != nil {
				return fmt.Errorf("search: take out %s: %w", id, err)
			}
		}
	}
	return nil
}
