package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func (s *suite) insert(t *testing.T) {
	doc := school(tag(), "New")
	before := staffroom.At(time.Now())
	if err := s.Schools.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != 1 || doc.CreatedAt != doc.UpdatedAt || doc.CreatedAt.Before(before.Time) {
		t.Errorf("the new document has %+v", doc.Meta)
	}
	nameless := school(tag(), "No id")
	nameless.ID = ""
	for _, wrong := range []*staffroom.School{nameless, doc} { // doc has a version by now
		if err := s.Schools.Insert(t.Context(), wrong); staffroom.CodeOf(err) != staffroom.CodeInternal {
			t.Errorf("inserting %+v gave %v, want a plain error", wrong.Meta, err)
		}
	}
}

func (s *suite) conflicts(t *testing.T) {
	doc := school(tag(), "First")
	insertAll(t, s.Schools, doc)
	again := school(tag(), "Same id")
	again.ID = doc.ID
	wantCode(t, s.Schools.Insert(t.Context(), again), staffroom.CodeConflict, "id")
	rival := school(tag(), "Same number")
	rival.URN = doc.URN
	wantCode(t, s.Schools.Insert(t.Context(), rival), staffroom.CodeConflict, "urn")
	same(t, rival.Meta, staffroom.Meta{ID: rival.ID})
	results, err := s.Schools.PutMany(t.Context(), []*staffroom.School{rival}) // one alone is told as one of many
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, results[0], staffroom.CodeConflict, "urn")
	same(t, rival.Meta, staffroom.Meta{ID: rival.ID})
	_, err = s.Schools.Get(t.Context(), rival.ID)
	wantCode(t, err, staffroom.CodeNotFound, "")

	other := school(tag(), "Other")
	insertAll(t, s.Schools, other)
	_, err = s.Schools.Update(t.Context(), other.ID, func(x *staffroom.School) error {
		x.URN = doc.URN
		return nil
	})
	wantCode(t, err, staffroom.CodeConflict, "urn")
	same(t, must[*staffroom.School](t)(s.Schools.Get(t.Context(), other.ID)), other)

	session := &staffroom.Session{Meta: newMeta(staffroom.PrefixSession), TokenHash: tag(), ExpiresAt: staffroom.At(time.Now().Add(time.Hour))}
	insertAll(t, s.Sessions, session)
	stolen := &staffroom.Session{Meta: newMeta(staffroom.PrefixSession), TokenHash: session.TokenHash, ExpiresAt: session.ExpiresAt}
	wantCode(t, s.Sessions.Insert(t.Context(), stolen), staffroom.CodeConflict, "token")
}

func (s *suite) uniqueLists(t *testing.T) {
	if s.lacks.UniqueLists {
		t.Skip("the server is known to keep no unique lists")
	}
	place := tag()
	holder := func(holds ...string) *staffroom.LeadSchool {
		return &staffroom.LeadSchool{Meta: newMeta(staffroom.PrefixLeadSchool), AuthorityCode: place, From: "2026-01-01", Holds: holds}
	}
	first := holder(place+" PRIMARY", place+" SECONDARY", place+" PRIMARY") // twice in one document is fine
	insertAll(t, s.LeadSchools, first, holder(), holder(), holder(place+" NURSERY"))
	rival := holder(place+" MIDDLE", place+" SECONDARY")
	wantCode(t, s.LeadSchools.Insert(t.Context(), rival), staffroom.CodeConflict, "holds")
	same(t, must[int](t)(s.LeadSchools.Count(t.Context(), staffroom.Contains(staffroom.FieldLeadSchoolHolds, place+" MIDDLE"))), 0)

	ended := must[*staffroom.LeadSchool](t)(s.LeadSchools.Update(t.Context(), first.ID, func(l *staffroom.LeadSchool) error {
		l.Holds = l.Holds[:1]
		return nil
	}))
	insertAll(t, s.LeadSchools, rival)
	_, err := s.LeadSchools.Update(t.Context(), ended.ID, func(l *staffroom.LeadSchool) error {
		l.Holds = append(l.Holds, place+" MIDDLE")
		return nil
	})
	wantCode(t, err, staffroom.CodeConflict, "holds")
	if err := s.LeadSchools.Delete(t.Context(), rival.ID); err != nil {
		t.Fatal(err)
	}
	insertAll(t, s.LeadSchools, holder(place+" MIDDLE", place+" SECONDARY"))
}

