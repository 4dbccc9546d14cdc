package staffroom_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/events"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// world is a network in memory with a few people, to tell stories in.
type world struct {
	*staffroom.Network
	t     *testing.T
	store *staffroom.Store
	blobs *shelf
	// Schools of the world: oak and elm are member schools in Lewisham, ash is one in Camden that nobody has joined.
	oak, elm, ash *staffroom.School
	// People of the world.
	admin, moderator, head, teacher, neighbour *staffroom.Member
}

// openIndexed opens an empty store for a test. Every query that is made of it must be served by an index: a table scan fails the test.
func openIndexed(t *testing.T) *staffroom.Store {
	t.Helper()
	scans := map[string][]string{}
	var mu sync.Mutex
	store, err := sqlite.Open(t.Context(), sqlite.InMemory, sqlite.Options{OnQuery: func(sql string, plan []string) {
		mu.Lock()
		defer mu.Unlock()
		if found := sqlite.Scans(plan); len(found) > 0 {
			scans[sql] = found
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for sql, plan := range scans {
			t.Errorf("a query scans a table: %s\n%v", sql, plan)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// newWorld makes a world on a store in which every query must be served by an index.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, openIndexed(t))
}

func newWorldOn(t *testing.T, store *staffroom.Store) *world {
	t.Helper()
	hub := events.NewHub()
	t.Cleanup(func() { _ = hub.Close() })
	w := &world{t: t, store: store, blobs: &shelf{files: map[string][]byte{}}}
	w.Network = staffroom.New(staffroom.Ports{Store: store, Events: hub, Blobs: w.blobs, Inspector: believer{}, Index: noIndex{}})
	w.settle()
	return w
}

// settle fills the world with its schools and people.
func (w *world) settle() {
	w.t.Helper()
	if err := w.Register.SeedAuthorities(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.oak = w.open("900001", "Oak Primary School", "E09000023", "oak.example", 538000, 175000)
	w.elm = w.open("900002", "Elm Secondary School", "E09000023", "elm.example", 539000, 175000)
	w.ash = w.open("900003", "Ash Nursery School", "E09000007", "ash.example", 529000, 184000)
	w.admin = w.member("Ada", "", staffroom.RoleAdministrator)
	w.moderator = w.member("Mo", "", staffroom.RoleModerator)
	w.head = w.member("Hedda", w.oak.ID, staffroom.RoleSchoolAdministrator)
	w.teacher = w.member("Theo", w.oak.ID)
	w.neighbour = w.member("Nina", w.elm.ID)
	for _, id := range []string{w.oak.ID, w.elm.ID} {
		if _, err := w.store.Schools.Update(w.t.Context(), id, func(s *staffroom.School) error {
			s.JoinedAt = staffroom.At(time.Now())
			return nil
		}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) open(urn, name, authority, domain string, easting, northing int) *staffroom.School {
	w.t.Helper()
	lat, lng := staffroom.FromGrid(float64(easting), float64(northing))
	s := &staffroom.School{
		Meta: staffroom.Meta{ID: staffroom.SchoolID(urn)},
		Establishment: staffroom.Establishment{
			URN: urn, Name: name, SortName: staffroom.Fold(name), TypeCode: "1", TypeGroup: staffroom.GroupAuthorityMaintained,
			Status: staffroom.SchoolOpen, Phase: staffroom.PhasePrimary, AuthorityCode: authority, WebDomain: domain,
			Postcode: "SE13 7BN", PostcodeSector: "SE13 7", PostcodeDistrict: "SE13",
			Place: &staffroom.Place{Easting: easting, Northing: northing, Latitude: lat, Longitude: lng},
		},
	}
	if authority == "E09000007" {
		s.Postcode, s.PostcodeSector, s.PostcodeDistrict = "NW1 1AA", "NW1 1", "NW1"
	}
	if err := w.store.Schools.Insert(w.t.Context(), s); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) member(name, schoolID string, roles ...staffroom.Role) *staffroom.Member {
	w.t.Helper()
	m := &staffroom.Member{
		Meta: staffroom.Meta{ID: staffroom.NewID(staffroom.PrefixMember)}, Identity: staffroom.Identity("https://idp.example", name),
		Name: name, SortName: staffroom.Fold(name), SchoolID: schoolID, Roles: roles, Membership: staffroom.MembershipActive,
	}
	if err := w.store.Members.Insert(w.t.Context(), m); err != nil {
		w.t.Fatal(err)
	}
	return m
}

// as is a context in which the member asks; nil for a visitor.
func (w *world) as(m *staffroom.Member) context.Context {
	if m == nil {
		return w.t.Context()
	}
	viewer, err := w.Members.ViewerOf(w.t.Context(), m.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return staffroom.WithViewer(w.t.Context(), viewer)
}

// draft makes a draft of the member that could be published.
func (w *world) draft(m *staffroom.Member, title string, v staffroom.Visibility) *staffroom.Resource {
	w.t.Helper()
	r, err := w.Resources.Create(w.as(m), staffroom.CreateResource{
		Title: title, Summary: "What we did", Body: "# How", Kind: staffroom.KindCaseStudy, Topics: []string{"send"},
		Phases: []staffroom.Phase{staffroom.PhasePrimary}, Licence: staffroom.LicenceCCBY, Visibility: v,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) published(m *staffroom.Member, title string, v staffroom.Visibility) *staffroom.Resource {
	w.t.Helper()
	r, err := w.Resources.Publish(w.as(m), w.draft(m, title, v).ID, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// expectCode fails the test unless err has the code; empty means no error.
func expectCode(t *testing.T, what string, err error, code staffroom.Code) {
	t.Helper()
	if got := staffroom.CodeOf(err); got != code {
		t.Errorf("%s: %v (code %q), want code %q", what, err, got, code)
	}
}

func titles(resources []*staffroom.Resource) []string {
	var out []string
	for _, r := range resources {
		out = append(out, r.Title)
	}
	return out
}

// shelf is a file store in memory that remembers what it holds.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (s *shelf) Put(_ context.Context, key, _ string, r io.Reader) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[key] = b
	return err
}

func (s *shelf) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.files[key]
	if !ok {
		return nil, staffroom.NotFound("file")
	}
	return content(b), nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, key)
	return nil
}

func (s *shelf) Doubt(_ context.Context, key, owner string) (staffroom.Doubt, error) {
	return staffroom.Doubt{Key: key, Owner: owner, Settle: func() error { return nil }}, nil
}

func (*shelf) Doubts(context.Context) ([]staffroom.Doubt, error) { return nil, nil }

func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files)
}

func content(b []byte) io.ReadSeekCloser {
	return struct {
		io.ReadSeeker
		io.Closer
	}{io.NewSectionReader(bytesAt(b), 0, int64(len(b))), io.NopCloser(nil)}
}

type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// believer takes every upload for plain text.
type believer struct{}

func (believer) Inspect(_ context.Context, name string, r io.Reader) (*staffroom.InspectedFile, error) {
	if strings.HasSuffix(name, ".exe") {
		return nil, staffroom.Invalid("file", "Programs cannot be uploaded.")
	}
	b, err := io.ReadAll(r)
	return &staffroom.InspectedFile{Name: name, ContentType: "text/plain", SHA256: fmt.Sprintf("%x", len(b)), Size: int64(len(b)), Content: content(b)}, err
}

func (believer) Rules() staffroom.UploadRules { return staffroom.UploadRules{MaxBytes: 1000} }

// noIndex finds nothing: search has tests of its own.
type noIndex struct{}

func (noIndex) Search(context.Context, staffroom.TextQuery) (*staffroom.TextResult, error) {
	return &staffroom.TextResult{}, nil
}
