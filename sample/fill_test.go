package sample_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/files"
	"github.com/staffroom-schools/staffroom/sample"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store"
)

const issuer = "http://localhost:8080/idp"

// empty is ports over a new store on disk.
func empty(t *testing.T) staffroom.Ports {
	t.Helper()
	dir := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	opened, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "staffroom.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	uploads, err := files.Open(t.Context(), filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = uploads.Close() })
	return staffroom.Ports{Store: opened, Blobs: uploads, Inspector: files.NewInspector(staffroom.MaxFileBytes, ""), Log: log}
}

func filled(t *testing.T) (staffroom.Ports, *staffroom.Network) {
	t.Helper()
	ports := empty(t)
	if err := sample.Fill(t.Context(), ports, issuer); err != nil {
		t.Fatal(err)
	}
	return ports, staffroom.New(ports)
}

// as is ctx with the person as the viewer.
func as(t *testing.T, network *staffroom.Network, subject string) context.Context {
	t.Helper()
	viewer, err := network.Members.ViewerByIdentity(t.Context(), issuer, subject)
	if err != nil {
		t.Fatalf("%s: %v", subject, err)
	}
	return staffroom.WithViewer(t.Context(), viewer)
}

// picture writes down all that the network holds, without ids, in an order of its own.
func picture(t *testing.T, ports staffroom.Ports) []string {
	t.Helper()
	var lines []string
	names := map[string]string{}
	for m, err := range ports.Store.Members.All(t.Context()) {
		names[m.ID] = m.Name
		lines = append(lines, fmt.Sprint("member ", m.Name, m.Email, m.JobTitle, m.Roles, m.Membership, m.SchoolID, m.Evidence, m.RequestedAt, m.Topics, err))
	}
	for s, err := range ports.Store.Schools.All(t.Context()) {
		lines = append(lines, fmt.Sprint("school ", s.URN, s.Name, s.AuthorityCode, s.Place, s.JoinedAt, err))
	}
	for l, err := range ports.Store.LeadSchools.All(t.Context()) {
		lines = append(lines, fmt.Sprint("lead ", l.SchoolID, l.Phases, l.From, l.To, l.Current, l.EndedAt, l.EndReason, names[l.ContactID], err))
	}
	titles := map[string]string{}
	for r, err := range ports.Store.Resources.All(t.Context()) {
		titles[r.ID] = r.Title
		attached := ""
		for _, f := range r.Files {
			attached += fmt.Sprint(f.Name, f.Size, f.SHA256)
		}
		lines = append(lines, fmt.Sprint("resource ", r.Title, names[r.AuthorIDs[0]], r.Status, r.Visibility, r.PublishedAt, attached, err))
	}
	threads := map[string]string{}
	for th, err := range ports.Store.Threads.All(t.Context()) {
		threads[th.ID] = th.Title
		lines = append(lines, fmt.Sprint("thread ", th.Title, th.Space, titles[th.ResourceID], " last active ", th.LastActivityAt, err))
	}
	for p, err := range ports.Store.Posts.All(t.Context()) {
		if threads[p.ThreadID] == "" {
			continue // of a thread whose start was interrupted; nobody sees it
		}
		lines = append(lines, fmt.Sprint("post ", threads[p.ThreadID], names[p.AuthorID], p.CreatedAt, p.Body, err))
	}
	slices.Sort(lines)
	return lines
}

func count(lines []string, kind string) (n int) {
	for _, line := range lines {
		if strings.HasPrefix(line, kind+" ") {
			n++
		}
	}
	return n
}

func TestFillMakesTheWholeNetwork(t *testing.T) {
	ports := empty(t)
	if err := sample.Fill(t.Context(), ports, issuer); err != nil {
		t.Fatal(err)
	}
	lines := picture(t, ports)
	for kind, least := range map[string]int{"member": 60, "school": 80, "lead": 40, "resource": 120, "thread": 30, "post": 130} {
		if n := count(lines, kind); n < least {
			t.Errorf("there are %d of kind %s, at least %d were wanted", n, kind, least)
		}
	}
	if n := count(lines, "member"); n != len(sample.People()) {
		t.Errorf("%d members, and %d people can sign in", n, len(sample.People()))
	}
}

