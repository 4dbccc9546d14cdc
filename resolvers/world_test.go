package resolvers_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/staffroom-schools/staffroom/events"
	"github.com/staffroom-schools/staffroom/markdown"
	"github.com/staffroom-schools/staffroom/search"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// The authorities of the small network that the tests use.
const (
	lewisham = "E09000023"
	camden   = "E09000007"
)

// world is a small network with names for what is in it. Its clock stands still while an operation runs.
type world struct {
	store   *staffroom.Store
	network *staffroom.Network
	index   *search.Index
	calls   *calls
	// documents keeps those that were sent, if it is not nil.
	documents graphql.MapCache[*ast.QueryDocument]
	// ids is what the things in the network are called in tests: "ada", "draft".
	ids map[string]string

	mu  sync.Mutex
	now time.Time
}

// newWorld opens a store in a temporary folder and fills it through the store: names, roles and dates as the tests need them.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{ids: map[string]string{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), calls: &calls{}}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "staffroom.db"), sqlite.Options{Now: w.clock})
	must(t, err)
	hub := events.NewHub()
	w.index, err = search.Open("", store, hub, nil)
	must(t, err)
	t.Cleanup(func() {
		must(t, w.index.Close())
		must(t, hub.Close())
		must(t, store.Close())
	})
	w.store = w.calls.count(store)
	w.network = staffroom.New(staffroom.Ports{
		Store: w.store, Index: w.index, Events: hub, Blobs: &shelf{}, Inspector: trusting{}, ReadMarkdown: markdown.Read, Now: w.clock,
	})
	must(t, w.network.Register.SeedAuthorities(t.Context()))
	w.fill(t)
	must(t, w.index.CatchUp(t.Context()))
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// tick moves the clock on, and lets the index see what is new.
func (w *world) tick(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	w.now = w.now.Add(time.Minute)
	w.mu.Unlock()
	must(t, w.index.CatchUp(t.Context()))
}

// as is the context of a request by the named member; by a visitor if the name is empty.
func (w *world) as(t *testing.T, name string) context.Context {
	t.Helper()
	if name == "" || name == "visitor" {
		return staffroom.WithViewer(t.Context(), &staffroom.Viewer{})
	}
	viewer, err := w.network.Members.ViewerOf(t.Context(), w.ids[name])
	must(t, err)
	return staffroom.WithViewer(t.Context(), viewer)
}

func (w *world) name(prefix, name string) staffroom.Meta {
	w.ids[name] = staffroom.NamedID(prefix, name)
	return staffroom.Meta{ID: w.ids[name], CreatedAt: staffroom.At(w.now.Add(-24 * time.Hour))}
}

func (w *world) fill(t *testing.T) {
	t.Helper()
	w.addSchools(t)
	w.addMembers(t)
	w.addResources(t)
	w.addThread(t, "talk", "How do you welcome late starters?", "ada", "cat", "ada")
	must(t, w.store.LeadSchools.Insert(t.Context(), &staffroom.LeadSchool{
		Meta: w.name(staffroom.PrefixLeadSchool, "lead"), SchoolID: w.ids["oak"], AuthorityCode: lewisham,
		Phases: []staffroom.Phase{staffroom.PhasePrimary}, From: "2025-09-01", Remit: "Lead on *early reading*.",
		ContactID: w.ids["ada"], AppointedBy: w.ids["adm"], Current: true, Holds: []string{lewisham + " PRIMARY"},
	}))
}