func (s *suite) update(t *testing.T) {
	doc := school(tag(), "Before")
	doc.CreatedAt = moment(0)
	insertAll(t, s.Schools, doc)
	got := must[*staffroom.School](t)(s.Schools.Update(t.Context(), doc.ID, func(x *staffroom.School) error {
		x.Name = "After"
		x.Meta = staffroom.Meta{ID: "someone else's", Version: 99} // the store's own; not for change to decide
		return nil
	}))
	if got.ID != doc.ID || got.Version != 2 || got.CreatedAt != moment(0) || got.UpdatedAt.Before(doc.UpdatedAt.Time) || got.Name != "After" {
		t.Errorf("the updated document is %+v", got)
	}
	same(t, must[*staffroom.School](t)(s.Schools.Get(t.Context(), doc.ID)), got)
	_, err := s.Schools.Update(t.Context(), staffroom.NewID(staffroom.PrefixSchool), func(*staffroom.School) error { return nil })
	wantCode(t, err, staffroom.CodeNotFound, "")
}

func (s *suite) updateNothing(t *testing.T) {
	doc := school(tag(), "Before")
	insertAll(t, s.Schools, doc)
	refusal := errors.New("refused")
	_, err := s.Schools.Update(t.Context(), doc.ID, func(x *staffroom.School) error {
		x.Name = "Never"
		return refusal
	})
	if err != refusal { //nolint:errorlint // the contract is the very same error
		t.Errorf("the error of the change came back as %v", err)
	}
	got := must[*staffroom.School](t)(s.Schools.Update(t.Context(), doc.ID, func(x *staffroom.School) error {
		x.Name = "Never"
		return staffroom.ErrUnchanged
	}))
	same(t, got, doc)
	same(t, must[*staffroom.School](t)(s.Schools.Get(t.Context(), doc.ID)), doc)
}

func (s *suite) lostUpdate(t *testing.T) {
	goroutines, increments := 8, s.some(50)
	doc := school(tag(), "Counter")
	doc.Roll = new(int)
	insertAll(t, s.Schools, doc)
	var running sync.WaitGroup
	for range goroutines {
		running.Go(func() {
			for range increments {
				_, err := s.Schools.Update(t.Context(), doc.ID, func(x *staffroom.School) error {
					*x.Roll++
					return nil
				})
				if err != nil {
					t.Errorf("update: %v", err)
					return
				}
			}
		})
	}
	running.Wait()
	got := must[*staffroom.School](t)(s.Schools.Get(t.Context(), doc.ID))
	if want := goroutines * increments; *got.Roll != want || got.Version != int64(want)+1 {
		t.Errorf("%d of %d increments are there, at version %d", *got.Roll, want, got.Version)
	}
}

func (s *suite) remove(t *testing.T) {
	doc := resource("Gone soon", tag())
	doc.AuthorIDs = []string{tag()}
	insertAll(t, s.Resources, doc)
	if err := s.Resources.Delete(t.Context(), doc.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.Resources.Delete(t.Context(), doc.ID), staffroom.CodeNotFound, "")
	_, err := s.Resources.Get(t.Context(), doc.ID)
	wantCode(t, err, staffroom.CodeNotFound, "")
	same(t, must[int](t)(s.Resources.Count(t.Context(), staffroom.Contains(staffroom.FieldResourceAuthors, doc.AuthorIDs[0]))), 0)
	doc.Meta = staffroom.Meta{ID: doc.ID}
	insertAll(t, s.Resources, doc)
}

func (s *suite) putMany(t *testing.T) {
	authority := tag()
	kept, stale, taken := school(authority, "Kept"), school(authority, "Stale"), school(authority, "Taken")
	insertAll(t, s.Schools, kept, stale, taken)
	must[*staffroom.School](t)(s.Schools.Update(t.Context(), stale.ID, func(x *staffroom.School) error {
		x.Name = "Newer"
		return nil
	}))
	kept.Name, stale.Name = "Replaced", "Too late"
	fresh, gone, rival, double := school(authority, "Fresh"), school(authority, "Gone"), school(authority, "Rival"), school(authority, "Double")
	gone.Version = 3
	rival.URN, double.ID = taken.URN, fresh.ID
	results, err := s.Schools.PutMany(t.Context(), []*staffroom.School{kept, stale, fresh, gone, rival, double})
	if err != nil || len(results) != 6 {
		t.Fatalf("got %d results and %v", len(results), err)
	}
	for i, want := range []struct {
		code  staffroom.Code
		index string
	}{{}, {staffroom.CodeConflict, ""}, {}, {staffroom.CodeNotFound, ""}, {staffroom.CodeConflict, "urn"}, {staffroom.CodeConflict, "id"}} {
		if want.code != "" {
			wantCode(t, results[i], want.code, want.index)
		} else if results[i] != nil {
			t.Errorf("document %d: %v", i, results[i])
		}
	}
	same(t, []int64{kept.Version, stale.Version, fresh.Version, gone.Version, rival.Version}, []int64{2, 1, 1, 3, 0})
	got := must[[]*staffroom.School](t)(s.Schools.GetMany(t.Context(), []string{kept.ID, fresh.ID, stale.ID}))
	same(t, got[0], kept)
	same(t, got[1], fresh)
	same(t, got[2].Name, "Newer")
	results, err = s.Schools.PutMany(t.Context(), nil)
	if err != nil || len(results) != 0 {
		t.Errorf("nothing to put gave %v, %v", results, err)
	}
}

