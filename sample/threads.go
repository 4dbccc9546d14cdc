package sample

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// discuss makes the threads, several at once.
func (f *filling) discuss(ctx context.Context) error {
	places := map[int]int{}
	for i := range f.threads {
		places[i] = i
	}
	return eachOf(ctx, places, func(ctx context.Context, i int) error {
		if err := f.discussOne(ctx, i); err != nil {
			return fmt.Errorf("%q: %w", f.threads[i].Title, err)
		}
		return nil
	})
}

// discussOne starts a thread that is not there yet, and writes the posts that it lacks.
func (f *filling) discussOne(ctx context.Context, i int) error {
	want := &f.threads[i]
	asStarter, err := f.by(ctx, want.Posts[0].By)
	if err != nil {
		return err
	}
	moments := f.moments(i)
	id, written, err := f.begun(asStarter, want)
	if err != nil {
		return err
	}
	if id == "" {
		started, _, err := f.at(moments[0]).Threads.Start(asStarter, staffroom.StartThread{
			Space: want.space(), Title: want.Title, Body: want.Posts[0].Body, ResourceID: f.resourceIDs[want.About],
		})
		if err != nil {
			return err
		}
		id, written = started.ID, 1
	}
	for n := written; n < len(want.Posts); n++ {
		asWriter, err := f.by(ctx, want.Posts[n].By)
		if err != nil {
			return err
		}
		if _, err := f.at(moments[n]).Threads.Reply(asWriter, staffroom.ReplyToThread{ThreadID: id, Body: want.Posts[n].Body}); err != nil {
			return err
		}
	}
	return nil
}

// begun is the thread that the viewer started before and how many posts it has; no id if there is none.
func (f *filling) begun(ctx context.Context, want *thread) (id string, posts int, err error) {
	threads := f.at(f.now).Threads
	list, err := threads.Find(ctx, staffroom.ThreadFilter{Authors: []string{staffroom.ViewerFrom(ctx).MemberID()}}, all())
	if err != nil {
		return "", 0, err
	}
	for _, t := range list.Items {
		if t.Title == want.Title {
			counts, err := threads.CountPosts(ctx, []string{t.ID})
			return t.ID, counts[t.ID], err
		}
	}
	return "", 0, nil
}

func (t *thread) space() staffroom.Space {
	if t.Space == string(staffroom.SpaceNetwork) {
		return staffroom.SpaceNetwork
	}
	return staffroom.AuthoritySpace(t.Space)
}

// moments are when the posts of a thread were written: the last one on the day that the thread names, each earlier one some
// hours before the next.
func (f *filling) moments(i int) []time.Time {
	const most = 20 * 60                             // minutes between two posts
	chance := rand.New(rand.NewPCG(seed, uint64(i))) // the same times in every sample network
	posts := f.threads[i].Posts
	moments := make([]time.Time, len(posts))
	moment := f.day(f.threads[i].DaysAgo, i)
	for n := len(posts) - 1; n >= 0; n-- {
		moments[n] = moment
		moment = moment.Add(-time.Duration(5+chance.IntN(most)) * time.Minute)
	}
	return moments
}

// seed makes what looks like chance the same each time.
const seed = 20260901
