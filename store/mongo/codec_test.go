package mongo

import (
	"reflect"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestDocumentLayout(t *testing.T) {
	age := 4
	school := &staffroom.School{
		Meta: staffroom.Meta{ID: "school_1", Version: 3, CreatedAt: noon(), UpdatedAt: noon()},
		Establishment: staffroom.Establishment{
			URN: "100001", Name: "Abbey", SortName: "abbey", LowAge: &age, Place: &staffroom.Place{Easting: 530000, Latitude: 51.5},
		},
	}
	raw, err := newCodec().encode(stored[staffroom.School]{ID: "school_1", Doc: school})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want bson.Type
	}{
		{"_id", bson.TypeString},
		{"meta.id", bson.TypeString},
		{"meta.version", bson.TypeInt64},
		{"meta.createdAt", bson.TypeDateTime},
		{"meta.updatedAt", bson.TypeDateTime},
		{"establishment.urn", bson.TypeString},
		{"establishment.lowAge", bson.TypeInt32},
		{"establishment.highAge", 0},
		{"establishment.ukprn", 0},
		{"establishment.place.latitude", bson.TypeDouble},
		{"joinedAt", bson.TypeNull},
		{"links", 0},
	} {
		if got := raw.Lookup(fieldNames(staffroom.Field(c.path))...).Type; got != c.want {
			t.Errorf("%s is of BSON type %v, want %v", c.path, got, c.want)
		}
	}
	var back stored[staffroom.School]
	if err := newCodec().decode(raw, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Doc, school) {
		t.Errorf("decoded %+v, want %+v", back.Doc, school)
	}
}

func TestTimeThatIsNoDate(t *testing.T) {
	raw, err := bson.Marshal(bson.D{{Key: "_id", Value: "x"}, {Key: "meta", Value: bson.D{{Key: "createdAt", Value: "noon"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := newCodec().decode(raw, &stored[staffroom.Post]{}); err == nil {
		t.Error("text was decoded as a time")
	}
}

func TestKeysComeBackThroughCursors(t *testing.T) {
	raw, err := bson.Marshal(bson.D{
		{Key: "text", Value: "a"},
		{Key: "time", Value: noon().Time},
		{Key: "whole", Value: int32(7)},
		{Key: "part", Value: 1.5},
		{Key: "flag", Value: true},
		{Key: "none", Value: nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field staffroom.Field
		kind  staffroom.FieldType
		key   any
		bound any
	}{
		{"text", staffroom.TypeText, "a", "a"},
		{"time", staffroom.TypeTime, noon(), bson.NewDateTimeFromTime(noon().Time)},
		{"whole", staffroom.TypeInteger, int64(7), 7.0},
		{"part", staffroom.TypeNumber, 1.5, 1.5},
		{"flag", staffroom.TypeBoolean, true, true},
	} {
		key := keyOf(raw, c.field)
		if key != c.key {
			t.Errorf("key of %s is %v, want %v", c.field, key, c.key)
		}
		decoded, _, err := staffroom.DecodeCursor("order", staffroom.EncodeCursor("order", key, "id"))
		if err != nil {
			t.Fatal(err)
		}
		bound, err := toBSON(staffroom.FieldSpec{Path: c.field, Type: c.kind}, decoded)
		if err != nil || bound != c.bound {
			t.Errorf("the cursor's %s is %v (%v), want %v", c.field, bound, err, c.bound)
		}
	}
	if key := keyOf(raw, "none"); key != nil {
		t.Errorf("key of null is %v", key)
	}
	if _, err := toBSON(staffroom.FieldSpec{Path: "time", Type: staffroom.TypeTime}, time.Now().String()); err == nil {
		t.Error("text that is no time became one")
	}
}
