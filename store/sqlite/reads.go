package sqlite

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"reflect"
	"slices"

	driver "zombiezen.com/go/sqlite"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// getTogether is how many documents one statement fetches by id.
	getTogether = 500
	// getAlone is up to how many documents are fetched by a statement for each, which takes less time.
	getAlone = 8
	// walkTogether is how many documents All fetches at once.
	walkTogether = 200
)

// Get implements [staffroom.Collection].
func (c *collection[T]) Get(ctx context.Context, id string) (*T, error) {
	doc, err := c.getOne(ctx, id)
	if err == nil && doc == nil {
		err = notFound(c.table)
	}
	return doc, err
}

// getOne gives one document, nil if there is none.
func (c *collection[T]) getOne(ctx context.Context, id string) (*T, error) {
	generation := int64(unkept)
	if c.shelves(ctx) {
		var kept any
		if kept, generation = c.table.shelf.one(id); kept != nil {
			return c.copies.one(kept.(*T)), nil
		}
	}
	return c.fetchOne(ctx, id, generation)
}

// shelves says whether documents can be taken from a shelf now. Of a store that is closed, or for a caller who has left, they are
// not, so that the error comes from where it always comes from.
func (c *collection[T]) shelves(ctx context.Context) bool {
	return !isClosed(c.db.closing) && c.table.shelf != nil && ctx.Err() == nil && c.db.fresh.check()
}

// fetch reads one document from the file.
func (c *collection[T]) fetch(ctx context.Context, id string) (*T, error) {
	doc, err := c.fetchOne(ctx, id, unkept)
	if err == nil && doc == nil {
		err = notFound(c.table)
	}
	return doc, err
}

// fetchOne reads one document from the file, nil if there is none. It is too quick to be worth interrupting.
func (c *collection[T]) fetchOne(ctx context.Context, id string, generation int64) (doc *T, err error) {
	err = staffroom.ReadInRoom(ctx, func() error {
		reader, err := c.db.borrow(ctx)
		if err != nil {
			return err
		}
		defer c.db.giveBack(reader)
		taken, shared, err := c.take(reader, id, generation)
		doc = c.own(taken, shared)
		return unavailable(err)
	})
	return doc, err
}

// unkept is the generation of documents that are not to be kept.
const unkept = -1

// take reads a document, nil if there is none; shared says that the shelf keeps it, too.
func (c *collection[T]) take(reader *conn, id string, generation int64) (doc *T, shared bool, err error) {
	read := func(s *driver.Stmt) error {
		doc, shared, err = c.read(reader, s, 0, generation)
		return err
	}
	if n := c.table.number(id); n != 0 {
		if there, err := reader.first(c.table.getAt, []any{n, id}, read); there || err != nil {
			return doc, shared, err
		}
	}
	_, err = reader.first(c.table.get, []any{id}, read)
	return doc, shared, err
}

// read decodes the document in a column of a row, and offers it to the shelf; shared says that it keeps it.
func (c *collection[T]) read(reader *conn, s *driver.Stmt, column int, generation int64) (doc *T, shared bool, err error) {
	raw := reader.bytes(s, column)
	if reader.room != nil {
		if err := reader.room.Read(len(raw)); err != nil {
			return nil, false, err
		}
	}
	doc, err = c.decode(raw)
	if err == nil && generation != unkept {
		shared = c.table.shelf.add(generation, metaOf(doc).ID, doc, c.bytes(len(raw)))
	}
	return doc, shared, err
}

// bytes is about how much memory a document takes: its texts, for which there is as much room as its JSON took, and the struct that
// holds them. Memory comes in pieces of certain sizes; a sixteenth is what that wastes.
func (c *collection[T]) bytes(written int) int {
	return written + written/16 + int(reflect.TypeFor[T]().Size())
}

// own is doc for a caller, who may change it: a copy if it is shared.
func (c *collection[T]) own(doc *T, shared bool) *T {
	if shared {
		return c.copies.one(doc)
	}
	return doc
}

