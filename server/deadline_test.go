package server

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// deadlineKey is for a value that the parent has.
type deadlineKey struct{}

// ways are the ways in which somebody learns that a context has ended.
var ways = map[string]func(context.Context) error{
	"by asking": func(ctx context.Context) error { return ctx.Err() },
	"by waiting": func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		default:
			return nil
		}
	},
	"by its cause": context.Cause,
	"by a child": func(ctx context.Context) error {
		child, cancel := context.WithCancel(context.WithValue(ctx, deadlineKey{}, "child"))
		defer cancel()
		return child.Err()
	},
}

func TestADeadlineEndsWhenItsTimeHasComeItsParentEndsOrItIsCancelled(t *testing.T) {
	ends := map[string]struct {
		end  func(parent, own func())
		want error
	}{
		"nothing":    {func(_, _ func()) { time.Sleep(time.Minute - time.Nanosecond) }, nil},
		"its time":   {func(_, _ func()) { time.Sleep(time.Minute) }, context.DeadlineExceeded},
		"the parent": {func(parent, _ func()) { parent() }, context.Canceled},
		"itself":     {func(_, own func()) { own() }, context.Canceled},
	}
	for what, end := range ends {
		for how, learn := range ways {
			for _, earlier := range []bool{false, true} { // whether somebody has waited before
				synctest.Test(t, func(t *testing.T) {
					parent, cancelParent := context.WithCancel(context.WithValue(t.Context(), deadlineKey{}, "parent"))
					defer cancelParent()
					ctx, cancel := withTimeout(parent, time.Minute)
					defer cancel()
					if err := ctx.Err(); err != nil {
						t.Fatalf("it begins with %v", err)
					}
					if earlier {
						stop := context.AfterFunc(ctx, func() {})
						defer stop()
					}
					end.end(cancelParent, cancel)
					synctest.Wait() // for the timer of who waited
					for range 2 {
						if err := learn(ctx); !errors.Is(err, end.want) {
							t.Errorf("ended by %s, learnt %s, waited before: %t: it is %v, not %v", what, how, earlier, err, end.want)
						}
					}
					if ctx.Value(deadlineKey{}) != "parent" {
						t.Error("the parent's value is lost")
					}
				})
			}
		}
	}
}

func TestADeadlineSetsNoTimerForNobodyAndAdoptsItsChildren(t *testing.T) {
	parent, cancelParent := context.WithCancel(t.Context())
	defer cancelParent()
	ctx, cancel := withTimeout(parent, time.Minute)
	defer cancel()
	_, _ = ctx.Err(), ctx.Value(deadlineKey{})
	if d, ok := ctx.(*deadline); !ok || d.waited.Load() != nil {
		t.Error("a timer is set though nobody waits")
	}
	before := runtime.NumGoroutine()
	_, cancelChild := context.WithCancel(ctx)
	defer cancelChild()
	if more := runtime.NumGoroutine() - before; more > 0 {
		t.Errorf("a child takes %d goroutines to hear of its end", more)
	}
}

// keeping keeps the context of the last operation.
type keeping struct {
	*testSchema
	ctx context.Context //nolint:containedctx // to look at it later
}

func (k *keeping) Exec(ctx context.Context) graphql.ResponseHandler {
	k.ctx = ctx
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		_ = ctx.Done()
	}
	return k.testSchema.Exec(ctx)
}

func TestTheContextOfARequestEndsWithIt(t *testing.T) {
	kept := &keeping{testSchema: newTestSchema(t)}
	h := newHouse(t, func(c *Config) { c.Schema = kept })
	for _, document := range []string{`{hello}`, `mutation {say(text: "x")}`} {
		if a := h.do(query(document, nil)); a.Code != 200 || kept.ctx.Err() == nil {
			t.Errorf("%s: %d, and its context ended: %v", document, a.Code, kept.ctx.Err())
		}
	}
}

func TestADeadlineWakesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := withTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		<-ctx.Done()
		if took := time.Since(begin); took != time.Minute || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("it took %s: %v", took, ctx.Err())
		}
	})
}

func TestADeadlineIsNoLaterThanItsParents(t *testing.T) {
	parent, cancelParent := context.WithTimeout(t.Context(), time.Minute)
	defer cancelParent()
	want, _ := parent.Deadline()
	ctx, cancel := withTimeout(parent, time.Hour)
	defer cancel()
	if at, ok := ctx.Deadline(); !ok || !at.Equal(want) {
		t.Errorf("it ends at %s, and its parent at %s", at, want)
	}
}
