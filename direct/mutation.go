package direct

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// Mutation is a field of that kind whose arguments are read.
type Mutation struct {
	// Resolve makes the change, and returns what gqlgen's executor would get from the resolver.
	Resolve func() (any, error)
	// Direct writes what Resolve returned.
	Direct func(w *Writer)
}

// outcome is what came of a mutation's resolver, which is called once, whoever answers.
type outcome struct {
	value any
	err   error
	// panicked is the error that a panic became.
	panicked error
}

// mutation gives the only response. Until the resolver is called, gqlgen's executor can answer from the start; after that, it is given
// what came of the resolver.
func (s *Schema) mutation(oc *graphql.OperationContext, plan *Selection) graphql.ResponseHandler {
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		field := &plan.Fields[0]
		fieldCtx := graphql.WithFieldContext(ctx, &graphql.FieldContext{
			Object: s.Schema().Mutation.Name, Field: field.Collected, IsMethod: true, IsResolver: true,
		})
		asked := s.asked(fieldCtx, oc, field)
		if asked.Resolve == nil {
			s.left.Add(1)
			return s.ExecutableSchema.Exec(ctx)(ctx)
		}
		result := resolve(fieldCtx, oc, asked)
		if data, err := s.changed(ctx, oc, plan, asked, result); err == nil {
			return &graphql.Response{Data: data}
		}
		result.handTo(oc, s.Schema().Mutation.Name)
		return s.ExecutableSchema.Exec(ctx)(ctx)
	}
}

// asked reads what the field is given; nothing if that fails.
func (s *Schema) asked(ctx context.Context, oc *graphql.OperationContext, field *Field) (mutation Mutation) {
	defer func() {
		if recover() != nil {
			mutation = Mutation{}
		}
	}()
	return s.types.Mutate(ctx, oc, field)
}

// resolve makes the change. A panic is recovered where it happens, as gqlgen's executor does, so that its stack can be logged.
func resolve(ctx context.Context, oc *graphql.OperationContext, asked Mutation) (result *outcome) {
	result = &outcome{}
	defer func() {
		if value := recover(); value != nil {
			result.panicked = oc.RecoverFunc(ctx, value)
		}
	}()
	result.value, result.err = asked.Resolve()
	return result
}

// changed is the data of a mutation whose resolver succeeded.
func (s *Schema) changed(ctx context.Context, oc *graphql.OperationContext, plan *Selection, asked Mutation, result *outcome) (data []byte, err error) {
	if result.err != nil || result.panicked != nil {
		s.left.Add(1)
		return nil, errLeft
	}
	return s.run(ctx, oc, nil, func(w *Writer) {
		w.Key(&plan.Fields[0])
		asked.Direct(w)
		w.Close(plan)
	})
}

// handTo has gqlgen's executor take the outcome instead of calling the resolver of the field of this root type.
func (o *outcome) handTo(oc *graphql.OperationContext, root string) {
	around, recovered := oc.ResolverMiddleware, oc.RecoverFunc
	oc.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		if graphql.GetFieldContext(ctx).Object == root {
			next = o.again
		}
		return around(ctx, next)
	}
	oc.RecoverFunc = func(ctx context.Context, value any) error {
		if value == any(o) {
			return o.panicked
		}
		return recovered(ctx, value)
	}
}

// again does what the resolver did, without what it changed.
func (o *outcome) again(context.Context) (any, error) {
	if o.panicked != nil {
		panic(o)
	}
	return o.value, o.err
}
