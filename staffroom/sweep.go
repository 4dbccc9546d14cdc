package staffroom

import (
	"context"
	"errors"
	"time"
)

// sweepAfter is how old a post without a thread must be to be taken away: whoever is about to start the thread has done so by then, or never will.
const sweepAfter = time.Hour

// Sweep takes away what belongs to nothing, because a process ended in the middle: files without a resource, and posts without a thread.
// Nobody can read them meanwhile. It is safe at any time, on several servers at once.
func (n *Network) Sweep(ctx context.Context) error {
	return errors.Join(n.Resources.SettleDoubts(ctx), n.Threads.sweep(ctx))
}

// sweep looks at the posts that are new since it was done last, on any server.
func (s *Threads) sweep(ctx context.Context) error {
	from, err := s.setting(ctx, settingSweptPosts, func() string { return PrefixPost })
	if err != nil {
		return err
	}
	to := idAt(PrefixPost, s.Now().Add(-sweepAfter))
	if to <= from {
		return nil
	}
	q := Query{Where: []Cond{Between(FieldID, from, to)}, Limit: MaxLimit}
	for {
		page, err := s.Store.Posts.Find(ctx, q)
		if err != nil {
			return err
		}
		if err := s.sweepPosts(ctx, page.Items); err != nil {
			return err
		}
		if !page.More {
			return s.changeSetting(ctx, settingSweptPosts, func(old string) string { return max(old, to) })
		}
		q.After = page.Cursor(len(page.Items) - 1)
	}
}

// sweepPosts takes away those of the posts that have no thread.
func (s *Threads) sweepPosts(ctx context.Context, posts []*Post) error {
	kept, err := s.withThread(ctx, posts)
	if err != nil {
		return err
	}
	for i, post := range posts {
		if kept[i] != nil {
			continue
		}
		if err := s.Store.Posts.Delete(ctx, post.ID); err != nil && CodeOf(err) != CodeNotFound {
			return err
		}
		s.Log.InfoContext(ctx, "a post without a thread was taken away", "post", post.ID)
	}
	return nil
}

// withThread is aligned with posts: nil where there is no post, or no thread that it belongs to, as its start was cut off.
func (s *Threads) withThread(ctx context.Context, posts []*Post) ([]*Post, error) {
	var ids []string
	for _, post := range posts {
		if post != nil {
			ids = append(ids, post.ThreadID)
		}
	}
	ids = distinct(ids)
	threads, err := s.Store.Threads.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for i, thread := range threads {
		there[ids[i]] = thread != nil
	}
	kept := make([]*Post, len(posts))
	for i, post := range posts {
		if post != nil && there[post.ThreadID] {
			kept[i] = post
		}
	}
	return kept, nil
}
