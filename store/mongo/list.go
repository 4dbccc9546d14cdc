package mongo

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// find is a query as the server gets it.
type find struct {
	filter bson.D
	sort   bson.D
	hint   string
	order  order
}

// compile turns q into what the server gets, or refuses it if no declared index serves it.
func compile(schema *staffroom.Schema, q staffroom.Query) (find, error) {
	if q.Limit < 1 || q.Limit > staffroom.MaxLimit {
		return find{}, fmt.Errorf("mongo: a page of %d documents is not between 1 and %d", q.Limit, staffroom.MaxLimit)
	}
	plan, err := schema.Plan(q)
	if err != nil {
		return find{}, err
	}
	o, err := newOrder(schema, q, plan)
	if err != nil {
		return find{}, err
	}
	filter, err := where(schema, q.Where)
	if err != nil {
		return find{}, err
	}
	bounds, err := o.bounds(q)
	if err != nil {
		return find{}, err
	}
	return find{filter: all(append(filter, bounds...)), sort: o.sort(q.Backward), hint: indexName(plan.Index), order: o}, nil
}

// Find implements [staffroom.Collection].
func (c *collection[T]) Find(ctx context.Context, q staffroom.Query) (*staffroom.Page[T], error) {
	f, err := compile(c.schema, q)
	if err != nil {
		return nil, err
	}
	page := &staffroom.Page[T]{Order: f.order.name}
	if never(q.Where) {
		return page, nil
	}
	// One document more than asked for tells whether there are more.
	raws := make([]bson.Raw, 0, q.Limit+1)
	opts := options.Find().SetSort(f.sort).SetHint(f.hint).SetLimit(int64(q.Limit) + 1).SetBatchSize(int32(q.Limit) + 1)
	if err := c.each(ctx, f.filter, opts, func() { raws = raws[:0] }, func(raw bson.Raw) error {
		raws = append(raws, raw)
		return nil
	}); err != nil {
		return nil, err
	}
	if page.More = len(raws) > q.Limit; page.More {
		raws = raws[:q.Limit]
	}
	if q.Backward {
		slices.Reverse(raws)
	}
	return page, c.fill(page, raws, f.order)
}

func (c *collection[T]) fill(page *staffroom.Page[T], raws []bson.Raw, o order) error {
	page.Items = make([]*T, len(raws))
	page.Keys = make([]any, len(raws))
	for i, raw := range raws {
		var err error
		if page.Items[i], err = c.decode(raw); err != nil {
			return err
		}
		if !o.byID {
			page.Keys[i] = keyOf(raw, o.spec.Path)
		}
	}
	return nil
}

// compileCount is the filter and the index of a count.
func compileCount(schema *staffroom.Schema, conds []staffroom.Cond) (find, error) {
	plan, err := schema.PlanCount(conds)
	if err != nil {
		return find{}, err
	}
	filter, err := where(schema, conds)
	return find{filter: all(filter), hint: indexName(plan.Index)}, err
}

// Count implements [staffroom.Collection].
func (c *collection[T]) Count(ctx context.Context, conds ...staffroom.Cond) (int, error) {
	f, err := compileCount(c.schema, conds)
	if err != nil || never(conds) {
		return 0, err
	}
	n, err := c.docs.CountDocuments(ctx, f.filter, options.Count().SetHint(f.hint))
	return int(n), explain(ctx, err)
}

// CountBy implements [staffroom.Collection].
func (c *collection[T]) CountBy(
	ctx context.Context, field staffroom.Field, values []string, conds ...staffroom.Cond,
) (map[string]int, error) {
	spec, _ := c.schema.Field(field)
	asked := staffroom.OneOf(field, values)
	if spec.Many {
		asked = staffroom.Contains(field, values...)
	}
	conds = append(slices.Clone(conds), asked)
	f, err := compileCount(c.schema, conds)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(values))
	if never(conds) {
		return counts, nil
	}
	cursor, err := c.docs.Aggregate(ctx, groups(spec, f.filter, values), options.Aggregate().SetHint(f.hint))
	if err != nil {
		return nil, explain(ctx, err)
	}
	var rows []struct {
		Value string `bson:"_id"`
		N     int    `bson:"n"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, explain(ctx, err)
	}
	for _, row := range rows {
		counts[row.Value] = row.N
	}
	return counts, nil
}

// groups is the pipeline that counts the documents of filter by the values of a field. A list is taken apart first; a
// document that holds a value twice counts once.
func groups(spec staffroom.FieldSpec, filter bson.D, values []string) []bson.D {
	name := path(spec.Path)
	count := bson.E{Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}
	pipeline := []bson.D{{{Key: "$match", Value: filter}}}
	value := "$" + name
	if spec.Many {
		once := bson.D{{Key: "value", Value: value}, {Key: "id", Value: "$_id"}}
		value = "$_id.value"
		pipeline = append(pipeline,
			bson.D{{Key: "$unwind", Value: "$" + name}},
			bson.D{{Key: "$match", Value: bson.D{{Key: name, Value: bson.D{{Key: "$in", Value: values}}}}}},
			bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: once}}}},
		)
	}
	return append(pipeline, bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: value}, count}}})
}

// All implements [staffroom.Collection]. It reads page by page, so that no cursor stays open while the caller works.
func (c *collection[T]) All(ctx context.Context) iter.Seq2[*T, error] {
	return staffroom.Walk(ctx, c.Find, staffroom.Query{Limit: staffroom.MaxLimit})
}
