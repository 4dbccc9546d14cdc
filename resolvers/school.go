package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// School is the field Query.school.
func (q query) School(ctx context.Context, urn string) (*staffroom.School, error) {
	return q.network.Schools.ByURN(ctx, urn)
}

// Schools is the field Query.schools.
func (q query) Schools(
	ctx context.Context, filter *staffroom.SchoolFilter, orderBy *graph.SchoolOrder,
	first *int, after *string, last *int, before *string,
) (*relay.SchoolConnection, error) {
	return relay.Of(q.network.Schools.Find(ctx, orZero(filter), schoolOrder(orderBy), page(first, after, last, before)))
}

// Laestab is the field School.laestab.
func (school) Laestab(_ context.Context, s *staffroom.School) (*string, error) {
	return optional(s.LAESTAB), nil
}

// Ukprn is the field School.ukprn.
func (school) Ukprn(_ context.Context, s *staffroom.School) (*string, error) {
	return optional(s.UKPRN), nil
}

// Authority is the field School.authority.
func (school) Authority(ctx context.Context, s *staffroom.School) (*staffroom.Authority, error) {
	return load(ctx, &loadersFrom(ctx).authorities, s.AuthorityCode)
}

// Trust is the field School.trust.
func (school) Trust(_ context.Context, s *staffroom.School) (*graph.Trust, error) {
	if s.TrustName == "" {
		return nil, nil // null says that there is no trust
	}
	return &graph.Trust{Code: optional(s.TrustCode), Name: s.TrustName}, nil
}

// Gender is the field School.gender.
func (school) Gender(_ context.Context, s *staffroom.School) (*string, error) {
	return optional(s.Gender), nil
}

// Religion is the field School.religion.
func (school) Religion(_ context.Context, s *staffroom.School) (*string, error) {
	return optional(s.Religion), nil
}

// UrbanRural is the field School.urbanRural.
func (school) UrbanRural(_ context.Context, s *staffroom.School) (*string, error) {
	return optional(s.UrbanRural), nil
}

// Address is the field School.address.
func (school) Address(_ context.Context, s *staffroom.School) (*graph.Address, error) {
	return &graph.Address{
		Street: optional(s.Street), Locality: optional(s.Locality), Town: optional(s.Town), County: optional(s.County),
		Postcode: optional(s.Postcode),
	}, nil
}

// Predecessors is the field School.predecessors.
func (school) Predecessors(_ context.Context, s *staffroom.School) ([]*staffroom.SchoolLink, error) {
	return links(s, staffroom.LinkPredecessor), nil
}

// Successors is the field School.successors.
func (school) Successors(_ context.Context, s *staffroom.School) ([]*staffroom.SchoolLink, error) {
	return links(s, staffroom.LinkSuccessor), nil
}

func links(s *staffroom.School, kind staffroom.SchoolLinkKind) []*staffroom.SchoolLink {
	var out []*staffroom.SchoolLink
	for i := range s.Links {
		if s.Links[i].Kind == kind {
			out = append(out, &s.Links[i])
		}
	}
	return out
}

// School is the field SchoolLink.school.
func (schoolLink) School(ctx context.Context, l *staffroom.SchoolLink) (*staffroom.School, error) {
	return load(ctx, &loadersFrom(ctx).schoolsByURN, l.URN)
}

// LeadSchools is the field School.leadSchools.
func (r school) LeadSchools(
	ctx context.Context, s *staffroom.School, filter *staffroom.LeadSchoolFilter,
	first *int, after *string, last *int, before *string,
) (*relay.LeadSchoolConnection, error) {
	f := orZero(filter)
	if err := within(&f.Schools, "schools", s.ID); err != nil {
		return nil, err
	}
	return relay.Of(r.network.LeadSchools.Find(ctx, f, page(first, after, last, before)))
}

// Resources is the field School.resources.
func (r school) Resources(
	ctx context.Context, s *staffroom.School, filter *staffroom.ResourceFilter, orderBy *graph.ResourceOrder,
	first *int, after *string, last *int, before *string,
) (*relay.ResourceConnection, error) {
	f := orZero(filter)
	if err := within(&f.Schools, "schools", s.ID); err != nil {
		return nil, err
	}
	return relay.Of(r.network.Resources.Find(ctx, f, resourceOrder(orderBy), page(first, after, last, before)))
}

// ResourceCount is the field School.resourceCount.
func (school) ResourceCount(ctx context.Context, s *staffroom.School) (int, error) {
	return loadersFrom(ctx).resourceCounts.load(ctx, s.ID)
}

// Members is the field School.members.
func (r school) Members(
	ctx context.Context, s *staffroom.School, filter *staffroom.MemberFilter,
	first *int, after *string, last *int, before *string,
) (*relay.MemberConnection, error) {
	f := orZero(filter)
	if err := within(&f.Schools, "schools", s.ID); err != nil {
		return nil, err
	}
	return orHidden(relay.Of(r.network.Members.Find(ctx, f, page(first, after, last, before))))
}
