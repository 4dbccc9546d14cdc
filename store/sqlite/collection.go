package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	fastjson "github.com/go-json-experiment/json"
	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// getTogether is how many documents one statement fetches by id.
	getTogether = 500
	// putTogether is how many documents one transaction of PutMany stores: it must not keep others out for long.
	putTogether = 250
	// walkTogether is how many documents All fetches at once.
	walkTogether = 200
)

// collection implements [staffroom.Collection] for documents of type T.
type collection[T any] struct {
	db    *database
	table *table
}

func newCollection[T any](db *database, schema *staffroom.Schema) *collection[T] {
	return &collection[T]{db: db, table: db.tables[schema.Name]}
}

func metaOf[T any](doc *T) *staffroom.Meta { return any(doc).(staffroom.Document).Metadata() }

// decode reads a document with the decoder that is to be the next encoding/json: decoding is most of what reading costs, and it
// takes half the time.
func (c *collection[T]) decode(raw []byte) (*T, error) {
	doc := new(T)
	if err := fastjson.Unmarshal(raw, doc); err != nil {
		return nil, fmt.Errorf("sqlite: a document of %s is damaged: %w", c.table.schema.Name, err)
	}
	return doc, nil
}

// Get implements [staffroom.Collection].
func (c *collection[T]) Get(ctx context.Context, id string) (*T, error) {
	if !c.shelves(ctx) {
		return c.fetch(ctx, id)
	}
	found, generation := c.table.shelf.find([]string{id})
	if found[0] != nil {
		return cloned(found[0].(*T)), nil
	}
	doc, err := c.fetch(ctx, id)
	if err == nil {
		c.keep(generation, doc)
	}
	return doc, err
}

// shelves says whether documents can be taken from a shelf now. Of a store that is closed, or for a caller who has left, they are
// not, so that the error comes from where it always comes from.
func (c *collection[T]) shelves(ctx context.Context) bool {
	select {
	case <-c.db.closing:
		return false
	default:
		return c.table.shelf != nil && ctx.Err() == nil && c.db.fresh.check()
	}
}

// keep puts a copy of a document that was just read on the shelf.
func (c *collection[T]) keep(generation int64, doc *T) {
	c.table.shelf.add(generation, metaOf(doc).ID, cloned(doc), sizeOf(doc))
}

// fetch reads one document. It is too quick to be worth interrupting.
func (c *collection[T]) fetch(ctx context.Context, id string) (doc *T, err error) {
	reader, err := c.db.readers.take(ctx)
	if err != nil {
		return nil, err
	}
	defer c.db.readers.put(reader)
	found, err := reader.first(c.table.get, []any{id}, func(s *driver.Stmt) error {
		doc, err = c.decode(reader.bytes(s, 0))
		return err
	})
	switch {
	case err != nil:
		return nil, unavailable(err)
	case !found:
		return nil, notFound(c.table)
	default:
		return doc, nil
	}
}

// GetMany implements [staffroom.Collection].
func (c *collection[T]) GetMany(ctx context.Context, ids []string) ([]*T, error) {
	if !c.shelves(ctx) {
		return c.fetchMany(ctx, ids)
	}
	found, generation := c.table.shelf.find(ids)
	docs := make([]*T, len(ids))
	var missing []string
	var places []int
	for i, kept := range found {
		if kept == nil {
			missing, places = append(missing, ids[i]), append(places, i)
			continue
		}
		docs[i] = cloned(kept.(*T))
	}
	if len(missing) == 0 {
		return docs, nil
	}
	read, err := c.fetchMany(ctx, missing)
	if err != nil {
		return nil, err
	}
	for i, doc := range read {
		if docs[places[i]] = doc; doc != nil {
			c.keep(generation, doc)
		}
	}
	return docs, nil
}

