package direct

import (
	"bytes"
	"context"
	"runtime"
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
	plans  sync.Map // from weak.Pointer[ast.OperationDefinition] to *Selection
	texts  sync.Pool

	direct, left atomic.Int64
}

// New is the executable schema of executor, with types for what can be answered directly.
func New(executor graphql.ExecutableSchema, gather Gather, types Types) *Schema {
	return &Schema{ExecutableSchema: executor, gather: gather, types: types}
}

// Exec begins an operation.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	plan := s.plan(oc)
	switch {
	case plan == nil:
		s.left.Add(1)
		return s.ExecutableSchema.Exec(ctx)
	case oc.Operation.Operation == ast.Subscription:
		return s.subscription(ctx, oc, plan)
	default:
		return s.query(oc, plan)
	}
}

func (s *Schema) query(oc *graphql.OperationContext, plan *Selection) graphql.ResponseHandler {
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		if data := s.run(ctx, oc, func(w *Writer) { s.types.Query(w, plan) }); data != nil {
			return &graphql.Response{Data: data}
		}
		return s.ExecutableSchema.Exec(ctx)(ctx)
	}
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
		data := s.run(ctx, oc, func(w *Writer) {
			w.Key(field)
			event.Direct(w)
			w.Close(plan)
		})
		if data == nil {
			var executed bytes.Buffer
			executed.WriteString(field.key)
			event.Executed(ctx).MarshalGQL(&executed)
			executed.WriteByte('}')
			data = executed.Bytes()
		}
		return &graphql.Response{Data: data}
	}
}

// Counts is how many queries and events were answered directly, and how many were left to the executor.
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

// run is the data that answer writes; nil if the executor has to find them.
func (s *Schema) run(ctx context.Context, oc *graphql.OperationContext, answer func(*Writer)) (data []byte) {
	ctx = graphql.WithFreshResponseContext(ctx)
	ctx, fetch := s.gather(ctx)
	w := &Writer{Context: ctx, Operation: oc, text: s.borrow()}
	defer func() {
		if recover() != nil { // gqlgen's executor will meet the panic again, and report it
			data = nil
		}
		if data == nil {
			s.left.Add(1)
		} else {
			s.direct.Add(1)
		}
		s.giveBack(w.text)
	}()
	whole := &piece{}
	w.write(whole, func() { answer(w) })
	for range rounds {
		if len(w.later) == 0 {
			break
		}
		if fetch(ctx) != nil {
			return nil
		}
		w.fill()
	}
	if len(w.later) > 0 || graphql.GetErrors(ctx) != nil {
		return nil
	}
	return whole.appendTo(make([]byte, 0, len(w.text)), w.text)
}

// keptText is the capacity of text above which it is not used again.
const keptText = 256 << 10

func (s *Schema) borrow() []byte {
	if text, ok := s.texts.Get().(*[]byte); ok {
		return (*text)[:0]
	}
	return make([]byte, 0, 4<<10)
}

func (s *Schema) giveBack(text []byte) {
	if cap(text) <= keptText {
		s.texts.Put(&text)
	}
}
