package mongo

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// path is where the server has a field. The id is the document's own.
func path(field staffroom.Field) string {
	if field == staffroom.FieldID {
		return "_id"
	}
	return string(field)
}

// where makes the filter of conditions. The schema has checked that every field is declared and fits its operator; values
// become values of BSON by the field's type, so that no text of a caller can be an operator.
func where(schema *staffroom.Schema, conds []staffroom.Cond) (bson.A, error) {
	filter := bson.A{}
	for _, c := range conds {
		spec, ok := schema.Field(c.Field)
		if !ok {
			return nil, fmt.Errorf("mongo: collection %q declares no field %q", schema.Name, c.Field)
		}
		element, err := condition(spec, c)
		if err != nil {
			return nil, err
		}
		filter = append(filter, bson.D{element})
	}
	return filter, nil
}

func condition(spec staffroom.FieldSpec, c staffroom.Cond) (bson.E, error) {
	switch c.Op {
	case staffroom.OpEqual:
		value, err := toBSON(spec, c.Values[0])
		return on(spec, "$eq", value), err
	case staffroom.OpOneOf, staffroom.OpContains:
		values, err := allToBSON(spec, c.Values)
		return on(spec, "$in", values), err
	case staffroom.OpRange:
		return between(spec, c.Values[0], c.Values[1])
	case staffroom.OpPresent:
		if spec.Many { // an empty list is present, too
			return on(spec, "$ne", nil), nil
		}
		return atLeast(spec), nil
	case staffroom.OpAbsent:
		return on(spec, "$eq", nil), nil
	default:
		return bson.E{}, fmt.Errorf("mongo: unknown operator %q", c.Op)
	}
}

func on(spec staffroom.FieldSpec, operator string, value any) bson.E {
	return bson.E{Key: path(spec.Path), Value: bson.D{{Key: operator, Value: value}}}
}

// atLeast holds for every value of the field, and not where it is absent.
func atLeast(spec staffroom.FieldSpec) bson.E { return on(spec, "$gte", least(spec.Type)) }

// between always has a lower bound: a server must see that the field is present to use an index of documents that have it.
func between(spec staffroom.FieldSpec, from, to any) (bson.E, error) {
	bounds := bson.D{{Key: "$gte", Value: least(spec.Type)}}
	if from != nil {
		value, err := toBSON(spec, from)
		if err != nil {
			return bson.E{}, err
		}
		bounds[0].Value = value
	}
	if to != nil {
		value, err := toBSON(spec, to)
		if err != nil {
			return bson.E{}, err
		}
		bounds = append(bounds, bson.E{Key: "$lt", Value: value})
	}
	return bson.E{Key: path(spec.Path), Value: bounds}, nil
}

func allToBSON(spec staffroom.FieldSpec, values []any) (bson.A, error) {
	out := make(bson.A, len(values))
	for i, v := range values {
		value, err := toBSON(spec, v)
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}

// never says whether nothing can match, because a condition asks for one of no values.
func never(conds []staffroom.Cond) bool {
	return slices.ContainsFunc(conds, func(c staffroom.Cond) bool {
		return (c.Op == staffroom.OpOneOf || c.Op == staffroom.OpContains) && len(c.Values) == 0
	})
}

// all joins parts to one filter in which all of them hold.
func all(parts bson.A) bson.D {
	if len(parts) == 0 {
		return bson.D{}
	}
	return bson.D{{Key: "$and", Value: parts}}
}

// order is the order of a list: by a field and then by id, or by id alone if byID.
type order struct {
	spec staffroom.FieldSpec
	byID bool
	desc bool
	// untied says that a unique index lets no two documents be equal before the id, so that it decides nothing.
	untied bool
	// name is what cursors are tied to.
	name string
}

func newOrder(schema *staffroom.Schema, q staffroom.Query, plan staffroom.Plan) (order, error) {
	o := order{desc: q.Desc, name: staffroom.OrderName(schema.Name, q.By, q.Desc)}
	unique := plan.Index.Unique && plan.Ordered
	if q.By == "" || q.By == staffroom.FieldID {
		o.byID = true
		o.untied = unique && len(plan.Prefix) == len(plan.Index.Fields)
		return o, nil
	}
	spec, ok := schema.Field(q.By)
	if !ok || spec.Many {
		return o, fmt.Errorf("mongo: collection %q cannot be ordered by field %q", schema.Name, q.By)
	}
	o.spec = spec
	o.untied = unique && len(plan.Prefix)+1 == len(plan.Index.Fields)
	return o, nil
}

// sort gives the documents in this order, or in the reverse.
func (o order) sort(reverse bool) bson.D {
	direction := 1
	if o.desc != reverse {
		direction = -1
	}
	keys := bson.D{}
	if !o.byID {
		keys = append(keys, bson.E{Key: path(o.spec.Path), Value: direction})
	}
	if !o.untied {
		keys = append(keys, bson.E{Key: "_id", Value: direction})
	}
	return keys
}

// bounds are the conditions of the cursors of q, and that the field ordered by is present.
func (o order) bounds(q staffroom.Query) (bson.A, error) {
	filter := bson.A{}
	if !o.byID {
		filter = append(filter, bson.D{atLeast(o.spec)})
	}
	for _, end := range []struct {
		cursor  string
		greater bool
	}{{q.After, !q.Desc}, {q.Before, q.Desc}} {
		if end.cursor == "" {
			continue
		}
		bound, err := o.beyond(end.cursor, end.greater)
		if err != nil {
			return nil, err
		}
		filter = append(filter, bound)
	}
	return filter, nil
}

// beyond finds what lies on one side of a cursor. The first condition on the field would follow from the second; it
// is there because servers turn it into bounds of the index, so that a page deep in a list costs what the first one does.
func (o order) beyond(cursor string, greater bool) (bson.D, error) {
	key, id, err := staffroom.DecodeCursor(o.name, cursor)
	if err != nil {
		return nil, err
	}
	beyond, orAt := "$lt", "$lte"
	if greater {
		beyond, orAt = "$gt", "$gte"
	}
	pastID := bson.D{{Key: "_id", Value: bson.D{{Key: beyond, Value: id}}}}
	if o.byID {
		return pastID, nil
	}
	value, err := toBSON(o.spec, key)
	if err != nil {
		bad := staffroom.Errorf(staffroom.CodeBadCursor, "This cursor is not one that this list gave out. Start again without it.")
		bad.Cause = err
		return nil, bad
	}
	return bson.D{
		on(o.spec, orAt, value),
		{Key: "$or", Value: bson.A{bson.D{on(o.spec, beyond, value)}, pastID}},
	}, nil
}
