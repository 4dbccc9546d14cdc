package staffroom_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestJoiningByEvidenceOrApproval(t *testing.T) {
	w := newWorld(t)
	join := func(subject, email string, verified bool, urn string) *staffroom.Member {
		m, err := w.Members.SignedIn(t.Context(), staffroom.SignedIn{
			Issuer: "https://idp.example", Subject: subject, Name: subject, Email: email, EmailVerified: verified,
		})
		if err != nil {
			t.Fatal(err)
		}
		m, err = w.Members.Join(w.as(m), staffroom.JoinInput{URN: urn})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct {
		name, email string
		verified    bool
		urn         string
		want        staffroom.Membership
	}{
		{"on the domain", "a@oak.example", true, "900001", staffroom.MembershipActive},
		{"below the domain", "a@mail.oak.example", true, "900001", staffroom.MembershipActive},
		{"not verified", "a@oak.example", false, "900001", staffroom.MembershipPending},
		{"elsewhere", "a@elm.example", true, "900001", staffroom.MembershipPending},
		{"looks alike", "a@notoak.example", true, "900001", staffroom.MembershipPending},
		{"first of the school", "a@ash.example", true, "900003", staffroom.MembershipPending},
	} {
		if got := join(c.name, c.email, c.verified, c.urn); got.Membership != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, got.Membership, got.Evidence, c.want)
		}
	}

	requests, err := w.Members.JoinRequests(w.as(w.head), staffroom.Paging{})
	if err != nil || len(requests.Items) != 3 {
		t.Fatalf("the head of Oak sees %d requests (%v), want 3", len(requests.Items), err)
	}
	all, err := w.Members.JoinRequests(w.as(w.moderator), staffroom.Paging{})
	if err != nil || len(all.Items) != 4 {
		t.Fatalf("the moderator sees %d requests (%v), want 4", len(all.Items), err)
	}
	first := all.Items[slices.IndexFunc(all.Items, func(m *staffroom.Member) bool { return m.SchoolID == w.ash.ID })]
	_, err = w.Members.DecideJoinRequest(w.as(w.head), staffroom.Decision{MemberID: first.ID, Accept: true})
	expectCode(t, "the head of Oak lets somebody into Ash", err, staffroom.CodeNotFound)
	_, err = w.Members.DecideJoinRequest(w.as(w.teacher), staffroom.Decision{MemberID: first.ID, Accept: true})
	expectCode(t, "a teacher decides", err, staffroom.CodeForbidden)
	_, err = w.Members.DecideJoinRequest(w.as(w.moderator), staffroom.Decision{MemberID: first.ID, Accept: true})
	expectCode(t, "the moderator lets the first of Ash in", err, "")
	_, err = w.Members.DecideJoinRequest(w.as(w.moderator), staffroom.Decision{MemberID: first.ID, Accept: true})
	expectCode(t, "twice", err, staffroom.CodeConflict)
	if ash, err := w.Schools.ByURN(t.Context(), "900003"); err != nil || ash.JoinedAt.IsZero() {
		t.Errorf("Ash is no member school after its first member (%v)", err)
	}
}

func TestJoiningSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	_, err := w.Members.Join(w.as(nil), staffroom.JoinInput{URN: "900001"})
	expectCode(t, "a visitor joins", err, staffroom.CodeUnauthenticated)
	for _, urn := range []string{"", "12", "abcdef", "999999"} {
		_, err := w.Members.Join(w.as(w.teacher), staffroom.JoinInput{URN: urn})
		e, ok := errors.AsType[*staffroom.Error](err)
		if !ok || e.Code != staffroom.CodeBadInput || e.Field != "urn" {
			t.Errorf("joining %q: %v, want an error of the field urn", urn, err)
		}
	}
}

