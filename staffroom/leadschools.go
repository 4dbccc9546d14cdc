package staffroom

import (
	"context"
	"slices"
)

// LeadSchools is the directory of lead schools, and how they are appointed. The directory is public, contacts are not.
type LeadSchools struct{ *Ports }

// LeadSchoolFilter narrows a list of lead schools; lists in it mean "one of", and empty ones do not narrow.
type LeadSchoolFilter struct {
	Authorities []string // GSS codes
	Phases      []Phase
	Schools     []string // ids
	// Current keeps appointments that hold (true, and the default) or that have ended (false).
	Current *bool
	// WithHistory keeps both; then Current must be nil.
	WithHistory bool
	Near        *Near
}

// AppointInput appoints a lead school.
type AppointInput struct {
	SchoolURN     string
	AuthorityCode string
	Phases        []Phase
	From          Date
	// To is the last day of the term; empty for an open one.
	To Date
	// Remit is Markdown.
	Remit string
	// ContactID is a member of the school; empty for none yet.
	ContactID string
	// IdempotencyKey is the client's own for this request; nil for none.
	IdempotencyKey *string `json:"-"`
}

// ByIDs is aligned with ids: nil where there is no such lead school.
func (s *LeadSchools) ByIDs(ctx context.Context, ids []string) ([]*LeadSchool, error) {
	return s.Store.LeadSchools.GetMany(ctx, ids)
}

// MaySeeContact says whether the viewer may see whom to turn to at lead schools.
func (s *LeadSchools) MaySeeContact(ctx context.Context) bool {
	return ViewerFrom(ctx).may(ReadContact)
}

// ContactOf is m as the contact of a lead school: nil if the viewer may not see whom to turn to, or if m has left the school.
func (s *LeadSchools) ContactOf(ctx context.Context, lead *LeadSchool, m *Member) *Member {
	if m == nil || m.ID != lead.ContactID || m.Membership != MembershipActive || m.SchoolID != lead.SchoolID || !ViewerFrom(ctx).may(ReadContact) {
		return nil
	}
	return m
}

// Find lists lead schools: the latest appointment first, or from near to far if the filter has a point.
func (s *LeadSchools) Find(ctx context.Context, f LeadSchoolFilter, p Paging) (*List[LeadSchool], error) {
	var wrong mistakes
	wrong.note(checkFilter(len(f.Authorities), len(f.Phases), len(f.Schools)))
	if f.WithHistory && f.Current != nil {
		wrong.note(Invalid("filter.current", "Ask for the history, or for current or ended ones, not for both."))
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	q := Query{Where: f.where(), By: FieldLeadSchoolFrom, Desc: true}
	if f.Near != nil {
		return s.near(ctx, f, q, p)
	}
	return find(ctx, s.Store.LeadSchools, q, p)
}

func (f LeadSchoolFilter) where() []Cond {
	where := appendOneOf(nil, FieldLeadSchoolAuthority, gssCodes(f.Authorities))
	switch {
	case f.Current != nil:
		where = append(where, Equal(FieldLeadSchoolCurrent, *f.Current))
	case !f.WithHistory:
		where = append(where, Equal(FieldLeadSchoolCurrent, true))
	}
	where = appendOneOf(where, FieldLeadSchoolSchool, f.Schools)
	return appendContains(where, FieldLeadSchoolPhases, f.Phases)
}

// FirstPages is aligned with codes (GSS): for each authority the first page of what Find lists with f, which must name no
// authorities and no point. It asks the store once for all of them, because directories show many authorities with their lead schools.
func (s *LeadSchools) FirstPages(ctx context.Context, codes []string, f LeadSchoolFilter, first *int) ([]*List[LeadSchool], error) {
	n, _, err := Paging{First: first}.size()
	if err != nil {
		return nil, err
	}
	f.Authorities = codes
	all, err := s.Store.LeadSchools.Find(ctx, Query{Where: f.where(), By: FieldLeadSchoolFrom, Desc: true, Limit: MaxLimit})
	if err != nil {
		return nil, err
	}
	lists := make([]*List[LeadSchool], len(codes))
	for i, code := range codes {
		if all.More { // too many for one page: each by itself
			f.Authorities = []string{code}
			if lists[i], err = s.Find(ctx, f, Paging{First: first}); err != nil {
				return nil, err
			}
			continue
		}
		lists[i] = firstOf(all, n, func(l *LeadSchool) bool { return l.AuthorityCode == code })
	}
	return lists, nil
}

// near orders the latest MaxLimit lead schools of the filter by distance: a network has a few per authority.
func (s *LeadSchools) near(ctx context.Context, f LeadSchoolFilter, q Query, p Paging) (*List[LeadSchool], error) {
	schools := &Schools{s.Ports}
	at, within, err := schools.around(ctx, f.Near)
	if err != nil {
		return nil, err
	}
	q.Limit = MaxLimit
	page, err := s.Store.LeadSchools.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(page.Items))
	for i, lead := range page.Items {
		ids[i] = lead.SchoolID
	}
	places, err := schools.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	var ranks []rank[LeadSchool]
	for i, lead := range page.Items {
		if school := places[i]; school != nil && school.Place != nil {
			if d := at.kmTo(school.Place.Easting, school.Place.Northing); d <= within {
				ranks = append(ranks, rank[LeadSchool]{lead, lead.ID, d})
			}
		}
	}
	sortRanks(ranks)
	return cut(ranks, "leadSchools/near", p)
}

