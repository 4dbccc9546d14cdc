package staffroom_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/events"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/mongo"
	"github.com/staffroom-schools/staffroom/store/mongo/wiretest"
)

// making is a mutation that creates something, made ready to be asked for.
type making struct {
	by *staffroom.Member
	// do asks for it, or with other for something else, and gives the id of what was made.
	do func(ctx context.Context, n *staffroom.Network, key *string, other bool) (id string, err error)
	// wrong asks for it with an input that is wrong.
	wrong func(ctx context.Context, n *staffroom.Network, key *string) error
	// count is how many there are.
	count func() int
}

// makings makes each mutation ready that creates something. TestMutationsThatCreateTakeAKey, in resolvers, finds new ones.
func makings() map[string]func(*world) making {
	return map[string]func(*world) making{
		"createResource":    (*world).creating,
		"attachFile":        (*world).attaching,
		"startThread":       (*world).starting,
		"replyToThread":     (*world).replying,
		"appointLeadSchool": (*world).appointing,
		"joinNetwork":       (*world).joining,
	}
}

func (w *world) creating() making {
	do := func(ctx context.Context, n *staffroom.Network, key *string, title string) (string, error) {
		r, err := n.Resources.Create(ctx, staffroom.CreateResource{
			Title: title, Kind: staffroom.KindTool, Licence: staffroom.LicenceCCBY, Visibility: staffroom.VisibilityPublic, IdempotencyKey: key,
		})
		return idOf(r, err)
	}
	return making{
		by: w.teacher,
		do: func(ctx context.Context, n *staffroom.Network, key *string, other bool) (string, error) {
			return do(ctx, n, key, pick(other, "A new resource", "Another resource"))
		},
		wrong: func(ctx context.Context, n *staffroom.Network, key *string) error {
			_, err := do(ctx, n, key, "")
			return err
		},
		count: func() int { return number(w, w.store.Resources) },
	}
}

func (w *world) attaching() making {
	r := w.draft(w.teacher, "With a file", staffroom.VisibilityPublic)
	do := func(ctx context.Context, n *staffroom.Network, key *string, name, text string) (string, error) {
		_, file, err := n.Resources.AttachFile(ctx, staffroom.AttachFile{
			ResourceID: r.ID, Name: name, Content: strings.NewReader(text), IdempotencyKey: key,
		})
		if err != nil {
			return "", err
		}
		return file.ID, nil
	}
	return making{
		by: w.teacher,
		do: func(ctx context.Context, n *staffroom.Network, key *string, other bool) (string, error) {
			return do(ctx, n, key, "a.txt", pick(other, "hello", "other"))
		},
		wrong: func(ctx context.Context, n *staffroom.Network, key *string) error {
			_, err := do(ctx, n, key, "a.exe", "hello")
			return err
		},
		count: func() int {
			now, err := w.store.Resources.Get(w.t.Context(), r.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			return len(now.Files)
		},
	}
}

func (w *world) starting() making {
	do := func(ctx context.Context, n *staffroom.Network, key *string, title string) (string, error) {
		thread, post, err := n.Threads.Start(ctx, staffroom.StartThread{
			Space: staffroom.SpaceNetwork, Title: title, Body: "Well?", IdempotencyKey: key,
		})
		if err != nil {
			return "", err
		}
		return thread.ID + " " + post.ID, nil
	}
	return making{
		by: w.teacher,
		do: func(ctx context.Context, n *staffroom.Network, key *string, other bool) (string, error) {
			return do(ctx, n, key, pick(other, "A new thread", "Another thread"))
		},
		wrong: func(ctx context.Context, n *staffroom.Network, key *string) error {
			_, err := do(ctx, n, key, "")
			return err
		},
		count: func() int { return number(w, w.store.Threads) },
	}
}

func (w *world) replying() making {
	thread, _, err := w.Threads.Start(w.as(w.head), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: "Replies", Body: "Please."})
	if err != nil {
		w.t.Fatal(err)
	}
	do := func(ctx context.Context, n *staffroom.Network, key *string, body string) (string, error) {
		return idOf(n.Threads.Reply(ctx, staffroom.ReplyToThread{ThreadID: thread.ID, Body: body, IdempotencyKey: key}))
	}
	return making{
		by: w.teacher,
		do: func(ctx context.Context, n *staffroom.Network, key *string, other bool) (string, error) {
			return do(ctx, n, key, pick(other, "Yes.", "No."))
		},
		wrong: func(ctx context.Context, n *staffroom.Network, key *string) error {
			_, err := do(ctx, n, key, "")
			return err
		},
		count: func() int { return number(w, w.store.Posts) },
	}
}

