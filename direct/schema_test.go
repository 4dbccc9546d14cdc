package direct

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// books answers with a list of so many books, and calls each before each of them.
func books(t *testing.T, count int, each func(i int)) (*Schema, *graphql.OperationContext) {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: library})
	gather := func(ctx context.Context) (context.Context, func(context.Context) error) {
		return ctx, func(context.Context) error { return nil }
	}
	s := New(unexecuted{schema: schema}, gather, Types{Query: func(w *Writer, query *Selection) {
		w.Key(&query.Fields[0])
		for i := range count {
			each(i)
			w.Item(i)
			w.Key(&query.Fields[0].Selection().Fields[0])
			w.String(strings.Repeat("x", 1000))
			w.Close(query.Fields[0].Selection())
		}
		w.CloseList(count)
		w.Close(query)
	}})
	return s, operation(t, schema, `{ shelf { title } }`, nil)
}

// TestWritingEndsWithItsContext checks that an answer which nobody waits for is not made to its end.
func TestWritingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	written := 0
	s, oc := books(t, 100, func(i int) {
		written++
		if i == 10 {
			cancel()
		}
	})
	if answer, err := s.Answer(ctx, oc, []byte("before")); err == nil || string(answer) != "before" || written > 12 {
		t.Errorf("%d elements were written after the tenth was the last: %.50s, %v", written, answer, err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	written := 0
	s, oc := books(t, 100, func(int) { written++ })
	tooLong := errors.New("too long")
	s.BoundAnswers(5000, tooLong)
	if answer, err := s.Answer(t.Context(), oc, nil); !errors.Is(err, tooLong) || len(answer) > 0 || written > 7 {
		t.Errorf("%d elements were written for 5000 bytes: %.50s, %v", written, answer, err)
	}
	s.BoundAnswers(200_000, tooLong)
	if answer, err := s.Answer(t.Context(), oc, nil); err != nil || len(answer) < 100_000 {
		t.Errorf("an answer within the bound: %.50s, %v", answer, err)
	}
}

// TestLongAnswersAskWhetherTheyMay checks that an answer asks once when it gets long, and ends there if it may not get
// longer.
func TestLongAnswersAskWhetherTheyMay(t *testing.T) {
	written, asked := 0, 0
	s, oc := books(t, 100, func(int) { written++ })
	var refused error
	s.AdmitLong(5000, func(context.Context) error { asked++; return refused })
	if answer, err := s.Answer(t.Context(), oc, nil); err != nil || len(answer) < 100_000 || asked != 1 {
		t.Errorf("it asked %d times: %.50s, %v", asked, answer, err)
	}
	written, refused = 0, errors.New("no room")
	if answer, err := s.Answer(t.Context(), oc, nil); err == nil || len(answer) > 0 || written > 7 {
		t.Errorf("%d elements were written when there was no room: %.50s, %v", written, answer, err)
	}
}

// TestLongEventsAsk checks that an event which may not become long, or would be too long, is an error: written directly, and by gqlgen's
// executor.
func TestLongEventsAsk(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: library})
	noRoom, tooLong := errors.New("no room"), errors.New("too long")
	for _, direct := range []bool{true, false} {
		gather := func(ctx context.Context) (context.Context, func(context.Context) error) {
			return ctx, func(context.Context) error { return nil }
		}
		s := New(unexecuted{schema: schema}, gather, Types{
			Subscribe: func(context.Context, *graphql.OperationContext, *Field) (Events, error) {
				return func(context.Context) *Event {
					return &Event{
						Direct: func(w *Writer) {
							if !direct {
								w.Abandon()
							}
							w.String(strings.Repeat("x", 1000))
						},
						Executed: func(context.Context) graphql.Marshaler { return graphql.MarshalString(strings.Repeat("x", 1000)) },
					}
				}, nil
			},
		})
		oc := operation(t, schema, `subscription { born { title } }`, nil)
		ctx := graphql.WithOperationContext(t.Context(), oc)
		for _, test := range []struct {
			large, most int
			admitted    error
			want        error
		}{{2000, 5000, noRoom, nil}, {500, 5000, nil, nil}, {500, 5000, noRoom, noRoom}, {500, 800, nil, tooLong}} {
			s.BoundAnswers(test.most, tooLong)
			s.AdmitLong(test.large, func(context.Context) error { return test.admitted })
			ctx := graphql.WithResponseContext(ctx, graphql.DefaultErrorPresenter, graphql.DefaultRecover)
			response := s.Exec(ctx)(ctx)
			told := graphql.GetErrors(ctx)
			if test.want == nil && (len(response.Data) < 1000 || len(told) > 0) ||
				test.want != nil && (string(response.Data) != "null" || len(told) != 1 || !errors.Is(told[0], test.want)) {
				t.Errorf("directly: %v, %+v: %.50s, %v", direct, test, response.Data, told)
			}
		}
	}
}
