package mongo

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// fieldID is the Field of a conflict about the id.
const fieldID = "id"

// refusal gives the error of a single write of the document raw in the words of the port.
func (c *collection[T]) refusal(ctx context.Context, raw bson.Raw, err error) error {
	if ctx.Err() != nil || !c.db.lacks.duplicate(err) {
		return explain(ctx, err)
	}
	var details bson.Raw
	if failed, ok := errors.AsType[mongo.WriteException](err); ok && len(failed.WriteErrors) > 0 {
		details = failed.WriteErrors[0].Raw
	}
	return c.conflict(ctx, raw, details)
}

// conflict is the CONFLICT of the document raw. The server's details of the error tell which index it was; those of some
// servers don't, then the documents do.
func (c *collection[T]) conflict(ctx context.Context, raw, details bson.Raw) error {
	if keys, ok := details.Lookup("keyPattern").DocumentOK(); ok {
		if name, ok := c.uniqueOver(keys); ok {
			return taken(c.schema, name)
		}
	}
	name, err := c.collision(ctx, raw)
	if err != nil {
		return err
	}
	return taken(c.schema, name)
}

// uniqueOver names the unique index that has these keys.
func (c *collection[T]) uniqueOver(keys bson.Raw) (string, bool) {
	elements, err := keys.Elements()
	if err != nil {
		return "", false
	}
	var paths []string
	for _, e := range elements {
		paths = append(paths, e.Key())
	}
	if slices.Equal(paths, []string{"_id"}) {
		return fieldID, true
	}
	for _, spec := range c.schema.Indexes {
		if spec.Unique && slices.EqualFunc(spec.Fields, paths, func(f staffroom.Field, p string) bool { return path(f) == p }) {
			return spec.Name, true
		}
	}
	return "", false
}

// collision looks for the document that raw collides with.
func (c *collection[T]) collision(ctx context.Context, raw bson.Raw) (index string, err error) {
	for _, spec := range c.schema.Indexes {
		filter, ok := rival(spec, raw)
		if !ok {
			continue
		}
		err := c.docs.FindOne(ctx, filter, options.FindOne().SetHint(indexName(spec))).Err()
		if err == nil {
			return spec.Name, nil
		}
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return "", explain(ctx, err)
		}
	}
	if raw.Lookup("meta", "version").AsInt64() == 1 {
		return fieldID, nil
	}
	return "", nil // a replaced document has its id already; what it collided with is gone by now
}

// rival finds another document that holds what raw would hold in the unique index spec; not ok if it would hold nothing.
func rival(spec staffroom.IndexSpec, raw bson.Raw) (filter bson.D, ok bool) {
	filter = bson.D{{Key: "_id", Value: bson.D{{Key: "$ne", Value: raw.Lookup("_id")}}}}
	for _, field := range spec.Fields {
		value := raw.Lookup(fieldNames(field)...)
		operator := "$eq"
		switch value.Type {
		case 0, bson.TypeNull:
			return nil, false
		case bson.TypeArray:
			operator = "$in"
		}
		filter = append(filter, bson.E{Key: path(field), Value: bson.D{{Key: operator, Value: value}}})
	}
	return filter, spec.Unique
}
