package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"

	"github.com/staffroom-schools/staffroom/bench/load"
	"github.com/staffroom-schools/staffroom/bench/ops"
	"github.com/staffroom-schools/staffroom/bench/seed"
)

const (
	// posts is how many posts are sent to all subscribers in one repeat.
	posts = 5
	// many is from how many subscribers on there are at most fewRepeats: connecting them takes far longer than the posts.
	many, fewRepeats = 5000, 3
	// perAddress is how many sockets come from one address: each has some 28,000 ports for all of them.
	perAddress = 5000
)

// subscriber is one WebSocket that waits for posts.
type subscriber struct {
	conn *websocket.Conn
	// got is told when a post arrived.
	got chan<- time.Time
}

// fanouts measures (g): from a reply to a thread until all its subscribers have it; the floor has a frame ready.
func (b *bench) fanouts(ctx context.Context) error {
	data, err := b.network(ctx, b.writeSize)
	if err != nil {
		return err
	}
	if len(b.subscribers) > 0 {
		if err := allowFiles(slices.Max(b.subscribers)); err != nil {
			return err
		}
	}
	for _, n := range b.subscribers {
		repeats := b.repeats
		if n >= many {
			repeats = min(repeats, fewRepeats)
		}
		for repeat := range repeats {
			for _, c := range b.chosen() {
				if c.dialect == ops.PocketBase { // it has no subscription that gives a post with its author
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

// allowFiles lets this process, and those that it starts, hold so many sockets.
func allowFiles(sockets int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	need := uint64(sockets) + 1000 //nolint:gosec // a count of subscribers is not negative
	limit.Cur, limit.Max = max(limit.Cur, limit.Max, need), max(limit.Max, need)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("%d sockets need %d open files; raise the limit (ulimit -n), or give -subscribers fewer: %w", sockets, need, err)
	}
	return nil
}

func (b *bench) fanout(ctx context.Context, c contender, data string, n, repeat int) (err error) {
	copied, err := copyNetwork(ctx, data, b.data+"/copies/fanout")
	if err != nil {
		return err
	}
	r, err := b.start(ctx, c, copied, b.writeSize, manner{alone: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	got := make(chan time.Time, n)
	b.crowds++
	all, err := connectAll(ctx, r, n, b.crowds, got)
	defer closeAll(all)
	if err != nil {
		return err
	}
	time.Sleep(time.Second + time.Duration(n)*200*time.Microsecond) // until the last has subscribed
	return b.spreadAll(ctx, r, n, repeat, got)
}

// spreadAll sends posts one after the other. The first one warms up.
func (b *bench) spreadAll(ctx context.Context, r *running, n, repeat int, got <-chan time.Time) error {
	memory, cpu, own := r.memory(), time.Duration(0), time.Duration(0)
	var all []Fanout
	for post := range posts {
		if post == 1 {
			cpu, own = r.cpu(), ownCPU()
		}
		f, err := r.spread(ctx, repeat*posts+post, n, got)
		if err != nil {
			return err
		}
		f.Contender, f.Subscribers, f.Repeat, f.MemoryMiB = r.name, n, repeat, float64(memory)/(1<<20)
		b.log.InfoContext(ctx, "Spread.", "contender", f.Contender, "subscribers", n, "half", f.Half, "all", f.All)
		all = append(all, f)
	}
	cpu, own = r.cpu()-cpu, ownCPU()-own
	for _, f := range all[1:] {
		f.ServerCPU, f.GeneratorCPU = cpu.Seconds()/(posts-1), own.Seconds()/(posts-1)
		b.out.Fanouts = append(b.out.Fanouts, f)
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

// connectAll connects n subscribers, some at a time. Each crowd comes from addresses of its own: the ports of those before are not free
// again for a minute.
func connectAll(ctx context.Context, r *running, n, crowd int, got chan<- time.Time) ([]*subscriber, error) {
	all, problems, clients := make([]*subscriber, n), make([]error, n), make([]*http.Client, 1+n/perAddress)
	for i := range clients {
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(crowd), byte(2+i))}}
		clients[i] = &http.Client{Transport: &http.Transport{DialContext: from.DialContext}}
	}
	var group sync.WaitGroup
	places := make(chan struct{}, 32)
	for i := range all {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			all[i], problems[i] = connect(ctx, clients[i/perAddress], r, i, got)
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
func connect(ctx context.Context, client *http.Client, r *running, i int, got chan<- time.Time) (*subscriber, error) {
	options := &websocket.DialOptions{
		HTTPClient: client, Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Cookie": {"staffroom=" + seed.Token(i)}},
	}
	conn, response, err := websocket.Dial(ctx, "ws://"+r.address+"/graphql", options)
	if err != nil {
		return nil, err
	}
	if response.Body != nil {
		defer response.Body.Close() //nolint:errcheck // it is empty
	}
	s := &subscriber{conn, got}
	err = errors.Join(
		conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)),
		s.expect(ctx, `"connection_ack"`),
		conn.Write(ctx, websocket.MessageText, ops.Activity()),
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
		if err := s.expect(ctx, `"author":{"id":"member_`); err != nil { // a post in full, and no error
			return
		}
		s.got <- time.Now()
	}
}
