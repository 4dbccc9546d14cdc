package sample

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// atOnce is how many chains of writes run at once; the store puts concurrent writes into one durable commit.
const atOnce = 64

// team makes the members of the network's own team, the first administrator before all others. Their roles are granted as an
// operator grants them, because nobody is there yet who could.
func (f *filling) team(ctx context.Context) error {
	network := f.at(f.day(daysOpen, 0))
	for i := range f.people {
		p := &f.people[i]
		if !p.team() {
			continue
		}
		m, err := network.Members.SignedIn(ctx, f.signedIn(p))
		if err != nil {
			return err
		}
		for _, role := range p.Roles {
			if m, err = network.Members.Grant(ctx, p.Email, role); err != nil {
				return err
			}
		}
		if m, err = update(ctx, network, p, m); err != nil {
			return err
		}
		f.meet(p, m)
	}
	return nil
}

// daysOpen is how long ago the sample network opened.
const daysOpen = 900

// members lets people into their schools: those of one school one after the other, because the first is looked at by a person
// and the others come in on their address; the schools at once.
func (f *filling) members(ctx context.Context) error {
	bySchool := map[string][]int{}
	for i := range f.people[:len(f.people)-1] {
		if p := &f.people[i]; !p.team() {
			bySchool[p.URN+p.Asks] = append(bySchool[p.URN+p.Asks], i)
		}
	}
	return eachOf(ctx, bySchool, func(ctx context.Context, places []int) error {
		for _, i := range places {
			m, err := f.join(ctx, i)
			if err != nil {
				return fmt.Errorf("%s: %w", f.people[i].Name, err)
			}
			f.meet(&f.people[i], m)
		}
		return nil
	})
}

// eachOf does work on every value of m, several at once, until one fails.
func eachOf[K comparable, V any](ctx context.Context, m map[K]V, do func(context.Context, V) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, v := range m {
		group.Go(func() error { return do(ctx, v) })
	}
	return group.Wait()
}

func (f *filling) signedIn(p *person) staffroom.SignedIn {
	return staffroom.SignedIn{Issuer: f.issuer, Subject: p.subject(), Name: p.Name, Email: p.Email, EmailVerified: true}
}

// join signs the person in and takes the steps towards the school that are not taken yet.
func (f *filling) join(ctx context.Context, i int) (*staffroom.Member, error) {
	p := &f.people[i]
	asked, decided := f.day(daysOpen-10*i, i), f.day(daysOpen-10*i, i).Add(time.Hour)
	network := f.at(asked)
	m, err := network.Members.SignedIn(ctx, f.signedIn(p))
	if err != nil {
		return nil, err
	}
	if m.Membership == staffroom.MembershipActive {
		network = f.at(decided) // joining once more makes good what an interruption after the decision left undone
	}
	if urn := p.URN + p.Asks; urn != "" {
		ctx := staffroom.WithViewer(ctx, &staffroom.Viewer{Member: m})
		if m, err = network.Members.Join(ctx, staffroom.JoinInput{URN: urn, JobTitle: p.JobTitle, Message: p.Message}); err != nil {
			return nil, err
		}
	}
	if p.URN == "" {
		return m, nil
	}
	return f.admit(ctx, f.at(decided), p, m)
}

// admit lets in who asked and could not be let in by the address alone, and gives the roles.
func (f *filling) admit(ctx context.Context, network *staffroom.Network, p *person, m *staffroom.Member) (*staffroom.Member, error) {
	asAdministrator, err := f.by(ctx, f.people[0].subject())
	if err != nil {
		return nil, err
	}
	if m.Membership == staffroom.MembershipPending {
		if m, err = network.Members.DecideJoinRequest(asAdministrator, staffroom.Decision{MemberID: m.ID, Accept: true}); err != nil {
			return nil, err
		}
	}
	if !slices.Equal(m.Roles, p.Roles) {
		if m, err = network.Members.SetRoles(asAdministrator, m.ID, p.Roles); err != nil {
			return nil, err
		}
	}
	return update(ctx, network, p, m)
}

// update fills in the person's profile, unless it has been filled in before.
func update(ctx context.Context, network *staffroom.Network, p *person, m *staffroom.Member) (*staffroom.Member, error) {
	if m.About != "" {
		return m, nil
	}
	about := "*A made-up person of the sample network.*"
	return network.Members.UpdateProfile(staffroom.WithViewer(ctx, &staffroom.Viewer{Member: m}), staffroom.ProfileInput{
		Version: m.Version, JobTitle: &p.JobTitle, About: &about, Phases: &p.Phases, Topics: &p.Topics,
	})
}

// finish signs the last person in, which says that everything is there.
func (f *filling) finish(ctx context.Context) error {
	_, err := f.at(f.now).Members.SignedIn(ctx, f.signedIn(&f.people[len(f.people)-1]))
	return err
}
