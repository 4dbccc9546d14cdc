package staffroom

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// JoinInput asks to belong to a school.
type JoinInput struct {
	// URN is the school's number in the register.
	URN      string
	JobTitle string
	// Message is for the people who decide.
	Message string
	// IdempotencyKey is the client's own for this request; nil for none.
	IdempotencyKey *string `json:"-"`
}

// Join asks for the viewer to belong to a school. A verified e-mail address on the school's own domain lets a person in at
// once, unless nobody of the school is a member yet: staff and pupils often share a domain, so a person always looks at a school's
// first member, and at whom was declined for the school before. Otherwise the membership is PENDING until the school's administrator
// or a moderator decides.
func (s *Members) Join(ctx context.Context, in JoinInput) (*Member, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.require(JoinSchool, Own); err != nil {
		return nil, err
	}
	o := s.once(ctx, "joinNetwork", in.IdempotencyKey, in)
	return doOnce(ctx, o,
		func([]string) (*Member, error) { return s.asked(ctx, o, viewer.MemberID()) },
		func() (*Member, error) { return s.join(ctx, o, viewer.Member, in) },
	)
}

// asked is the member as they now are, if they asked with the key before.
func (s *Members) asked(ctx context.Context, o *once, id string) (*Member, error) {
	m, err := s.Store.Members.Get(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case m.RequestKey != o.id && !o.kept.Done:
		return nil, NotFound("request to join")
	default:
		return m, s.welcome(ctx, m)
	}
}

