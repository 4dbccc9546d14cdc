package server

import (
	"cmp"
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// engine takes requests from any transport through all checks to whoever answers them. gqlgen's executor gets only documents that were
// parsed, measured and validated here: its own parsing never runs.
type engine struct {
	schema    *ast.Schema
	limits    Limits
	executor  *executor.Executor
	answerer  answerer
	documents *documents
	persisted *persisted
	rates     *rates
	lanes     *lanes
	presenter *presenter
	loaders   func(context.Context) context.Context
}

func newEngine(c Config) *engine {
	e := &engine{
		schema:    c.Schema.Schema(),
		limits:    c.Limits,
		executor:  executor.New(c.Schema),
		documents: newDocuments(c.Schema.Schema(), c.Limits, c.Introspection, c.CheckScalar),
		persisted: newPersisted(c.TrustedDocuments, c.Limits),
		rates:     newRates(c.Limits),
		lanes:     newLanes(c.Limits),
		presenter: &presenter{c.Log, c.Limits},
		loaders:   c.Loaders,
	}
	if s, ok := c.Schema.(answerer); ok {
		s.BoundAnswers(c.Limits.AnswerBytes, errTooLong)
		s.AdmitLong(c.Limits.LongAnswerBytes, lengthen)
		e.answerer = s
	}
	if s, ok := c.Schema.(admitting); ok {
		s.AdmitEvents(e.lanes.event)
	}
	e.executor.SetErrorPresenter(e.presenter.present)
	e.executor.SetRecoverFunc(e.presenter.recover)
	return e
}

// answerer is a schema that appends the data of some operations to a text, without the executor. If it cannot, the executor has to, unless
// the answer would be too long.
type answerer interface {
	Answer(ctx context.Context, oc *graphql.OperationContext, out []byte) (answer []byte, err error)
	BoundAnswers(most int, tooLong error)
	AdmitLong(from int, admit func(context.Context) error)
}

// admitting is a schema that asks for a place before it makes the answer to an event of a subscription.
type admitting interface {
	AdmitEvents(admit func(context.Context) (release func(), err error))
}

// request is a GraphQL request in whatever way it came.
type request struct {
	Query         string `json:"query"`
	OperationName string `json:"operationName"`
	Variables     values `json:"variables"`
	Extensions    values `json:"extensions"`
	DocumentID    string `json:"documentId"`
	// large says that the request has a place among the large ones for as long as it is held.
	large bool
}

// operation is a request that passed every check and can be run.
type operation struct {
	ctx      context.Context
	context  *graphql.OperationContext
	document *document
	kind     ast.Operation
	cost     int
	points   int
	rate     staffroom.RateLimitInfo
	limited  bool
	work     *work
	// listening is called when a subscription hears what happens from now on; it may be nil.
	listening func()
}

// prepare checks everything that can be checked before running; allowed says which kinds of operations the transport takes.
func (e *engine) prepare(ctx context.Context, req *request, allowed func(ast.Operation) *refusal) (op *operation, refused *refusal) {
	defer func() {
		if value := recover(); value != nil {
			op, refused = nil, e.refusePanic(ctx, value)
		}
	}()
	op, refused = e.check(ctx, req, allowed)
	if refused != nil {
		return nil, e.counted(ctx, refused)
	}
	return op, e.charge(op)
}

// counted takes a point for a request that is refused before its cost is known, and says so if there is none left.
func (e *engine) counted(ctx context.Context, refused *refusal) *refusal {
	if refused.status == http.StatusTooManyRequests || refused.status == http.StatusServiceUnavailable {
		return refused
	}
	return cmp.Or(e.rates.invalid(ctx), refused)
}

func (e *engine) refusePanic(ctx context.Context, value any) *refusal {
	err := e.presenter.recover(ctx, value)
	return &refusal{status: http.StatusInternalServerError, malformed: true, errors: gqlerror.List{e.presenter.internal(ctx, err)}}
}

func (e *engine) check(ctx context.Context, req *request, allowed func(ast.Operation) *refusal) (*operation, *refusal) {
	query, keep, refused := e.persisted.resolve(req)
	if refused != nil {
		return nil, refused
	}
	doc, refused := e.document(ctx, query)
	if refused != nil {
		return nil, refused
	}
	e.persisted.keep(keep, query)
	definition, refused := choose(doc, req.OperationName)
	if refused != nil {
		return nil, refused
	}
	infoFrom(ctx).operation.Store(&definition.Name)
	if refused := allowed(definition.Operation); refused != nil {
		return nil, refused
	}
	if req.large && definition.Operation == ast.Subscription { // it would hold its place for hours
		return nil, tooBig("A subscription", e.limits.LargeBodyBytes)
	}
	oc, refused := e.coerce(doc, definition, query, req)
	if refused != nil {
		return nil, refused
	}
	return &operation{ctx: ctx, context: oc, document: doc, kind: definition.Operation}, nil
}

// document is the document with this text. One that is not known yet is looked at in a place of its own, as that takes time.
func (e *engine) document(ctx context.Context, query string) (*document, *refusal) {
	if doc, known := e.documents.known(query); known {
		return doc, nil
	}
	release, refused := e.lanes.check(ctx, query)
	if refused != nil {
		return nil, refused
	}
	defer release()
	return e.documents.look(query)
}

// choose is the operation that the request means; it must be clear which.
func choose(doc *document, name string) (*ast.OperationDefinition, *refusal) {
	if definition := doc.ast.Operations.ForName(name); definition != nil {
		return definition, nil
	}
	message := "The document has several operations. Name the one to run in \"operationName\"."
	if name != "" {
		message = "The document has no operation of the name in \"operationName\"."
	}
	return nil, refuse(http.StatusUnprocessableEntity, staffroom.CodeBadInput, message)
}

// coerce makes what gqlgen wants to know of an operation that may be run.
func (e *engine) coerce(doc *document, definition *ast.OperationDefinition, query string, req *request) (*graphql.OperationContext, *refusal) {
	c := e.documents.coercion()
	variables := c.variables(definition, req.Variables)
	c.arguments(doc, definition, variables)
	if refused := c.refused(); refused != nil {
		return nil, refused
	}
	oc := &graphql.OperationContext{
		RawQuery: query, OperationName: req.OperationName, Variables: variables, Extensions: req.Extensions,
		Doc: doc.ast, Operation: definition,
		DisableIntrospection:   !e.documents.introspection,
		RecoverFunc:            e.presenter.recover,
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}
	return oc, nil
}

// charge counts the operation against the limits of whoever sent it.
func (e *engine) charge(op *operation) *refusal {
	cost, refused := operationCost(op.document, e.schema, e.limits, op.context.Operation, op.context.Variables)
	if refused != nil {
		return refused
	}
	op.cost, op.points = cost, e.points(op.context, cost)
	op.rate, op.limited, refused = e.rates.charge(op.ctx, op.points)
	if refused == nil && op.limited {
		op.ctx = staffroom.WithRateLimit(op.ctx, op.rate)
	}
	op.work = &work{lanes: e.lanes, kind: op.kind}
	op.ctx = staffroom.WithTurns(op.ctx, op.work)
	return refused
}

// points is what an operation of this cost takes off the rate limit.
func (e *engine) points(oc *graphql.OperationContext, cost int) int {
	points := max(1, cost/max(1, e.limits.CostPerPoint))
	if oc.Operation.Operation == ast.Mutation {
		points += e.limits.MutationPoints * len(graphql.CollectFields(oc, oc.Operation.SelectionSet, nil))
	}
	return points
}

// dispatch runs op, which can be done once. The function it returns gives one response after the other, and nil at the end.
// Each event of a subscription gets loaders of its own, so that none shows what an earlier one read.
func (e *engine) dispatch(op *operation) func() *graphql.Response {
	next, ctx := e.executor.DispatchOperation(e.loaders(op.ctx), op.context)
	if op.kind != ast.Subscription {
		return func() *graphql.Response { return next(ctx) }
	}
	ctx = context.WithValue(ctx, eventCostKey{}, op.cost)
	return func() *graphql.Response { return next(e.loaders(ctx)) }
}
