package server

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// largeFrom makes bodies large from 100 bytes on, and has room for two of them, one of each owner.
func largeFrom(l *Limits) {
	l.LargeBodyBytes, l.BodyBytes, l.SocketMessageBytes, l.BodyRoomBytes, l.LeastCost = 100, 10_000, 10_000, 20_000, 1
	l.QueueTimeout, l.BodyTimeout = time.Second, 10*time.Second
}

const largeQuery = `{hello} #` + "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

// startedBody is the beginning of a large body.
func startedBody(member string) string {
	return "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + member +
		"\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{" + strings.Repeat(" ", 200)
}

// TestLargeBodiesHaveRoom lets a large body come slowly while others wait for its place.
func TestLargeBodiesHaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(largeFrom)).pipe()
		slow := h.send(startedBody("ann"))
		synctest.Wait()
		h.do(query(largeQuery, nil, "Authorization", "Bearer ann")).want(t, 503, staffroom.CodeUnavailable)
		h.do(query(`{hello}`, nil, "Authorization", "Bearer ann")).want(t, 200, "")
		h.do(query(largeQuery, nil, "Authorization", "Bearer bob")).want(t, 200, "")
		_ = slow.Close()
		synctest.Wait()
		h.do(query(largeQuery, nil, "Authorization", "Bearer ann")).want(t, 200, "")
		h.do(query(largeQuery, nil, "Authorization", "Bearer ann")).want(t, 200, "") // its place was given back
	})
}

// TestLargeBodiesTakePoints sends large bodies and messages until no points are left for them.
func TestLargeBodiesTakePoints(t *testing.T) {
	h := newHouse(t, limited(largeFrom), limited(func(l *Limits) { l.BytesPerPoint, l.AddressPoints, l.ViewerPoints = 10, 40, 40 }))
	h.do(query(largeQuery, nil)).want(t, 200, "")
	if took := h.limits.AddressPoints - h.left("192.0.2.1"); took < 10 || took > 20 {
		t.Errorf("a large body of 10 to 20 times ten bytes takes %d points", took)
	}
	for range 3 {
		h.do(query(largeQuery, nil))
	}
	h.do(query(largeQuery, nil)).want(t, 429, staffroom.CodeRateLimited)
	c := h.open(`,"payload":{"authorization":"Bearer ann"}`)
	for range 5 {
		c.subscribe("1", largeQuery)
	}
	c.wantClosed(websocket.StatusTryAgainLater)
}

// TestLargeMessagesHaveRoom does the same on sockets, and checks that what never comes in full ends.
func TestLargeMessagesHaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(largeFrom)).pipe()
		c := h.open(`,"payload":{"authorization":"Bearer ann"}`)
		for range 3 {
			c.subscribe("1", largeQuery)
			c.want(messageNext, "1")
			c.want(messageComplete, "1")
		}
		slow := h.open(`,"payload":{"authorization":"Bearer ann"}`)
		w, err := slow.conn.Writer(t.Context(), websocket.MessageText)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(strings.Repeat(" ", 6000))); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		c.subscribe("2", largeQuery)
		c.wantClosed(websocket.StatusTryAgainLater)
		time.Sleep(10 * time.Second) // of the test's own time: now the slow one is cut off
		synctest.Wait()
		c = h.open(`,"payload":{"authorization":"Bearer ann"}`)
		c.subscribe("3", largeQuery)
		c.want(messageNext, "3")
	})
}

// TestSubscriptionsAreSmall checks that none keeps a place for large bodies for hours.
func TestSubscriptionsAreSmall(t *testing.T) {
	large := strings.Replace(largeQuery, "{hello}", "subscription {never}", 1)
	h := newHouse(t, limited(largeFrom))
	h.do(query(large, nil, "Accept", typeEvents)).want(t, 413, staffroom.CodeBadInput)
	c := h.open("")
	c.subscribe("1", large)
	if m := c.want(messageError, "1"); !strings.Contains(string(m.Payload), "at most 100 bytes") {
		t.Errorf("refused with %s", m.Payload)
	}
}
