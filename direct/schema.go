package direct

import (
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

// Answer writes the answer to a query.
type Answer func(w *Writer, query *Selection)

// Schema is an executable schema that answers directly what it can.
type Schema struct {
	graphql.ExecutableSchema
	gather Gather
	answer Answer
	plans  sync.Map // from weak.Pointer[ast.OperationDefinition] to *Selection
	texts  sync.Pool

	direct, left atomic.Int64
}

// New is the executable schema of executor, with answer for what can be answered directly.
func New(executor graphql.ExecutableSchema, gather Gather, answer Answer) *Schema {
	return &Schema{ExecutableSchema: executor, gather: gather, answer: answer}
}

// Exec begins an operation.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	plan := s.plan(oc)
	if plan == nil {
		s.left.Add(1)
		return s.ExecutableSchema.Exec(ctx)
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		if data := s.run(ctx, oc, plan); data != nil {
			s.direct.Add(1)
			return &graphql.Response{Data: data}
		}
		s.left.Add(1)
		return s.ExecutableSchema.Exec(ctx)(ctx)
	}
}

// Counts is how many operations were answered directly, and how many were left to the executor.
func (s *Schema) Counts() (direct, left int64) { return s.direct.Load(), s.left.Load() }

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

// run is the data of the answer; nil if the executor has to find it.
func (s *Schema) run(ctx context.Context, oc *graphql.OperationContext, plan *Selection) (data []byte) {
	ctx = graphql.WithFreshResponseContext(ctx)
	ctx, fetch := s.gather(ctx)
	w := &Writer{Context: ctx, Operation: oc, text: s.borrow()}
	defer func() {
		if recover() != nil { // gqlgen's executor will meet the panic again, and report it
			data = nil
		}
		s.giveBack(w.text)
	}()
	whole := &piece{}
	w.write(whole, func() { s.answer(w, plan) })
	for range rounds {
		if len(w.later) == 0 {
			break
		}
		if fetch(ctx) != nil {
			return nil
		}
		w.fill()
	}
	if len(w.later) > 0 || ctx.Err() != nil || graphql.GetErrors(ctx) != nil {
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
