package staffroom

import (
	"context"
	"strings"
)

// Threads is the discussions. They are for members.
type Threads struct{ *Ports }

// ThreadFilter narrows a list of threads; lists in it mean "one of", and empty ones do not narrow.
type ThreadFilter struct {
	Spaces  []Space
	Authors []string // ids
	// Resources are the ids of resources that threads are about.
	Resources []string
}

// ByIDs is aligned with ids: nil where there is no such thread, or the viewer may not read threads.
func (s *Threads) ByIDs(ctx context.Context, ids []string) ([]*Thread, error) {
	if !ViewerFrom(ctx).may(ReadThreads) {
		return make([]*Thread, len(ids)), nil
	}
	return s.Store.Threads.GetMany(ctx, ids)
}

// PostsByIDs is aligned with ids: nil where there is no such post, or the viewer may not read threads.
func (s *Threads) PostsByIDs(ctx context.Context, ids []string) ([]*Post, error) {
	if !ViewerFrom(ctx).may(ReadThreads) {
		return make([]*Post, len(ids)), nil
	}
	return s.Store.Posts.GetMany(ctx, ids)
}

// MayRead says whether the viewer may read threads.
func (s *Threads) MayRead(ctx context.Context) bool { return ViewerFrom(ctx).may(ReadThreads) }

// Find lists threads by their last activity, the latest first. About a resource that the viewer may not read there are none.
func (s *Threads) Find(ctx context.Context, f ThreadFilter, p Paging) (*List[Thread], error) {
	if err := ViewerFrom(ctx).require(ReadThreads); err != nil {
		return nil, err
	}
	if err := checkFilter(len(f.Spaces), len(f.Authors), len(f.Resources)); err != nil {
		return nil, err
	}
	if len(f.Resources) > 0 {
		var err error
		if f.Resources, err = s.readable(ctx, f.Resources); err != nil {
			return nil, err
		}
		if len(f.Resources) == 0 {
			return cut[Thread](nil, "threads/none", p)
		}
	}
	return s.list(ctx, f, p)
}

// readable is the ids of those resources that the viewer may read: threads about others are not found by them.
func (s *Threads) readable(ctx context.Context, ids []string) ([]string, error) {
	found, err := (&Resources{s.Ports}).ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	var readable []string
	for _, r := range found {
		if r != nil {
			readable = append(readable, r.ID)
		}
	}
	return readable, nil
}

// About lists the threads about a resource, which must be one that the viewer may read, as Find does.
func (s *Threads) About(ctx context.Context, r *Resource, p Paging) (*List[Thread], error) {
	if err := ViewerFrom(ctx).require(ReadThreads); err != nil {
		return nil, err
	}
	return s.list(ctx, ThreadFilter{Resources: []string{r.ID}}, p)
}

func (s *Threads) list(ctx context.Context, f ThreadFilter, p Paging) (*List[Thread], error) {
	where := appendOneOf(nil, FieldThreadSpace, f.Spaces)
	where = appendOneOf(where, FieldThreadAuthor, f.Authors)
	where = appendOneOf(where, FieldThreadResource, f.Resources)
	return find(ctx, s.Store.Threads, Query{Where: where, By: FieldThreadLastActivity, Desc: true}, p)
}

// Posts lists the posts of a thread, the oldest first.
func (s *Threads) Posts(ctx context.Context, threadID string, p Paging) (*List[Post], error) {
	if err := ViewerFrom(ctx).require(ReadThreads); err != nil {
		return nil, err
	}
	return find(ctx, s.Store.Posts, Query{Where: []Cond{Equal(FieldPostThread, threadID)}, By: FieldPostCreatedAt}, p)
}

// CountPosts counts the posts of each of the threads.
func (s *Threads) CountPosts(ctx context.Context, threadIDs []string) (map[string]int, error) {
	if err := ViewerFrom(ctx).require(ReadThreads); err != nil {
		return nil, err
	}
	return s.Store.Posts.CountBy(ctx, FieldPostThread, threadIDs)
}

// RequireWrite is nil if the viewer may start threads and reply, and else why not.
func (s *Threads) RequireWrite(ctx context.Context) error {
	return ViewerFrom(ctx).require(WriteThreads)
}

// StartThread opens a discussion.
type StartThread struct {
	Space       Space
	Title, Body string
	// ResourceID is the resource that it is about; empty for none.
	ResourceID string
}