// fetchMany reads many documents.
func (c *collection[T]) fetchMany(ctx context.Context, ids []string) ([]*T, error) {
	docs := make([]*T, len(ids))
	at := make(map[string]int, len(ids)) // where an id comes first
	err := c.db.read(ctx, func(reader *conn) error {
		for first, chunk := range chunks(ids, getTogether) {
			wanted, err := json.Marshal(chunk)
			if err != nil {
				return err
			}
			for i, id := range chunk {
				if _, seen := at[id]; !seen {
					at[id] = first + i
				}
			}
			err = reader.query(c.table.getMany, []any{wanted}, func(s *driver.Stmt) error {
				doc, err := c.decode(reader.bytes(s, 1))
				docs[at[s.ColumnText(0)]] = doc
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return docs, repeat(docs, ids, at)
}

// repeat gives every repeated id a copy of its own.
func repeat[T any](docs []*T, ids []string, at map[string]int) error {
	for i, id := range ids {
		first := at[id]
		if first == i || docs[first] == nil {
			continue
		}
		raw, err := json.Marshal(docs[first])
		if err != nil {
			return err
		}
		docs[i] = new(T)
		if err := json.Unmarshal(raw, docs[i]); err != nil {
			return err
		}
	}
	return nil
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
	return c.put(ctx, doc)
}

// storable refuses what only a mistake in the program can ask for.
func (c *collection[T]) storable(doc *T, isNew bool) error {
	meta := metaOf(doc)
	if meta.ID == "" || meta.Version < 0 || isNew && meta.Version != 0 {
		return fmt.Errorf("sqlite: document %q of %s cannot be stored as version %d", meta.ID, c.table.schema.Name, meta.Version)
	}
	return nil
}

func (c *collection[T]) put(ctx context.Context, doc *T) error {
	results, err := c.db.writer.write(ctx, &put{table: c.table, doc: doc, meta: metaOf(doc)})
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
		before := *metaOf(doc)
		err = alter(doc)
		*metaOf(doc) = before // the store's own
		if errors.Is(err, staffroom.ErrUnchanged) {
			return c.fetch(ctx, id)
		}
		if err != nil {
			return nil, err
		}
		err = c.put(ctx, doc)
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
			changes[i] = &put{table: c.table, doc: doc, meta: metaOf(doc)}
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

// Find implements [staffroom.Collection].
func (c *collection[T]) Find(ctx context.Context, q staffroom.Query) (*staffroom.Page[T], error) {
	stmt, err := c.table.find(q)
	if err != nil {
		return nil, err
	}
	page := &staffroom.Page[T]{Order: staffroom.OrderName(c.table.schema.Name, q.By, q.Desc)}
	if stmt == nil { // nothing can match
		return page, nil
	}
	take := c.taker(ctx, q.Limit)
	err = c.db.read(ctx, func(reader *conn) error {
		return reader.query(stmt.text(), stmt.args, func(s *driver.Stmt) error {
			if len(page.Items) == q.Limit {
				page.More = true
				return nil
			}
			doc, err := take(reader, s)
			page.Items = append(page.Items, doc)
			page.Keys = append(page.Keys, c.table.key(q.By, s))
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	if q.Backward {
		slices.Reverse(page.Items)
		slices.Reverse(page.Keys)
	}
	return page, nil
}

// taker gives a function that makes the document of a row of find: from the shelf, if that has it in the version of the row, or else
// by decoding it. Pages that people look at are kept on the shelf; longer ones, which programs walk through, would empty it.
func (c *collection[T]) taker(ctx context.Context, limit int) func(*conn, *driver.Stmt) (*T, error) {
	if limit > staffroom.MaxPage || !c.shelves(ctx) {
		return func(reader *conn, s *driver.Stmt) (*T, error) { return c.decode(reader.bytes(s, 0)) }
	}
	generation := c.table.shelf.now()
	return func(reader *conn, s *driver.Stmt) (*T, error) {
		if kept, ok := c.table.shelf.one(s.ColumnText(2)).(*T); ok && metaOf(kept).Version == s.ColumnInt64(3) {
			return cloned(kept), nil
		}
		doc, err := c.decode(reader.bytes(s, 0))
		if err == nil {
			c.keep(generation, doc)
		}
		return doc, err
	}
}

// Count implements [staffroom.Collection].
func (c *collection[T]) Count(ctx context.Context, where ...staffroom.Cond) (n int, err error) {
	stmt, err := c.table.count(where)
	if err != nil || stmt == nil {
		return 0, err
	}
	err = c.db.read(ctx, func(reader *conn) error {
		return reader.query(stmt.text(), stmt.args, func(s *driver.Stmt) error {
			n = s.ColumnInt(0)
			return nil
		})
	})
	return n, err
}

// CountBy implements [staffroom.Collection].
func (c *collection[T]) CountBy(ctx context.Context, field staffroom.Field, values []string, where ...staffroom.Cond) (map[string]int, error) {
	if !c.shelves(ctx) {
		return c.countBy(ctx, field, values, where)
	}
	sort := fmt.Sprintf("%q %q", field, where)
	counts, missing, generation := c.table.shelf.findCounts(sort, values)
	if len(missing) == 0 && len(values) > 0 {
		return counts, nil
	}
	made, err := c.countBy(ctx, field, missing, where)
	if err != nil {
		return nil, err
	}
	c.table.shelf.addCounts(generation, sort, missing, made)
	maps.Copy(counts, made)
	return counts, nil
}

func (c *collection[T]) countBy(ctx context.Context, field staffroom.Field, values []string, where []staffroom.Cond) (map[string]int, error) {
	counts := map[string]int{}
	stmt, err := c.table.countBy(field, values, where)
	if err != nil || stmt == nil {
		return counts, err
	}
	err = c.db.read(ctx, func(reader *conn) error {
		return reader.query(stmt.text(), stmt.args, func(s *driver.Stmt) error {
			counts[s.ColumnText(0)] = s.ColumnInt(1)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// All implements [staffroom.Collection].
func (c *collection[T]) All(ctx context.Context) iter.Seq2[*T, error] {
	return staffroom.Walk(ctx, c.Find, staffroom.Query{Limit: walkTogether})
}
