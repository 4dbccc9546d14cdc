package server

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestAnswersAreBounded(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.AnswerBytes = 5000 }))
	text := strings.Repeat("x", 1000)
	for _, document := range []string{
		`query($t: String!) {` + fields("hello(name: $t)", 20) + `}`,
		`mutation($t: String!) {` + fields("say(text: $t)", 20) + `}`,
	} {
		a := h.do(query(document, map[string]any{"t": text}))
		a.want(t, 294, staffroom.CodeTooComplex)
		if string(a.data) != "null" || len(a.errors) != 1 || a.Body.Len() > 5000 {
			t.Errorf("an answer that is too long is %.300s", a.Body)
		}
	}
	h.do(query(`query($t: String!) {`+fields("hello(name: $t)", 3)+`}`, map[string]any{"t": text})).want(t, 200, "")
}

// lengthy is a schema that finds each answer too long.
type lengthy struct {
	*testSchema
	tooLong error
}

func (l *lengthy) BoundAnswers(_ int, tooLong error) { l.tooLong = tooLong }

func (l *lengthy) AdmitLong(int, func(context.Context) error) {}

func (l *lengthy) Answer(_ context.Context, _ *graphql.OperationContext, out []byte) ([]byte, error) {
	return out, l.tooLong
}

func TestAnswersOfTheSchemaItselfAreBounded(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Schema = &lengthy{testSchema: newTestSchema(t)} })
	a := h.do(query(`{hello}`, nil))
	a.want(t, 294, staffroom.CodeTooComplex)
	if string(a.data) != "null" {
		t.Errorf("the data are %s", a.data)
	}
}

// late is a schema whose answers come when nobody waits for them any more.
type late struct{ *testSchema }

func (late) BoundAnswers(int, error) {}

func (late) AdmitLong(int, func(context.Context) error) {}

func (late) Answer(ctx context.Context, _ *graphql.OperationContext, out []byte) ([]byte, error) {
	<-ctx.Done()
	return out, ctx.Err()
}

// TestNothingBeginsWhenTimeIsUp checks that the executor does not begin again what took too long.
func TestNothingBeginsWhenTimeIsUp(t *testing.T) {
	schema := newTestSchema(t)
	h := newHouse(t, func(c *Config) { c.Schema = late{schema}; c.Limits.RequestTimeout = 1 })
	h.do(query(`{slow}`, nil)).want(t, 294, staffroom.CodeUnavailable)
	if len(schema.entered) > 0 {
		t.Error("the executor was asked after the time was up")
	}
	h = newHouse(t, limited(func(l *Limits) { l.RequestTimeout = 1 }))
	if a := h.do(query(`{slow}`, nil)); a.code() != string(staffroom.CodeUnavailable) {
		t.Errorf("answered %d %s", a.Code, a.Body)
	}
	if len(h.schema.entered) > 0 {
		t.Error("a resolver was asked after the time was up")
	}
}