func (s *Members) join(ctx context.Context, o *once, m *Member, in JoinInput) (*Member, error) {
	r := request{key: o.id}
	var wrong mistakes
	school, err := s.schoolToJoin(ctx, in.URN)
	wrong.note(err)
	if school != nil {
		wrong.note(m.mayAsk(school))
	}
	r.jobTitle = wrong.text(line("jobTitle", "The job title", in.JobTitle, 0, maxLine))
	message := wrong.text(prose("message", "The message", in.Message, 0, maxReason))
	wrong.note(o.wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if r.evidence, r.proven, err = s.evidence(ctx, m, school); err != nil {
		return nil, err
	}
	r.evidence = joined(r.evidence, message)
	if _, err := o.begin(ctx); err != nil {
		return nil, err
	}
	m, err = s.Store.Members.Update(ctx, m.ID, func(m *Member) error { return s.ask(m, school, r) })
	if err != nil {
		return nil, err
	}
	if err := o.done(ctx); err != nil { // asking again does no harm, unless somebody has decided meanwhile
		s.Log.WarnContext(ctx, "that somebody asked to join could not be noted with the key", "member", m.ID, "error", err)
	}
	return m, s.welcome(ctx, m)
}

// request is what a member asks to join with.
type request struct {
	jobTitle, evidence string
	// proven says that the evidence is enough.
	proven bool
	// key is that of an IdempotencyKey; empty for none.
	key string
}

// mayAsk says what keeps the member from asking to join the school.
func (m *Member) mayAsk(school *School) error {
	switch {
	case m.Membership != MembershipActive || m.SchoolID == school.ID:
		return nil
	case m.SchoolID == "":
		return Invalid("urn", "You belong to the network's own team and need no school.")
	default:
		return Invalid("urn", "You are a member of another school. End that membership first, so that it is not lost by mistake.")
	}
}

func (s *Members) ask(m *Member, school *School, r request) error {
	if err := m.mayAsk(school); err != nil {
		return err
	}
	if m.Membership == MembershipActive || r.key != "" && m.RequestKey == r.key {
		return ErrUnchanged
	}
	declined := slices.Contains(m.DeclinedBy, school.ID)
	if declined {
		r.evidence = joined("The person was declined before.", r.evidence)
	}
	m.SchoolID, m.Membership, m.Evidence = school.ID, MembershipPending, r.evidence
	m.RequestedAt, m.DecidedAt, m.DecidedBy, m.RequestKey = s.now(), Time{}, "", r.key
	m.Roles = slices.DeleteFunc(m.Roles, func(r Role) bool { return r == RoleSchoolAdministrator })
	if r.jobTitle != "" {
		m.JobTitle = r.jobTitle
	}
	if r.proven && !declined {
		m.Membership, m.DecidedAt = MembershipActive, m.RequestedAt
	}
	return nil
}

func (s *Members) schoolToJoin(ctx context.Context, urn string) (*School, error) {
	urn = strings.TrimSpace(urn)
	if !urnPattern.MatchString(urn) {
		return nil, Invalid("urn", "A URN has six digits, and %q is none.", urn)
	}
	school, err := s.Store.Schools.Get(ctx, SchoolID(urn))
	switch {
	case CodeOf(err) == CodeNotFound:
		return nil, Invalid("urn", "The register has no school with the URN %s. Search for the school by its name.", urn)
	case err != nil:
		return nil, err
	case !school.Open():
		return nil, Invalid("urn", "%s is not open. Join the school that took its place.", school.Name)
	default:
		return school, nil
	}
}

// publicDomains are domains that belong to no school, whatever a school's website in the register says.
//
//nolint:gochecknoglobals // a list of facts, never changed while the program runs
var publicDomains = []string{
	"gmail.com", "googlemail.com", "google.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com", "live.co.uk", "msn.com",
	"microsoft.com", "yahoo.com", "yahoo.co.uk", "icloud.com", "me.com", "aol.com", "btinternet.com", "btconnect.com", "sky.com",
	"virginmedia.com", "proton.me", "protonmail.com", "facebook.com", "wordpress.com", "weebly.com", "wixsite.com", "wix.com", "typepad.com",
	"sharepoint.com", "lgfl.net", "ntlworld.com", "blueyonder.co.uk", "btopenworld.com", "talktalk.net", "tiscali.co.uk", "demon.co.uk",
	"freeserve.co.uk", "fsnet.co.uk", "u-net.com", "brinkster.net", "eduweb.co.uk",
}

// isOthers says whether the domain is for everybody, or for an authority or health service with all of its staff.
func isOthers(domain string) bool {
	return slices.Contains(publicDomains, domain) || strings.HasSuffix(domain, ".gov.uk") || strings.HasSuffix(domain, ".nhs.uk")
}

// mailDomain is where the addresses of the school's staff must be to speak for them: its registrable domain; or only the part that
// its website is on, where that is a part, for the rest may belong to a trust or to a company that hosts websites.
func (s *School) mailDomain() string {
	u, err := url.Parse(s.Website)
	if err != nil {
		return s.WebDomain
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if strings.HasSuffix(host, "."+s.WebDomain) {
		return host
	}
	return s.WebDomain
}

// evidence says what speaks for m working at the school, and whether that is enough to let m in.
func (s *Members) evidence(ctx context.Context, m *Member, school *School) (text string, proven bool, err error) {
	domain, own := domainOf(m.Email), school.mailDomain()
	switch {
	case !m.EmailVerified || domain == "":
		return "The e-mail address is not verified.", false, nil
	case school.WebDomain == "":
		return "The register has no website of the school to compare the e-mail address with.", false, nil
	case isOthers(school.WebDomain):
		return "The school's website is on a domain that others use, too.", false, nil
	case domain != own && !strings.HasSuffix(domain, "."+own):
		return "The e-mail address is not on the school's domain.", false, nil
	}
	alone, err := s.onlySchoolOn(ctx, school)
	if err != nil {
		return "", false, err
	}
	if !alone {
		return "Several schools share the domain " + school.WebDomain + " of the e-mail address.", false, nil
	}
	known, err := s.Store.Members.Count(ctx, Equal(FieldMemberSchool, school.ID), Equal(FieldMemberMembership, MembershipActive))
	if err != nil {
		return "", false, err
	}
	text = fmt.Sprintf("The verified e-mail address is on the school's own domain %s.", own)
	if known == 0 {
		return text + " Nobody of the school is a member yet, so a person must look.", false, nil
	}
	return text, true, nil
}

// onlySchoolOn says whether no other open school has its website on the same domain, as schools of one trust often do.
func (s *Members) onlySchoolOn(ctx context.Context, school *School) (bool, error) {
	page, err := s.Store.Schools.Find(ctx, Query{Where: []Cond{Equal(FieldSchoolWebDomain, school.WebDomain)}, Limit: MaxLimit})
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(page.Items, func(o *School) bool { return o.ID != school.ID && o.Open() }), nil
}

// welcome makes the school of a member who was let in a member school. It is safe to repeat.
func (s *Members) welcome(ctx context.Context, m *Member) error {
	if m.Membership != MembershipActive || m.SchoolID == "" {
		return nil
	}
	_, err := s.Store.Schools.Update(ctx, m.SchoolID, func(school *School) error {
		if !school.JoinedAt.IsZero() {
			return ErrUnchanged
		}
		school.JoinedAt = s.now()
		return nil
	})
	if err != nil {
		return err
	}
	s.changed(ctx, m.SchoolID)
	return nil
}

// JoinRequests lists the requests that the viewer may decide, the oldest first: those of his school, or all of them for the
// network's team.
func (s *Members) JoinRequests(ctx context.Context, p Paging) (*List[Member], error) {
	viewer := ViewerFrom(ctx)
	where := []Cond{Equal(FieldMemberMembership, MembershipPending)}
	if !viewer.may(DecideJoining) {
		if err := viewer.require(DecideJoining, OwnSchool); err != nil {
			return nil, err
		}
		where = append(where, Equal(FieldMemberSchool, viewer.SchoolID()))
	}
	return find(ctx, s.Store.Members, Query{Where: where, By: FieldMemberRequested}, p)
}

// Decision is what somebody decides on a request to join.
type Decision struct {
	MemberID string
	// Version is that of the member whom the caller looked at; nil for whatever the member asks for now.
	Version *int64
	Accept  bool
}

// DecideJoinRequest lets a member who asked into the school, or declines. CONFLICT if it was decided before, or if the member has
// changed since the version of the decision, and may have asked for another school.
func (s *Members) DecideJoinRequest(ctx context.Context, d Decision) (*Member, error) {
	viewer := ViewerFrom(ctx)
	if err := viewer.requireEver(DecideJoining); err != nil {
		return nil, err
	}
	m, err := s.Store.Members.Update(ctx, d.MemberID, func(m *Member) error {
		switch {
		case !viewer.may(DecideJoining, viewer.toMember(m)...):
			return NotFound("request to join")
		case m.Membership != MembershipPending:
			return &Error{Code: CodeConflict, Field: "memberId", Message: "This request has been decided already."}
		case d.Version != nil && *d.Version != m.Version:
			return stale("request")
		}
		m.decided(d.Accept)
		m.DecidedAt, m.DecidedBy = s.now(), viewer.MemberID()
		return nil
	})
	switch {
	case CodeOf(err) == CodeNotFound: // in the same words for nobody and for whoever asked another school
		return nil, NotFound("request to join")
	case err != nil:
		return nil, err
	}
	return m, s.welcome(ctx, m)
}

// decided lets the member into the school, or not, and remembers who was declined: evidence that did not convince a person must not
// let anybody in by itself later.
func (m *Member) decided(accept bool) {
	m.DeclinedBy = slices.DeleteFunc(m.DeclinedBy, func(id string) bool { return id == m.SchoolID })
	if accept {
		m.Membership = MembershipActive
		return
	}
	m.Membership = MembershipDeclined
	m.DeclinedBy = append(m.DeclinedBy, m.SchoolID)
}

// joined puts two sentences together, either of which may be empty.
func joined(a, b string) string { return strings.TrimSpace(a + "\n\n" + b) }
