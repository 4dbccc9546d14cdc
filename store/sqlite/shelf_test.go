package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// twoPrograms are two stores on the same file, as a server and an import are.
func twoPrograms(t *testing.T) (one, other *staffroom.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	open := func() *staffroom.Store {
		store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		return store
	}
	return open(), open()
}

func rename(t *testing.T, store *staffroom.Store, id, title string) {
	t.Helper()
	_, err := store.Resources.Update(t.Context(), id, func(r *staffroom.Resource) error {
		r.Title = title
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func titleOf(t *testing.T, store *staffroom.Store, id string) string {
	t.Helper()
	one, err := store.Resources.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	many, err := store.Resources.GetMany(t.Context(), []string{id})
	if err != nil || many[0].Title != one.Title {
		t.Fatalf("Get gives %q, GetMany %v, %v", one.Title, many, err)
	}
	page, err := store.Resources.Find(t.Context(), staffroom.Query{Limit: staffroom.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Items {
		if r.ID == id && r.Title != one.Title {
			t.Fatalf("Get gives %q, Find %q", one.Title, r.Title)
		}
	}
	return one.Title
}

func TestWhatAnotherProgramWritesIsSeenAtOnce(t *testing.T) {
	one, other := twoPrograms(t)
	doc := newResource("first", "everyone")
	if err := one.Resources.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		title := fmt.Sprintf("title %d", i)
		rename(t, []*staffroom.Store{one, other}[i%2], doc.ID, title)
		for name, store := range map[string]*staffroom.Store{"one": one, "other": other} {
			if got := titleOf(t, store, doc.ID); got != title {
				t.Fatalf("%s reads %q after %q was written", name, got, title)
			}
		}
	}
	if err := other.Resources.Delete(t.Context(), doc.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Resources.Get(t.Context(), doc.ID); staffroom.CodeOf(err) != staffroom.CodeNotFound {
		t.Errorf("a document that another program deleted gives %v", err)
	}
}

// A commit of another program is not taken for one's own, which may come before it or after it, or fail.
func TestWhatAnotherProgramWritesIsNotTakenForOnesOwn(t *testing.T) {
	one, other := twoPrograms(t)
	doc, rival := newResource("first", "everyone"), newResource("rival", "everyone")
	for _, r := range []*staffroom.Resource{doc, rival} {
		if err := one.Resources.Insert(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	own := map[string]func() error{
		"nothing":  func() error { return nil },
		"a change": func() error { return one.Resources.Insert(t.Context(), newResource("another", "everyone")) },
		"a conflict": func() error {
			taken := newResource("taken", "everyone")
			taken.ID = rival.ID
			return expected(one.Resources.Insert(t.Context(), taken), staffroom.CodeConflict)
		},
		"a document that is gone": func() error {
			return expected(one.Resources.Delete(t.Context(), "resource_nothing"), staffroom.CodeNotFound)
		},
		"several, none of which fits": func() error {
			taken, stale := newResource("taken", "everyone"), newResource("stale", "everyone")
			taken.ID, stale.ID, stale.Version = rival.ID, rival.ID, 77
			_, err := one.Resources.PutMany(t.Context(), []*staffroom.Resource{taken, stale})
			return err
		},
	}
	for name, write := range own {
		for i := range 3 {
			titleOf(t, one, doc.ID) // onto the shelf
			title := fmt.Sprintf("%s %d", name, i)
			rename(t, other, doc.ID, title)
			if err := write(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := titleOf(t, one, doc.ID); got != title {
				t.Errorf("after %s of its own, one reads %q when %q was written", name, got, title)
			}
		}
	}
}

// expected is nil for an error with this code.
func expected(err error, code staffroom.Code) error {
	if staffroom.CodeOf(err) != code {
		return fmt.Errorf("got %w, want %s", err, code)
	}
	return nil
}

func TestCountsFollowWhatIsWritten(t *testing.T) {
	one, other := twoPrograms(t)
	for n := 1; n <= 6; n++ {
		doc := newResource(fmt.Sprint(n), "everyone")
		doc.SchoolID = "school_1"
		if err := []*staffroom.Store{one, other}[n%2].Resources.Insert(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			counts, err := one.Resources.CountBy(t.Context(), staffroom.FieldResourceSchool, []string{"school_1", "school_2"},
				staffroom.Contains(staffroom.FieldResourceAudience, "everyone"))
			if err != nil || len(counts) != 1 || counts["school_1"] != n {
				t.Fatalf("after %d: %v, %v", n, counts, err)
			}
		}
	}
}

func TestWhoChangesADocumentChangesNobodyElses(t *testing.T) {
	one, _ := twoPrograms(t)
	doc := newResource("first", "everyone")
	doc.Topics, doc.Files = []string{"phonics"}, []staffroom.File{{Name: "a.pdf"}}
	if err := one.Resources.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	for range 3 { // read from the file, and then from the shelf
		got, err := one.Resources.Get(t.Context(), doc.ID)
		if err != nil || got.Topics[0] != "phonics" || got.Files[0].Name != "a.pdf" || got.Audience[0] != "everyone" {
			t.Fatalf("%+v, %v", got, err)
		}
		got.Topics[0], got.Files[0].Name, got.Audience[0] = "changed", "changed", "changed"
		page, err := one.Resources.Find(t.Context(), staffroom.Query{Limit: 1})
		if err != nil || page.Items[0].Topics[0] != "phonics" {
			t.Fatalf("%+v, %v", page, err)
		}
		page.Items[0].Topics[0] = "changed"
	}
	roll := 300
	school := &staffroom.School{
		Meta: staffroom.Meta{ID: staffroom.SchoolID("100100")}, Establishment: staffroom.Establishment{URN: "100100", Roll: &roll, Place: &staffroom.Place{Easting: 1}},
	}
	if err := one.Schools.Insert(t.Context(), school); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		got, err := one.Schools.Get(t.Context(), school.ID)
		if err != nil || *got.Roll != 300 || got.Place.Easting != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		*got.Roll, got.Place.Easting = 1, 2
	}
}

// TestNobodyReadsTheOldAfterAWrite lets readers fill the shelf while two programs write.
func TestNobodyReadsTheOldAfterAWrite(t *testing.T) {
	one, other := twoPrograms(t)
	doc := newResource("0", "everyone")
	if err := one.Resources.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = one.Resources.GetMany(t.Context(), []string{doc.ID}) // looked at below
				}
			}
		})
	}
	for i := range 150 {
		rename(t, []*staffroom.Store{one, other}[i/3%2], doc.ID, fmt.Sprint(i))
		if got := titleOf(t, one, doc.ID); got != fmt.Sprint(i) {
			t.Errorf("%q is read after %d was written", got, i)
			break
		}
	}
	close(stop)
	readers.Wait()
}
