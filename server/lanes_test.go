package server

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// onePlace lets one operation of each sort be under way.
func onePlace(l *Limits) { l.LeastCost, l.QueueTimeout = enough, 20*time.Millisecond }

// from says who sends a request.
func from(r *http.Request, address string) *http.Request {
	r.RemoteAddr = address + ":1"
	return r
}

// begin sends a request that waits in the schema, and returns when it does.
func (h *house) begin(r *http.Request, under *sync.WaitGroup) {
	under.Go(func() { h.do(r).want(h.t, 200, "") })
	<-h.schema.entered
}

// testRoom tests that with limits changed an owner has room for one operation and not for a second one, which by the defaults there is.
func testRoom(change func(*Limits), document string) func(*testing.T) {
	return func(t *testing.T) {
		if a := second(t, document, change); a.Code != 503 || a.Header().Get("Retry-After") == "" {
			t.Errorf("a second operation is answered %d %s; headers %v", a.Code, a.Body, a.Header())
		}
		if a := second(t, document, func(*Limits) {}); a.Code != 200 {
			t.Errorf("with the default limit a second operation is answered %d %s", a.Code, a.Body)
		}
	}
}

// second has an owner wait in the schema twice, and gives the second answer.
func second(t *testing.T, document string, change func(*Limits)) (a *answer) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(change))
		var under sync.WaitGroup
		h.begin(query(document, nil), &under)
		under.Go(func() { a = h.do(query(document, nil)) })
		time.Sleep(h.limits.QueueTimeout + time.Second)
		close(h.schema.release)
		under.Wait()
	})
	return a
}

// large costs more than a small query of TestSmallQueriesDoNotWaitForLargeOnes.
const large = `{slow items(first: 100) {nodes {id}}}`

func TestSmallQueriesDoNotWaitForLargeOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) { l.SmallCost, l.LargeRoom = 10, 0 }))
		var under sync.WaitGroup
		h.begin(query(large, nil), &under)
		before := h.left("192.0.2.3")
		begin := time.Now() // of the test's own clock
		a := h.do(from(query(large, nil), "192.0.2.3"))
		a.want(t, 503, staffroom.CodeUnavailable)
		if waited := time.Since(begin); waited != h.limits.QueueTimeout {
			t.Errorf("a second large query waits for %s", waited)
		}
		if after := h.left("192.0.2.3"); after < before-1 {
			t.Errorf("a query that was refused for lack of room takes %d points", before-after)
		}
		for _, document := range []string{`{hello}`, `mutation {say(text: "x")}`} {
			for _, address := range []string{"192.0.2.1", "192.0.2.3"} {
				h.do(from(query(document, nil), address)).want(t, 200, "")
			}
		}
		close(h.schema.release)
		under.Wait()
	})
}

// left is how many points visitors at the address have.
func (h *house) left(address string) int {
	return int(h.engine.rates.account(nil, account{"address", address}, h.limits.AddressPoints)[0].TokensAt(h.engine.rates.now()))
}

// stopRefill has nobody's points fill up any more, so that those can be counted however long something takes.
func (h *house) stopRefill() {
	now := time.Now()
	h.engine.rates.now = func() time.Time { return now }
}

func TestReadsDoNotWaitForSlowWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		var under sync.WaitGroup
		writes := h.limits.WriteRoom / (h.limits.WriteCost + h.limits.LeastCost)
		for i := range writes {
			under.Go(func() { h.do(from(query(`mutation {slow}`, nil), fmt.Sprintf("192.0.2.%d", i))) })
		}
		synctest.Wait()
		if begun := len(h.schema.entered); begun < writes/2 {
			t.Errorf("%d writes of %d have begun", begun, writes)
		}
		for _, document := range []string{`{hello}`, large, `{a: hello b: hello}`} {
			if document == large {
				document = strings.Replace(large, "slow", "hello", 1)
			}
			h.do(query(document, nil)).want(t, 200, "")
		}
		close(h.schema.release)
		under.Wait()
	})
}

func TestWhatWaitsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) { onePlace(l); l.Waiting, l.QueueTimeout = 2, time.Hour }))
		var under sync.WaitGroup
		h.begin(query(`{slow}`, nil), &under)
		for range h.limits.Waiting {
			under.Go(func() { h.do(query(`{slow}`, nil)).want(t, 200, "") })
		}
		synctest.Wait()
		a := h.do(query(`{hello}`, nil))
		a.want(t, 429, staffroom.CodeRateLimited)
		if a.Header().Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
		h.do(from(query(`{hello}`, nil), "192.0.2.9")).want(t, 503, staffroom.CodeUnavailable)
		close(h.schema.release)
		under.Wait()
	})
}

// TestNewDocumentsWaitForRoom checks that documents which nobody knows yet are not all looked at at once.
func TestNewDocumentsWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) { l.CheckBytes = 0 }))
		h.do(query(`{hello}`, nil)).want(t, 200, "")
		ctx := context.WithValue(t.Context(), requestInfoKey{}, &requestInfo{address: "192.0.2.1"})
		release, refused := h.engine.lanes.check(ctx, `{viewer}`)
		if refused != nil {
			t.Fatal(refused)
		}
		h.do(query(`{hello viewer}`, nil)).want(t, 503, staffroom.CodeUnavailable)
		h.do(query(`{hello}`, nil)).want(t, 200, "")
		release()
		h.do(query(`{hello viewer}`, nil)).want(t, 200, "")
	})
}

// admittingSchema is a test schema that waits for a place for each event.
type admittingSchema struct {
	*testSchema
	admit func(context.Context) (func(), error)
}

func (s *admittingSchema) AdmitEvents(admit func(context.Context) (func(), error)) { s.admit = admit }

func TestEventsWaitForRoom(t *testing.T) {
	schema := &admittingSchema{testSchema: newTestSchema(t)}
	h := newHouse(t, func(c *Config) { c.Schema = schema; c.Limits.EventRoom = 0 })
	ctx := context.WithValue(t.Context(), requestInfoKey{}, &requestInfo{address: "192.0.2.1"})
	release, err := schema.admit(context.WithValue(ctx, eventCostKey{}, 5))
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := schema.admit(short); err == nil {
		t.Error("an owner has more answers to events under way than there is room for")
	}
	h.do(query(`{hello}`, nil)).want(t, 200, "")
	release()
	if release, err = schema.admit(ctx); err != nil {
		t.Fatal(err)
	}
	release()
}
