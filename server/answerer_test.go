package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// answering is a test schema that answers queries for hello without the executor, from its variable.
type answering struct{ *testSchema }

func (answering) Answer(_ context.Context, oc *graphql.OperationContext, out []byte) ([]byte, error) {
	if oc.Operation.Operation != ast.Query || oc.Operation.Name != "Direct" {
		return out, errors.New("the executor has to")
	}
	return fmt.Appendf(out, `{"hello":%q}`, "directly "+fmt.Sprint(oc.Variables["name"])), nil
}

func (answering) BoundAnswers(int, error) {}

func (answering) AdmitLong(int, func(context.Context) error) {}

func TestAnswersOfTheSchemaItself(t *testing.T) {
	h := newHouse(t)
	h.engine.answerer = answering{h.schema}
	const direct = `query Direct($name: String) { hello(name: $name) }`
	answer := h.do(query(direct, map[string]any{"name": "Ada"}))
	answer.want(t, 200, "")
	if got := answer.Body.String(); got != `{"data":{"hello":"directly Ada"}}` {
		t.Errorf("answered %s", got)
	}
	answer = h.do(query(`{hello}`, nil))
	answer.want(t, 200, "")
	if got := string(answer.data); strings.Contains(got, "directly") || !strings.Contains(got, "hello") {
		t.Errorf("what the schema cannot answer itself is answered by %s", got)
	}
	if got := h.do(query(direct, map[string]any{"name": "Ada"}, "Accept", typeEvents)).Body.String(); !strings.Contains(got, `{"data":{"hello":"directly Ada"}}`) {
		t.Errorf("a stream has %s", got)
	}
}

// TestAnswersDoNotMix asks for different things at once, whose answers share room one after the other.
func TestAnswersDoNotMix(t *testing.T) {
	h := newHouse(t)
	h.engine.answerer = answering{h.schema}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			name := strings.Repeat(fmt.Sprint(n), 1+n*100)
			for range 50 {
				got := h.do(query(`query Direct($name: String) { hello(name: $name) }`, map[string]any{"name": name})).Body.String()
				if want := `{"data":{"hello":"directly ` + name + `"}}`; got != want {
					t.Errorf("answered %.60s instead of %.60s", got, want)
				}
			}
		})
	}
	all.Wait()
}
