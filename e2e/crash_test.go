package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestLongKilledInTheMiddleOfWrites kills the server while several clients write, each post with a key. What was acknowledged is there after the
// next start; what was under way is sent again, and nothing is there twice.
func TestLongKilledInTheMiddleOfWrites(t *testing.T) {
	t.Parallel()
	const rounds, enough = 2, 60
	h := serve(t)
	type started struct {
		StartThread struct{ Thread struct{ ID string } }
	}
	thread := ask[started](h.as("amara.goldfinch@honeycomb.example"),
		`mutation($input: StartThreadInput!) { startThread(input: $input) { thread { id } } }`,
		vars{"input": vars{"space": vars{"kind": "NETWORK"}, "title": "Lights out", "body": "Who is still there?"}}).StartThread.Thread.ID

	sent, acknowledged := map[string]bool{}, 0
	for round := range rounds {
		writers := []*caller{
			h.as("amara.goldfinch@honeycomb.example"), h.as("ruth.primrose@honeycomb.example"),
			h.as("kwame.redwing@tidemillreach.example"), h.as("ellen.curlew@meridianlane.example"),
		}
		wrote := writeUntilKilled(h, writers, thread, fmt.Sprintf("round %d", round), enough)
		h.start()
		for _, w := range wrote {
			sent[w.body] = true
			if w.acknowledged {
				acknowledged++
			} else if _, err := w.send(t.Context()); err != nil {
				t.Errorf("%q is sent again: %v", w.body, err)
			}
		}
	}
	times := map[string]int{}
	for _, body := range bodies(h.as("ruth.primrose@honeycomb.example"), thread) {
		times[body]++
		if times[body] > 1 {
			t.Errorf("%q is there %d times", body, times[body])
		}
	}
	for body := range sent {
		if times[body] == 0 {
			t.Errorf("%q was sent and is not there", body)
		}
	}
	if acknowledged < rounds*enough {
		t.Errorf("only %d posts were acknowledged", acknowledged)
	}
}

// written is a post that somebody sent.
type written struct {
	by           *caller
	thread, body string
	acknowledged bool
}

// send sends the post, which has its text for a key.
func (w *written) send(ctx context.Context) (acknowledged bool, err error) {
	type replied struct {
		ReplyToThread struct{ Post *struct{ Body string } }
	}
	out, err := try[replied](ctx, w.by, `mutation($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { body } } }`,
		vars{"input": vars{"threadId": w.thread, "body": w.body, "idempotencyKey": strings.ReplaceAll(w.body, " ", "-")}})
	return err == nil && out.ReplyToThread.Post != nil, err
}

// writeUntilKilled lets everybody write posts, kills the server when enough of them were acknowledged, and gives all that were sent. The other
// writers are in the middle of something at that moment.
func writeUntilKilled(h *house, writers []*caller, thread, round string, enough int) (wrote []*written) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	reached, acknowledged := make(chan struct{}), 0
	for w, writer := range writers {
		all.Go(func() {
			for n := 0; ; n++ {
				post := &written{by: writer, thread: thread, body: fmt.Sprintf("%s, writer %d, post %d", round, w, n)}
				done, err := post.send(ctx)
				post.acknowledged = done
				mu.Lock()
				wrote = append(wrote, post)
				if done {
					acknowledged++
				}
				if done && acknowledged == enough {
					close(reached)
				}
				mu.Unlock()
				if err != nil {
					return // the server is gone
				}
			}
		})
	}
	select {
	case <-reached:
	case <-ctx.Done():
		h.t.Error("the posts were not acknowledged in time")
	}
	h.kill()
	all.Wait()
	return wrote
}

// bodies are those of all posts of a thread.
func bodies(c *caller, thread string) (all []string) {
	c.t.Helper()
	type page struct {
		Thread struct {
			Posts struct {
				Nodes    []struct{ Body string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   *string
				}
			}
		}
	}
	var after *string
	for {
		posts := ask[page](c, `query($id: ID!, $after: String) { thread(id: $id) {
			posts(first: 100, after: $after) { nodes { body } pageInfo { hasNextPage endCursor } }
		} }`, vars{"id": thread, "after": after}).Thread.Posts
		for _, p := range posts.Nodes {
			all = append(all, p.Body)
		}
		if !posts.PageInfo.HasNextPage {
			return all
		}
		after = posts.PageInfo.EndCursor
	}
}
