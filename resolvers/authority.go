package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Boroughs is the field Query.boroughs.
func (q query) Boroughs(ctx context.Context) ([]*staffroom.Authority, error) {
	return q.network.Authorities.Boroughs(ctx)
}

// Authority is the field Query.authority.
func (q query) Authority(ctx context.Context, code string) (*staffroom.Authority, error) {
	return q.network.Authorities.ByCode(ctx, code)
}

// Authorities is the field Query.authorities.
func (q query) Authorities(
	ctx context.Context, filter *staffroom.AuthorityFilter, first *int, after *string, last *int, before *string,
) (*relay.AuthorityConnection, error) {
	return relay.Of(q.network.Authorities.Find(ctx, orZero(filter), page(first, after, last, before)))
}

// DfeCode is the field Authority.dfeCode.
func (authority) DfeCode(_ context.Context, a *staffroom.Authority) (*string, error) {
	return optional(a.DfECode), nil
}

// Successors is the field Authority.successors.
func (authority) Successors(ctx context.Context, a *staffroom.Authority) ([]*staffroom.Authority, error) {
	return loadAll(ctx, &loadersFrom(ctx).authorities, a.SuccessorCodes)
}

// Schools is the field Authority.schools.
func (r authority) Schools(
	ctx context.Context, a *staffroom.Authority, filter *staffroom.SchoolFilter, orderBy *graph.SchoolOrder,
	first *int, after *string, last *int, before *string,
) (*relay.SchoolConnection, error) {
	f := orZero(filter)
	if err := within(&f.Authorities, "authorities", a.Code); err != nil {
		return nil, err
	}
	return relay.Of(r.network.Schools.Find(ctx, f, schoolOrder(orderBy), page(first, after, last, before)))
}

// LeadSchools is the field Authority.leadSchools.
func (r authority) LeadSchools(
	ctx context.Context, a *staffroom.Authority, filter *staffroom.LeadSchoolFilter,
	first *int, after *string, last *int, before *string,
) (*relay.LeadSchoolConnection, error) {
	f := orZero(filter)
	if err := within(&f.Authorities, "authorities", a.Code); err != nil {
		return nil, err
	}
	if f.Near == nil && after == nil && last == nil && before == nil {
		return relay.Of(loadersFrom(ctx).leadSchools.load(ctx, leadSchoolsKeyOf(a.Code, filter, first)))
	}
	return relay.Of(r.network.LeadSchools.Find(ctx, f, page(first, after, last, before)))
}

// Resources is the field Authority.resources.
func (r authority) Resources(
	ctx context.Context, a *staffroom.Authority, filter *staffroom.ResourceFilter, orderBy *graph.ResourceOrder,
	first *int, after *string, last *int, before *string,
) (*relay.ResourceConnection, error) {
	f := orZero(filter)
	if err := within(&f.Authorities, "authorities", a.Code); err != nil {
		return nil, err
	}
	return relay.Of(r.network.Resources.Find(ctx, f, resourceOrder(orderBy), page(first, after, last, before)))
}

// Threads is the field Authority.threads.
func (r authority) Threads(
	ctx context.Context, a *staffroom.Authority, first *int, after *string, last *int, before *string,
) (*relay.ThreadConnection, error) {
	f := staffroom.ThreadFilter{Spaces: []staffroom.Space{staffroom.AuthoritySpace(a.Code)}}
	return orHidden(relay.Of(r.network.Threads.Find(ctx, f, page(first, after, last, before))))
}