// Start opens a thread with its first post.
func (s *Threads) Start(ctx context.Context, in StartThread) (*Thread, *Post, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.require(WriteThreads); err != nil {
		return nil, nil, err
	}
	if err := s.checkPlace(ctx, in); err != nil {
		return nil, nil, err
	}
	title, err := line("title", "The title", in.Title, 3, maxTitle)
	if err != nil {
		return nil, nil, err
	}
	body, err := s.markdown("body", "The message", in.Body, 1, maxPost)
	if err != nil {
		return nil, nil, err
	}
	now := s.now()
	thread := &Thread{
		Meta: Meta{ID: NewID(PrefixThread), CreatedAt: now}, Title: title, Space: in.Space, AuthorID: viewer.MemberID(),
		ResourceID: in.ResourceID, LastActivityAt: now,
	}
	post := &Post{Meta: Meta{ID: NewID(PrefixPost), CreatedAt: now}, ThreadID: thread.ID, AuthorID: thread.AuthorID, Body: body}
	// The post first: a thread without a post would be seen by others if we stopped between the two, a post without a thread is not.
	if err := s.Store.Posts.Insert(ctx, post); err != nil {
		return nil, nil, err
	}
	if err := s.Store.Threads.Insert(ctx, thread); err != nil {
		return nil, nil, err
	}
	s.changed(ctx, thread.ID)
	return thread, post, nil
}

// checkPlace checks that the space exists, and that the viewer may read the resource.
func (s *Threads) checkPlace(ctx context.Context, in StartThread) error {
	if code := in.Space.AuthorityCode(); code != "" || strings.HasPrefix(string(in.Space), spaceAuthority) {
		authority, err := (&Authorities{s.Ports}).ByCode(ctx, code)
		if err != nil {
			return err
		}
		if authority == nil || authority.Code != code {
			return Invalid("space", "There is no authority with the code %q.", code)
		}
	} else if in.Space != SpaceNetwork {
		return Invalid("space", "There is no space %q.", in.Space)
	}
	if in.ResourceID == "" {
		return nil
	}
	_, err := (&Resources{s.Ports}).ByID(ctx, in.ResourceID)
	if CodeOf(err) == CodeNotFound {
		return Invalid("resourceId", "There is no such resource, or it is not yours to see.")
	}
	return err
}

// Reply adds a post to a thread.
func (s *Threads) Reply(ctx context.Context, threadID, body string) (*Post, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.require(WriteThreads); err != nil {
		return nil, err
	}
	body, err := s.markdown("body", "The message", body, 1, maxPost)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.Threads.Get(ctx, threadID); err != nil {
		return nil, err
	}
	post := &Post{Meta: Meta{ID: NewID(PrefixPost), CreatedAt: s.now()}, ThreadID: threadID, AuthorID: viewer.MemberID(), Body: body}
	if err := s.Store.Posts.Insert(ctx, post); err != nil {
		return nil, err
	}
	if err := s.touch(ctx, post); err != nil {
		// The post is there; who were told otherwise would send it again.
		s.Log.WarnContext(ctx, "a thread's last activity could not be noted", "thread", threadID, "error", err)
	}
	return post, nil
}

// touch moves the thread's last activity on to the post, and tells who listens. It is safe to repeat.
func (s *Threads) touch(ctx context.Context, post *Post) error {
	_, err := s.Store.Threads.Update(ctx, post.ThreadID, func(t *Thread) error {
		if !t.LastActivityAt.Before(post.CreatedAt.Time) {
			return ErrUnchanged
		}
		t.LastActivityAt = post.CreatedAt
		return nil
	})
	if err != nil {
		return err
	}
	s.changed(ctx, post.ThreadID)
	s.publish(ctx, Event{Topic: ThreadTopic(post.ThreadID), ID: post.ID})
	return nil
}

// Activity gives the posts that are added to a thread from now on, until ctx ends or the viewer may not read them any more;
// then the channel is closed. The viewer is looked at anew for each post.
func (s *Threads) Activity(ctx context.Context, threadID string) (<-chan *Post, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.require(ReadThreads); err != nil {
		return nil, err
	}
	if _, err := s.Store.Threads.Get(ctx, threadID); err != nil {
		return nil, err
	}
	events, err := s.Events.Subscribe(ctx, ThreadTopic(threadID))
	if err != nil {
		return nil, err
	}
	posts := make(chan *Post)
	go s.follow(ctx, viewer, events, posts)
	return posts, nil
}

func (s *Threads) follow(ctx context.Context, viewer *Viewer, events <-chan Event, posts chan<- *Post) {
	defer close(posts)
	for event := range events {
		member, err := s.Store.Members.Get(ctx, viewer.MemberID())
		if err != nil {
			return
		}
		now := Viewer{Member: member, ClientID: viewer.ClientID, Scopes: viewer.Scopes}
		if !now.may(ReadThreads) {
			return
		}
		post, err := s.Store.Posts.Get(ctx, event.ID)
		if err != nil {
			s.Log.WarnContext(ctx, "a post that was announced could not be read", "post", event.ID, "error", err)
			continue
		}
		select {
		case posts <- post:
		case <-ctx.Done():
			return
		}
	}
}
