package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/staffroom-schools/staffroom/bench/load"
	"github.com/staffroom-schools/staffroom/bench/ops"
	"github.com/staffroom-schools/staffroom/bench/seed"
)

// posts is how many posts are sent to all subscribers in one repeat.
const posts = 5

// subscriber is one WebSocket that waits for posts.
type subscriber struct {
	conn *websocket.Conn
	// got is told when a post arrived.
	got chan<- time.Time
}

// fanouts measures (g): from a reply to a thread until all its subscribers have it; ours, and the floor's ready frame.
func (b *bench) fanouts(ctx context.Context) error {
	data, err := b.network(ctx, b.writeSize)
	if err != nil {
		return err
	}
	for _, n := range b.subscribers {
		for repeat := range b.repeats {
			for _, c := range contenders()[:2] {
				if !b.wants(c.name) {
					continue
				}
				if err := b.fanout(ctx, c, data, n, repeat); err != nil {
					return fmt.Errorf("%s to %d: %w", c.name, n, err)
				}
			}
		}
	}
	return nil
}

func (b *bench) fanout(ctx context.Context, c contender, data string, n, repeat int) (err error) {
	copied, err := copyNetwork(ctx, data, b.data+"/copies/fanout")
	if err != nil {
		return err
	}
	r, err := b.start(ctx, c, copied, b.writeSize, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	got := make(chan time.Time, n)
	all, err := connectAll(ctx, r, n, got)
	defer closeAll(all)
	if err != nil {
		return err
	}
	time.Sleep(time.Second) // until the last has subscribed
	memory := r.memory()
	for post := range posts {
		f, err := r.spread(ctx, repeat*posts+post, n, got)
		if err != nil {
			return err
		}
		f.Contender, f.Subscribers, f.Repeat, f.MemoryMiB = r.name, n, repeat, float64(memory)/(1<<20)
		b.log.InfoContext(ctx, "Spread.", "contender", f.Contender, "subscribers", n, "half", f.Half, "all", f.All)
		if post > 0 { // the first one warms up
			b.out.Fanouts = append(b.out.Fanouts, f)
		}
	}
	return nil
}

// spread sends one post and waits until all have it.
func (r *running) spread(ctx context.Context, post, n int, got <-chan time.Time) (Fanout, error) {
	start := time.Now()
	status, body, err := load.Once(ctx, r.address, ops.Reply().Request(r.dialect, r.size, post, post))
	if err != nil || status != 200 || strings.Contains(string(body), "errors\":[{") {
		return Fanout{}, fmt.Errorf("the reply failed: %d %.300s %w", status, body, err)
	}
	times, late := make([]float64, 0, n), time.After(time.Minute)
	for len(times) < n {
		select {
		case at := <-got:
			times = append(times, float64(at.Sub(start).Microseconds())/1000)
		case <-late:
			return Fanout{}, fmt.Errorf("only %d of %d subscribers got the post", len(times), n)
		}
	}
	slices.Sort(times)
	return Fanout{Half: times[n/2], Most: times[n*99/100], All: times[n-1]}, nil
}

// connectAll connects n subscribers, some at a time.
func connectAll(ctx context.Context, r *running, n int, got chan<- time.Time) ([]*subscriber, error) {
	all, problems := make([]*subscriber, n), make([]error, n)
	var group sync.WaitGroup
	places := make(chan struct{}, 32)
	for i := range all {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			all[i], problems[i] = connect(ctx, r, i, got)
		})
	}
	group.Wait()
	return all, errors.Join(problems...)
}

func closeAll(all []*subscriber) {
	for _, s := range all {
		if s != nil {
			_ = s.conn.CloseNow()
		}
	}
}

// connect opens a socket, says hello as graphql-transport-ws wants it, and subscribes.
func connect(ctx context.Context, r *running, i int, got chan<- time.Time) (*subscriber, error) {
	options := &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Cookie": {"staffroom=" + seed.Token(i)}}}
	conn, response, err := websocket.Dial(ctx, "ws://"+r.address+"/graphql", options)
	if err != nil {
		return nil, err
	}
	if response.Body != nil {
		defer response.Body.Close() //nolint:errcheck // it is empty
	}
	s := &subscriber{conn, got}
	thread, err := json.Marshal(map[string]any{"id": seed.ThreadID(0)})
	if err != nil {
		return s, err
	}
	err = errors.Join(
		conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)),
		s.expect(ctx, `"connection_ack"`),
		conn.Write(ctx, websocket.MessageText, []byte(`{"id":"1","type":"subscribe","payload":{"query":`+
			`"subscription Activity($id: ID!) { threadActivity(threadId: $id) { id body createdAt author { id name } } }","variables":`+string(thread)+`}}`)),
	)
	if err == nil {
		go s.listen(ctx)
	}
	return s, err
}

func (s *subscriber) expect(ctx context.Context, part string) error {
	_, text, err := s.conn.Read(ctx)
	if err == nil && !strings.Contains(string(text), part) {
		err = fmt.Errorf("the server answered %s", text)
	}
	return err
}

func (s *subscriber) listen(ctx context.Context) {
	for {
		if err := s.expect(ctx, `"next"`); err != nil {
			return
		}
		s.got <- time.Now()
	}
}
