package direct

import (
	"bytes"
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Gather makes a context whose loaders do not wait: they note what is asked of them, and the resolver that asks gets [ErrLater]. The
// function reads all that was noted.
type Gather func(context.Context) (context.Context, func(context.Context) error)

// Types reads what is asked of the types of a schema. The code behind it is generated.
type Types struct {
	// Query writes the answer to a query.
	Query func(w *Writer, query *Selection)
	// Mutate reads what the field of a mutation is given.
	Mutate func(ctx context.Context, oc *graphql.OperationContext, f *Field) Mutation
	// Subscribe begins the subscription that the field asks for.
	Subscribe func(ctx context.Context, oc *graphql.OperationContext, f *Field) (Events, error)
}

// Events waits for the next event of a subscription: nil at its end, or when ctx ends.
type Events func(ctx context.Context) *Event

// Event is an event of a subscription, which can be written directly, and by gqlgen's executor.
type Event struct {
	Direct   func(w *Writer)
	Executed func(ctx context.Context) graphql.Marshaler
}

// Schema is an executable schema that answers directly what it can.
type Schema struct {
	graphql.ExecutableSchema
	gather Gather
	types  Types
	// admit is asked for a place before the answer to an event is made.
	admit func(context.Context) (release func(), err error)
	plans sync.Map // from weak.Pointer[ast.OperationDefinition] to *Selection
	// most is how many bytes an answer may have; what would have more ends with tooLong.
	most    int
	tooLong error
	// long is from how many bytes on an answer asks admitLong whether it may get longer.
	long      int
	admitLong func(context.Context) error
	// writers are used again, for their room.
	writers sync.Pool

	direct, left atomic.Int64
}

// New is the executable schema of executor, with types for what can be answered directly.
func New(executor graphql.ExecutableSchema, gather Gather, types Types) *Schema {
	admit := func(context.Context) (func(), error) { return func() {}, nil }
	return &Schema{
		ExecutableSchema: executor, gather: gather, types: types, admit: admit, most: math.MaxInt, long: math.MaxInt,
	}
}

// BoundAnswers has an answer that would have more than so many bytes end with tooLong. It is called before anything is executed.
func (s *Schema) BoundAnswers(most int, tooLong error) { s.most, s.tooLong = most, tooLong }

// AdmitLong has an answer of more than so many bytes ask whether it may get longer, once. What it is told
// ends it. It is called before anything is executed.
func (s *Schema) AdmitLong(from int, admit func(context.Context) error) {
	s.long, s.admitLong = from, admit
}

// bound says why an answer may not have so many bytes.
func (s *Schema) bound(ctx context.Context, bytes int) error {
	switch {
	case bytes > s.most:
		return s.tooLong
	case bytes > s.long && s.admitLong != nil:
		return s.admitLong(ctx)
	default:
		return nil
	}
}

// AdmitEvents has the answer to an event of a subscription wait for a place, which is released when the answer is made. An error ends the
// subscription. It is called before anything is executed.
func (s *Schema) AdmitEvents(admit func(context.Context) (release func(), err error)) {
	s.admit = admit
}

// Exec begins an operation. Queries are gqlgen's executor's here: whoever can take their data as text asks [Schema.Answer] before.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	if oc.Operation.Operation == ast.Query {
		return s.ExecutableSchema.Exec(ctx)
	}
	plan := s.plan(oc)
	switch {
	case plan == nil:
		s.left.Add(1)
		return s.ExecutableSchema.Exec(ctx)
	case oc.Operation.Operation == ast.Mutation:
		return s.mutation(oc, plan)
	default:
		return s.subscription(ctx, oc, plan)
	}
}

// errLeft says that gqlgen's executor has to answer.
var errLeft = errors.New("direct: gqlgen's executor has to answer")

// Answer appends the data of an operation to out. If it cannot be answered directly, out stays as it is, and gqlgen's executor has to,
// unless the error is that of [Schema.BoundAnswers].
func (s *Schema) Answer(ctx context.Context, oc *graphql.OperationContext, out []byte) (answer []byte, err error) {
	if oc.Operation.Operation != ast.Query {
		return out, errLeft
	}
	plan := s.plan(oc)
	if plan == nil {
		s.left.Add(1)
		return out, errLeft
	}
	ctx = graphql.WithOperationContext(ctx, oc)
	return s.run(ctx, oc, out, func(w *Writer) { s.types.Query(w, plan) })
}

