package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/document"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// pageSize is how many documents are read, and indexed in one batch, at once.
	pageSize = 500
	// overlap is how late a document may be: it carries the time at which its write began, and another process may commit it
	// after documents with a later time have been read here.
	overlap = 5 * time.Second
	// glance is the same for the passes in between, which find most of it sooner.
	glance = 250 * time.Millisecond
	// quiet is how many documents a pass may index without a line in the log, and how many go between two lines.
	quiet = 10_000
)

// change is a document of the store that is new or has changed.
type change struct {
	id string
	sighting
	// build makes the document of the index; nil if it does not belong there.
	build func(context.Context) (*document.Document, error)
}

// feed gives the changes of one collection.
type feed struct {
	kind string
	// changes since a time (zero: all), in the order of time, a page at a time.
	changes func(ctx context.Context, since time.Time, cursor string) (page []change, next string, err error)
	// named are the documents with these ids as they are now, and those of the ids that are no longer there.
	named func(ctx context.Context, ids []string) (page []change, gone []string, err error)
}

// newFeed reads collection by its index "updates", which has the documents where the conditions hold: those that are in the search index, and
// those that once were and have to leave it.
func newFeed[T any](
	kind string, collection staffroom.Collection[T], build func(context.Context, *T) (*document.Document, error), where ...staffroom.Cond,
) feed {
	return feed{
		kind: kind,
		changes: func(ctx context.Context, since time.Time, cursor string) ([]change, string, error) {
			q := staffroom.Query{Where: where, By: staffroom.FieldUpdatedAt, After: cursor, Limit: pageSize}
			if !since.IsZero() {
				q.Where = append(slices.Clip(where), staffroom.Between(staffroom.FieldUpdatedAt, staffroom.At(since), nil))
			}
			page, err := collection.Find(ctx, q)
			if err != nil {
				return nil, "", err
			}
			found := make([]change, len(page.Items))
			for i, item := range page.Items {
				found[i] = changeOf(item, build)
			}
			if !page.More {
				return found, "", nil
			}
			return found, page.Cursor(len(page.Items) - 1), nil
		},
		named: func(ctx context.Context, ids []string) (page []change, gone []string, err error) {
			docs, err := collection.GetMany(ctx, ids)
			for i, doc := range docs {
				if doc == nil {
					gone = append(gone, ids[i])
				} else {
					page = append(page, changeOf(doc, build))
				}
			}
			return page, gone, err
		},
	}
}

func changeOf[T any](doc *T, build func(context.Context, *T) (*document.Document, error)) change {
	meta := any(doc).(staffroom.Document).Metadata()
	// The id outlives the document, whose texts are one piece of memory.
	return change{strings.Clone(meta.ID), sighting{meta.Version, meta.UpdatedAt.Time}, func(ctx context.Context) (*document.Document, error) {
		return build(ctx, doc)
	}}
}

// CatchUp indexes everything that has changed since the mark of the last pass, which the index keeps. Passes exclude each other.
func (ix *Index) CatchUp(ctx context.Context) error { return ix.pass(ctx, true) }

// pass looks at all kinds. One that is not thorough leaves what was committed late to the next that is.
func (ix *Index) pass(ctx context.Context, thorough bool) error {
	ix.catching.Lock()
	defer ix.catching.Unlock()
	for _, f := range ix.feeds {
		if err := ix.catchUp(ctx, f, thorough); err != nil {
			return fmt.Errorf("search: catch up with each %s: %w", f.kind, err)
		}
	}
	return nil
}

func (ix *Index) catchUp(ctx context.Context, f feed, thorough bool) error {
	mark, err := ix.mark(f.kind)
	if err != nil {
		return err
	}
	started, done, cursor := ix.now(), 0, ""
	reached := &reach{mark, started}
	since := ix.from(f.kind, mark)
	if _, known := ix.passed[f.kind]; !known { // the first pass of all may have failed
		thorough = true
	}
	if !thorough {
		reached.upTo = ix.passed[f.kind]
		if lately := ix.glanced[f.kind].Add(-glance); lately.After(since) {
			since = lately
		}
	}
	for {
		page, next, err := f.changes(ctx, since, cursor)
		if err != nil {
			return err
		}
		indexed, err := ix.indexPage(ctx, f.kind, page, reached)
		if err != nil {
			return err
		}
		if done += indexed; done/quiet > (done-indexed)/quiet || next == "" && done >= quiet {
			ix.log.Info("The search index catches up.", "kind", f.kind, "documents", done, "seconds", ix.now().Sub(started).Seconds())
		}
		if next == "" {
			break
		}
		cursor = next
	}
	ix.glanced[f.kind] = started
	if !thorough {
		return nil
	}
	ix.passed[f.kind] = started
	ix.forgetSightings(f.kind, ix.from(f.kind, reached.mark))
	return ix.moveMark(f.kind, reached.mark)
}

