package mongo

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// bulkSize is how many documents go to the server at once.
const bulkSize = 500

// put is one document of a PutMany.
type put[T any] struct {
	doc *T
	// before is the version that must be stored; 0 for none.
	before int64
	// meta and raw are what will be stored.
	meta staffroom.Meta
	raw  bson.Raw
	// outcome is where the document's own error goes.
	outcome *error
}

// PutMany implements [staffroom.Collection].
func (c *collection[T]) PutMany(ctx context.Context, docs []*T) ([]error, error) {
	outcomes := make([]error, len(docs))
	var inserts, replaces []put[T]
	for i, doc := range docs {
		p, err := c.newPut(doc, &outcomes[i])
		if err != nil {
			return nil, err
		}
		if p.before == 0 {
			inserts = append(inserts, p)
		} else {
			replaces = append(replaces, p)
		}
	}
	for some := range slices.Chunk(inserts, bulkSize) {
		if err := c.insertMany(ctx, some); err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(replaces, bulkSize) {
		if err := c.replaceMany(ctx, some); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

func (c *collection[T]) newPut(doc *T, outcome *error) (put[T], error) {
	p := put[T]{doc: doc, before: metaOf(doc).Version, outcome: outcome}
	var err error
	switch {
	case p.before == 0:
		p.meta, err = c.first(doc)
	case p.before < 0 || metaOf(doc).ID == "":
		err = c.unfit(*metaOf(doc))
	default:
		p.meta = c.next(*metaOf(doc))
	}
	if err != nil {
		return p, err
	}
	p.raw, err = c.encode(doc, p.meta)
	return p, err
}

// settle tells the caller's documents that they are stored, except those with an outcome.
func settle[T any](puts []put[T]) {
	for _, p := range puts {
		if *p.outcome == nil {
			*metaOf(p.doc) = p.meta
		}
	}
}

func (c *collection[T]) insertMany(ctx context.Context, puts []put[T]) error {
	raws := make([]bson.Raw, len(puts))
	for i, p := range puts {
		raws[i] = p.raw
	}
	_, err := c.docs.InsertMany(ctx, raws, options.InsertMany().SetOrdered(false))
	if err := c.outcomes(ctx, puts, err); err != nil {
		return err
	}
	settle(puts)
	return nil
}

// outcomes deals the conflicts in err out to their documents; any other error is one of the whole.
func (c *collection[T]) outcomes(ctx context.Context, puts []put[T], err error) error {
	if err == nil {
		return nil
	}
	failed, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || failed.WriteConcernError != nil || ctx.Err() != nil {
		return explain(ctx, err)
	}
	for _, e := range failed.WriteErrors {
		if !mongo.IsDuplicateKeyError(mongo.WriteException{WriteErrors: mongo.WriteErrors{e.WriteError}}) {
			return explain(ctx, err)
		}
		p := puts[e.Index]
		conflict := c.conflict(ctx, p.raw, e.Raw)
		if staffroom.CodeOf(conflict) != staffroom.CodeConflict {
			return conflict
		}
		*p.outcome = conflict
	}
	return nil
}

func (c *collection[T]) replaceMany(ctx context.Context, puts []put[T]) error {
	if c.db.lacks.bulkReplaces {
		return c.replaceEach(ctx, puts)
	}
	models := make([]mongo.WriteModel, len(puts))
	for i, p := range puts {
		models[i] = mongo.NewReplaceOneModel().SetFilter(atVersion(p.meta.ID, p.before)).SetReplacement(p.raw)
	}
	result, err := c.docs.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	if err := c.outcomes(ctx, puts, err); err != nil {
		return err
	}
	refused := 0
	for _, p := range puts {
		if *p.outcome != nil {
			refused++
		}
	}
	if result == nil || int(result.MatchedCount)+refused < len(puts) {
		if err := c.attribute(ctx, puts); err != nil {
			return err
		}
	}
	settle(puts)
	return nil
}

// attribute finds out which replacements met no document of their version. The server tells only how many, so the
// documents are read again: one of ours is stored as it was sent.
func (c *collection[T]) attribute(ctx context.Context, puts []put[T]) error {
	ids := make([]string, len(puts))
	for i, p := range puts {
		ids[i] = p.meta.ID
	}
	stored := make(map[string]bson.Raw, len(puts))
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}
	if err := c.each(ctx, filter, options.Find(), func() {}, func(raw bson.Raw) error {
		stored[raw.Lookup("_id").StringValue()] = raw
		return nil
	}); err != nil {
		return err
	}
	for _, p := range puts {
		raw, found := stored[p.meta.ID]
		switch {
		case *p.outcome != nil:
		case !found:
			*p.outcome = notFound(c.schema)
		case !bytes.Equal(raw, p.raw):
			*p.outcome = outdated(c.schema)
		}
	}
	return nil
}

// replaceEach replaces one document after the other, for a server that can't do it in bulk.
func (c *collection[T]) replaceEach(ctx context.Context, puts []put[T]) error {
	for _, p := range puts {
		result, err := c.docs.ReplaceOne(ctx, atVersion(p.meta.ID, p.before), p.raw)
		switch {
		case err == nil && result.MatchedCount == 1:
		case err == nil:
			if err := c.attribute(ctx, []put[T]{p}); err != nil {
				return err
			}
		default:
			conflict := c.refusal(ctx, p.raw, err)
			if staffroom.CodeOf(conflict) != staffroom.CodeConflict {
				return conflict
			}
			*p.outcome = conflict
		}
	}
	settle(puts)
	return nil
}
