package mongo

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// extended is v as MongoDB's canonical text, in which types show.
func extended(t *testing.T, v any) string {
	t.Helper()
	text, err := bson.MarshalExtJSON(v, true, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func noon() staffroom.Time { return staffroom.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

func TestCompile(t *testing.T) {
	published := staffroom.OrderName("resources", staffroom.FieldResourcePublishedAt, true)
	name := staffroom.OrderName("schools", staffroom.FieldSchoolName, false)
	byID := staffroom.OrderName("schools", "", false)
	for _, c := range []struct {
		name               string
		schema             *staffroom.Schema
		query              staffroom.Query
		filter, sort, hint string
	}{
		{
			"everything by id", &staffroom.SchoolSchema,
			staffroom.Query{},
			`{}`, `{"_id":{"$numberInt":"1"}}`, "_id_",
		},
		{
			"one by a unique field", &staffroom.SchoolSchema,
			staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolURN, "100001")}},
			`{"$and":[{"establishment.urn":{"$eq":"100001"}}]}`, `{}`, "staffroom_urn",
		},
		{
			"text that looks like an operator stays text", &staffroom.SchoolSchema,
			staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolURN, `{"$ne":""}`)}},
			`{"$and":[{"establishment.urn":{"$eq":"{\"$ne\":\"\"}"}}]}`, `{}`, "staffroom_urn",
		},
		{
			"a list after a time, newest first", &staffroom.ResourceSchema,
			staffroom.Query{
				Where: []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, "everyone", "members")},
				By:    staffroom.FieldResourcePublishedAt, Desc: true, After: staffroom.EncodeCursor(published, noon(), "resource_1"),
			},
			`{"$and":[{"audience":{"$in":["everyone","members"]}},` +
				`{"publishedAt":{"$gte":{"$date":{"$numberLong":"-62135596800000"}}}},` +
				`{"publishedAt":{"$lte":{"$date":{"$numberLong":"1772366400000"}}},` +
				`"$or":[{"publishedAt":{"$lt":{"$date":{"$numberLong":"1772366400000"}}}},{"_id":{"$lt":"resource_1"}}]}]}`,
			`{"publishedAt":{"$numberInt":"-1"},"_id":{"$numberInt":"-1"}}`, "staffroom_audience_published",
		},
		{
			"backward from a cursor", &staffroom.SchoolSchema,
			staffroom.Query{By: staffroom.FieldSchoolName, Before: staffroom.EncodeCursor(name, "abbey", "school_1"), Backward: true},
			`{"$and":[{"establishment.sortName":{"$gte":""}},{"establishment.sortName":{"$lte":"abbey"},` +
				`"$or":[{"establishment.sortName":{"$lt":"abbey"}},{"_id":{"$lt":"school_1"}}]}]}`,
			`{"establishment.sortName":{"$numberInt":"-1"},"_id":{"$numberInt":"-1"}}`, "staffroom_name",
		},
		{
			"by id after a cursor", &staffroom.SchoolSchema,
			staffroom.Query{After: staffroom.EncodeCursor(byID, nil, "school_1")},
			`{"$and":[{"_id":{"$gt":"school_1"}}]}`, `{"_id":{"$numberInt":"1"}}`, "_id_",
		},
		{
			"a box, present and absent", &staffroom.SchoolSchema,
			staffroom.Query{Where: []staffroom.Cond{
				staffroom.Between(staffroom.FieldSchoolEasting, 1, 5), staffroom.Between(staffroom.FieldSchoolNorthing, nil, 7),
				staffroom.Absent(staffroom.FieldSchoolPhase), staffroom.Present(staffroom.FieldSchoolPostcode),
			}},
			`{"$and":[{"establishment.place.easting":{"$gte":{"$numberLong":"1"},"$lt":{"$numberLong":"5"}}},` +
				`{"establishment.place.northing":{"$gte":{"$numberDouble":"-1.7976931348623157E+308"},"$lt":{"$numberLong":"7"}}},` +
				`{"establishment.phase":{"$eq":null}},{"establishment.postcode":{"$gte":""}}]}`,
			`{"_id":{"$numberInt":"1"}}`, "staffroom_place",
		},
		{
			"the order of a unique index needs no id", &staffroom.AuthoritySchema,
			staffroom.Query{By: staffroom.FieldAuthorityCode},
			`{"$and":[{"code":{"$gte":""}}]}`, `{"code":{"$numberInt":"1"}}`, "staffroom_code",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.query.Limit = 10
			got, err := compile(c.schema, c.query)
			if err != nil {
				t.Fatal(err)
			}
			if filter := extended(t, got.filter); filter != c.filter {
				t.Errorf("filter\n%s, want\n%s", filter, c.filter)
			}
			if sort := extended(t, got.sort); sort != c.sort {
				t.Errorf("sort %s, want %s", sort, c.sort)
			}
			if got.hint != c.hint {
				t.Errorf("hint %s, want %s", got.hint, c.hint)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	other := staffroom.EncodeCursor(staffroom.OrderName("schools", staffroom.FieldSchoolName, false), "abbey", "school_1")
	for _, c := range []struct {
		name  string
		query staffroom.Query
		code  staffroom.Code
	}{
		{"a field that is not declared", staffroom.Query{Where: []staffroom.Cond{staffroom.Equal("$where", "1")}, Limit: 1}, staffroom.CodeInternal},
		{"an order without an index", staffroom.Query{By: staffroom.FieldSchoolNorthing, Limit: 1}, staffroom.CodeInternal},
		{"a value of another type", staffroom.Query{Where: []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolURN, 100001)}, Limit: 1}, staffroom.CodeInternal},
		{"no limit", staffroom.Query{}, staffroom.CodeInternal},
		{"too high a limit", staffroom.Query{Limit: staffroom.MaxLimit + 1}, staffroom.CodeInternal},
		{"the cursor of another list", staffroom.Query{After: other, Limit: 1}, staffroom.CodeBadCursor},
	} {
		if _, err := compile(&staffroom.SchoolSchema, c.query); staffroom.CodeOf(err) != c.code {
			t.Errorf("%s: error %v, want code %s", c.name, err, c.code)
		}
	}
}

