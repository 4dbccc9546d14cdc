package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// wordy is a test schema that answers queries with names: what Render asks is a text to be read through, and what Long
// asks is long. It waits for goOn meanwhile.
type wordy struct {
	*testSchema
	admit func(context.Context) error
	goOn  chan struct{}
}

func (w *wordy) BoundAnswers(int, error) {}

func (w *wordy) AdmitLong(_ int, admit func(context.Context) error) { w.admit = admit }

func (w *wordy) Answer(ctx context.Context, oc *graphql.OperationContext, out []byte) ([]byte, error) {
	if oc.Operation.Operation != ast.Query || oc.Operation.Name == "" {
		return out, errors.New("the executor has to")
	}
	var err error
	if oc.Operation.Name == "Render" {
		err = staffroom.TurnsFrom(ctx).Turn(ctx, 60)
		err = errors.Join(err, staffroom.TurnsFrom(ctx).Turn(ctx, 60))
	} else {
		err = w.admit(ctx)
	}
	if err != nil {
		return out, err
	}
	<-w.goOn
	return append(out, `{"hello":"wordy"}`...), nil
}

// wordyHouse has room for one small query at a time, for one that renders, and for one long answer.
func wordyHouse(t *testing.T) (*house, *wordy) {
	t.Helper()
	schema := &wordy{testSchema: newTestSchema(t), goOn: make(chan struct{})}
	h := newHouse(t, func(c *Config) { c.Schema = schema }, limited(func(l *Limits) {
		l.QueueTimeout, l.LeastCost = time.Second, 1
		l.AnswerBytes, l.AnswerRoomBytes, l.LongAnswerBytes = 10_000, 10_000, 2000
	}))
	h.engine.lanes.small = newPlaces(2, 1)
	h.engine.lanes.renders = newPlaces(h.engine.limits.RenderBytes, 1)
	return h, schema
}

func testWaiting(t *testing.T, document string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h, schema := wordyHouse(t)
		first := make(chan *answer, 1)
		go func() { first <- h.do(query(document, nil, "Authorization", "Bearer ann")) }()
		synctest.Wait()
		second := make(chan *answer, 1)
		go func() { second <- h.do(query(document, nil, "Authorization", "Bearer bob")) }()
		synctest.Wait()
		h.do(query(`{hello}`, nil)).want(t, 200, "") // neither is in its way
		refused := <-second
		refused.want(t, 503, staffroom.CodeUnavailable)
		go func() { second <- h.do(query(document, nil, "Authorization", "Bearer bob")) }()
		synctest.Wait()
		schema.goOn <- struct{}{}
		(<-first).want(t, 200, "")
		schema.goOn <- struct{}{}
		(<-second).want(t, 200, "")
	})
}

// TestTextsHaveTurns makes HTML for one member while another waits, and a visitor asks for something small.
func TestTextsHaveTurns(t *testing.T) { testWaiting(t, `query Render {hello}`) }

// TestLongAnswersHaveRoom makes a long answer for one member while another waits, and a visitor asks for something
// small.
func TestLongAnswersHaveRoom(t *testing.T) { testWaiting(t, `query Long {hello}`) }

// TestLongAnswersOfTheExecutorHaveRoom asks for one that is long, and one that is not, while there is none.
func TestLongAnswersOfTheExecutorHaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := wordyHouse(t)
		h.engine.lanes.small = newPlaces(100, 1)
		release, err := h.engine.lanes.answers.take(t.Context(), "somebody", 10_000, 0)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(times int) *answer {
			document := `query($t: String!) {` + fields("hello(name: $t)", times) + `}`
			return h.do(query(document, map[string]any{"t": strings.Repeat("x", 500)}))
		}
		ask(8).want(t, 503, staffroom.CodeUnavailable)
		ask(2).want(t, 200, "")
		release()
		ask(8).want(t, 200, "")
	})
}

func TestLongAnswersKeepTheirLengthUntilTheyAreSent(t *testing.T) {
	h, _ := wordyHouse(t)
	lanes := h.engine.lanes
	w := &work{lanes: lanes, kind: ast.Query}
	if err := w.lengthen(t.Context()); err != nil || lanes.answers.used != 10_000 {
		t.Fatalf("it has room of %d: %v", lanes.answers.used, err)
	}
	if w.made(t.Context(), 3000); lanes.answers.used != 3000 {
		t.Errorf("made, it has room of %d", lanes.answers.used)
	}
	if w.done(); lanes.answers.used != 0 {
		t.Errorf("sent, it has room of %d", lanes.answers.used)
	}
}

