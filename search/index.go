// Package search is full-text search over schools, resources and threads, on an index of Bleve.
//
// The index is derived from the store: it may lag behind by a second, it is caught up from its last mark after a restart,
// and it can be thrown away at any time. It decides nothing about permissions beyond keeping audiences apart; whoever
// shows a hit reads the document again and authorises again.
package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Index implements staffroom.Index. It is made by [Open].
type Index struct {
	bleve    bleve.Index
	scorch   index.Index // what is below bleve
	writing  *writing
	onDisk   bool
	analyzer analysis.Analyzer
	feeds    []feed
	events   staffroom.Events
	log      *slog.Logger
	now      func() time.Time

	open    sync.RWMutex // held for reading by searches, for writing by Close
	closed  bool         // guarded by open: Bleve panics when it is closed twice
	looking sync.Mutex
	last    *view // guarded by looking
	used    used
	shared  *shared
	tidying sync.WaitGroup
	ending  context.Context // what is tidied ends with it, and whatever waits
	end     context.CancelFunc
	many    int // hits, from which on they are counted alongside

	catching sync.Mutex                     // held by the one pass that writes, and by Close
	seen     map[string]map[string]sighting // by kind and id
	lately   map[string][]noted             // the last of them, by kind
	passed   map[string]time.Time           // when the last thorough pass over a kind began; none before the first one
	glanced  map[string]time.Time           // when the last pass over a kind began, thorough or not
}

// Open opens the index in the folder dir, or makes an empty one there; with an empty dir the index is in memory and ends
// with the process. An index that is damaged or was laid out by another version is thrown away and made anew. An index
// that another process has open is an error, at once. Nothing is indexed before [Index.CatchUp] or [Index.Run]. A nil log is
// slog.Default().
func Open(dir string, store *staffroom.Store, events staffroom.Events, log *slog.Logger) (*Index, error) {
	if log == nil {
		log = slog.Default()
	}
	analyzer, err := newAnalyzer()
	if err != nil {
		return nil, fmt.Errorf("search: make the analyzer: %w", err)
	}
	ending, end := context.WithCancel(context.Background())
	writing := newWriting(log, ending.Done())
	opened, err := openBleve(dir, writing)
	if err != nil {
		end()
		return nil, err
	}
	below, err := opened.Advanced()
	if err != nil {
		end()
		return nil, errors.Join(fmt.Errorf("search: look below the index: %w", err), opened.Close())
	}
	builder := &builder{analyzer: analyzer, posts: store.Posts}
	ix := &Index{
		bleve: opened, scorch: below, writing: writing, ending: ending, end: end, onDisk: dir != "", analyzer: analyzer,
		events: events, log: log, now: time.Now, many: manyHits,
		shared: &shared{folder: dir, large: largePart, patience: usualPatience},
		seen:   map[string]map[string]sighting{}, lately: map[string][]noted{}, passed: map[string]time.Time{}, glanced: map[string]time.Time{},
	}
	ix.feeds = []feed{
		newFeed(staffroom.PrefixSchool, store.Schools, builder.school),
		newFeed(staffroom.PrefixResource, store.Resources, builder.resource, staffroom.Present(staffroom.FieldResourcePublishedAt)),
		newFeed(staffroom.PrefixThread, store.Threads, builder.thread),
	}
	for _, f := range ix.feeds {
		ix.seen[f.kind] = map[string]sighting{}
		if err := ix.recallSightings(f.kind); err != nil { // it is found out by indexing again
			log.Warn("The search index doesn't know what it has indexed last.", "kind", f.kind, "why", err)
		}
	}
	return ix, nil
}

// Close waits for the searches and the pass under way, ends what is tidied, and releases the index; closing twice does no harm.
func (ix *Index) Close() error {
	ix.end()
	ix.catching.Lock()
	defer ix.catching.Unlock()
	if ix.shut() {
		return nil
	}
	err := ix.bleve.Close()
	ix.tidying.Wait() // without the lock, as whoever tidies looks into the index
	if err != nil {
		return fmt.Errorf("search: close the index: %w", err)
	}
	return nil
}

// shut waits for the searches under way, and lets nobody look any more; it says whether that was so before.
func (ix *Index) shut() (already bool) {
	ix.open.Lock()
	defer ix.open.Unlock()
	already, ix.closed = ix.closed, true
	return already
}

func errClosed() error {
	return &staffroom.Error{Code: staffroom.CodeUnavailable, Message: "Search is shutting down. Try again in a moment."}
}
