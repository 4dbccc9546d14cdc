package main

import (
	"log/slog"
	"strings"
	"testing"
)

// TestTwoServersOnOneFolder checks that the second one is told why it cannot start, and does the first no harm.
func TestTwoServersOnOneFolder(t *testing.T) {
	globals := &Globals{Data: t.TempDir()}
	first, err := openParts(t.Context(), globals, 0, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	second, err := openParts(t.Context(), globals, 0, slog.New(slog.DiscardHandler))
	if err == nil || second != nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("the second server opens %v, and is told %v", second, err)
	}
	if err := first.store.Ping(t.Context()); err != nil {
		t.Errorf("after the second one, the first one's store says %v", err)
	}
	if err := first.close(); err != nil {
		t.Error(err)
	}
}
