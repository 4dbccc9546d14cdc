package search

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// TestFailedWritesArePaused checks that Bleve's goroutines wait after what they could not write, until they may try again or the index is
// closed, and that few lines tell of it.
func TestFailedWritesArePaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ending := make(chan struct{})
		w := newWriting(slog.New(slog.NewTextHandler(&log, nil)), ending)
		begin, tries := time.Now(), 0
		for time.Since(begin) < time.Hour {
			w.failed(scorch.NewScorchError("persister", "no space left on device", scorch.ErrPersist), "/data")
			tries++
		}
		if lines := strings.Count(log.String(), "\n"); tries > 720 || lines > 6 {
			t.Errorf("in an hour there were %d tries and %d lines", tries, lines)
		}
		if !w.stuck.Load() {
			t.Error("nobody knows that nothing can be written")
		}
		w.happened(scorch.Event{Kind: scorch.EventKindMergerProgress})
		if !w.stuck.Load() {
			t.Error("what was merged is taken for written")
		}
		w.happened(scorch.Event{Kind: scorch.EventKindPersisterProgress})
		if w.stuck.Load() || !strings.Contains(log.String(), "can write again") {
			t.Errorf("nobody knows that something was written: %s", log.String())
		}
		w.failed(scorch.NewScorchError("merger", "no space left on device", scorch.ErrPersist), "/data")
		w.failed(errors.New("something else"), "/data")
		if w.stuck.Load() {
			t.Error("what was not merged is taken for what cannot be written")
		}
		close(ending)
		before := time.Now()
		w.failed(scorch.NewScorchError("persister", "no space left on device", scorch.ErrPersist), "/data")
		if time.Since(before) > 0 {
			t.Error("an index that is closed is waited for")
		}
	})
}
