package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// layoutVersion counts changes to how documents are laid out that an older program would not understand.
const layoutVersion = 1

// indexPrefix begins the names of our indexes, so that those which an operator adds by hand are left alone.
const indexPrefix = "staffroom_"

// idIndex is the index by _id, which every collection has.
const idIndex = "_id_"

func indexName(spec staffroom.IndexSpec) string {
	if spec.Name == "" {
		return idIndex
	}
	return indexPrefix + spec.Name
}

// claim refuses a database that a newer program has written, and marks it as written by this one.
func (db *database) claim(ctx context.Context) error {
	meta := db.mongo.Collection("meta")
	is := bson.D{{Key: "_id", Value: "layout"}}
	var layout struct{ Version int64 }
	err := meta.FindOne(ctx, is).Decode(&layout)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return fmt.Errorf("read the version of the layout: %w", err)
	}
	if layout.Version > layoutVersion {
		return staffroom.Errorf(staffroom.CodeUnavailable,
			"The database was written by a newer version of Staffroom (layout %d; this one knows %d). Use that version, or a copy from before.",
			layout.Version, layoutVersion)
	}
	mark := bson.D{{Key: "$max", Value: bson.D{{Key: "version", Value: int64(layoutVersion)}}}}
	if _, err := meta.UpdateOne(ctx, is, mark, options.UpdateOne().SetUpsert(true)); err != nil {
		return fmt.Errorf("mark the version of the layout: %w", err)
	}
	return nil
}

// prepare makes the collection of schema, its validator and its indexes.
func (db *database) prepare(ctx context.Context, schema *staffroom.Schema) error {
	if !db.lacks.validators {
		if err := db.validate(ctx, schema.Name); err != nil {
			return fmt.Errorf("prepare collection %s: %w", schema.Name, err)
		}
	}
	if err := db.index(ctx, schema); err != nil {
		return fmt.Errorf("prepare the indexes of %s: %w", schema.Name, err)
	}
	return nil
}

// validate makes the collection with our validator, or gives it to the one that is there.
func (db *database) validate(ctx context.Context, name string) error {
	err := db.mongo.CreateCollection(ctx, name, options.CreateCollection().SetValidator(validator()))
	if !hasCode(err, codeNamespaceExists) {
		return err
	}
	return db.mongo.RunCommand(ctx, bson.D{{Key: "collMod", Value: name}, {Key: "validator", Value: validator()}}).Err()
}

// validator is what the server checks of every document: what the store itself lives on.
func validator() bson.D {
	typed := func(name string) bson.D { return bson.D{{Key: "bsonType", Value: name}} }
	meta := bson.D{
		{Key: "bsonType", Value: "object"},
		{Key: "required", Value: bson.A{"id", "version", "createdAt", "updatedAt"}},
		{Key: "properties", Value: bson.D{
			{Key: "id", Value: typed("string")},
			{Key: "version", Value: append(typed("long"), bson.E{Key: "minimum", Value: 1})},
			{Key: "createdAt", Value: typed("date")},
			{Key: "updatedAt", Value: typed("date")},
		}},
	}
	return bson.D{{Key: "$jsonSchema", Value: bson.D{
		{Key: "bsonType", Value: "object"},
		{Key: "required", Value: bson.A{"_id", "meta"}},
		{Key: "properties", Value: bson.D{{Key: "_id", Value: typed("string")}, {Key: "meta", Value: meta}}},
	}}}
}

// index makes the declared indexes and drops those of ours that are declared no longer.
func (db *database) index(ctx context.Context, schema *staffroom.Schema) error {
	view := db.mongo.Collection(schema.Name).Indexes()
	models := db.indexModels(schema)
	names := make([]string, 0, len(models))
	for _, m := range models {
		names = append(names, m.name)
	}
	present, err := view.ListSpecifications(ctx)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	for _, old := range present {
		if strings.HasPrefix(old.Name, indexPrefix) && !slices.Contains(names, old.Name) {
			if err := view.DropOne(ctx, old.Name); err != nil {
				return fmt.Errorf("drop %s: %w", old.Name, err)
			}
		}
	}
	for _, m := range models {
		if err := makeIndex(ctx, view, m); err != nil {
			return fmt.Errorf("make %s: %w", m.name, err)
		}
	}
	return nil
}

// makeIndex makes an index anew if there is another with its name.
func makeIndex(ctx context.Context, view mongo.IndexView, m indexModel) error {
	_, err := view.CreateOne(ctx, m.model)
	if !hasCode(err, codeIndexOptionsConflict, codeIndexKeySpecs) {
		return err
	}
	if err := view.DropOne(ctx, m.name); err != nil {
		return fmt.Errorf("drop the old one: %w", err)
	}
	_, err = view.CreateOne(ctx, m.model)
	return err
}

type indexModel struct {
	name  string
	model mongo.IndexModel
}

// indexModels are the indexes of schema that the server can have.
func (db *database) indexModels(schema *staffroom.Schema) []indexModel {
	var models []indexModel
	for _, spec := range schema.Indexes {
		if spec.Expires && db.lacks.expiringIndexes || len(spec.Where) > 0 && db.lacks.partialIndexes {
			continue
		}
		models = append(models, db.indexModel(schema, spec))
	}
	return models
}

func (db *database) indexModel(schema *staffroom.Schema, spec staffroom.IndexSpec) indexModel {
	settings := options.Index().SetName(indexName(spec))
	if spec.Unique {
		settings.SetUnique(true)
	}
	if spec.Expires {
		settings.SetExpireAfterSeconds(0)
	}
	if partial := partialFilter(schema, spec); len(partial) > 0 && !db.lacks.partialIndexes {
		settings.SetPartialFilterExpression(partial)
	}
	return indexModel{indexName(spec), mongo.IndexModel{Keys: indexKeys(spec), Options: settings}}
}

// indexKeys are the fields of an index. Its last field is the id, but for a unique index, whose entries must differ without
// it, and for an expiring one, which may have one field only.
func indexKeys(spec staffroom.IndexSpec) bson.D {
	var keys bson.D
	for _, field := range spec.Fields {
		keys = append(keys, bson.E{Key: path(field), Value: 1})
	}
	if !spec.Unique && !spec.Expires {
		keys = append(keys, bson.E{Key: "_id", Value: 1})
	}
	return keys
}

// partialFilter says which documents are in an index: those where its conditions hold, and for a unique one those that
// have all its fields, as absent values don't collide. It is worded like the conditions of queries, because a server uses a
// partial index only for queries that it sees to imply the filter.
func partialFilter(schema *staffroom.Schema, spec staffroom.IndexSpec) bson.D {
	filter := bson.D{}
	for _, c := range spec.Where {
		field, _ := schema.Field(c.Field)
		if c.Op == staffroom.OpPresent {
			filter = append(filter, atLeast(field))
		} else {
			filter = append(filter, bson.E{Key: path(c.Field), Value: c.Values[0]})
		}
	}
	if spec.Unique {
		for _, path := range spec.Fields {
			field, _ := schema.Field(path)
			filter = append(filter, atLeast(field))
		}
	}
	return filter
}