// moveMark notes the mark if that has not been done with a document: what came as news is indexed when a pass meets it. Else all of it would be
// looked at again in each pass, and indexed again after a restart.
func (ix *Index) moveMark(kind string, mark time.Time) error {
	before, err := ix.mark(kind)
	if err != nil || !mark.After(before) {
		return err
	}
	batch := ix.bleve.NewBatch()
	if err := ix.note(batch, kind, mark, nil); err != nil {
		return err
	}
	return ix.bleve.Batch(batch)
}

// from is the time from which on a thorough pass looks: whatever was committed since the last one began carries a time at most overlap
// before that. So a flood of changes, an import say, is not looked at again and again until something else changes.
func (ix *Index) from(kind string, mark time.Time) time.Time {
	passed, known := ix.passed[kind]
	switch {
	case mark.IsZero():
		return mark
	case !known:
		return mark.Add(-overlap)
	case passed.Add(-overlap).Before(mark):
		return passed.Add(-overlap)
	default:
		return mark
	}
}

// indexPage indexes what is new in a page. In a pass it moves the mark, and notes it in the same batch; outside of one, reached is nil.
func (ix *Index) indexPage(ctx context.Context, kind string, page []change, reached *reach) (indexed int, err error) {
	batch := ix.bleve.NewBatch()
	var fresh []change
	for _, c := range page {
		if old, known := ix.seen[kind][c.id]; known && old.is(c.sighting) {
			continue
		}
		belongs, err := add(ctx, batch, c)
		if err != nil {
			return 0, err
		}
		if belongs || reached != nil { // news may be of what no pass will meet, and so nobody would forget: drafts
			fresh = append(fresh, c)
		}
	}
	if reached != nil {
		reached.end(page)
	}
	if len(fresh) == 0 && batch.Size() == 0 {
		return 0, nil
	}
	if reached != nil {
		reached.time(fresh[len(fresh)-1].updated)
		if err := ix.note(batch, kind, reached.mark, fresh); err != nil {
			return 0, err
		}
	}
	if batch.Size() > 0 || reached != nil {
		if err := ix.bleve.Batch(batch); err != nil {
			return 0, err
		}
	}
	ix.remember(kind, fresh)
	return len(fresh), nil
}

// add says whether the document belongs in the index.
func add(ctx context.Context, batch *bleve.Batch, c change) (belongs bool, err error) {
	doc, err := c.build(ctx)
	switch {
	case err != nil:
		return false, fmt.Errorf("make the document of %s: %w", c.id, err)
	case doc != nil:
		return true, batch.IndexAdvanced(doc)
	case c.version > 1: // else it is new, and cannot have been in the index
		batch.Delete(c.id)
	}
	return false, nil
}

// reach is how far a pass has come: its mark, which never moves beyond upTo, when the last pass began that found what is committed late. The next
// process looks from overlap before the mark on. Nor does a clock of another machine that runs ahead move it into the future, so that what this one
// writes until then would be missed.
type reach struct{ mark, upTo time.Time }

// end moves the mark to the end of a page, all of which is indexed. What carries a later time than upTo moves it only once it is indexed, or else the
// mark would move, and be written, in each pass.
func (r *reach) end(page []change) {
	for _, c := range slices.Backward(page) {
		if !c.updated.After(r.upTo) {
			r.time(c.updated)
			return
		}
	}
}

// time moves the mark to when a document that is indexed was changed.
func (r *reach) time(updated time.Time) {
	if updated.After(r.upTo) {
		updated = r.upTo
	}
	if updated.After(r.mark) {
		r.mark = updated
	}
}