func TestFillIsTheSameEachTime(t *testing.T) {
	first, second := empty(t), empty(t)
	now := time.Now()
	for _, ports := range []*staffroom.Ports{&first, &second} {
		ports.Now = func() time.Time { return now }
		if err := sample.Fill(t.Context(), *ports, issuer); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := picture(t, first), picture(t, second); !slices.Equal(a, b) {
		t.Errorf("two fillings differ:\n%s", different(a, b))
	}
	if a, b := titles(t, first), titles(t, second); !slices.Equal(a, b) {
		t.Errorf("the newest resources and threads come in another order:\n%s", different(a, b))
	}
}

func different(a, b []string) string {
	var out strings.Builder
	for _, line := range a {
		if !slices.Contains(b, line) {
			fmt.Fprintf(&out, "- %.200s\n", line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			fmt.Fprintf(&out, "+ %.200s\n", line)
		}
	}
	return out.String()
}

// titles is what members see in lists, in its order.
func titles(t *testing.T, ports staffroom.Ports) []string {
	t.Helper()
	network, size := staffroom.New(ports), staffroom.MaxPage
	ctx := as(t, network, "amara.goldfinch")
	resources, err := network.Resources.Find(ctx, staffroom.ResourceFilter{}, staffroom.ResourceOrder{}, staffroom.Paging{First: &size})
	if err != nil {
		t.Fatal(err)
	}
	threads, err := network.Threads.Find(ctx, staffroom.ThreadFilter{}, staffroom.Paging{First: &size})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range resources.Items {
		all = append(all, r.Title)
	}
	for _, th := range threads.Items {
		all = append(all, th.Title)
	}
	return all
}

func TestFillLeavesOtherStoresAlone(t *testing.T) {
	ports := empty(t)
	network := staffroom.New(ports)
	_, err := network.Members.SignedIn(t.Context(), staffroom.SignedIn{Issuer: "https://login.example", Subject: "1", Name: "Somebody"})
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Fill(t.Context(), ports, issuer); err != nil {
		t.Fatal(err)
	}
	if lines := picture(t, ports); len(lines) != 1 {
		t.Errorf("a store with a member of its own was filled: %d documents", len(lines))
	}
}

func TestFillTwiceChangesNothing(t *testing.T) {
	ports, network := filled(t)
	member := staffroom.ViewerFrom(as(t, network, "amara.goldfinch")).Member
	before := picture(t, ports)
	if err := sample.Fill(t.Context(), ports, issuer); err != nil {
		t.Fatal(err)
	}
	if after := picture(t, ports); !slices.Equal(before, after) {
		t.Errorf("filling again made a difference:\n%s", different(before, after))
	}
	if again := staffroom.ViewerFrom(as(t, network, "amara.goldfinch")).Member; again.Version != member.Version {
		t.Errorf("filling again wrote a member: version %d became %d", member.Version, again.Version)
	}
}

// breaker is events that end a context when some have been published.
type breaker struct {
	left   atomic.Int64
	cancel context.CancelFunc
}

func (b *breaker) Publish(context.Context, staffroom.Event) error {
	if b.left.Add(-1) == 0 {
		b.cancel()
	}
	return nil
}

func (b *breaker) Subscribe(context.Context, string) (<-chan staffroom.Event, error) { return nil, nil }

// withoutActivity leaves out when threads were last active.
func withoutActivity(lines []string) []string {
	lines = slices.Clone(lines)
	for i, line := range lines {
		if strings.HasPrefix(line, "thread ") {
			lines[i], _, _ = strings.Cut(line, " last active ")
		}
	}
	return lines
}

func TestInterruptedFillIsGoneOnWith(t *testing.T) {
	now := time.Now()
	whole := empty(t)
	whole.Now = func() time.Time { return now }
	if err := sample.Fill(t.Context(), whole, issuer); err != nil {
		t.Fatal(err)
	}
	want := picture(t, whole)
	for _, after := range []int64{1, 80, 200, 400} {
		t.Run(fmt.Sprintf("after %d events", after), func(t *testing.T) {
			ports := empty(t)
			ports.Now = whole.Now
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b := &breaker{cancel: cancel}
			b.left.Store(after)
			ports.Events = b
			if err := sample.Fill(ctx, ports, issuer); err == nil {
				t.Fatal("the filling was not interrupted")
			}
			if slices.Equal(picture(t, ports), want) {
				t.Fatal("everything was there before the interruption")
			}
			if err := sample.Fill(t.Context(), ports, issuer); err != nil {
				t.Fatal(err)
			}
			// Between a reply and its being noted at the thread there is a gap, after which the thread stays where it was in lists.
			want, got := withoutActivity(want), withoutActivity(picture(t, ports))
			if !slices.Equal(got, want) {
				t.Errorf("after an interruption the network differs:\n%s", different(want, got))
			}
		})
	}
}

// cutMembers is the members of a store that ends a context when some have been stored.
type cutMembers struct {
	staffroom.Collection[staffroom.Member]
	left   atomic.Int64
	cancel context.CancelFunc
}

func (c *cutMembers) Insert(ctx context.Context, m *staffroom.Member) error {
	err := c.Collection.Insert(ctx, m)
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
	return err
}

func TestFillInterruptedAmongTheFirstPeopleIsGoneOnWith(t *testing.T) {
	for _, after := range []int64{1, 3, int64(len(sample.People())) - 1} {
		ports := empty(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		whole := *ports.Store
		members := &cutMembers{Collection: whole.Members, cancel: cancel}
		members.left.Store(after)
		cut := whole
		cut.Members = members
		ports.Store = &cut
		if err := sample.Fill(ctx, ports, issuer); err == nil {
			t.Fatalf("the filling was not interrupted after %d people", after)
		}
		ports.Store = &whole
		if err := sample.Fill(t.Context(), ports, issuer); err != nil {
			t.Fatal(err)
		}
		lines := picture(t, ports)
		if people, resources := count(lines, "member"), count(lines, "resource"); people != len(sample.People()) || resources != 120 {
			t.Errorf("after an interruption after %d people there are %d of them and %d resources", after, people, resources)
		}
	}
}

func TestWhoMayReadTheSample(t *testing.T) {
	ports, network := filled(t)
	teacher, stranger := as(t, network, "amara.goldfinch"), as(t, network, "maya.pipistrelle")
	for r, err := range ports.Store.Resources.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		published := r.Status == staffroom.StatusPublished
		public := published && r.Visibility == staffroom.VisibilityPublic
		ours := r.SchoolID == staffroom.ViewerFrom(teacher).SchoolID()
		for who, expected := range map[context.Context]bool{
			t.Context(): public, stranger: public,
			teacher: public || published && (r.Visibility == staffroom.VisibilityMembers || ours),
		} {
			_, err := network.Resources.ByID(who, r.ID)
			if (err == nil) != expected {
				t.Errorf("%q, %s and %s: readable for %s: %v", r.Title, r.Status, r.Visibility, staffroom.ViewerFrom(who).MemberID(), err)
			}
		}
	}
	if _, err := network.Threads.Find(stranger, staffroom.ThreadFilter{}, staffroom.Paging{}); staffroom.CodeOf(err) != staffroom.CodeForbidden {
		t.Errorf("somebody without a school reads threads: %v", err)
	}
}

// TestTourOfJoining is what the README shows: by evidence, by approval, and a request that waits.
func TestTourOfJoining(t *testing.T) {
	_, network := filled(t)
	join := func(subject, urn string) *staffroom.Member {
		m, err := network.Members.Join(as(t, network, subject), staffroom.JoinInput{URN: urn})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	const honeycomb = "910344"
	if m := join("isaac.turtledove", honeycomb); m.Membership != staffroom.MembershipActive {
		t.Errorf("the address on the school's domain did not let in: %s, %s", m.Membership, m.Evidence)
	}
	m := join("maya.pipistrelle", honeycomb)
	if m.Membership != staffroom.MembershipPending {
		t.Errorf("an address elsewhere let in: %s", m.Evidence)
	}
	if m, err := network.Members.DecideJoinRequest(as(t, network, "ruth.primrose"), staffroom.Decision{MemberID: m.ID, Accept: true}); err != nil || m.Membership != staffroom.MembershipActive {
		t.Errorf("the head could not let in a colleague: %v", err)
	}
	waiting, err := network.Members.JoinRequests(as(t, network, "shabnam.firecrest"), staffroom.Paging{})
	if err != nil || len(waiting.Items) != 1 || waiting.Items[0].Name != "Noor Chiffchaff" {
		t.Errorf("the requests at Silk Weavers are %v, %v", waiting, err)
	}
}

func TestLeadSchoolIsFoundNearAPostcode(t *testing.T) {
	_, network := filled(t)
	list, err := network.LeadSchools.Find(t.Context(), staffroom.LeadSchoolFilter{
		Phases: []staffroom.Phase{staffroom.PhasePrimary}, Near: &staffroom.Near{Postcode: "zz23", WithinKm: 25},
	}, staffroom.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) == 0 || list.Items[0].AuthorityCode != "E09000023" {
		t.Errorf("the nearest lead school to ZZ23 is %v", list.Items)
	}
}

func TestFilesAreThere(t *testing.T) {
	ports, network := filled(t)
	attached := 0
	for r, err := range ports.Store.Resources.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Files {
			attached++
			_, content, err := network.Resources.OpenFile(t.Context(), r.ID, f.ID)
			if r.Visibility != staffroom.VisibilityPublic {
				continue
			}
			if err != nil {
				t.Fatalf("%s of %q: %v", f.Name, r.Title, err)
			}
			if err := content.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if attached < 15 {
		t.Errorf("only %d files are attached", attached)
	}
}
