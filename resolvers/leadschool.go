package resolvers

import (
	"context"

	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/relay"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// LeadSchools is the field Query.leadSchools.
func (q query) LeadSchools(
	ctx context.Context, filter *staffroom.LeadSchoolFilter, first *int, after *string, last *int, before *string,
) (*relay.LeadSchoolConnection, error) {
	return relay.Of(q.network.LeadSchools.Find(ctx, orZero(filter), page(first, after, last, before)))
}

// AppointLeadSchool is the mutation appointLeadSchool.
func (m mutation) AppointLeadSchool(ctx context.Context, input staffroom.AppointInput) (*graph.AppointLeadSchoolPayload, error) {
	lead, err := m.network.LeadSchools.Appoint(ctx, input)
	wrong, err := settle(ctx, err)
	return &graph.AppointLeadSchoolPayload{LeadSchool: lead, UserErrors: wrong}, err
}

// EndLeadSchool is the mutation endLeadSchool.
func (m mutation) EndLeadSchool(ctx context.Context, input staffroom.EndInput) (*graph.EndLeadSchoolPayload, error) {
	lead, err := m.network.LeadSchools.End(ctx, input)
	wrong, err := settle(ctx, err)
	return &graph.EndLeadSchoolPayload{LeadSchool: lead, UserErrors: wrong}, err
}

// School is the field LeadSchool.school.
func (leadSchool) School(ctx context.Context, l *staffroom.LeadSchool) (*staffroom.School, error) {
	return load(ctx, &loadersFrom(ctx).schools, l.SchoolID)
}

// Authority is the field LeadSchool.authority.
func (leadSchool) Authority(ctx context.Context, l *staffroom.LeadSchool) (*staffroom.Authority, error) {
	return load(ctx, &loadersFrom(ctx).authorities, l.AuthorityCode)
}

// RemitHTML is the field LeadSchool.remitHtml.
func (r leadSchool) RemitHTML(ctx context.Context, l *staffroom.LeadSchool) (string, error) {
	return r.options.html(ctx, l.Remit)
}

// Contact is the field LeadSchool.contact.
func (r leadSchool) Contact(ctx context.Context, l *staffroom.LeadSchool) (*staffroom.Member, error) {
	if !r.network.LeadSchools.MaySeeContact(ctx) {
		return nil, nil // null is how the schema says "not for you"
	}
	contact, err := load(ctx, &loadersFrom(ctx).authors, l.ContactID)
	return r.network.LeadSchools.ContactOf(ctx, l, contact), err
}

// ContactEmail is the field LeadSchool.contactEmail.
func (r leadSchool) ContactEmail(ctx context.Context, l *staffroom.LeadSchool) (*string, error) {
	contact, err := r.Contact(ctx, l)
	if contact == nil {
		return nil, err
	}
	return optional(contact.Email), err
}

// EndReason is the field LeadSchool.endReason.
func (leadSchool) EndReason(_ context.Context, l *staffroom.LeadSchool) (*string, error) {
	return optional(l.EndReason), nil
}
