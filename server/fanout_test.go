package server

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// subscriber opens a socket as somebody and follows pulse.
func (h *house) subscriber(address, token string) *client {
	h.t.Helper()
	c, _, err := dial(h.t, address, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	c.send(`{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`)
	c.want(messageAck, "")
	c.subscribe(token, `subscription {pulse}`)
	return c
}

// followers is how many follow shared streams.
func (h *house) followers() int {
	h.fanout.mu.Lock()
	defer h.fanout.mu.Unlock()
	count := 0
	for _, stream := range h.fanout.streams {
		count += len(stream.followers)
	}
	return count
}

func TestSubscribersShareFrames(t *testing.T) {
	h := newHouse(t, func(c *Config) {
		c.Share = func(v *staffroom.Viewer) (string, bool) { return "members", v.MemberID() != "alone" }
	})
	address := h.serve().URL
	ann, bob := h.subscriber(address, "ann"), h.subscriber(address, "bob")
	eventually(t, "two followers", func() bool { return h.followers() == 2 })
	if got := h.schema.pulsing.Load(); got != 1 {
		t.Errorf("two subscribers of the same are %d executions", got)
	}
	h.schema.pulses <- "one"
	for name, c := range map[string]*client{"ann": ann, "bob": bob} {
		if m := c.want(messageNext, name); string(m.Payload) != `{"data":{"pulse":"one"}}` {
			t.Errorf("%s got %s", name, m.Payload)
		}
	}
	// The one who came first leaves; the other does not notice.
	ann.send(`{"type":"complete","id":"ann"}`)
	eventually(t, "one follower", func() bool { return h.followers() == 1 })
	h.schema.pulses <- "two"
	bob.want(messageNext, "bob")
	h.subscriber(address, "alone")
	eventually(t, "an execution for who shares nothing", func() bool { return h.schema.pulsing.Load() == 2 })
	bob.send(`{"type":"complete","id":"bob"}`)
	eventually(t, "the end of the shared execution", func() bool { return h.schema.pulsing.Load() == 1 && h.followers() == 0 })
}

func TestSlowFollowersAreLetGo(t *testing.T) {
	noLeaks(t)
	f := &fanout{streams: map[string]*shared{}}
	publishers := make(chan func(event), 1)
	run := func(ctx context.Context, publish func(event)) {
		publishers <- publish
		<-ctx.Done()
	}
	stuck, done := make(chan struct{}), make(chan *refusal, 1)
	go func() {
		done <- f.follow(t.Context(), "k", run, nil, func(encoded) error { <-stuck; return nil })
	}()
	publish := <-publishers
	for range backlog + 10 {
		publish(event{})
	}
	close(stuck)
	select {
	case refused := <-done:
		if refused == nil {
			t.Error("a follower lost events and was not told")
		}
	case <-time.After(2 * time.Second):
		t.Error("a follower that is let go still waits")
	}
}

// Whoever is told that the stream listens must miss nothing from then on: the first follower, and one that comes later.
func TestFollowersLearnThatTheStreamListens(t *testing.T) {
	f := fanout{streams: map[string]*shared{}}
	begin := make(chan struct{})
	run := func(ctx context.Context, publish func(event)) {
		<-begin
		publish(event{listening: true})
		<-ctx.Done()
	}
	told := make(chan string, 2)
	ctx, stop := context.WithCancel(t.Context())
	follow := func(who string) {
		f.follow(ctx, "k", run, func() { told <- who }, func(encoded) error { return nil })
	}
	var followers sync.WaitGroup
	followers.Go(func() { follow("first") })
	select {
	case who := <-told:
		t.Errorf("the %s was told too early", who)
	case <-time.After(20 * time.Millisecond):
	}
	close(begin)
	if who := <-told; who != "first" {
		t.Errorf("the %s was told", who)
	}
	followers.Go(func() { follow("second") })
	if who := <-told; who != "second" {
		t.Errorf("the %s was told", who)
	}
	stop()
	followers.Wait()
}
