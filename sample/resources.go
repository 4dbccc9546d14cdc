package sample

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// share makes the resources: those of one author one after the other, the authors at once.
func (f *filling) share(ctx context.Context) error {
	byAuthor := map[string][]int{}
	for i, r := range f.resources {
		byAuthor[r.Author] = append(byAuthor[r.Author], i)
	}
	return eachOf(ctx, byAuthor, func(ctx context.Context, places []int) error {
		ctx, err := f.by(ctx, f.resources[places[0]].Author)
		if err != nil {
			return err
		}
		known, err := f.shared(ctx)
		if err != nil {
			return err
		}
		for _, i := range places {
			r, err := f.shareOne(ctx, i, known[f.resources[i].Title])
			if err != nil {
				return fmt.Errorf("%q: %w", f.resources[i].Title, err)
			}
			f.mu.Lock()
			f.resourceIDs[r.Title] = r.ID
			f.mu.Unlock()
		}
		return nil
	})
}

// shared is what the viewer has shared before, by title.
func (f *filling) shared(ctx context.Context) (map[string]*staffroom.Resource, error) {
	own := staffroom.ResourceFilter{
		Authors:  []string{staffroom.ViewerFrom(ctx).MemberID()},
		Statuses: []staffroom.ResourceStatus{staffroom.StatusDraft, staffroom.StatusPublished, staffroom.StatusWithdrawn},
	}
	list, err := f.at(f.now).Resources.Find(ctx, own, staffroom.ResourceOrder{}, all())
	if err != nil {
		return nil, err
	}
	known := map[string]*staffroom.Resource{}
	for _, r := range list.Items {
		known[r.Title] = r
	}
	return known, nil
}

// shareOne takes the steps with a resource that are not taken yet. It is nil if none is.
func (f *filling) shareOne(ctx context.Context, i int, r *staffroom.Resource) (*staffroom.Resource, error) {
	want := &f.resources[i]
	published := f.day(want.DaysAgo, i)
	network := f.at(published)
	var err error
	if r == nil {
		if r, err = f.at(published.AddDate(0, 0, -1)).Resources.Create(ctx, want.input()); err != nil {
			return nil, err
		}
	}
	if r, err = f.attach(ctx, network, want, r); err != nil {
		return nil, err
	}
	if want.Status != staffroom.StatusDraft && r.Status == staffroom.StatusDraft {
		if r, err = network.Resources.Publish(ctx, r.ID, nil); err != nil {
			return nil, err
		}
	}
	if want.Status == staffroom.StatusWithdrawn && r.Status == staffroom.StatusPublished {
		return f.at(published.Add(withdrawnAfter)).Resources.Withdraw(ctx, r.ID, want.Reason)
	}
	return r, nil
}

// withdrawnAfter is how long a resource that was withdrawn had been published.
const withdrawnAfter = 100 * 24 * time.Hour

func (r *resource) input() staffroom.CreateResource {
	return staffroom.CreateResource{
		Title: r.Title, Summary: r.Summary, Body: r.Body, Kind: r.Kind, Topics: r.Topics, Phases: r.Phases,
		Licence: r.Licence, Visibility: r.Visibility,
	}
}

// attach adds the resource's file, if it has one and there is a place for files.
func (f *filling) attach(
	ctx context.Context, network *staffroom.Network, want *resource, r *staffroom.Resource,
) (*staffroom.Resource, error) {
	if want.File == "" || len(r.Files) > 0 || f.ports.Blobs == nil || f.ports.Inspector == nil {
		return r, nil
	}
	file, err := texts.ReadFile("files/" + want.File)
	if err != nil {
		return nil, err
	}
	changed, _, err := network.Resources.AttachFile(ctx, staffroom.AttachFile{
		ResourceID: r.ID, Name: want.File, Content: bytes.NewReader(file),
	})
	return changed, err
}