func TestIndexModels(t *testing.T) {
	schema := &staffroom.Schema{
		Name: "things",
		Fields: []staffroom.FieldSpec{
			{Path: "name", Type: staffroom.TypeText}, {Path: "at", Type: staffroom.TypeTime}, {Path: "on", Type: staffroom.TypeBoolean},
		},
		Indexes: []staffroom.IndexSpec{
			{Name: "plain", Fields: []staffroom.Field{"name", "at"}},
			{Name: "single", Fields: []staffroom.Field{"name"}, Unique: true},
			{Name: "some", Fields: []staffroom.Field{"name"}, Where: []staffroom.Cond{staffroom.Present("at"), staffroom.Equal("on", true)}},
			{Name: "gone", Fields: []staffroom.Field{"at"}, Expires: true},
		},
	}
	full := map[string]string{
		"staffroom_plain":  `{"name":1,"at":1,"_id":1} {} false -1`,
		"staffroom_single": `{"name":1} {"name":{"$gte":""}} true -1`,
		"staffroom_some":   `{"name":1,"_id":1} {"at":{"$gte":{"$date":{"$numberLong":"-62135596800000"}}},"on":true} false -1`,
		"staffroom_gone":   `{"at":1} {} false 0`,
	}
	less := map[string]string{
		"staffroom_plain":  full["staffroom_plain"],
		"staffroom_single": `{"name":1} {} true -1`,
	}
	for _, c := range []struct {
		lacks lacks
		want  map[string]string
	}{{lacks{}, full}, {lacks{partialIndexes: true, expiringIndexes: true}, less}} {
		db := &database{lacks: c.lacks}
		models := db.indexModels(schema)
		if len(models) != len(c.want) {
			t.Errorf("%d indexes, want %d", len(models), len(c.want))
		}
		for _, m := range models {
			if got := describe(t, m); got != c.want[m.name] {
				t.Errorf("%s is\n%s, want\n%s", m.name, got, c.want[m.name])
			}
		}
	}
}

// describe is an index in a line: keys, partial filter, unique, seconds until it expires (-1 for never).
func describe(t *testing.T, m indexModel) string {
	t.Helper()
	var o options.IndexOptions
	for _, set := range m.model.Options.List() {
		if err := set(&o); err != nil {
			t.Fatal(err)
		}
	}
	partial, expires := bson.D{}, int32(-1)
	if o.PartialFilterExpression != nil {
		partial = o.PartialFilterExpression.(bson.D)
	}
	if o.ExpireAfterSeconds != nil {
		expires = *o.ExpireAfterSeconds
	}
	unique := o.Unique != nil && *o.Unique
	return fmt.Sprint(relaxed(t, m.model.Keys), " ", relaxed(t, partial), " ", unique, " ", expires)
}

func relaxed(t *testing.T, v any) string {
	t.Helper()
	text, err := bson.MarshalExtJSON(v, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