// GetMany implements [staffroom.Collection].
func (c *collection[T]) GetMany(ctx context.Context, ids []string) ([]*T, error) {
	if len(ids) == 1 {
		doc, err := c.getOne(ctx, ids[0])
		if err != nil {
			return nil, err
		}
		return []*T{doc}, nil
	}
	docs, generation := make([]*T, len(ids)), int64(unkept)
	if c.shelves(ctx) {
		generation = c.table.shelf.find(ids, func(i int, kept any) { docs[i] = kept.(*T) })
	}
	docs = c.copies.all(docs)
	if !slices.Contains(docs, nil) {
		return docs, nil
	}
	if err := c.fetchMany(ctx, ids, docs, generation); err != nil {
		return nil, err
	}
	return docs, nil
}

// fetchMany reads those documents that docs lacks into their places, which are aligned with ids.
func (c *collection[T]) fetchMany(ctx context.Context, ids []string, docs []*T, generation int64) error {
	var missing []string
	places := make(map[string]int, len(ids)) // where an id comes first
	for i, id := range ids {
		if docs[i] != nil {
			continue
		}
		if _, seen := places[id]; !seen {
			missing, places[id] = append(missing, id), i
		}
	}
	fetch := c.together
	if len(missing) <= getAlone {
		fetch = c.eachAlone
	}
	err := staffroom.ReadInRoom(ctx, func() error {
		return c.db.read(ctx, func(reader *conn) error {
			return fetch(reader, missing, func(id string, doc *T) {
				if place, asked := places[id]; asked { // JSON has no place for bytes that are no UTF-8, and another id may have come of it
					docs[place] = doc
				}
			}, generation)
		})
	})
	if err != nil {
		return err
	}
	for i, id := range ids { // who asks twice gets two
		if first, ok := places[id]; ok && first != i && docs[first] != nil {
			docs[i] = c.copies.one(docs[first])
		}
	}
	return nil
}

func (c *collection[T]) eachAlone(reader *conn, ids []string, found func(string, *T), generation int64) error {
	for _, id := range ids {
		doc, shared, err := c.take(reader, id, generation)
		if err != nil {
			return err
		}
		if doc != nil {
			found(id, c.own(doc, shared))
		}
	}
	return nil
}