func TestOneLeadSchoolPerAuthorityAndPhase(t *testing.T) {
	w := newWorld(t)
	appoint := func(as *staffroom.Member, urn string, phases ...staffroom.Phase) (*staffroom.LeadSchool, error) {
		return w.LeadSchools.Appoint(w.as(as), staffroom.AppointInput{
			SchoolURN: urn, AuthorityCode: "E09000023", Phases: phases, Remit: "Lead on reading.",
		})
	}
	_, err := appoint(w.head, "900001", staffroom.PhasePrimary)
	expectCode(t, "a head appoints", err, staffroom.CodeForbidden)
	_, err = appoint(w.admin, "900003", staffroom.PhasePrimary)
	expectCode(t, "a school that did not join", err, staffroom.CodeBadInput)
	first, err := appoint(w.admin, "900001", staffroom.PhasePrimary, staffroom.PhaseNursery)
	expectCode(t, "the first", err, "")
	_, err = appoint(w.admin, "900002", staffroom.PhaseNursery)
	expectCode(t, "a phase that is taken", err, staffroom.CodeBadInput)
	_, err = appoint(w.admin, "900002", staffroom.PhaseSecondary)
	expectCode(t, "a free phase", err, "")

	if _, err := w.LeadSchools.End(w.as(w.admin), staffroom.EndInput{ID: first.ID, Reason: "The term is over."}); err != nil {
		t.Fatal(err)
	}
	_, err = appoint(w.admin, "900002", staffroom.PhaseNursery)
	expectCode(t, "a phase that became free", err, "")
	for _, c := range []struct {
		filter staffroom.LeadSchoolFilter
		want   int
	}{
		{staffroom.LeadSchoolFilter{}, 2},
		{staffroom.LeadSchoolFilter{WithHistory: true}, 3},
		{staffroom.LeadSchoolFilter{Current: new(bool)}, 1},
		{staffroom.LeadSchoolFilter{Authorities: []string{"E09000007"}}, 0},
		{staffroom.LeadSchoolFilter{Phases: []staffroom.Phase{staffroom.PhaseNursery, staffroom.PhaseSecondary}}, 2},
		{staffroom.LeadSchoolFilter{Schools: []string{w.oak.ID}, WithHistory: true}, 1},
		{staffroom.LeadSchoolFilter{Schools: []string{w.oak.ID, w.elm.ID}, WithHistory: true}, 3},
		{staffroom.LeadSchoolFilter{Phases: []staffroom.Phase{staffroom.PhaseSecondary}, WithHistory: true}, 1},
		{staffroom.LeadSchoolFilter{Phases: []staffroom.Phase{staffroom.PhaseNursery, staffroom.PhaseSecondary}, WithHistory: true}, 3},
		{staffroom.LeadSchoolFilter{Near: &staffroom.Near{Postcode: "se13 7bn", WithinKm: 3}}, 2},
	} {
		list, err := w.LeadSchools.Find(t.Context(), c.filter, staffroom.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		if total, err := list.Total(t.Context()); err != nil || total != c.want || len(list.Items) != c.want {
			t.Errorf("%+v finds %d of %d (%v), want %d", c.filter, len(list.Items), total, err, c.want)
		}
	}
}

func TestTwoAppointmentsAtOnce(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for i := range 8 {
		wg.Go(func() {
			_, err := w.LeadSchools.Appoint(w.as(w.admin), staffroom.AppointInput{
				SchoolURN: []string{"900001", "900002"}[i%2], AuthorityCode: "E09000023",
				Phases: []staffroom.Phase{staffroom.PhasePrimary}, Remit: "Lead.",
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			}
		})
	}
	wg.Wait()
	if done != 1 {
		t.Errorf("%d schools lead the same phase of the same authority, want 1", done)
	}
}

func TestWhoReadsAResource(t *testing.T) {
	w := newWorld(t)
	draft := w.draft(w.teacher, "A draft", staffroom.VisibilityPublic)
	public := w.published(w.teacher, "For everybody", staffroom.VisibilityPublic)
	members := w.published(w.teacher, "For members", staffroom.VisibilityMembers)
	school := w.published(w.teacher, "For Oak", staffroom.VisibilitySchool)
	withdrawn := w.published(w.teacher, "Withdrawn", staffroom.VisibilityPublic)
	if _, err := w.Resources.Withdraw(w.as(w.teacher), withdrawn.ID, "Out of date."); err != nil {
		t.Fatal(err)
	}
	ids := []string{draft.ID, public.ID, members.ID, school.ID, withdrawn.ID, staffroom.NewID(staffroom.PrefixResource), "nonsense"}
	for _, c := range []struct {
		name string
		who  *staffroom.Member
		sees string // one letter per id: y or n
		list []string
	}{
		{"visitor", nil, "nynnnnn", []string{"For everybody"}},
		{"teacher of another school", w.neighbour, "nyynnnn", []string{"For members", "For everybody"}},
		{"author", w.teacher, "yyyyynn", []string{"For members", "For everybody"}},
		{"head", w.head, "yyyyynn", []string{"For members", "For everybody"}},
		{"moderator", w.moderator, "yyyyynn", []string{"For members", "For everybody"}},
		{"administrator", w.admin, "nyynnnn", []string{"For members", "For everybody"}},
	} {
		nodes, err := w.Nodes(w.as(c.who), ids)
		if err != nil {
			t.Fatal(err)
		}
		var sees strings.Builder
		for _, n := range nodes {
			sees.WriteString(map[bool]string{true: "y", false: "n"}[n != nil])
		}
		if sees.String() != c.sees {
			t.Errorf("%s sees %s, want %s", c.name, &sees, c.sees)
		}
		list, err := w.Resources.Find(w.as(c.who), staffroom.ResourceFilter{}, staffroom.ResourceOrder{}, staffroom.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		if got := titles(list.Items); !slices.Equal(got, c.list) {
			t.Errorf("%s finds %v, want %v", c.name, got, c.list)
		}
	}
	inOak := staffroom.ResourceFilter{Schools: []string{w.oak.ID}}
	if list, err := w.Resources.Find(w.as(w.head), inOak, staffroom.ResourceOrder{}, staffroom.Paging{}); err != nil || len(list.Items) != 3 {
		t.Errorf("Oak's own list has %v (%v), want what is for Oak, too", titles(list.Items), err)
	}
	if list, err := w.Resources.Find(w.as(w.neighbour), inOak, staffroom.ResourceOrder{}, staffroom.Paging{}); err != nil || len(list.Items) != 2 {
		t.Errorf("a neighbour finds %v of Oak (%v)", titles(list.Items), err)
	}
}

func TestListsOfHiddenResources(t *testing.T) {
	w := newWorld(t)
	w.draft(w.teacher, "A draft", staffroom.VisibilityPublic)
	drafts := []staffroom.ResourceStatus{staffroom.StatusDraft}
	find := func(who *staffroom.Member, f staffroom.ResourceFilter) (int, error) {
		f.Statuses = drafts
		list, err := w.Resources.Find(w.as(who), f, staffroom.ResourceOrder{}, staffroom.Paging{})
		if err != nil {
			return 0, err
		}
		return len(list.Items), nil
	}
	mine := staffroom.ResourceFilter{Authors: []string{w.teacher.ID}}
	oaks := staffroom.ResourceFilter{Schools: []string{w.oak.ID}}
	for _, c := range []struct {
		name   string
		who    *staffroom.Member
		filter staffroom.ResourceFilter
		code   staffroom.Code
	}{
		{"one's own", w.teacher, mine, ""},
		{"one's school's, as its head", w.head, oaks, ""},
		{"somebody's, as a moderator", w.moderator, mine, ""},
		{"one's school's, as a teacher", w.teacher, oaks, staffroom.CodeBadInput},
		{"somebody else's", w.neighbour, mine, staffroom.CodeBadInput},
		{"everybody's", w.moderator, staffroom.ResourceFilter{}, staffroom.CodeBadInput},
		{"as a visitor", nil, mine, staffroom.CodeBadInput},
	} {
		n, err := find(c.who, c.filter)
		expectCode(t, c.name, err, c.code)
		if c.code == "" && n != 1 {
			t.Errorf("%s: %d drafts, want 1", c.name, n)
		}
	}
}

func TestEveryResourceFilterIsServedByAnIndex(t *testing.T) {
	w := newWorld(t)
	r := w.published(w.teacher, "For everybody", staffroom.VisibilityPublic)
	now := time.Now()
	for name, f := range map[string]staffroom.ResourceFilter{
		"authority":   {Authorities: []string{r.AuthorityCode}},
		"authorities": {Authorities: []string{r.AuthorityCode, "E09000007"}},
		"school":      {Schools: []string{r.SchoolID}},
		"author":      {Authors: []string{w.teacher.ID}},
		"kind":        {Kinds: []staffroom.ResourceKind{staffroom.KindCaseStudy}},
		"kinds":       {Kinds: []staffroom.ResourceKind{staffroom.KindCaseStudy, staffroom.KindTool}},
		"topic":       {Topics: []string{"send"}},
		"topics":      {Topics: []string{"send", "attendance"}},
		"phases":      {Phases: []staffroom.Phase{staffroom.PhasePrimary}},
		"licence":     {Licences: []staffroom.Licence{staffroom.LicenceCCBY}},
		"visibility":  {Visibilities: []staffroom.Visibility{staffroom.VisibilityPublic}},
		"status":      {Statuses: []staffroom.ResourceStatus{staffroom.StatusPublished}},
		"time":        {PublishedFrom: staffroom.At(now.Add(-time.Hour)), PublishedTo: staffroom.At(now.Add(time.Hour))},
		"all": {
			Authorities: []string{r.AuthorityCode}, Schools: []string{r.SchoolID}, Authors: []string{w.teacher.ID}, Topics: []string{"send"},
			Kinds: []staffroom.ResourceKind{staffroom.KindCaseStudy}, Phases: []staffroom.Phase{staffroom.PhasePrimary},
		},
	} {
		for _, order := range []staffroom.ResourceOrder{{}, {Asc: true}, {By: staffroom.ResourcesByTitle}} {
			list, err := w.Resources.Find(t.Context(), f, order, staffroom.Paging{})
			if err != nil {
				t.Errorf("%s ordered %+v: %v", name, order, err)
				continue
			}
			if total, err := list.Total(t.Context()); err != nil || total != 1 || len(list.Items) != 1 {
				t.Errorf("%s ordered %+v: %d of %d (%v), want 1", name, order, len(list.Items), total, err)
			}
		}
	}
}

func TestUpdatesOfAnOldVersionConflict(t *testing.T) {
	w := newWorld(t)
	r := w.draft(w.teacher, "First title", staffroom.VisibilityPublic)
	change := func(as *staffroom.Member, version int64, title string) (*staffroom.Resource, error) {
		return w.Resources.Update(w.as(as), staffroom.UpdateResource{ID: r.ID, Version: version, Title: &title})
	}
	second, err := change(w.teacher, r.Version, "Second title")
	expectCode(t, "an update", err, "")
	current, err := change(w.head, r.Version, "Third title")
	expectCode(t, "an update of an old version", err, staffroom.CodeConflict)
	if current == nil || current.Title != "Second title" || current.Version != second.Version {
		t.Errorf("the conflict shows %+v, want the resource as it is", current)
	}
	_, err = change(w.neighbour, second.Version, "Mine now")
	expectCode(t, "somebody of another school", err, staffroom.CodeNotFound)
	if _, err := w.Resources.Publish(w.as(w.teacher), r.ID, nil); err != nil {
		t.Fatal(err)
	}
	_, err = change(w.neighbour, second.Version+1, "Mine now")
	expectCode(t, "somebody who may read only", err, staffroom.CodeForbidden)
}

func TestFilesComeAndGoWithTheirRights(t *testing.T) {
	w := newWorld(t)
	r := w.draft(w.teacher, "With a file", staffroom.VisibilityMembers)
	attach := func(as *staffroom.Member) (*staffroom.File, error) {
		_, f, err := w.Resources.AttachFile(w.as(as), staffroom.AttachFile{ResourceID: r.ID, Name: "a.txt", Content: strings.NewReader("hello")})
		return f, err
	}
	file, err := attach(w.teacher)
	expectCode(t, "the author", err, "")
	_, err = attach(w.neighbour)
	expectCode(t, "a neighbour", err, staffroom.CodeNotFound)
	_, _, err = w.Resources.OpenFile(w.as(w.neighbour), r.ID, file.ID)
	expectCode(t, "a neighbour opens a draft's file", err, staffroom.CodeNotFound)
	if _, err := w.Resources.Publish(w.as(w.teacher), r.ID, nil); err != nil {
		t.Fatal(err)
	}
	_, _, err = w.Resources.OpenFile(w.as(w.neighbour), r.ID, file.ID)
	expectCode(t, "a neighbour opens a file for members", err, "")
	_, _, err = w.Resources.OpenFile(w.as(nil), r.ID, file.ID)
	expectCode(t, "a visitor opens a file for members", err, staffroom.CodeNotFound)
	if _, err := w.Resources.RemoveFile(w.as(w.teacher), r.ID, file.ID); err != nil || w.blobs.count() != 0 {
		t.Errorf("after removing the file: %v, %d files kept", err, w.blobs.count())
	}
}

func TestWhatAModeratorWithdrewStaysWithdrawn(t *testing.T) {
	w := newWorld(t)
	r := w.published(w.teacher, "Not good", staffroom.VisibilityPublic)
	if _, err := w.Resources.Withdraw(w.as(w.moderator), r.ID, "Names a pupil."); err != nil {
		t.Fatal(err)
	}
	_, err := w.Resources.Publish(w.as(w.teacher), r.ID, nil)
	expectCode(t, "the author publishes it again", err, staffroom.CodeForbidden)
	other := w.published(w.teacher, "Out of date", staffroom.VisibilityPublic)
	if _, err := w.Resources.Withdraw(w.as(w.head), other.ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err = w.Resources.Publish(w.as(w.teacher), other.ID, nil)
	expectCode(t, "the author publishes what the head withdrew", err, "")
}

func TestThreadsAreForMembersAndLive(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.Threads.Start(w.as(nil), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: "Hello", Body: "Hi"})
	expectCode(t, "a visitor starts a thread", err, staffroom.CodeUnauthenticated)
	for _, space := range []staffroom.Space{"", "nowhere", "authority:", "authority:E99999999", "authority:209"} {
		_, _, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{Space: space, Title: "Hello", Body: "Hi"})
		expectCode(t, "space "+string(space), err, staffroom.CodeBadInput)
	}
	thread, _, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{
		Space: staffroom.AuthoritySpace("E09000023"), Title: "Phonics", Body: "Which scheme?",
	})
	expectCode(t, "a member starts a thread", err, "")
	posts, err := w.Threads.Activity(w.as(w.head), thread.ID)
	expectCode(t, "a member listens", err, "")
	_, err = w.Threads.Activity(w.as(nil), thread.ID)
	expectCode(t, "a visitor listens", err, staffroom.CodeUnauthenticated)
	if _, err := w.Threads.Reply(w.as(w.neighbour), staffroom.ReplyToThread{ThreadID: thread.ID, Body: "Ours."}); err != nil {
		t.Fatal(err)
	}
	select {
	case post := <-posts:
		if post.Body != "Ours." {
			t.Errorf("heard %q", post.Body)
		}
	case <-time.After(time.Minute):
		t.Fatal("heard nothing of the reply")
	}
	// The listener loses the membership: the next post is not for them.
	if _, err := w.store.Members.Update(t.Context(), w.head.ID, func(m *staffroom.Member) error {
		m.Membership = staffroom.MembershipDeclined
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Threads.Reply(w.as(w.teacher), staffroom.ReplyToThread{ThreadID: thread.ID, Body: "A secret."}); err != nil {
		t.Fatal(err)
	}
	if post, open := <-posts; open {
		t.Errorf("somebody who is no member any more heard %q", post.Body)
	}
	counts, err := w.Threads.CountPosts(w.as(w.teacher), []string{thread.ID})
	if err != nil || counts[thread.ID] != 3 {
		t.Errorf("the thread has %v posts (%v), want 3", counts, err)
	}
	for _, f := range []staffroom.ThreadFilter{
		{},
		{Spaces: []staffroom.Space{thread.Space}},
		{Spaces: []staffroom.Space{thread.Space, staffroom.SpaceNetwork}},
		{Authors: []string{w.teacher.ID}},
		{Spaces: []staffroom.Space{staffroom.AuthoritySpace(" e09000023 ")}},
	} {
		list, err := w.Threads.Find(w.as(w.teacher), f, staffroom.Paging{})
		if err != nil || len(list.Items) != 1 {
			t.Errorf("%+v: %v, want the thread", f, err)
		}
	}
}

func TestSchoolsNearAPointInPages(t *testing.T) {
	w := newWorld(t)
	for i := range 60 {
		w.open(fmt.Sprintf("9100%02d", i), fmt.Sprintf("School %02d", i), "E09000023", "", 538000+i*400, 175000)
	}
	lat, lng := staffroom.FromGrid(538000, 175000)
	near := staffroom.SchoolFilter{Near: &staffroom.Near{Latitude: &lat, Longitude: &lng, WithinKm: 10.1}}
	first := 7
	var after *string
	var got []string
	last := -1.0
	for {
		list, err := w.Schools.Find(t.Context(), near, staffroom.SchoolOrder{}, staffroom.Paging{First: &first, After: after})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range list.Items {
			d := *list.Distance(i)
			if d < last-1e-9 || d > 10.1 {
				t.Errorf("%s is %.3f km away, after one %.3f km away", s.Name, d, last)
			}
			last = d
			got = append(got, s.URN)
		}
		if total, err := list.Total(t.Context()); err != nil || total != 28 {
			t.Errorf("%d schools in all (%v), want 28", total, err)
		}
		if !list.HasNext {
			break
		}
		cursor := list.Cursor(len(list.Items) - 1)
		after = &cursor
	}
	if len(got) != 28 { // Oak, Elm, and every 400 m one up to 10 km away
		t.Errorf("the pages hold %d schools, want 28", len(got))
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(got))); len(distinct) != len(got) {
		t.Errorf("the pages repeat schools: %d of %d are distinct", len(distinct), len(got))
	}
	for field, n := range map[string]*staffroom.Near{
		"filter.near.postcode": {Postcode: "nowhere", WithinKm: 1}, "filter.near": {Latitude: &lat, WithinKm: 1},
		"filter.near.withinKm": {Latitude: &lat, Longitude: &lng, WithinKm: 5000},
	} {
		_, err := w.Schools.Find(t.Context(), staffroom.SchoolFilter{Near: n}, staffroom.SchoolOrder{}, staffroom.Paging{})
		if e, ok := errors.AsType[*staffroom.Error](err); !ok || e.Field != field {
			t.Errorf("%+v: %v, want an error of %s", n, err, field)
		}
	}
}

func TestEverySchoolFilterIsServedByAnIndex(t *testing.T) {
	w := newWorld(t)
	for name, f := range map[string]staffroom.SchoolFilter{
		"none":        {},
		"authority":   {Authorities: []string{"E09000023"}},
		"authorities": {Authorities: []string{"E09000023", "E09000007"}},
		"phase":       {Phases: []staffroom.Phase{staffroom.PhasePrimary}},
		"phases":      {Phases: []staffroom.Phase{staffroom.PhasePrimary, staffroom.PhaseNursery}},
		"group":       {TypeGroups: []staffroom.TypeGroup{staffroom.GroupAuthorityMaintained}},
		"type":        {TypeCodes: []string{"1"}},
		"status":      {Statuses: []staffroom.SchoolStatus{staffroom.SchoolOpen}},
		"members":     {MembersOnly: true},
		"all":         {Authorities: []string{"E09000023"}, Phases: []staffroom.Phase{staffroom.PhasePrimary}, TypeCodes: []string{"1"}, MembersOnly: true},
	} {
		list, err := w.Schools.Find(t.Context(), f, staffroom.SchoolOrder{}, staffroom.Paging{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if total, err := list.Total(t.Context()); err != nil || total != len(list.Items) || total == 0 {
			t.Errorf("%s: %d of %d (%v)", name, len(list.Items), total, err)
		}
	}
}

func TestPagesAreBounded(t *testing.T) {
	w := newWorld(t)
	for _, n := range []int{-1, 0, 101, 1 << 40} {
		_, err := w.Schools.Find(t.Context(), staffroom.SchoolFilter{}, staffroom.SchoolOrder{}, staffroom.Paging{First: &n})
		expectCode(t, fmt.Sprintf("first: %d", n), err, staffroom.CodeBadInput)
	}
	forged := "abcd"
	_, err := w.Schools.Find(t.Context(), staffroom.SchoolFilter{}, staffroom.SchoolOrder{}, staffroom.Paging{After: &forged})
	expectCode(t, "a forged cursor", err, staffroom.CodeBadCursor)
}

func TestRolesAreGivenByAdministratorsOnly(t *testing.T) {
	w := newWorld(t)
	roles := []staffroom.Role{staffroom.RoleModerator}
	_, err := w.Members.SetRoles(w.as(w.head), w.teacher.ID, roles)
	expectCode(t, "a head gives roles", err, staffroom.CodeForbidden)
	_, err = w.Members.SetRoles(w.as(w.admin), w.admin.ID, nil)
	expectCode(t, "the administrator resigns", err, staffroom.CodeBadInput)
	m, err := w.Members.SetRoles(w.as(w.admin), w.teacher.ID, roles)
	if err != nil || !m.Has(staffroom.RoleModerator) {
		t.Errorf("roles are %v (%v)", m, err)
	}
}

// TestListenersAreToldWhyTheyHearNoMore checks each way in which a subscription ends before its listener wants it to.
func TestListenersAreToldWhyTheyHearNoMore(t *testing.T) {
	w := newWorld(t)
	thread, _, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: "Hello", Body: "Hi"})
	expectCode(t, "a member starts a thread", err, "")
	reply := func() {
		if _, err := w.Threads.Reply(w.as(w.teacher), staffroom.ReplyToThread{ThreadID: thread.ID, Body: "And again."}); err != nil {
			t.Fatal(err)
		}
	}
	// listen has somebody listen who takes nothing until they are told the end; then they take the rest.
	listen := func(ctx context.Context, until func()) error {
		told := make(chan error, 1)
		posts, err := w.Threads.Activity(staffroom.WithEnd(ctx, func(err error) { told <- err }), thread.ID)
		if err != nil {
			t.Fatal(err)
		}
		until()
		for range posts {
		}
		select {
		case err := <-told:
			return err
		default:
			return nil
		}
	}
	expectCode(t, "a listener who takes nothing", listen(w.as(w.head), func() {
		for range 70 { // more than the hub keeps for one
			reply()
		}
	}), staffroom.CodeLagged)
	ctx, cancel := context.WithCancel(w.as(w.head))
	if err := listen(ctx, cancel); err != nil {
		t.Errorf("who wants no more is told %v", err)
	}
	expectCode(t, "a listener who is no member any more", listen(w.as(w.neighbour), func() {
		if _, err := w.store.Members.Update(t.Context(), w.neighbour.ID, func(m *staffroom.Member) error {
			m.Membership = staffroom.MembershipDeclined
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		reply()
	}), staffroom.CodeForbidden)
}