func (w *world) addSchools(t *testing.T) {
	t.Helper()
	joined := staffroom.At(time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC))
	age, roll, meals := 4, 210, 23.5
	oak := staffroom.Establishment{
		URN: "900001", LAESTAB: "209/9001", Name: "Oakfield Primary School", TypeCode: "01", TypeName: "Community school",
		TypeGroup: staffroom.GroupAuthorityMaintained, Status: staffroom.SchoolOpen, Phase: staffroom.PhasePrimary,
		OpenedOn: "2012-09-01", AuthorityCode: lewisham, LowAge: &age, Roll: &roll, FreeSchoolMeals: &meals,
		SENProvision: []string{"ASD - Autistic Spectrum Disorder"}, Street: "1 Oak Road", Town: "London",
		Postcode: "SE13 7ZZ", PostcodeSector: "SE13 7", PostcodeDistrict: "SE13",
		Website: "https://oakfield.example", WebDomain: "oakfield.example",
		Place: &staffroom.Place{Easting: 538000, Northing: 174700, Latitude: 51.4549, Longitude: -0.0148},
	}
	elm := staffroom.Establishment{
		URN: "900002", Name: "Elmwood School", TypeCode: "34", TypeName: "Academy converter",
		TypeGroup: staffroom.GroupAcademies, Status: staffroom.SchoolOpen, Phase: staffroom.PhaseSecondary,
		AuthorityCode: camden, TrustCode: "9999", TrustName: "Elm Trust", Website: "javascript:alert(1)",
		Postcode: "NW1 9ZZ", PostcodeSector: "NW1 9", PostcodeDistrict: "NW1",
		Place: &staffroom.Place{Easting: 529200, Northing: 184200, Latitude: 51.5423, Longitude: -0.1379},
	}
	ash := staffroom.Establishment{
		URN: "900003", Name: "Ash Lane Infant School", TypeCode: "01", TypeName: "Community school",
		TypeGroup: staffroom.GroupAuthorityMaintained, Status: staffroom.SchoolClosed, Phase: staffroom.PhasePrimary,
		ClosedOn: "2012-08-31", AuthorityCode: lewisham,
	}
	w.addSchool(t, "oak", oak, joined, staffroom.SchoolLink{
		URN: "900003", Name: ash.Name, Kind: staffroom.LinkPredecessor, Detail: "Predecessor", Date: "2012-08-31",
	})
	w.addSchool(t, "elm", elm, joined)
	w.addSchool(t, "ash", ash, staffroom.Time{}, staffroom.SchoolLink{
		URN: "900001", Name: oak.Name, Kind: staffroom.LinkSuccessor, Detail: "Successor",
	})
}

func (w *world) addSchool(t *testing.T, name string, e staffroom.Establishment, joined staffroom.Time, links ...staffroom.SchoolLink) {
	t.Helper()
	w.ids[name] = staffroom.SchoolID(e.URN)
	e.SortName = staffroom.Fold(e.Name)
	must(t, w.store.Schools.Insert(t.Context(), &staffroom.School{
		Meta: staffroom.Meta{ID: w.ids[name]}, Establishment: e, JoinedAt: joined, Links: links,
	}))
}

func (w *world) addMembers(t *testing.T) {
	t.Helper()
	w.addMember(t, "ada", "oak", staffroom.MembershipActive)
	w.addMember(t, "ben", "oak", staffroom.MembershipActive, staffroom.RoleSchoolAdministrator)
	w.addMember(t, "cat", "elm", staffroom.MembershipActive)
	w.addMember(t, "dan", "elm", staffroom.MembershipActive, staffroom.RoleSchoolAdministrator)
	w.addMember(t, "eve", "oak", staffroom.MembershipPending)
	w.addMember(t, "joe", "", staffroom.MembershipNone)
	w.addMember(t, "edi", "", staffroom.MembershipActive, staffroom.RoleEditor, staffroom.RoleBroker, staffroom.RoleLeader)
	w.addMember(t, "mod", "", staffroom.MembershipActive, staffroom.RoleModerator)
	w.addMember(t, "adm", "", staffroom.MembershipActive, staffroom.RoleAdministrator)
}

func (w *world) addMember(t *testing.T, name, school string, membership staffroom.Membership, roles ...staffroom.Role) {
	t.Helper()
	title := strings.ToUpper(name[:1]) + name[1:] + " Example"
	m := &staffroom.Member{
		Meta: w.name(staffroom.PrefixMember, name), Identity: staffroom.Identity("https://idp.example", name),
		Name: title, SortName: staffroom.Fold(title), Email: name + "@oakfield.example", EmailVerified: true,
		JobTitle: "Teacher", About: "I **teach**.", Phases: []staffroom.Phase{staffroom.PhasePrimary}, Topics: []string{"attendance"},
		Membership: membership, SchoolID: w.ids[school], Roles: roles,
	}
	if membership == staffroom.MembershipPending {
		m.Evidence, m.RequestedAt = "The e-mail address is not verified.", staffroom.At(w.now.Add(-time.Hour))
	}
	must(t, w.store.Members.Insert(t.Context(), m))
}

func (w *world) addResources(t *testing.T) {
	t.Helper()
	w.addResource(t, "public", staffroom.StatusPublished, staffroom.VisibilityPublic)
	w.addResource(t, "members", staffroom.StatusPublished, staffroom.VisibilityMembers)
	w.addResource(t, "school", staffroom.StatusPublished, staffroom.VisibilitySchool)
	w.addResource(t, "draft", staffroom.StatusDraft, staffroom.VisibilityPublic)
	w.addResource(t, "withdrawn", staffroom.StatusWithdrawn, staffroom.VisibilityPublic)
}