// TestWhatWasChangedWaitsForItsTurn has the answers of a mutation and of an event wait for longer than a query does.
func TestWhatWasChangedWaitsForItsTurn(t *testing.T) {
	for _, kind := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		synctest.Test(t, func(t *testing.T) {
			h, _ := wordyHouse(t)
			release, err := h.engine.lanes.renders.take(t.Context(), "somebody", h.engine.limits.RenderBytes, 0)
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Minute, release)
			w := &work{lanes: h.engine.lanes, kind: kind}
			if err := w.Turn(t.Context(), 1); (err == nil) != (kind != ast.Query) {
				t.Errorf("a %s that waits for a minute has the error %v", kind, err)
			}
			w.rest()
			synctest.Wait()
		})
	}
}

// longEvents is a schema whose events are long.
type longEvents struct{ *testSchema }

func (l longEvents) Exec(ctx context.Context) graphql.ResponseHandler {
	next := l.testSchema.Exec(ctx)
	return func(ctx context.Context) *graphql.Response {
		response := next(ctx)
		if response == nil {
			return nil
		}
		if err := lengthen(ctx); err != nil {
			graphql.AddError(ctx, err)
			response.Data = []byte("null")
		}
		return response
	}
}

// TestLongEventsHaveRoom checks that each event of a subscription takes room, that one without is an error, and that nothing is left of it.
func TestLongEventsHaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Config) { c.Schema = longEvents{newTestSchema(t)} })
		const ticks = `subscription {ticks(count: 3)}`
		release, err := h.engine.lanes.answers.take(t.Context(), "somebody", h.engine.limits.AnswerRoomBytes, 0)
		if err != nil {
			t.Fatal(err)
		}
		a := h.do(query(ticks, nil, "Accept", typeEvents))
		if body := a.Body.String(); strings.Count(body, string(staffroom.CodeUnavailable)) != 3 || strings.Contains(body, `"ticks"`) {
			t.Errorf("without room the events are %s", body)
		}
		release()
		a = h.do(query(ticks, nil, "Accept", typeEvents))
		if body := a.Body.String(); strings.Count(body, `"ticks"`) != 3 || strings.Contains(body, "errors") {
			t.Errorf("with room the events are %s", body)
		}
		if used := h.engine.lanes.answers.used; used != 0 {
			t.Errorf("%d bytes of room are taken by nobody", used)
		}
	})
}

// TestLongReadsHaveRoom checks that who reads much needs room first, may not read more than that, and gives it back.
func TestLongReadsHaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) {
			l.LongReadBytes, l.ReadBytes, l.ReadRoomBytes, l.LeastCost, l.QueueTimeout = 100, 1000, 1000, 1, time.Second
		}))
		reader := func(kind ast.Operation) *work { return &work{lanes: h.engine.lanes, kind: kind} }
		one, other := reader(ast.Query), reader(ast.Query)
		if err := errors.Join(one.Read(60), one.Read(40)); err != nil {
			t.Errorf("a little that is read ends with %v", err)
		}
		if err := one.Read(1); !errors.Is(err, staffroom.ErrNoRoom) {
			t.Errorf("more than a little ends with %v", err)
		}
		if err := errors.Join(one.Enter(t.Context()), one.Read(500), one.Enter(t.Context())); err != nil {
			t.Errorf("with room, reading ends with %v", err)
		}
		if err := one.Read(500); staffroom.CodeOf(err) != staffroom.CodeTooComplex {
			t.Errorf("more than there is room for ends with %v", err)
		}
		if err := other.Enter(t.Context()); staffroom.CodeOf(err) != staffroom.CodeUnavailable || other.refused == nil {
			t.Errorf("without room, reading ends with %v", err)
		}
		entered := make(chan error, 1)
		go func() { entered <- reader(ast.Mutation).Enter(t.Context()) }()
		time.Sleep(time.Minute) // for which a mutation waits
		one.rest()
		if err := <-entered; err != nil {
			t.Errorf("once there is room, reading ends with %v", err)
		}
		if err := one.Read(100); err != nil {
			t.Errorf("what is read later ends with %v", err)
		}
	})
}
