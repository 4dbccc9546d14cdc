package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	fastjson "github.com/go-json-experiment/json"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// putTogether is how many documents one transaction of PutMany stores: it must not keep others out for long.
const putTogether = 250

// collection implements [staffroom.Collection] for documents of type T. How it reads is in reads.go.
type collection[T any] struct {
	db     *database
	table  *table
	copies *copier[T]
	layout *layout
}

func newCollection[T any](db *database, schema *staffroom.Schema) *collection[T] {
	c := &collection[T]{db: db, table: db.tables[schema.Name], copies: newCopier[T](), layout: newLayout(reflect.TypeFor[T]())}
	c.table.tags = newTagger(reflect.TypeFor[T](), schema)
	return c
}

func metaOf[T any](doc *T) *staffroom.Meta { return any(doc).(staffroom.Document).Metadata() }

// decode reads a document: as it is written, or with the decoder that is to be the next encoding/json. Decoding is most of what reading
// costs, and that one takes half the time.
func (c *collection[T]) decode(raw []byte) (*T, error) {
	doc := new(T)
	if c.layout.decode(raw, doc) {
		return doc, nil
	}
	doc = new(T)
	if err := fastjson.Unmarshal(raw, doc); err != nil {
		return nil, fmt.Errorf("sqlite: a document of %s is damaged: %w", c.table.schema.Name, err)
	}
	return doc, nil
}

// chunks cuts list into pieces of n, each with the place of its first element.
func chunks[E any](list []E, n int) iter.Seq2[int, []E] {
	return func(yield func(int, []E) bool) {
		first := 0
		for chunk := range slices.Chunk(list, n) {
			if !yield(first, chunk) {
				return
			}
			first += len(chunk)
		}
	}
}

// Insert implements [staffroom.Collection].
func (c *collection[T]) Insert(ctx context.Context, doc *T) error {
	if err := c.storable(doc, true); err != nil {
		return err
	}
	return c.put(ctx, doc, nil)
}

// storable refuses what only a mistake in the program can ask for.
func (c *collection[T]) storable(doc *T, isNew bool) error {
	meta := metaOf(doc)
	if meta.ID == "" || meta.Version < 0 || isNew && meta.Version != 0 {
		return fmt.Errorf("sqlite: document %q of %s cannot be stored as version %d", meta.ID, c.table.schema.Name, meta.Version)
	}
	return nil
}

// put stores a document; was is the state of the one that it replaces, nil if that is not known.
func (c *collection[T]) put(ctx context.Context, doc *T, was []tag) error {
	results, err := c.db.writer.write(ctx, &put{table: c.table, doc: doc, meta: metaOf(doc), isNew: metaOf(doc).Version == 0, was: was})
	if err != nil {
		return err
	}
	return results[0]
}

// Update implements [staffroom.Collection].
func (c *collection[T]) Update(ctx context.Context, id string, alter func(*T) error) (*T, error) {
	for attempt := 0; ; attempt++ {
		doc, err := c.fetch(ctx, id)
		if err != nil {
			return nil, err
		}
		before, was := *metaOf(doc), c.table.tags.state(doc)
		err = alter(doc)
		*metaOf(doc) = before // the store's own
		if errors.Is(err, staffroom.ErrUnchanged) {
			return c.fetch(ctx, id)
		}
		if err != nil {
			return nil, err
		}
		err = c.put(ctx, doc, was)
		if !overtaken(err) {
			return result(doc, err)
		}
		if err := pause(ctx, attempt); err != nil {
			return nil, err
		}
	}
}

func result[T any](doc *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// overtaken says whether err is a conflict about the version; those about an index name it.
func overtaken(err error) bool {
	e, ok := errors.AsType[*staffroom.Error](err)
	return ok && e.Code == staffroom.CodeConflict && e.Field == ""
}

// pause waits a moment that differs from one caller to the next, and grows up to some milliseconds.
func pause(ctx context.Context, attempt int) error {
	limit := time.Millisecond << min(attempt, 4)
	timer := time.NewTimer(rand.N(limit)) //nolint:gosec // spreads load, guards nothing
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// PutMany implements [staffroom.Collection].
func (c *collection[T]) PutMany(ctx context.Context, docs []*T) ([]error, error) {
	for _, doc := range docs {
		if err := c.storable(doc, false); err != nil {
			return nil, err
		}
	}
	results := make([]error, len(docs))
	for first, chunk := range chunks(docs, putTogether) {
		if first > 0 {
			time.Sleep(courtesy)
		}
		changes := make([]change, len(chunk))
		for i, doc := range chunk {
			changes[i] = &put{table: c.table, doc: doc, meta: metaOf(doc), isNew: metaOf(doc).Version == 0}
		}
		some, err := c.db.writer.write(ctx, changes...)
		if err != nil {
			return results, err
		}
		copy(results[first:], some)
	}
	return results, nil
}

// Delete implements [staffroom.Collection].
func (c *collection[T]) Delete(ctx context.Context, id string) error {
	results, err := c.db.writer.write(ctx, &remove{table: c.table, id: id})
	if err != nil {
		return err
	}
	return results[0]
}
