package mongo

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// stored is a document as the server has it.
type stored[T any] struct {
	ID  string `bson:"_id"`
	Doc *T     `bson:",inline"`
}

// codec turns documents into BSON by their JSON names, and back.
type codec struct{ registry *bson.Registry }

func newCodec() codec {
	registry := bson.NewRegistry()
	moment := reflect.TypeFor[staffroom.Time]()
	registry.RegisterTypeEncoder(moment, bson.ValueEncoderFunc(encodeTime))
	registry.RegisterTypeDecoder(moment, bson.ValueDecoderFunc(decodeTime))
	return codec{registry}
}

func (c codec) encode(document any) (bson.Raw, error) {
	var out bytes.Buffer
	encoder := bson.NewEncoder(bson.NewDocumentWriter(&out))
	encoder.SetRegistry(c.registry)
	encoder.UseJSONStructTags()
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("mongo: a %T has no BSON: %w", document, err)
	}
	return out.Bytes(), nil
}

func (c codec) decode(raw bson.Raw, into any) error {
	decoder := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(raw)))
	decoder.SetRegistry(c.registry)
	decoder.UseJSONStructTags()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("mongo: a stored document does not fit a %T: %w", into, err)
	}
	return nil
}

// encodeTime writes the zero Time as null: the port makes no difference between null and a missing field.
func encodeTime(_ bson.EncodeContext, w bson.ValueWriter, v reflect.Value) error {
	t, ok := reflect.TypeAssert[staffroom.Time](v)
	if !ok {
		return fmt.Errorf("mongo: a %s is no time", v.Type())
	}
	if t.IsZero() {
		return w.WriteNull()
	}
	return w.WriteDateTime(t.UnixMilli())
}

func decodeTime(_ bson.DecodeContext, r bson.ValueReader, v reflect.Value) error {
	switch r.Type() {
	case bson.TypeDateTime:
		millis, err := r.ReadDateTime()
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(staffroom.At(time.UnixMilli(millis))))
		return nil
	case bson.TypeNull:
		v.SetZero()
		return r.ReadNull()
	default:
		return fmt.Errorf("mongo: a BSON %s is no time", r.Type())
	}
}

// fieldNames are the names on the way to a field.
func fieldNames(field staffroom.Field) []string { return strings.Split(string(field), ".") }

// keyOf is the value of a field in a stored document, as a cursor needs it. It is nil if the document lacks the field.
func keyOf(raw bson.Raw, field staffroom.Field) any {
	value := raw.Lookup(fieldNames(field)...)
	switch value.Type {
	case bson.TypeString:
		return value.StringValue()
	case bson.TypeDateTime:
		return staffroom.At(value.Time())
	case bson.TypeInt32, bson.TypeInt64:
		return value.AsInt64()
	case bson.TypeDouble:
		return value.Double()
	case bson.TypeBoolean:
		return value.Boolean()
	default:
		return nil
	}
}

// toBSON is the value of a condition, or of a cursor, by the declared type of its field. Cursors hold times as text and
// whole numbers as float64.
func toBSON(spec staffroom.FieldSpec, v any) (any, error) {
	switch x := v.(type) {
	case staffroom.Time:
		if spec.Type == staffroom.TypeTime {
			return bson.NewDateTimeFromTime(x.Time), nil
		}
	case string:
		switch spec.Type {
		case staffroom.TypeText:
			return x, nil
		case staffroom.TypeTime:
			t, err := time.Parse(time.RFC3339Nano, x)
			if err != nil {
				return nil, fmt.Errorf("mongo: field %q: %w", spec.Path, err)
			}
			return bson.NewDateTimeFromTime(t), nil
		}
	case int64, float64:
		if spec.Type == staffroom.TypeInteger || spec.Type == staffroom.TypeNumber {
			return x, nil
		}
	case bool:
		if spec.Type == staffroom.TypeBoolean {
			return x, nil
		}
	}
	return nil, fmt.Errorf("mongo: a %T does not fit field %q, which holds %s", v, spec.Path, spec.Type)
}

// least is the smallest value that a field of this type can have. Servers compare only values of one type, so that "at
// least this" holds for every value, and for no null: present, in words that can use an index.
func least(t staffroom.FieldType) any {
	switch t {
	case staffroom.TypeTime:
		return bson.NewDateTimeFromTime(time.Time{})
	case staffroom.TypeInteger, staffroom.TypeNumber:
		return -math.MaxFloat64
	case staffroom.TypeBoolean:
		return false
	default:
		return ""
	}
}
