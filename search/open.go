package search

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// layout names what the documents of the index look like. Whoever changes document.go, impact.go or analyzer.go changes it, so that
// old indexes are made anew.
const layout = "5"

// lockTimeout is how long an index that another process has open is waited for.
const lockTimeout = 500 * time.Millisecond

// segmentVersion is that of the files which Bleve writes. Version 17.1.2 writes wrong offsets for a word that some stretch of documents in
// the middle does not have, and crashes the process when such files are merged later.
const segmentVersion = 16

func openBleve(dir string, w *writing) (opened bleve.Index, err error) {
	err = w.registered(func(settings map[string]any) (err error) {
		opened, err = openWith(dir, settings, w.log)
		return err
	})
	return opened, err
}

func openWith(dir string, settings map[string]any, log *slog.Logger) (bleve.Index, error) {
	if dir == "" {
		made, err := bleve.NewUsing("", newMapping(), scorch.Name, scorch.Name, settings)
		if err != nil {
			return nil, fmt.Errorf("search: make an index in memory: %w", err)
		}
		return made, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("search: make the folder of the index: %w", err)
	}
	if err := checkFree(dir); err != nil {
		return nil, err
	}
	opened, err := reopen(dir, settings)
	if err == nil {
		return opened, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		log.Warn("The search index can't be used and is made anew from the store.", "dir", dir, "why", err)
	}
	return makeAnew(dir, settings)
}

// folder is where Bleve's files are; it is removed as a whole.
func folder(dir string) string { return filepath.Join(dir, "index") }

// layoutFile says what layout the index has. It is written last, so an index without it is not whole.
func layoutFile(dir string) string { return filepath.Join(dir, "layout") }

// checkFree fails if another process has the index open, before anyone thinks of removing it.
func checkFree(dir string) error {
	root := filepath.Join(folder(dir), "store", "root.bolt")
	if _, err := os.Stat(root); err != nil {
		return nil // no index yet, so nobody has it open
	}
	db, err := bolt.Open(root, 0o600, &bolt.Options{Timeout: lockTimeout})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return fmt.Errorf("search: another process has the index in %s open; stop it, or give this one another data folder", dir)
	}
	if err != nil {
		return nil // damaged: reopening will find it, and say so
	}
	return db.Close()
}

// reopen opens an index that is there. os.ErrNotExist if there is none.
func reopen(dir string, settings map[string]any) (opened bleve.Index, err error) {
	found, err := os.ReadFile(layoutFile(dir))
	if err != nil {
		return nil, err
	}
	if have := strings.TrimSpace(string(found)); have != layout {
		return nil, fmt.Errorf("its layout is %q, and this version's is %q", have, layout)
	}
	defer func() { // Bleve panics over some damaged files
		if cause := recover(); cause != nil {
			opened, err = nil, fmt.Errorf("it is damaged: %v", cause)
		}
	}()
	return bleve.OpenUsing(folder(dir), settings)
}

func makeAnew(dir string, settings map[string]any) (bleve.Index, error) {
	for _, old := range []string{layoutFile(dir), folder(dir)} {
		if err := os.RemoveAll(old); err != nil {
			return nil, fmt.Errorf("search: remove the old index: %w", err)
		}
	}
	made, err := bleve.NewUsing(folder(dir), newMapping(), scorch.Name, scorch.Name, settings)
	if err != nil {
		return nil, fmt.Errorf("search: make an index in %s: %w", dir, err)
	}
	if err := os.WriteFile(layoutFile(dir), []byte(layout+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("search: note the layout of the index: %w", err), made.Close())
	}
	return made, nil
}

// newMapping maps nothing: documents come with their fields already made, see document.go.
func newMapping() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	m.DefaultMapping.Enabled = false
	return m
}