func (s *suite) putVeryMany(t *testing.T) {
	authority, n := tag(), 2000
	if s.lacks.Speed {
		n = 60
	}
	docs := make([]*staffroom.School, n)
	for i := range docs {
		docs[i] = school(authority, "Many")
	}
	insertAll(t, s.Schools, docs...)
	for _, doc := range docs {
		doc.Phase = staffroom.PhaseSecondary
	}
	insertAll(t, s.Schools, docs...)
	where := []staffroom.Cond{staffroom.Equal(staffroom.FieldSchoolAuthority, authority), staffroom.Equal(staffroom.FieldSchoolPhase, staffroom.PhaseSecondary)}
	same(t, must[int](t)(s.Schools.Count(t.Context(), where...)), n)
}

func (s *suite) cancelled(t *testing.T) {
	doc := resource("Untouched", tag())
	insertAll(t, s.Resources, doc)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	expired, stop := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer stop()
	where := staffroom.Contains(staffroom.FieldResourceAudience, doc.Audience...)
	calls := map[string]func(context.Context) error{
		"Get":     func(ctx context.Context) error { return second(s.Resources.Get(ctx, doc.ID)) },
		"GetMany": func(ctx context.Context) error { return second(s.Resources.GetMany(ctx, []string{doc.ID})) },
		"Insert":  func(ctx context.Context) error { return s.Resources.Insert(ctx, resource("Never", doc.Audience...)) },
		"Update": func(ctx context.Context) error {
			return second(s.Resources.Update(ctx, doc.ID, func(*staffroom.Resource) error { return nil }))
		},
		"PutMany": func(ctx context.Context) error {
			return second(s.Resources.PutMany(ctx, []*staffroom.Resource{resource("Never", doc.Audience...)}))
		},
		"Delete": func(ctx context.Context) error { return s.Resources.Delete(ctx, doc.ID) },
		"Find": func(ctx context.Context) error {
			return second(s.Resources.Find(ctx, staffroom.Query{Where: []staffroom.Cond{where}, By: staffroom.FieldResourceTitle, Limit: 1}))
		},
		"Count":   func(ctx context.Context) error { return second(s.Resources.Count(ctx, where)) },
		"CountBy": func(ctx context.Context) error { return second(s.Resources.CountBy(ctx, where.Field, doc.Audience)) },
		"Ping":    s.Ping,
		"All": func(ctx context.Context) (err error) {
			for _, err = range s.Resources.All(ctx) {
				break
			}
			return err
		},
	}
	for name, call := range calls {
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v", name, err)
		}
		if err := call(expired); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s after its deadline: %v", name, err)
		}
	}
	page := find(t, s.Resources, staffroom.Query{Where: []staffroom.Cond{where}, By: staffroom.FieldResourceTitle})
	same(t, page.Items, []*staffroom.Resource{doc})
}

func second[V any](_ V, err error) error { return err }

// concurrent lets writers and readers work on the same list and looks that readers only ever see whole documents in order.
func (s *suite) concurrent(t *testing.T) {
	mark, n := tag(), s.some(50)
	q := staffroom.Query{Where: []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, mark)}, By: staffroom.FieldResourceTitle, Limit: 1000}
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			for i := range n {
				doc := resource(string(rune('a'+(i*7+w)%26)), mark)
				if err := s.Resources.Insert(t.Context(), doc); err != nil {
					t.Errorf("insert: %v", err)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for {
				page, err := s.Resources.Find(t.Context(), q)
				if err != nil || !slices.IsSortedFunc(page.Items, byTitle) {
					t.Errorf("a reader among writers: %v", err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	same(t, len(find(t, s.Resources, q).Items), 4*n)
}

func (s *suite) closed(t *testing.T) {
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	own := s.reopen(t)
	insertAll(t, own.Schools, school(tag(), "Before the end"))
	if err := own.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	if err := own.Schools.Insert(t.Context(), school(tag(), "Too late")); err == nil {
		t.Error("a closed store took a document")
	}
	if _, err := own.Schools.Get(t.Context(), "x"); staffroom.CodeOf(err) == staffroom.CodeNotFound || err == nil {
		t.Errorf("a closed store answered: %v", err)
	}
}
