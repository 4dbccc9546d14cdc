package sqlite_test

import (
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
	"github.com/staffroom-schools/staffroom/store/storetest"
)

// open opens a store for one test. Every query that the test makes must be served by an index.
func open(t *testing.T, path string, opts sqlite.Options) *staffroom.Store {
	t.Helper()
	opts.OnQuery = func(sql string, plan []string) {
		if scans := sqlite.Scans(plan); len(scans) > 0 {
			t.Errorf("%s\nscans a table: %q", sql, scans)
		}
	}
	store, err := sqlite.Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *staffroom.Store { return open(t, sqlite.InMemory, sqlite.Options{}) })
}
