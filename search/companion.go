package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// largePart is how many documents a part has that gets a companion. Small ones come and go, and are soon looked through.
	largePart = 10_000
	// companionEnd is what names of companions end with, and unfinishedEnd those of such as are being written.
	companionEnd, unfinishedEnd = ".companion", ".unfinished"
)

// companions is the folder of those of an index. They are derived from Bleve's files, and can be thrown away at any time.
func companions(dir string) string { return filepath.Join(dir, "companions") }

// deservesCompanion says whether a part is large, and on the disk.
func (p *part) deservesCompanion() bool {
	return p.Count() >= p.large && p.companionFile() != ""
}

// companionFile is where the companion of a part is, or would be; empty for a part that is in memory.
func (p *part) companionFile() string {
	on, ok := p.Segment.(segment.PersistedSegment)
	if !ok || p.folder == "" {
		return ""
	}
	name := strings.TrimSuffix(filepath.Base(on.Path()), filepath.Ext(on.Path()))
	return filepath.Join(companions(p.folder), name+companionEnd)
}

// identity tells a part from all others that its file may have been: Bleve uses names again after a crash.
func (p *part) identity() (string, error) {
	file, ok := p.Segment.(interface{ CRC() uint32 })
	if !ok {
		return "", fmt.Errorf("search: the index has %T, and no checksum of it", p.Segment)
	}
	// What a companion is made by is a part of it.
	rules := []int{lowerStem, lowerPrefix, lowerFuzzy, mostWays, frequentShare, strongShare}
	return fmt.Sprintf("%d documents, checksum %08x, layout %s, rules %v", p.Count(), file.CRC(), layout, rules), nil
}

// meetCompanion opens the companion of a part if there is one. One that is damaged or of another part is not used, and made anew later.
func (p *part) meetCompanion() error {
	identity, err := p.identity()
	if err != nil {
		return err
	}
	companion, err := openCompanion(p.companionFile(), identity, p.Count())
	if err == nil {
		p.adopt(companion)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// makeCompanion writes the companion of a part, and opens it. It takes some ten seconds for a million documents, half of which it rests, so that
// searches are answered meanwhile. Whoever ends ctx ends it, and nothing is left.
func (ix *Index) makeCompanion(ctx context.Context, p *part) error {
	identity, err := p.identity()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := os.MkdirAll(companions(p.folder), 0o700); err != nil {
		return fmt.Errorf("search: make the folder of companions: %w", err)
	}
	words, err := writeCompanion(p.companionFile(), identity, func(w *companionWriter) error { return ix.fillCompanion(ctx, p, w) })
	if err != nil {
		return err
	}
	if err := p.meetCompanion(); err != nil {
		return err
	}
	ix.log.Info("The search index has prepared its frequent words.", "documents", p.Count(), "words", words, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

func (ix *Index) fillCompanion(ctx context.Context, p *part, w *companionWriter) error {
	order, err := p.readOrder()
	if err != nil {
		return err
	}
	w.order(order)
	if err := ctx.Err(); err != nil {
		return err
	}
	ids, err := p.readIDs()
	if err != nil {
		return err
	}
	w.ids(ids)
	closed, err := p.readClosed()
	if err != nil {
		return err
	}
	w.closed(closed)
	if err := ctx.Err(); err != nil {
		return err
	}
	counted, err := newTable().with(p, countedFields())
	if err != nil {
		return err
	}
	numbering := newNumbering(counted, order, closed)
	w.numbering(numbering)
	w.table(counted.arranged(numbering))
	return ix.eachFrequent(ctx, p, numbering, w.frequent)
}

// countedFields are those that searches count by.
func countedFields() []string {
	var fields []string
	for _, facet := range staffroom.SearchFacets() {
		fields = append(fields, string(facet))
	}
	return fields
}

// eachFrequent calls use with the words that many documents of a part have. As an unfinished word each stands for all that it begins, too; then it
// is nil if there are none. After each it rests for as long as that took.
func (ix *Index) eachFrequent(ctx context.Context, p *part, n *numbering, use func(frequentKey, *frequent) error) error {
	candidates, err := p.frequentTerms()
	if err != nil {
		return err
	}
	for _, term := range candidates {
		read := words(ix.analyzer, term)
		if len(read) != 1 || read[0].full != term {
			continue // nobody can ask for it
		}
		for _, last := range []bool{false, true} {
			began := time.Now()
			key := frequentKey{read[0], last}
			found, err := p.find(wanted{word: key.word, last: last})
			if err != nil {
				return err
			}
			var f *frequent
			if !last || found.unfinished() {
				if f, err = newFrequent(ctx, n, found); err != nil {
					return err
				}
			}
			if err := use(key, f); err != nil {
				return err
			}
			if err := rest(ctx, time.Since(began)); err != nil {
				return err
			}
		}
	}
	return nil
}

// frequentTerms are the terms of a part that many documents have.
func (p *part) frequentTerms() (frequent []string, err error) {
	err = p.each(fieldWords, nil, "", "", func(term string, docs *roaring.Bitmap) {
		if p.frequently(docs) && !strings.HasSuffix(term, beginning) {
			frequent = append(frequent, strings.Clone(term))
		}
	})
	return frequent, err
}

func rest(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// companions are the files of those that the parts of a view have, or would have.
func (v *view) companions() (files []string) {
	for _, p := range v.parts {
		if file := p.companionFile(); file != "" {
			files = append(files, file)
		}
	}
	return files
}

// sweepCompanions removes those that are not to be kept, and what a crash left of one.
func sweepCompanions(dir string, kept []string) error {
	if dir == "" {
		return nil
	}
	entries, err := os.ReadDir(companions(dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if file := filepath.Join(companions(dir), entry.Name()); !slices.Contains(kept, file) {
			err = errors.Join(err, os.Remove(file))
		}
	}
	return err
}
