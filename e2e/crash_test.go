package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// TestLongKilledInTheMiddleOfWrites kills the server while several clients write. What was acknowledged is there after the next start,
// and nothing is there twice.
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

	acknowledged := map[string]bool{}
	for round := range rounds {
		writers := []*caller{
			h.as("amara.goldfinch@honeycomb.example"), h.as("ruth.primrose@honeycomb.example"),
			h.as("kwame.redwing@tidemillreach.example"), h.as("ellen.curlew@meridianlane.example"),
		}
		for _, body := range writeUntilKilled(h, writers, thread, fmt.Sprintf("round %d", round), enough) {
			acknowledged[body] = true
		}
		h.start()
	}
	times := map[string]int{}
	for _, body := range bodies(h.as("ruth.primrose@honeycomb.example"), thread) {
		times[body]++
		if times[body] > 1 {
			t.Errorf("%q is there %d times", body, times[body])
		}
	}
	for body := range acknowledged {
		if times[body] == 0 {
			t.Errorf("%q was acknowledged and is not there", body)
		}
	}
	if len(acknowledged) < rounds*enough {
		t.Errorf("only %d posts were acknowledged", len(acknowledged))
	}
}

// writeUntilKilled lets everybody write posts, kills the server when enough of them were acknowledged, and gives the
// acknowledged ones. The other writers are in the middle of something at that moment.
func writeUntilKilled(h *house, writers []*caller, thread, round string, enough int) (acknowledged []string) {
	h.t.Helper()
	type replied struct {
		ReplyToThread struct{ Post *struct{ Body string } }
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	reached := make(chan struct{})
	for w, writer := range writers {
		all.Go(func() {
			for n := 0; ; n++ {
				body := fmt.Sprintf("%s, writer %d, post %d", round, w, n)
				out, err := try[replied](ctx, writer, `mutation($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { body } } }`,
					vars{"input": vars{"threadId": thread, "body": body}})
				if err != nil {
					return // the server is gone
				}
				mu.Lock()
				if out.ReplyToThread.Post != nil {
					acknowledged = append(acknowledged, body)
				}
				if len(acknowledged) == enough {
					close(reached)
				}
				mu.Unlock()
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
	return acknowledged
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
