package sample

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Fill makes the sample network in a store that nobody has signed in to yet, and leaves any other store as it is. issuer is
// that of the identity provider that People sign in with. A Fill that was interrupted is gone on with by the next one, and
// makes nothing twice: the last of the People signs in when all else is there, so that one's being there says that it is.
//
// Without Blobs and an Inspector the resources get no files.
func Fill(ctx context.Context, ports staffroom.Ports, issuer string) error {
	c, err := readContent()
	if err != nil {
		return err
	}
	f := newFilling(ports, issuer, c)
	wanted, err := f.wanted(ctx)
	if err != nil || !wanted {
		return err
	}
	// The people before anything else: an interrupted filling is known by the first of them.
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"the team", f.team},
		{"the schools", f.schools},
		{"the people", f.members},
		{"the lead schools", f.appoint},
		{"the resources", f.share},
		{"the threads", f.discuss},
		{"the last guest", f.finish},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("making %s of the sample network: %w", step.what, err)
		}
	}
	return nil
}

// filling is one run of Fill.
type filling struct {
	*content
	ports  staffroom.Ports
	issuer string
	now    time.Time
	// mu guards the maps.
	mu sync.Mutex
	// as has the people who were let in, by their subjects, as those who ask.
	as map[string]*staffroom.Viewer
	// resourceIDs are by title.
	resourceIDs map[string]string
}

func newFilling(ports staffroom.Ports, issuer string, c *content) *filling {
	if ports.Now == nil {
		ports.Now = time.Now
	}
	return &filling{
		content: c, ports: ports, issuer: issuer, now: ports.Now().UTC(),
		as: map[string]*staffroom.Viewer{}, resourceIDs: map[string]string{},
	}
}

// wanted says whether the store is empty of people, or holds a sample network that was not finished.
func (f *filling) wanted(ctx context.Context) (bool, error) {
	page, err := f.ports.Store.Members.Find(ctx, staffroom.Query{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return err == nil, err
	}
	begun, err := f.known(ctx, f.people[0])
	if err != nil || !begun {
		return false, err
	}
	finished, err := f.known(ctx, f.people[len(f.people)-1])
	return !finished, err
}

// known says whether the person has signed in before.
func (f *filling) known(ctx context.Context, p person) (bool, error) {
	_, err := f.at(f.now).Members.ViewerByIdentity(ctx, f.issuer, p.subject())
	if staffroom.CodeOf(err) == staffroom.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// at is the network at a moment of the past: its services take that for now.
func (f *filling) at(moment time.Time) *staffroom.Network {
	ports := f.ports
	if moment.After(f.now) {
		moment = f.now
	}
	ports.Now = func() time.Time { return moment }
	return staffroom.New(ports)
}

// day is a moment of the working day so many days ago. Moments of one day differ for different places in a list, so that what
// is ordered by time has the same order in every sample network.
func (f *filling) day(ago, place int) time.Time {
	const opens, spacing = 8 * time.Hour, 3 * time.Minute
	year, month, today := f.now.In(staffroom.London).Date()
	return time.Date(year, month, today-ago, 0, 0, 0, 0, staffroom.London).Add(opens + time.Duration(place)*spacing)
}

// by is ctx with the person as the one who asks.
func (f *filling) by(ctx context.Context, subject string) (context.Context, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	viewer, ok := f.as[subject]
	if !ok {
		return nil, fmt.Errorf("there is no member %q among the people", subject)
	}
	return staffroom.WithViewer(ctx, viewer), nil
}

// meet remembers a person who was let in, as the one who asks.
func (f *filling) meet(p *person, m *staffroom.Member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.as[p.subject()] = &staffroom.Viewer{Member: m}
}

// all is a page that holds all of a short list.
func all() staffroom.Paging {
	size := staffroom.MaxPage
	return staffroom.Paging{First: &size}
}
