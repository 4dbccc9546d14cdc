package mongo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// longestPause bounds how long Update waits before it tries again after somebody was faster.
const longestPause = 64 * time.Millisecond

// collection is one collection of documents of type T.
type collection[T any] struct {
	db     *database
	schema *staffroom.Schema
	docs   *mongo.Collection
}

func newCollection[T any](db *database, schema *staffroom.Schema) *collection[T] {
	return &collection[T]{db: db, schema: schema, docs: db.mongo.Collection(schema.Name)}
}

func byID(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }

// atVersion finds the document only while nobody has changed it.
func atVersion(id string, version int64) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "meta.version", Value: version}}
}

func metaOf[T any](doc *T) *staffroom.Meta { return any(doc).(staffroom.Document).Metadata() }

// Get implements [staffroom.Collection].
func (c *collection[T]) Get(ctx context.Context, id string) (*T, error) {
	raw, err := c.raw(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.decode(raw)
}

func (c *collection[T]) raw(ctx context.Context, id string) (raw bson.Raw, err error) {
	err = staffroom.ReadInRoom(ctx, func() (err error) {
		raw, err = c.docs.FindOne(ctx, byID(id)).Raw()
		if errors.Is(err, mongo.ErrNoDocuments) {
			return notFound(c.schema)
		}
		if err != nil {
			return explain(ctx, err)
		}
		return count(ctx, raw)
	})
	return raw, err
}

// count counts what was read of a document.
func count(ctx context.Context, raw bson.Raw) error {
	if room := staffroom.RoomFrom(ctx); room != nil {
		return room.Read(len(raw))
	}
	return nil
}

// decode makes a new document of what is stored.
func (c *collection[T]) decode(raw bson.Raw) (*T, error) {
	s := stored[T]{Doc: new(T)}
	err := c.db.codec.decode(raw, &s)
	return s.Doc, err
}

// encode is what is stored of doc once it has this version.
func (c *collection[T]) encode(doc *T, meta staffroom.Meta) (bson.Raw, error) {
	next := *doc
	*metaOf(&next) = meta
	return c.db.codec.encode(stored[T]{ID: meta.ID, Doc: &next})
}

// GetMany implements [staffroom.Collection].
func (c *collection[T]) GetMany(ctx context.Context, ids []string) ([]*T, error) {
	found := make(map[string]bson.Raw, len(ids))
	for some := range slices.Chunk(ids, staffroom.MaxLimit) {
		filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: some}}}}
		if err := c.each(ctx, filter, options.Find(), func() {}, func(raw bson.Raw) error {
			found[raw.Lookup("_id").StringValue()] = raw
			return nil
		}); err != nil {
			return nil, err
		}
	}
	docs := make([]*T, len(ids))
	for i, id := range ids {
		if raw, ok := found[id]; ok {
			var err error
			if docs[i], err = c.decode(raw); err != nil {
				return nil, err
			}
		}
	}
	return docs, nil
}

// each gives what filter finds to do, one document after the other; each is do's to keep. It begins anew if there must be room for them first.
func (c *collection[T]) each(ctx context.Context, filter bson.D, opts *options.FindOptionsBuilder, begin func(), do func(bson.Raw) error) error {
	return staffroom.ReadInRoom(ctx, func() error {
		begin()
		return c.once(ctx, filter, opts, do)
	})
}

func (c *collection[T]) once(ctx context.Context, filter bson.D, opts *options.FindOptionsBuilder, do func(bson.Raw) error) error {
	cursor, err := c.docs.Find(ctx, filter, opts)
	if err != nil {
		return explain(ctx, err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }() // what was read is whole; the server forgets cursors by itself
	for cursor.Next(ctx) {
		if err := count(ctx, cursor.Current); err != nil {
			return err
		}
		if err := do(slices.Clone(cursor.Current)); err != nil {
			return err
		}
	}
	return explain(ctx, cursor.Err())
}

// Insert implements [staffroom.Collection].
func (c *collection[T]) Insert(ctx context.Context, doc *T) error {
	meta, err := c.first(doc)
	if err != nil {
		return err
	}
	raw, err := c.encode(doc, meta)
	if err != nil {
		return err
	}
	if _, err := c.docs.InsertOne(ctx, raw); err != nil {
		return c.refusal(ctx, raw, err)
	}
	*metaOf(doc) = meta
	return nil
}

// first is the meta of a document that is about to be inserted.
func (c *collection[T]) first(doc *T) (staffroom.Meta, error) {
	meta := *metaOf(doc)
	if meta.ID == "" || meta.Version != 0 {
		return meta, c.unfit(meta)
	}
	meta.UpdatedAt = staffroom.Time{}
	return c.next(meta), nil
}

// unfit is the mistake in the program of giving the store a document that cannot be stored.
func (c *collection[T]) unfit(meta staffroom.Meta) error {
	return fmt.Errorf("mongo: document %q of %s cannot be stored as version %d", meta.ID, c.schema.Name, meta.Version)
}

// Update implements [staffroom.Collection].
func (c *collection[T]) Update(ctx context.Context, id string, change func(*T) error) (*T, error) {
	for pause := time.Millisecond; ; pause = min(2*pause, longestPause) {
		doc, done, err := c.tryUpdate(ctx, id, change)
		if done || err != nil {
			return doc, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("mongo: %w", ctx.Err())
		case <-time.After(rand.N(pause)):
		}
	}
}

// tryUpdate reads, changes and replaces; it is not done if somebody was faster.
func (c *collection[T]) tryUpdate(ctx context.Context, id string, change func(*T) error) (doc *T, done bool, err error) {
	before, err := c.raw(ctx, id)
	if err != nil {
		return nil, false, err
	}
	if doc, err = c.decode(before); err != nil {
		return nil, false, err
	}
	meta := *metaOf(doc)
	if err := change(doc); errors.Is(err, staffroom.ErrUnchanged) {
		doc, err = c.decode(before)
		return doc, true, err
	} else if err != nil {
		return nil, false, err
	}
	*metaOf(doc) = c.next(meta)
	after, err := c.encode(doc, *metaOf(doc))
	if err != nil {
		return nil, false, err
	}
	result, err := c.docs.ReplaceOne(ctx, atVersion(id, meta.Version), after)
	if err != nil {
		return nil, false, c.refusal(ctx, after, err)
	}
	return doc, result.MatchedCount == 1, nil
}

// next is the meta of a document after one more change. A clock that goes back does not take UpdatedAt with it.
func (c *collection[T]) next(meta staffroom.Meta) staffroom.Meta {
	now := c.db.now()
	meta.Version++
	if meta.CreatedAt.IsZero() {
		meta.CreatedAt = now
	}
	if now.After(meta.UpdatedAt.Time) {
		meta.UpdatedAt = now
	}
	return meta
}

// Delete implements [staffroom.Collection].
func (c *collection[T]) Delete(ctx context.Context, id string) error {
	result, err := c.docs.DeleteOne(ctx, byID(id))
	if err != nil {
		return explain(ctx, err)
	}
	if result.DeletedCount == 0 {
		return notFound(c.schema)
	}
	return nil
}
