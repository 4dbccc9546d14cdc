package staffroom

import "context"

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

// PostsByIDs is aligned with ids: nil where there is no such post in a thread, or the viewer may not read threads.
func (s *Threads) PostsByIDs(ctx context.Context, ids []string) ([]*Post, error) {
	if !ViewerFrom(ctx).may(ReadThreads) {
		return make([]*Post, len(ids)), nil
	}
	posts, err := s.Store.Posts.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	return s.withThread(ctx, posts)
}

// MayRead says whether the viewer may read threads.
func (s *Threads) MayRead(ctx context.Context) bool { return ViewerFrom(ctx).may(ReadThreads) }

// Find lists threads by their last activity, the latest first. About a resource that the viewer may not read there are none.
func (s *Threads) Find(ctx context.Context, f ThreadFilter, p Paging) (*List[Thread], error) {
	if err := ViewerFrom(ctx).require(ReadThreads); err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
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

func (f ThreadFilter) check() error {
	if err := checkFilter(len(f.Spaces), len(f.Authors), len(f.Resources)); err != nil {
		return err
	}
	var wrong mistakes
	for i, space := range f.Spaces {
		wrong.note(space.check(item("filter.spaces", i)))
	}
	return wrong.err()
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

// StartThread opens a discussion.
type StartThread struct {
	Space       Space
	Title, Body string
	// ResourceID is the resource that it is about; empty for none.
	ResourceID string
	// IdempotencyKey is the client's own for this request; nil for none.
	IdempotencyKey *string `json:"-"`
}

// started is a thread with its first post.
type started struct {
	thread *Thread
	post   *Post
}

// Start opens a thread with its first post.
func (s *Threads) Start(ctx context.Context, in StartThread) (*Thread, *Post, error) {
	if err := ViewerFrom(ctx).require(WriteThreads); err != nil {
		return nil, nil, err
	}
	o := s.once(ctx, "startThread", in.IdempotencyKey, in, PrefixThread, PrefixPost)
	made, err := doOnce(ctx, o,
		func(ids []string) (started, error) { return s.started(ctx, ids[0], ids[1]) },
		func() (started, error) { return s.start(ctx, o, in) },
	)
	return made.thread, made.post, err
}

// started is the thread and its first post, if it was started.
func (s *Threads) started(ctx context.Context, threadID, postID string) (made started, err error) {
	if made.thread, err = s.Store.Threads.Get(ctx, threadID); err != nil {
		return started{}, err
	}
	made.post, err = s.Store.Posts.Get(ctx, postID)
	return made, err
}

func (s *Threads) start(ctx context.Context, o *once, in StartThread) (started, error) {
	var wrong mistakes
	wrong.note(s.checkPlace(ctx, in))
	title := wrong.text(line("title", "The title", in.Title, 3, maxTitle))
	body := wrong.text(s.markdown("body", "The message", in.Body, 1, maxPost))
	wrong.note(o.wrong)
	if err := wrong.err(); err != nil {
		return started{}, err
	}
	ids, err := o.begin(ctx)
	if err != nil {
		return started{}, err
	}
	now := s.now()
	thread := &Thread{
		Meta: Meta{ID: ids[0], CreatedAt: now}, Title: title, Space: in.Space, AuthorID: ViewerFrom(ctx).MemberID(),
		ResourceID: in.ResourceID, LastActivityAt: now,
	}
	post := &Post{Meta: Meta{ID: ids[1], CreatedAt: now}, ThreadID: thread.ID, AuthorID: thread.AuthorID, Body: body}
	// The post first: a thread without a post would be seen by others if we stopped between the two, a post without a thread is not.
	err = s.Store.Posts.Insert(ctx, post)
	if CodeOf(err) == CodeConflict { // somebody with the same key did stop there
		post, err = s.Store.Posts.Get(ctx, ids[1])
	}
	if err == nil {
		err = s.Store.Threads.Insert(ctx, thread)
	}
	if err != nil {
		return started{}, err
	}
	s.changed(ctx, thread.ID)
	return started{thread, post}, nil
}

// checkPlace checks that the space exists, and that the viewer may read the resource.
func (s *Threads) checkPlace(ctx context.Context, in StartThread) error {
	var wrong mistakes
	wrong.note(s.checkSpace(ctx, in.Space))
	if in.ResourceID != "" {
		_, err := (&Resources{s.Ports}).ByID(ctx, in.ResourceID)
		if CodeOf(err) == CodeNotFound {
			err = Invalid("resourceId", "There is no such resource, or it is not yours to see.")
		}
		wrong.note(err)
	}
	return wrong.err()
}

func (s *Threads) checkSpace(ctx context.Context, space Space) error {
	if err := space.check("space"); err != nil || space == SpaceNetwork {
		return err
	}
	code := space.AuthorityCode()
	authority, err := (&Authorities{s.Ports}).ByCode(ctx, code)
	if err == nil && (authority == nil || authority.Code != code) {
		return Invalid("space.authority", "There is no authority with the code %q.", code)
	}
	return err
}

// ReplyToThread adds a post to a thread.
type ReplyToThread struct {
	ThreadID, Body string
	// IdempotencyKey is the client's own for this request; nil for none.
	IdempotencyKey *string `json:"-"`
}

// Reply adds a post to a thread.
func (s *Threads) Reply(ctx context.Context, in ReplyToThread) (*Post, error) {
	if err := ViewerFrom(ctx).require(WriteThreads); err != nil {
		return nil, err
	}
	o := s.once(ctx, "replyToThread", in.IdempotencyKey, in, PrefixPost)
	return doOnce(ctx, o,
		func(ids []string) (*Post, error) { return s.replied(ctx, ids[0]) },
		func() (*Post, error) { return s.reply(ctx, o, in) },
	)
}

// replied is the post, if it was added. Who added it may not have come to tell the thread.
func (s *Threads) replied(ctx context.Context, postID string) (*Post, error) {
	post, err := s.Store.Posts.Get(ctx, postID)
	if err != nil {
		return nil, err
	}
	if s.touch(ctx, post) {
		s.announce(ctx, post)
	}
	return post, nil
}

func (s *Threads) reply(ctx context.Context, o *once, in ReplyToThread) (*Post, error) {
	var wrong mistakes
	body := wrong.text(s.markdown("body", "The message", in.Body, 1, maxPost))
	wrong.note(o.wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if _, err := s.Store.Threads.Get(ctx, in.ThreadID); err != nil {
		return nil, err
	}
	ids, err := o.begin(ctx)
	if err != nil {
		return nil, err
	}
	post := &Post{
		Meta: Meta{ID: ids[0], CreatedAt: s.now()}, ThreadID: in.ThreadID, AuthorID: ViewerFrom(ctx).MemberID(), Body: body,
	}
	if err := s.Store.Posts.Insert(ctx, post); err != nil {
		return nil, err
	}
	s.touch(ctx, post)
	s.announce(ctx, post)
	return post, nil
}

// touch moves the thread's last activity on to the post, and says whether it did. It is safe to repeat.
func (s *Threads) touch(ctx context.Context, post *Post) (moved bool) {
	_, err := s.Store.Threads.Update(ctx, post.ThreadID, func(t *Thread) error {
		if moved = t.LastActivityAt.Before(post.CreatedAt.Time); !moved {
			return ErrUnchanged
		}
		t.LastActivityAt = post.CreatedAt
		return nil
	})
	if err != nil {
		// The post is there; who were told otherwise would send it again.
		s.Log.WarnContext(ctx, "a thread's last activity could not be noted", "thread", post.ThreadID, "error", err)
	}
	return moved && err == nil
}

// announce tells the index and who listens of the post.
func (s *Threads) announce(ctx context.Context, post *Post) {
	s.changed(ctx, post.ThreadID)
	s.publish(ctx, Event{Topic: ThreadTopic(post.ThreadID), ID: post.ID})
}

// Activity gives the posts that are added to a thread from now on, until ctx ends; then the channel is closed. The viewer is looked at anew
// for each post. It ends early, with a reason for [WithEnd], when the viewer may not read them any more, is too slow, or when the store fails.
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
		post, err := s.announced(ctx, viewer, event.ID)
		if err != nil {
			Ended(ctx, err)
			return
		}
		if post == nil {
			continue
		}
		select {
		case posts <- post:
		case <-ctx.Done():
			return
		}
	}
	Ended(ctx, errLagged())
}

// announced is the post with this id for a viewer who has listened for a while; nil if it is gone again.
func (s *Threads) announced(ctx context.Context, viewer *Viewer, postID string) (*Post, error) {
	member, err := s.Store.Members.Get(ctx, viewer.MemberID())
	if err != nil {
		return nil, err
	}
	now := Viewer{Member: member, ClientID: viewer.ClientID, Scopes: viewer.Scopes}
	if err := now.require(ReadThreads); err != nil {
		return nil, err
	}
	post, err := s.Store.Posts.Get(ctx, postID)
	if CodeOf(err) == CodeNotFound {
		return nil, nil //nolint:nilnil // nothing to tell of
	}
	return post, err
}