func (c *collection[T]) together(reader *conn, ids []string, found func(string, *T), generation int64) error {
	for chunk := range slices.Chunk(ids, getTogether) {
		others, err := c.byNumber(reader, chunk, found, generation)
		if err != nil {
			return err
		}
		if len(others) == 0 {
			continue
		}
		wanted, err := json.Marshal(others)
		if err != nil {
			return err
		}
		err = reader.query(c.table.getMany, []any{wanted}, func(s *driver.Stmt) error {
			doc, shared, err := c.read(reader, s, 1, generation)
			if err == nil {
				found(s.ColumnText(0), c.own(doc, shared))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Find implements [staffroom.Collection]. Pages that people look at are kept, and so are their documents; longer ones, which programs
// walk through, would push all others out.
func (c *collection[T]) Find(ctx context.Context, q staffroom.Query) (*staffroom.Page[T], error) {
	if q.Limit > staffroom.MaxPage || !c.shelves(ctx) {
		found, err := c.find(ctx, q, unkept)
		return found.page, err
	}
	key := c.table.listKey(q)
	kept, generation := c.db.lists.find(c.table, key)
	if kept != nil {
		if page, err := c.fromList(ctx, kept, q); page != nil || err != nil {
			return page, err
		}
	}
	now := c.table.shelf.now()
	found, err := c.find(ctx, q, now)
	if err != nil {
		return nil, err
	}
	if c.db.lists.again(key) && c.db.lists.add(generation, c.list(string(key), q, found.page)) {
		c.keep(found, now)
	}
	for i, doc := range found.page.Items {
		found.page.Items[i] = c.own(doc, found.shared[i])
	}
	return found.page, nil
}

// fromList is the page that a kept list describes, for a caller who may change it. It is nil if its documents cannot be had, without much
// ado, in the versions that the list is of.
func (c *collection[T]) fromList(ctx context.Context, kept *keptList, q staffroom.Query) (*staffroom.Page[T], error) {
	docs, missing := make([]*T, len(kept.ids)), len(kept.ids)
	generation := c.table.shelf.find(kept.ids, func(i int, doc any) {
		docs[i] = doc.(*T)
		missing--
	})
	if missing > getAlone {
		return nil, nil
	}
	docs = c.copies.all(docs)
	if missing > 0 {
		if err := c.fetchMany(ctx, kept.ids, docs, generation); err != nil {
			return nil, err
		}
	}
	for i, doc := range docs {
		if doc == nil || metaOf(doc).Version != kept.versions[i] {
			return nil, nil
		}
	}
	return &staffroom.Page[T]{Items: docs, Keys: slices.Clone(kept.keys), More: kept.more, Order: c.orderOf(q)}, nil
}

func (c *collection[T]) orderOf(q staffroom.Query) string {
	return staffroom.OrderName(c.table.schema.Name, q.By, q.Desc)
}

// list describes a page, to be kept.
func (c *collection[T]) list(key string, q staffroom.Query, page *staffroom.Page[T]) *keptList {
	l := &keptList{table: c.table, key: key, tags: c.table.tags.required(q.Where), more: page.More}
	for i, doc := range page.Items {
		l.append(metaOf(doc), page.Keys[i])
	}
	return l
}

// keep puts the documents of a list that is kept on the shelf.
func (c *collection[T]) keep(f found[T], generation int64) {
	for i, doc := range f.page.Items {
		if !f.shared[i] {
			f.shared[i] = c.table.shelf.keep(generation, metaOf(doc).ID, doc, f.bytes[i])
		}
	}
}

// found is a page as it was read.
type found[T any] struct {
	page *staffroom.Page[T]
	// shared and bytes are aligned with the page's items: those that the shelf keeps, too, and about how much memory the others take.
	shared []bool
	bytes  []int
}

// find asks the file for a page.
func (c *collection[T]) find(ctx context.Context, q staffroom.Query, generation int64) (found[T], error) {
	finder, err := c.table.find(q)
	if err != nil {
		return found[T]{}, err
	}
	var f found[T]
	err = staffroom.ReadInRoom(ctx, func() (err error) {
		f, err = c.findBy(ctx, finder, q, generation)
		return err
	})
	if err != nil {
		return found[T]{}, err
	}
	if q.Backward {
		slices.Reverse(f.page.Items)
		slices.Reverse(f.page.Keys)
		slices.Reverse(f.shared)
		slices.Reverse(f.bytes)
	}
	return f, nil
}

// findBy reads a page in the order of its statement.
func (c *collection[T]) findBy(ctx context.Context, finder *finder, q staffroom.Query, generation int64) (found[T], error) {
	page := &staffroom.Page[T]{Order: c.orderOf(q)}
	f := found[T]{page: page}
	if finder == nil { // nothing can match
		return f, nil
	}
	err := c.db.read(ctx, func(reader *conn) error {
		stmt, err := finder.choose(reader)
		if err != nil {
			return err
		}
		return reader.query(stmt.text(), stmt.args, func(s *driver.Stmt) error {
			if len(page.Items) == q.Limit {
				page.More = true
				return nil
			}
			doc, shared, err := c.row(reader, s, generation)
			page.Items, f.shared = append(page.Items, doc), append(f.shared, shared)
			page.Keys, f.bytes = append(page.Keys, c.table.key(q.By, s)), append(f.bytes, c.bytes(s.ColumnLen(0)))
			return err
		})
	})
	return f, err
}

// row makes the document of a row of find: from the shelf, if that has it in the version of the row, or else by decoding it.
func (c *collection[T]) row(reader *conn, s *driver.Stmt, generation int64) (doc *T, shared bool, err error) {
	if generation != unkept {
		kept, _ := c.table.shelf.one(s.ColumnText(2))
		if doc, ok := kept.(*T); ok && metaOf(doc).Version == s.ColumnInt64(3) {
			return doc, true, nil
		}
	}
	return c.read(reader, s, 0, generation)
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
	sort := string(appendConds(appendText(nil, string(field)), where))
	known, missing, generation := c.table.shelf.findCounts(sort, values)
	if len(missing) == 0 && len(values) > 0 {
		return known, nil
	}
	made, err := c.countBy(ctx, field, missing, where)
	if err != nil {
		return nil, err
	}
	c.table.shelf.addCounts(generation, sort, missing, counts{field: field, tags: c.table.tags.required(where), byValues: made})
	maps.Copy(known, made)
	return known, nil
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