func (w *world) appointing() making {
	leading, err := w.LeadSchools.Find(w.t.Context(), staffroom.LeadSchoolFilter{}, staffroom.Paging{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, lead := range leading.Items {
		if _, err := w.LeadSchools.End(w.as(w.admin), staffroom.EndInput{ID: lead.ID}); err != nil {
			w.t.Fatal(err)
		}
	}
	do := func(ctx context.Context, n *staffroom.Network, key *string, remit string) (string, error) {
		return idOf(n.LeadSchools.Appoint(ctx, staffroom.AppointInput{
			SchoolURN: "900001", AuthorityCode: "E09000023", Phases: []staffroom.Phase{staffroom.PhasePrimary}, Remit: remit, IdempotencyKey: key,
		}))
	}
	return making{
		by: w.admin,
		do: func(ctx context.Context, n *staffroom.Network, key *string, other bool) (string, error) {
			return do(ctx, n, key, pick(other, "Lead on reading.", "Lead on numbers."))
		},
		wrong: func(ctx context.Context, n *staffroom.Network, key *string) error {
			_, err := do(ctx, n, key, "")
			return err
		},
		count: func() int { return number(w, w.store.LeadSchools) },
	}
}

// joining has somebody new ask to join: what is made is the request, and the version of the member counts it.
func (w *world) joining() making {
	asking := w.member("Joan "+staffroom.NewID("member"), "")
	if _, err := w.store.Members.Update(w.t.Context(), asking.ID, func(m *staffroom.Member) error {
		m.Membership = staffroom.MembershipNone
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	do := func(ctx context.Context, n *staffroom.Network, key *string, title string) (string, error) {
		m, err := n.Members.Join(ctx, staffroom.JoinInput{URN: "900001", JobTitle: title, IdempotencyKey: key})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(m.ID, m.RequestedAt, m.Version), nil
	}
	return making{
		by: asking,
		do: func(ctx context.Context, n *staffroom.Network, key *string, other bool) (string, error) {
			return do(ctx, n, key, pick(other, "Teacher", "Head"))
		},
		wrong: func(ctx context.Context, n *staffroom.Network, key *string) error {
			_, err := do(ctx, n, key, strings.Repeat("long ", 100))
			return err
		},
		count: func() int {
			now, err := w.store.Members.Get(w.t.Context(), asking.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			return int(now.Version)
		},
	}
}

func pick(other bool, one, another string) string {
	if other {
		return another
	}
	return one
}

func idOf[T any](doc *T, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return any(doc).(staffroom.Document).Metadata().ID, nil
}

func number[T any](w *world, c staffroom.Collection[T]) int {
	w.t.Helper()
	n, err := c.Count(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// onBothStores runs a test in a world on each kind of store.
func onBothStores(t *testing.T, test func(*testing.T, *world)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t)) })
	t.Run("mongodb", func(t *testing.T) {
		store, err := mongo.Open(t.Context(), wiretest.Start(t)+"staffroom", mongo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		test(t, newWorldOn(t, store))
	})
}

// forEachMaking runs a test for each mutation that creates something, on each kind of store.
func forEachMaking(t *testing.T, test func(*testing.T, *world, func() making)) {
	t.Helper()
	onBothStores(t, func(t *testing.T, w *world) {
		for name, ready := range makings() {
			t.Run(name, func(t *testing.T) {
				part := *w
				part.t = t
				test(t, &part, func() making { return ready(&part) })
			})
		}
	})
}

// server is one of its own on the same store.
func (w *world) server(store *staffroom.Store, now func() time.Time) *staffroom.Network {
	hub := events.NewHub()
	w.t.Cleanup(func() { _ = hub.Close() })
	return staffroom.New(staffroom.Ports{Store: store, Events: hub, Blobs: w.blobs, Inspector: believer{}, Index: noIndex{}, Now: now})
}

func newKey() *string {
	key := staffroom.NewID("key")
	return &key
}

// TestWhatIsAskedForAgainIsMadeOnce asks again with the same key, also for something else, as somebody else and after a mistake.
func TestWhatIsAskedForAgainIsMadeOnce(t *testing.T) {
	forEachMaking(t, func(t *testing.T, w *world, ready func() making) {
		m, key := ready(), newKey()
		before := m.count()
		err := m.wrong(w.as(m.by), w.Network, key)
		expectCode(t, "a wrong input", err, staffroom.CodeBadInput)
		first, err := m.do(w.as(m.by), w.Network, key, false)
		expectCode(t, "after a mistake", err, "")
		for range 3 {
			again, err := m.do(w.as(m.by), w.server(w.store, nil), key, false)
			if err != nil || again != first {
				t.Errorf("asked again it is %s (%v), and was %s", again, err, first)
			}
		}
		if made := m.count() - before; made != 1 {
			t.Errorf("%d were made", made)
		}
		_, err = m.do(w.as(m.by), w.Network, key, true)
		if wrong, ok := errors.AsType[*staffroom.Error](err); !ok || wrong.Code != staffroom.CodeBadInput || wrong.Field != "idempotencyKey" {
			t.Errorf("the same key with another input: %v", err)
		}
		if made := m.count() - before; made != 1 {
			t.Errorf("with another input, there are %d", made)
		}
	})
}

// TestKeysAreAMembersAndAClients has two members and two clients use one key.
func TestKeysAreAMembersAndAClients(t *testing.T) {
	w := newWorld(t)
	key := newKey()
	ids := map[string]bool{}
	for _, viewer := range []*staffroom.Viewer{
		{Member: w.teacher},
		{Member: w.head},
		{Member: w.teacher, ClientID: "one", Scopes: []string{staffroom.ScopeWrite}},
		{Member: w.teacher, ClientID: "two", Scopes: []string{staffroom.ScopeWrite}},
	} {
		for range 2 {
			id, err := w.creating().do(staffroom.WithViewer(t.Context(), viewer), w.Network, key, false)
			expectCode(t, "creating", err, "")
			ids[id] = true
		}
	}
	if len(ids) != 4 {
		t.Errorf("%d resources were made by four", len(ids))
	}
	other, err := w.starting().do(w.as(w.teacher), w.Network, key, false)
	if err != nil || other == "" {
		t.Errorf("the same key with another mutation: %v", err)
	}
}

// TestWhatIsAskedForAtOnceIsMadeOnce has two servers asked ten times at one moment.
func TestWhatIsAskedForAtOnceIsMadeOnce(t *testing.T) {
	forEachMaking(t, func(t *testing.T, w *world, ready func() making) {
		for range 5 {
			m, key := ready(), newKey()
			before, bytes := m.count(), w.blobs.count()
			servers := []*staffroom.Network{w.Network, w.server(w.store, nil)}
			ids, ctx := make([]string, 10), w.as(m.by)
			var all sync.WaitGroup
			for i := range ids {
				all.Go(func() {
					id, err := m.do(ctx, servers[i%2], key, false)
					expectCode(t, "at once with others", err, "")
					ids[i] = id
				})
			}
			all.Wait()
			slices.Sort(ids)
			if different := slices.Compact(ids); len(different) != 1 || m.count()-before != 1 {
				t.Fatalf("%d were made: %v", m.count()-before, different)
			}
			if left := w.blobs.count() - bytes; left > 1 {
				t.Errorf("the bytes of %d files are kept", left)
			}
		}
	})
}

// TestWhatIsAskedForAfterACrashIsMadeOnce stops at each write of a request, before and after it is done, and asks again.
func TestWhatIsAskedForAfterACrashIsMadeOnce(t *testing.T) {
	forEachMaking(t, func(t *testing.T, w *world, ready func() making) {
		stops := 0
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				m, key := ready(), newKey()
				before := m.count()
				dying := &dying{left: n, after: after}
				_, err := m.do(w.as(m.by), w.server(dying.store(w.store), nil), key, false)
				dead := dying.left <= 0
				id, againErr := m.do(w.as(m.by), w.Network, key, false)
				expectCode(t, "asked again", againErr, "")
				if made := m.count() - before; made != 1 {
					t.Errorf("stopped at write %d (after it: %t, %v): %d were made", n, after, err, made)
				}
				if third, err := m.do(w.as(m.by), w.Network, key, false); err != nil || third != id {
					t.Errorf("asked a third time it is %s (%v), and was %s", third, err, id)
				}
				if !dead {
					break
				}
				stops++
			}
		}
		if stops < 4 {
			t.Errorf("the request was stopped at %d places only", stops)
		}
	})
}

// TestKeysExpire asks again after a week, and meanwhile.
func TestKeysExpire(t *testing.T) {
	forEachMaking(t, func(t *testing.T, w *world, ready func() making) {
		m, key := ready(), newKey()
		later := func(wait time.Duration) *staffroom.Network {
			return w.server(w.store, func() time.Time { return time.Now().Add(wait) })
		}
		first, err := m.do(w.as(m.by), w.Network, key, false)
		expectCode(t, "at first", err, "")
		again, err := m.do(w.as(m.by), later(staffroom.KeyLife-time.Minute), key, false)
		if err != nil || again != first {
			t.Errorf("within a week it is %s (%v), and was %s", again, err, first)
		}
		if ready().by != m.by { // who asks is somebody new each time, and may ask once
			return
		}
		again, err = m.do(w.as(m.by), later(staffroom.KeyLife+time.Minute), key, true)
		if err != nil || again == first {
			t.Errorf("after a week, another one is %s (%v), and the first was %s", again, err, first)
		}
	})
}

// TestWrongKeys sends keys that are none, beside another mistake.
func TestWrongKeys(t *testing.T) {
	w := newWorld(t)
	for name, ready := range makings() {
		for _, key := range []string{"", " ", "a b", "é", "tab\t", "line\n", strings.Repeat("k", 101), "\x7f"} {
			m := ready(w)
			before := m.count()
			_, err := m.do(w.as(m.by), w.Network, &key, false)
			if wrong, ok := errors.AsType[*staffroom.Error](err); !ok || wrong.Field != "idempotencyKey" || m.count() != before {
				t.Errorf("%s with the key %q: %v", name, key, err)
			}
			if err := m.wrong(w.as(m.by), w.Network, &key); !strings.Contains(fmt.Sprint(err), "idempotencyKey") || !strings.Contains(fmt.Sprint(err), "\n") {
				t.Errorf("%s with the key %q and another mistake: %v", name, key, err)
			}
		}
		long := strings.Repeat("!", 99) + "~"
		m := ready(w)
		_, err := m.do(w.as(m.by), w.Network, &long, false)
		expectCode(t, name+" with a long key", err, "")
	}
}

// TestAFileThatWasTakenAwayStaysAway removes a file, and then asks for it again with its key.
func TestAFileThatWasTakenAwayStaysAway(t *testing.T) {
	w := newWorld(t)
	r := w.draft(w.teacher, "With a file", staffroom.VisibilityPublic)
	attach := func(key *string) (*staffroom.File, error) {
		_, file, err := w.Resources.AttachFile(w.as(w.teacher), staffroom.AttachFile{
			ResourceID: r.ID, Name: "a.txt", Content: strings.NewReader("hello"), IdempotencyKey: key,
		})
		return file, err
	}
	key := newKey()
	file, err := attach(key)
	expectCode(t, "attaching", err, "")
	_, err = w.Resources.RemoveFile(w.as(w.teacher), r.ID, file.ID)
	expectCode(t, "removing", err, "")
	_, err = attach(key)
	expectCode(t, "the same key again", err, staffroom.CodeBadInput)
	if w.blobs.count() != 0 {
		t.Error("its bytes are back")
	}
	_, err = attach(newKey())
	expectCode(t, "a new key", err, "")
}

// TestARepeatedReplyIsHeardOnce listens to a thread while a reply is repeated.
func TestARepeatedReplyIsHeardOnce(t *testing.T) {
	w := newWorld(t)
	thread, _, err := w.Threads.Start(w.as(w.head), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: "Replies", Body: "Please."})
	expectCode(t, "starting", err, "")
	heard, err := w.Threads.Activity(w.as(w.head), thread.ID)
	expectCode(t, "listening", err, "")
	key := newKey()
	for _, in := range []staffroom.ReplyToThread{
		{ThreadID: thread.ID, Body: "One.", IdempotencyKey: key},
		{ThreadID: thread.ID, Body: "One.", IdempotencyKey: key},
		{ThreadID: thread.ID, Body: "Two."},
	} {
		_, err := w.Threads.Reply(w.as(w.teacher), in)
		expectCode(t, "replying", err, "")
	}
	for _, want := range []string{"One.", "Two."} {
		if post := <-heard; post.Body != want {
			t.Errorf("heard %q, want %q", post.Body, want)
		}
	}
}

// dying is a process that dies at one of its writes.
type dying struct {
	// left is how many writes are left, the last of which is not answered: it is done before if after says so.
	left  int
	after bool
}

var errDead = staffroom.Errorf(staffroom.CodeUnavailable, "The process is dead.")

// write does a write, if the process lives.
func (d *dying) write(do func() error) error {
	d.left--
	switch {
	case d.left > 0:
		return do()
	case d.left == 0 && d.after:
		_ = do()
	}
	return errDead
}

// store is the same store for the process.
func (d *dying) store(s *staffroom.Store) *staffroom.Store {
	own := *s
	own.Members = mortal[staffroom.Member]{s.Members, d}
	own.Schools = mortal[staffroom.School]{s.Schools, d}
	own.LeadSchools = mortal[staffroom.LeadSchool]{s.LeadSchools, d}
	own.Resources = mortal[staffroom.Resource]{s.Resources, d}
	own.Threads = mortal[staffroom.Thread]{s.Threads, d}
	own.Posts = mortal[staffroom.Post]{s.Posts, d}
	own.IdempotencyKeys = mortal[staffroom.IdempotencyKey]{s.IdempotencyKeys, d}
	return &own
}

type mortal[T any] struct {
	staffroom.Collection[T]
	dying *dying
}

func (m mortal[T]) Insert(ctx context.Context, doc *T) error {
	return m.dying.write(func() error { return m.Collection.Insert(ctx, doc) })
}

func (m mortal[T]) Update(ctx context.Context, id string, change func(*T) error) (updated *T, err error) {
	err = m.dying.write(func() error {
		updated, err = m.Collection.Update(ctx, id, change)
		return err
	})
	return updated, err
}
