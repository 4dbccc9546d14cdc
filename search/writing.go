package search

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"golang.org/x/time/rate"
)

// writing is how Bleve's goroutines get on that write an index to the disk and merge its parts. What they cannot write they say to a
// callback, and try again at once: on a full disk that would keep a processor busy. So the callback has them wait.
type writing struct {
	log *slog.Logger
	// ending is closed when the index is.
	ending <-chan struct{}
	pace   rate.Sometimes
	// stuck says that what was indexed last is not on the disk yet, and could not be written.
	stuck atomic.Bool
}

const (
	// writeAgainAfter is how long Bleve waits before it tries again to write or to merge.
	writeAgainAfter = 5 * time.Second
	// complainAfter is how long it does so without a line in the log.
	complainAfter = 10 * time.Minute
)

func newWriting(log *slog.Logger, ending <-chan struct{}) *writing {
	return &writing{log: log, ending: ending, pace: rate.Sometimes{Interval: complainAfter}}
}

// failed is called by the goroutine that failed, which goes on when it returns.
func (w *writing) failed(err error, path string) {
	if told, ok := errors.AsType[*scorch.ScorchError](err); ok && told.Source == "persister" && errors.Is(err, scorch.ErrPersist) {
		w.stuck.Store(true)
	}
	w.pace.Do(func() {
		w.log.Error("The search index can't write or merge, and keeps trying.", "error", err, "path", path)
	})
	select {
	case <-w.ending:
	case <-time.After(writeAgainAfter):
	}
}

// happened is called after each thing that Bleve did; true lets it go on.
func (w *writing) happened(e scorch.Event) bool {
	if e.Kind == scorch.EventKindPersisterProgress && w.stuck.CompareAndSwap(true, false) {
		w.log.Info("The search index can write again.")
	}
	return true
}

// registering is held while Bleve looks up the callbacks of an index that is opened: it keeps them in maps that all share.
//
//nolint:gochecknoglobals // as the maps are
var registering sync.Mutex

// registered opens an index whose goroutines say to w how they get on; its settings name the callbacks.
func (w *writing) registered(open func(settings map[string]any) error) error {
	registering.Lock()
	defer registering.Unlock()
	name := fmt.Sprintf("%p", w)
	scorch.RegistryAsyncErrorCallbacks[name], scorch.RegistryEventCallbacks[name] = w.failed, w.happened
	defer func() {
		delete(scorch.RegistryAsyncErrorCallbacks, name)
		delete(scorch.RegistryEventCallbacks, name)
	}()
	return open(map[string]any{
		"bolt_timeout": lockTimeout.String(), "asyncErrorCallbackName": name, "eventCallbackName": name,
		"forceSegmentType": "zap", "forceSegmentVersion": segmentVersion,
	})
}
