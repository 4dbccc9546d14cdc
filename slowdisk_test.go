package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/auth/devidp"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// slowDisk holds back writes until it is let go.
type slowDisk struct {
	begun chan struct{}
	goOn  chan struct{}
}

// held is a collection whose new documents wait for the disk.
type held[T any] struct {
	staffroom.Collection[T]
	disk *slowDisk
}

func (h held[T]) Insert(ctx context.Context, doc *T) error {
	h.disk.begun <- struct{}{}
	<-h.disk.goOn
	return h.Collection.Insert(ctx, doc)
}

// TestSlowDiskKeepsNobodyFromReading has members start more discussions at once than there is room for, on a disk that does not get on
// with any of them, and reads meanwhile: as two of them, and as a visitor.
func TestSlowDiskKeepsNobodyFromReading(t *testing.T) {
	globals := &Globals{Data: t.TempDir()}
	log := slog.New(slog.DiscardHandler)
	p, err := openParts(t.Context(), globals, 0, log)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &settings{}
	s.locate(listener.Addr())
	if err := p.fillSample(t.Context(), s.publicURL+devidp.Path, log); err != nil {
		t.Fatal(err)
	}
	srv, err := (&ServeCmd{Dev: true}).assemble(s, p, globals.Data, log)
	if err != nil {
		t.Fatal(err)
	}
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: srv}}
	web.Start()
	defer func() {
		web.Close()
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}()
	ask := func(email, query string) (status int, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.publicURL+"/graphql", strings.NewReader(fmt.Sprintf(`{"query":%q}`, query)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if email != "" {
			token, err := devidp.TokenFromDir(globals.Data, email)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err.Error()
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			return 0, err.Error()
		}
		return answer.StatusCode, string(text)
	}

	const writes = 600 // more than there were places for all sorts of requests
	disk := &slowDisk{make(chan struct{}, writes), make(chan struct{})}
	p.store.Threads = held[staffroom.Thread]{p.store.Threads, disk}
	const amara, ruth, kwame = "amara.goldfinch@honeycomb.example", "ruth.primrose@honeycomb.example", "kwame.redwing@tidemillreach.example"
	var writing sync.WaitGroup
	for i := range writes {
		who := []string{amara, ruth, kwame}[i%3] // none of whom has points for all of them
		writing.Go(func() {
			ask(who, `mutation { startThread(input: {space: {kind: NETWORK}, title: "Slow", body: "Very."}) { thread { id } } }`)
		})
	}
	for range 20 { // so many at least are under way
		select {
		case <-disk.begun:
		case <-time.After(time.Minute):
			t.Fatal("the writes have not begun")
		}
	}
	for _, who := range []string{amara, ruth, ""} {
		for _, query := range []string{
			`{ viewer { name } boroughs { name } }`,
			`{ resources(first: 100) { totalCount nodes { title authors { name } school { name } } } }`,
			`{ search(query: "reading") { totalCount } }`,
		} {
			if status, body := ask(who, query); status != http.StatusOK || strings.Contains(body, `"errors"`) {
				t.Errorf("%q asks %s beside a slow disk, and is answered %d %.300s", who, query, status, body)
			}
		}
	}
	close(disk.goOn)
	writing.Wait()
}