// Appoint makes a member school the lead school of an authority for phases. A phase that another school leads there is a
// user error: end that appointment first. The unique index on Holds keeps it so even if two appoint at once.
func (s *LeadSchools) Appoint(ctx context.Context, in AppointInput) (*LeadSchool, error) {
	if err := ViewerFrom(ctx).require(AppointLeadSchool); err != nil {
		return nil, err
	}
	o := s.once(ctx, "appointLeadSchool", in.IdempotencyKey, in, PrefixLeadSchool)
	return doOnce(ctx, o,
		func(ids []string) (*LeadSchool, error) { return s.Store.LeadSchools.Get(ctx, ids[0]) },
		func() (*LeadSchool, error) { return s.appoint(ctx, o, in) },
	)
}

func (s *LeadSchools) appoint(ctx context.Context, o *once, in AppointInput) (*LeadSchool, error) {
	lead, err := s.appointment(ctx, o, in)
	if err != nil {
		return nil, err
	}
	ids, err := o.begin(ctx)
	if err != nil {
		return nil, err
	}
	lead.ID, lead.AppointedBy = ids[0], ViewerFrom(ctx).MemberID()
	err = s.Store.LeadSchools.Insert(ctx, lead)
	if CodeOf(err) == CodeConflict {
		return nil, Invalid("phases", "Another school was appointed for one of these phases just now. Look again.")
	}
	if err != nil {
		return nil, err
	}
	return lead, nil
}

