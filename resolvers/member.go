package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Viewer is the field Query.viewer.
func (q query) Viewer(ctx context.Context) (*staffroom.Member, error) {
	return staffroom.ViewerFrom(ctx).Member, nil
}

// Members is the field Query.members.
func (q query) Members(
	ctx context.Context, filter *staffroom.MemberFilter, first *int, after *string, last *int, before *string,
) (*relay.MemberConnection, error) {
	return relay.Of(q.network.Members.Find(ctx, orZero(filter), page(first, after, last, before)))
}

// JoinRequests is the field Query.joinRequests.
func (q query) JoinRequests(
	ctx context.Context, first *int, after *string, last *int, before *string,
) (*relay.MemberConnection, error) {
	return relay.Of(q.network.Members.JoinRequests(ctx, page(first, after, last, before)))
}

// JoinNetwork is the mutation joinNetwork.
func (m mutation) JoinNetwork(ctx context.Context, input staffroom.JoinInput) (*graph.JoinNetworkPayload, error) {
	joined, err := m.network.Members.Join(ctx, input)
	wrong, err := settle(ctx, err)
	return &graph.JoinNetworkPayload{Member: joined, UserErrors: wrong}, err
}

// DecideJoinRequest is the mutation decideJoinRequest.
func (m mutation) DecideJoinRequest(ctx context.Context, input staffroom.Decision) (*graph.DecideJoinRequestPayload, error) {
	decided, err := m.network.Members.DecideJoinRequest(ctx, input)
	wrong, err := settle(ctx, err)
	return &graph.DecideJoinRequestPayload{Member: decided, UserErrors: wrong}, err
}

// EndMembership is the mutation endMembership.
func (m mutation) EndMembership(ctx context.Context, input staffroom.EndMembershipInput) (*graph.EndMembershipPayload, error) {
	ended, err := m.network.Members.EndMembership(ctx, input)
	wrong, err := settle(ctx, err)
	return &graph.EndMembershipPayload{Member: ended, UserErrors: wrong}, err
}

// SetMemberRoles is the mutation setMemberRoles.
func (m mutation) SetMemberRoles(ctx context.Context, input graph.SetMemberRolesInput) (*graph.SetMemberRolesPayload, error) {
	changed, err := m.network.Members.SetRoles(ctx, input.MemberID, input.Roles)
	wrong, err := settle(ctx, err)
	return &graph.SetMemberRolesPayload{Member: changed, UserErrors: wrong}, err
}

// UpdateProfile is the mutation updateProfile.
func (m mutation) UpdateProfile(ctx context.Context, input graph.UpdateProfileInput) (*graph.UpdateProfilePayload, error) {
	updated, err := m.network.Members.UpdateProfile(ctx, staffroom.ProfileInput{
		Version: int64(input.Version), Name: changed(input.Name), JobTitle: changed(input.JobTitle), About: changed(input.About),
		Phases: changedList(input.Phases), Topics: changedList(input.Topics),
	})
	wrong, err := settle(ctx, err)
	return &graph.UpdateProfilePayload{Member: updated, UserErrors: wrong}, err
}

// profile is a piece of a member's profile, for those who may see it.
func profile[T any](ctx context.Context, r member, m *staffroom.Member, piece T) T {
	if !r.network.Members.MaySeeProfile(ctx, m) {
		var hidden T
		return hidden
	}
	return piece
}

// JobTitle is the field Member.jobTitle.
func (r member) JobTitle(ctx context.Context, m *staffroom.Member) (*string, error) {
	return profile(ctx, r, m, optional(m.JobTitle)), nil
}

// Email is the field Member.email.
func (r member) Email(ctx context.Context, m *staffroom.Member) (*string, error) {
	if !r.network.Members.MaySeeEmail(ctx, m) {
		return nil, nil // null is how the schema says "not for you"
	}
	return optional(m.Email), nil
}

// About is the field Member.about.
func (r member) About(ctx context.Context, m *staffroom.Member) (*string, error) {
	return profile(ctx, r, m, optional(m.About)), nil
}

// AboutHTML is the field Member.aboutHtml.
func (r member) AboutHTML(ctx context.Context, m *staffroom.Member) (*string, error) {
	about := profile(ctx, r, m, m.About)
	if about == "" {
		return nil, nil // null is the answer
	}
	made, err := r.options.html(ctx, about)
	return optional(made), err
}

// Phases is the field Member.phases.
func (r member) Phases(ctx context.Context, m *staffroom.Member) ([]staffroom.Phase, error) {
	return profile(ctx, r, m, append([]staffroom.Phase{}, m.Phases...)), nil
}

// Topics is the field Member.topics.
func (r member) Topics(ctx context.Context, m *staffroom.Member) ([]*staffroom.Topic, error) {
	return profile(ctx, r, m, topics(m.Topics)), nil
}

// Roles is the field Member.roles.
func (r member) Roles(ctx context.Context, m *staffroom.Member) ([]staffroom.Role, error) {
	return profile(ctx, r, m, append([]staffroom.Role{}, m.Roles...)), nil
}

// Membership is the field Member.membership.
func (r member) Membership(ctx context.Context, m *staffroom.Member) (*staffroom.Membership, error) {
	if !r.network.Members.MaySeeMembership(ctx, m) {
		return nil, nil // null is how the schema says "not for you"
	}
	return profile(ctx, r, m, optional(m.Membership)), nil
}

// School is the field Member.school.
func (r member) School(ctx context.Context, m *staffroom.Member) (*staffroom.School, error) {
	if !r.network.Members.MaySeeMembership(ctx, m) {
		return nil, nil // null is how the schema says "not for you"
	}
	return load(ctx, &loadersFrom(ctx).schools, m.SchoolID)
}

// Evidence is for those who see the e-mail address too: it is what the address spoke for.
func (r member) Evidence(ctx context.Context, m *staffroom.Member) (*string, error) {
	if !r.network.Members.MaySeeEmail(ctx, m) {
		return nil, nil // null is how the schema says "not for you"
	}
	return optional(m.Evidence), nil
}

// RequestedAt is the field Member.requestedAt.
func (r member) RequestedAt(ctx context.Context, m *staffroom.Member) (*staffroom.Time, error) {
	if !r.network.Members.MaySeeEmail(ctx, m) {
		return nil, nil // null is how the schema says "not for you"
	}
	return optional(m.RequestedAt), nil
}

// Resources is the field Member.resources.
func (r member) Resources(
	ctx context.Context, m *staffroom.Member, filter *staffroom.ResourceFilter, orderBy *graph.ResourceOrder,
	first *int, after *string, last *int, before *string,
) (*relay.ResourceConnection, error) {
	f := orZero(filter)
	if err := within(&f.Authors, "authors", m.ID); err != nil {
		return nil, err
	}
	return relay.Of(r.network.Resources.Find(ctx, f, resourceOrder(orderBy), page(first, after, last, before)))
}
