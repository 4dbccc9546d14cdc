package floor

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// sockets sends a frame that is ready to everybody who is connected.
type sockets struct {
	mu  sync.Mutex
	all map[*websocket.Conn]chan struct{}
}

// frame is what a post looks like on the wire.
const frame = `{"id":"1","type":"next","payload":{"data":{"threadActivity":{"id":"post_01hk153x00fcmtmbvcy3d4sgf6","body":"A post that was ready before anybody ` +
	`asked for it, as long as posts are.","createdAt":"2026-03-01T09:30:00.000Z","author":{"id":"member_01hk153x00fcmtmbvcy3d4sgf6","name":"Ada Abara"}}}}}`

// connect keeps a socket until the other side closes it.
func (s *sockets) connect(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow() //nolint:errcheck // the other side is gone
	if _, _, err := conn.Read(r.Context()); err != nil {
		return
	}
	if err := conn.Write(r.Context(), websocket.MessageText, []byte(`{"type":"connection_ack"}`)); err != nil {
		return
	}
	news := make(chan struct{}, 64)
	s.mu.Lock()
	s.all[conn] = news
	s.mu.Unlock()
	go write(context.WithoutCancel(r.Context()), conn, news)
	for {
		if _, _, err := conn.Read(r.Context()); err != nil {
			break
		}
	}
	s.mu.Lock()
	delete(s.all, conn)
	s.mu.Unlock()
	close(news)
}

func write(ctx context.Context, conn *websocket.Conn, news <-chan struct{}) {
	for range news {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := conn.Write(ctx, websocket.MessageText, []byte(frame))
		cancel()
		if err != nil {
			return
		}
	}
}

// send tells every socket's writer.
func (s *sockets) send(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, news := range s.all {
		news <- struct{}{}
	}
	w.WriteHeader(http.StatusOK)
}