// addResource adds a resource of Ada and of Oakfield. It goes in the way a service leaves it: with its audience.
func (w *world) addResource(t *testing.T, name string, status staffroom.ResourceStatus, visibility staffroom.Visibility) {
	t.Helper()
	title := "Welcoming pupils: " + name
	r := &staffroom.Resource{
		Meta: w.name(staffroom.PrefixResource, name), Title: title, SortTitle: staffroom.Fold(title),
		Summary: "How we greet every pupil at the gate.", Body: "# Greeting\n\nWe <b>stand</b> at the *gate*.",
		Kind: staffroom.KindCaseStudy, Topics: []string{"attendance", "behaviour"}, Phases: []staffroom.Phase{staffroom.PhasePrimary},
		Licence: staffroom.LicenceCCBY, AuthorIDs: []string{w.ids["ada"]}, SchoolID: w.ids["oak"], AuthorityCode: lewisham,
		Visibility: visibility, Status: status, ChangedAt: staffroom.At(w.now.Add(-time.Hour)),
		Files: []staffroom.File{{
			ID: staffroom.NamedID(staffroom.PrefixFile, name), Name: "gate.pdf", Size: 5_000_000, ContentType: "application/pdf",
			SHA256: strings.Repeat("ab", 32), Licence: staffroom.LicenceOGL, Key: name, UploadedAt: staffroom.At(w.now),
		}},
	}
	if status != staffroom.StatusDraft {
		r.PublishedAt = staffroom.At(w.now.Add(-time.Hour))
	}
	if status == staffroom.StatusPublished {
		r.Audience = map[staffroom.Visibility][]string{
			staffroom.VisibilityPublic:  {staffroom.AudienceEveryone, staffroom.AudienceMembers, r.SchoolID},
			staffroom.VisibilityMembers: {staffroom.AudienceMembers, r.SchoolID},
			staffroom.VisibilitySchool:  {r.SchoolID},
		}[visibility]
	}
	must(t, w.store.Resources.Insert(t.Context(), r))
}

// addThread adds a thread about the public resource, with a post of each of the authors.
func (w *world) addThread(t *testing.T, name, title string, authors ...string) {
	t.Helper()
	thread := &staffroom.Thread{
		Meta: w.name(staffroom.PrefixThread, name), Title: title, Space: staffroom.AuthoritySpace(lewisham),
		AuthorID: w.ids[authors[0]], ResourceID: w.ids["public"], LastActivityAt: staffroom.At(w.now.Add(-time.Minute)),
	}
	must(t, w.store.Threads.Insert(t.Context(), thread))
	for i, author := range authors {
		post := &staffroom.Post{
			Meta:     staffroom.Meta{ID: staffroom.NamedID(staffroom.PrefixPost, name+strings.Repeat("'", i))},
			ThreadID: thread.ID, AuthorID: w.ids[author], Body: "Post *" + strings.Repeat("I", i+1) + "*",
		}
		post.CreatedAt = staffroom.At(w.now.Add(time.Duration(i-100) * time.Minute))
		must(t, w.store.Posts.Insert(t.Context(), post))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shelf keeps files in memory.
type shelf struct{ files sync.Map }

func (s *shelf) Put(_ context.Context, key, _ string, r io.Reader) error {
	content, err := io.ReadAll(r)
	s.files.Store(key, content)
	return err
}

func (s *shelf) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	content, ok := s.files.Load(key)
	if !ok {
		return nil, staffroom.NotFound("file")
	}
	return closer{bytes.NewReader(content.([]byte))}, nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	if _, found := s.files.LoadAndDelete(key); !found {
		return staffroom.NotFound("file")
	}
	return nil
}

func (s *shelf) Doubt(_ context.Context, key, owner string) (staffroom.Doubt, error) {
	return staffroom.Doubt{Key: key, Owner: owner, Settle: func() error { return nil }}, nil
}

func (*shelf) Doubts(context.Context) ([]staffroom.Doubt, error) { return nil, nil }

type closer struct{ io.ReadSeeker }

func (closer) Close() error { return nil }

// trusting takes every upload for plain text; package files has the real inspector.
type trusting struct{}

func (trusting) Inspect(_ context.Context, name string, r io.Reader) (*staffroom.InspectedFile, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".exe") {
		return nil, staffroom.Invalid("file", "Programs cannot be uploaded.")
	}
	sum := sha256.Sum256(content)
	return &staffroom.InspectedFile{
		Name: name, ContentType: "text/plain", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)),
		Content: closer{bytes.NewReader(content)},
	}, nil
}

func (trusting) Rules() staffroom.UploadRules {
	return staffroom.UploadRules{
		MaxBytes: 1 << 20, Kinds: []staffroom.FileKind{{Name: "plain text", ContentType: "text/plain", Endings: []string{".txt", ".text"}}},
	}
}
