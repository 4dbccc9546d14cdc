package events_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/staffroom-schools/staffroom/events"
	"github.com/staffroom-schools/staffroom/staffroom"
)

var _ staffroom.Events = (*events.Hub)(nil)

func subscribe(ctx context.Context, t *testing.T, hub *events.Hub, topic string) <-chan staffroom.Event {
	t.Helper()
	news, err := hub.Subscribe(ctx, topic)
	if err != nil {
		t.Fatalf("Subscribe(%q): %v", topic, err)
	}
	return news
}

func publish(t *testing.T, hub *events.Hub, topic, id string) {
	t.Helper()
	if err := hub.Publish(t.Context(), staffroom.Event{Topic: topic, ID: id}); err != nil {
		t.Fatalf("Publish(%q, %q): %v", topic, id, err)
	}
}

func TestEverySubscriberOfTheTopicHearsInOrder(t *testing.T) {
	hub := events.NewHub()
	first, second := subscribe(t.Context(), t, hub, "thread:1"), subscribe(t.Context(), t, hub, "thread:1")
	other := subscribe(t.Context(), t, hub, "thread:2")
	publish(t, hub, "thread:1", "a")
	publish(t, hub, "thread:1", "b")
	for _, news := range []<-chan staffroom.Event{first, second} {
		if a, b := <-news, <-news; a.ID != "a" || b.ID != "b" || a.Topic != "thread:1" {
			t.Errorf("heard %v, %v; want a, b of thread:1", a, b)
		}
	}
	if len(other) != 0 {
		t.Errorf("a subscriber of another topic heard %v", <-other)
	}
}

func TestEndOfContextClosesTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays behind
		hub := events.NewHub()
		ctx, cancel := context.WithCancel(t.Context())
		news := subscribe(ctx, t, hub, "changes")
		cancel()
		synctest.Wait()
		if event, open := <-news; open {
			t.Errorf("heard %v after the context ended", event)
		}
		publish(t, hub, "changes", "later")
	})
}

func TestSlowReaderIsGivenUpAndOthersAreNot(t *testing.T) {
	hub := events.NewHub()
	slow, quick := subscribe(t.Context(), t, hub, "changes"), subscribe(t.Context(), t, hub, "changes")
	const published = 200
	for i := range published {
		publish(t, hub, "changes", strconv.Itoa(i))
		if event := <-quick; event.ID != strconv.Itoa(i) {
			t.Fatalf("the quick reader heard %v, want %d", event, i)
		}
	}
	heard := 0
	for range slow { // ends, because the channel is closed
		heard++
	}
	if heard != 64 {
		t.Errorf("the slow reader heard %d events before it was given up, want the 64 of its buffer", heard)
	}
}

func TestClosedHub(t *testing.T) {
	hub := events.NewHub()
	news := subscribe(t.Context(), t, hub, "changes")
	for range 2 {
		if err := hub.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if event, open := <-news; open {
		t.Errorf("heard %v after Close", event)
	}
	if err := hub.Publish(t.Context(), staffroom.Event{Topic: "changes"}); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Publish after Close: %v, want ErrClosed", err)
	}
	if _, err := hub.Subscribe(t.Context(), "changes"); !errors.Is(err, events.ErrClosed) {
		t.Errorf("Subscribe after Close: %v, want ErrClosed", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := events.NewHub()
		var all sync.WaitGroup
		for i := range 8 {
			topic := strconv.Itoa(i % 2)
			all.Go(func() {
				for range 100 {
					publish(t, hub, topic, "x")
				}
			})
			all.Go(func() {
				for range 50 {
					ctx, cancel := context.WithCancel(t.Context())
					news := subscribe(ctx, t, hub, topic)
					cancel()
					for event := range news {
						if event.Topic != topic {
							t.Errorf("heard %v on topic %s", event, topic)
						}
					}
				}
			})
		}
		all.Wait()
	})
}