// subscription gives a response for each event. Whether it can begin at all, gqlgen's executor tells better.
func (s *Schema) subscription(ctx context.Context, oc *graphql.OperationContext, plan *Selection) graphql.ResponseHandler {
	field := &plan.Fields[0]
	next := s.begin(ctx, oc, field)
	if next == nil {
		return s.ExecutableSchema.Exec(ctx)
	}
	return func(ctx context.Context) *graphql.Response {
		event := next(ctx)
		if event == nil {
			return nil
		}
		release, err := s.admit(ctx)
		if err != nil {
			return nil
		}
		defer release()
		data, err := s.run(ctx, oc, nil, func(w *Writer) {
			w.Key(field)
			event.Direct(w)
			w.Close(plan)
		})
		if errors.Is(err, errLeft) {
			var executed bytes.Buffer
			executed.WriteString(field.key)
			event.Executed(ctx).MarshalGQL(&executed)
			executed.WriteByte('}')
			data, err = executed.Bytes(), s.bound(ctx, executed.Len())
		}
		if err != nil {
			graphql.AddError(ctx, err)
			data = []byte("null")
		}
		return &graphql.Response{Data: data}
	}
}

// Counts is how many queries, mutations and events were answered directly, and how many were left to the executor.
func (s *Schema) Counts() (direct, left int64) { return s.direct.Load(), s.left.Load() }

// begin begins a subscription; nil if that fails.
func (s *Schema) begin(ctx context.Context, oc *graphql.OperationContext, field *Field) (next Events) {
	defer func() {
		if recover() != nil {
			next = nil
		}
	}()
	next, err := s.types.Subscribe(ctx, oc, field)
	if err != nil {
		return nil
	}
	return next
}

// plan is what the operation asks for; it is kept as long as the operation is.
func (s *Schema) plan(oc *graphql.OperationContext) *Selection {
	key := weak.Make(oc.Operation)
	if kept, ok := s.plans.Load(key); ok {
		return kept.(*Selection) //nolint:forcetypeassert // only these are stored
	}
	plan := compile(oc, s.Schema())
	if conditional(oc) {
		return plan
	}
	if _, kept := s.plans.LoadOrStore(key, plan); !kept {
		runtime.AddCleanup(oc.Operation, func(key weak.Pointer[ast.OperationDefinition]) { s.plans.Delete(key) }, key)
	}
	return plan
}

// rounds bounds how often one thing is read to find out what to read next: deeper queries are not allowed anyway.
const rounds = 32

// run appends the data that answer writes to out. If that fails, out stays as it is.
func (s *Schema) run(ctx context.Context, oc *graphql.OperationContext, out []byte, answer func(*Writer)) (data []byte, err error) {
	// Errors are thrown away: the executor will meet them again, and present them.
	ctx = graphql.WithResponseContext(ctx, graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	ctx, fetch := s.gather(ctx)
	w := s.borrow()
	w.Context, w.Operation, w.schema, w.most = ctx, oc, s, min(s.long, s.most)
	defer func() {
		if recover() != nil { // the executor will meet the panic again, too
			err = errLeft
		}
		if w.refused != nil {
			err = w.refused
		}
		if err != nil {
			data = out
			s.left.Add(1)
		} else {
			s.direct.Add(1)
		}
		s.giveBack(w)
	}()
	whole := &piece{}
	w.write(whole, func() { answer(w) })
	for range rounds {
		if len(w.later) == 0 {
			break
		}
		if fetch(ctx) != nil {
			return out, errLeft
		}
		w.fill()
	}
	if len(w.later) > 0 || graphql.GetErrors(ctx) != nil {
		return out, errLeft
	}
	w.lengthen()
	return whole.appendTo(slices.Grow(out, len(w.text)), w.text), nil
}

// keptText is the capacity of text above which it is not used again.
const keptText = 256 << 10

func (s *Schema) borrow() *Writer {
	if w, ok := s.writers.Get().(*Writer); ok {
		return w
	}
	return &Writer{text: make([]byte, 0, 4<<10)}
}

// giveBack keeps the room of a writer, and nothing of what it wrote.
func (s *Schema) giveBack(w *Writer) {
	if cap(w.text) <= keptText {
		*w = Writer{text: w.text[:0]}
		s.writers.Put(w)
	}
}