// appointment checks the input and lays out the document.
func (s *LeadSchools) appointment(ctx context.Context, o *once, in AppointInput) (*LeadSchool, error) {
	var wrong mistakes
	school, err := s.memberSchool(ctx, in.SchoolURN)
	wrong.note(err)
	authority, err := s.liveAuthority(ctx, in.AuthorityCode)
	wrong.note(err)
	lead := &LeadSchool{
		Meta: Meta{CreatedAt: s.now()}, Phases: distinct(in.Phases), From: in.From, To: in.To, ContactID: in.ContactID, Current: true,
	}
	if len(lead.Phases) == 0 {
		wrong.note(Invalid("phases", "Say for which phases the school leads."))
	}
	if lead.From == "" {
		lead.From = s.today()
	}
	if lead.To != "" && lead.To < lead.From {
		wrong.note(Invalid("to", "The term ends on %s, before it begins on %s.", lead.To, lead.From))
	}
	lead.Remit = wrong.text(s.markdown("remit", "The remit", in.Remit, 1, maxPost))
	wrong.note(s.checkContact(ctx, school, in.ContactID))
	if authority != nil {
		lead.AuthorityCode = authority.Code
		lead.Holds = holds(authority.Code, lead.Phases)
		wrong.note(s.free(ctx, lead, in.Phases))
	}
	wrong.note(o.wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	lead.SchoolID = school.ID
	return lead, nil
}

// holds are the places in the authority that who leads there for these phases takes.
func holds(authorityCode string, phases []Phase) []string {
	var places []string
	for _, phase := range phases {
		places = append(places, authorityCode+" "+string(phase))
	}
	return places
}

func (s *LeadSchools) memberSchool(ctx context.Context, urn string) (*School, error) {
	school, err := (&Schools{s.Ports}).ByURN(ctx, urn)
	switch {
	case err != nil:
		return nil, err
	case school == nil:
		return nil, Invalid("schoolUrn", "The register has no school with the URN %q.", urn)
	case school.JoinedAt.IsZero():
		return nil, Invalid("schoolUrn", "%s is not a member school yet. Somebody of the school must join first.", school.Name)
	case !school.Open():
		return nil, Invalid("schoolUrn", "%s is not open.", school.Name)
	default:
		return school, nil
	}
}

func (s *LeadSchools) liveAuthority(ctx context.Context, code string) (*Authority, error) {
	authority, err := (&Authorities{s.Ports}).ByCode(ctx, code)
	switch {
	case err != nil:
		return nil, err
	case authority == nil:
		return nil, Invalid("authorityCode", "There is no authority with the code %q.", code)
	case authority.ValidTo != "" && authority.ValidTo < s.today():
		return nil, Invalid("authorityCode", "%s ended on %s. Appoint for the authority that took its place.", authority.Name, authority.ValidTo)
	default:
		return authority, nil
	}
}

// checkContact checks that the contact is somebody of the school, if it is known which that is.
func (s *LeadSchools) checkContact(ctx context.Context, school *School, contactID string) error {
	if contactID == "" {
		return nil
	}
	contact, err := s.Store.Members.Get(ctx, contactID)
	switch {
	case CodeOf(err) == CodeNotFound:
		return Invalid("contactId", "There is no such member.")
	case err != nil:
		return err
	case school != nil && (contact.SchoolID != school.ID || contact.Membership != MembershipActive):
		return Invalid("contactId", "%s is not a member of %s.", contact.Name, school.Name)
	default:
		return nil
	}
}

// free says which of the phases are taken before the database has to.
func (s *LeadSchools) free(ctx context.Context, lead *LeadSchool, phases []Phase) error {
	if len(lead.Holds) == 0 {
		return nil
	}
	page, err := s.Store.LeadSchools.Find(ctx, Query{
		Where: []Cond{Contains(FieldLeadSchoolHolds, lead.Holds...)}, Limit: len(lead.Holds),
	})
	if err != nil {
		return err
	}
	var wrong mistakes
	for _, other := range page.Items {
		for i, phase := range phases {
			if slices.Contains(other.Phases, phase) {
				wrong.note(Invalid(item("phases", i), "Another school leads the phase %s in this authority. End that appointment first.", phase))
			}
		}
	}
	return wrong.err()
}

// EndInput ends an appointment.
type EndInput struct {
	ID     string
	Reason string
}

// End ends an appointment; it stays as history. Ending an ended one changes nothing.
func (s *LeadSchools) End(ctx context.Context, in EndInput) (*LeadSchool, error) {
	if err := ViewerFrom(ctx).require(AppointLeadSchool); err != nil {
		return nil, err
	}
	reason, err := prose("reason", "The reason", in.Reason, 0, maxReason)
	if err != nil {
		return nil, err
	}
	return s.Store.LeadSchools.Update(ctx, in.ID, func(lead *LeadSchool) error {
		if !lead.Current {
			return ErrUnchanged
		}
		now := s.now()
		lead.Current, lead.EndedAt, lead.EndReason, lead.Holds = false, now, reason, nil
		if today := DateOf(now.Time); lead.To == "" || lead.To > today {
			lead.To = max(today, lead.From)
		}
		return nil
	})
}
