package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	driver "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// childPath names the environment variable that makes this test binary a program that writes until it is killed.
const childPath = "STAFFROOM_TEST_WRITE_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := writeForEver(context.Background(), path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	for variable, do := range map[string]func(string) error{readsOnce: readOnce, opensOnce: openOnce} {
		if path := os.Getenv(variable); path != "" {
			if err := do(path); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

// writeForEver prints each id after its write was acknowledged: single inserts, bulk inserts, and updates of a counter.
func writeForEver(ctx context.Context, path string) error {
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	counter := newResource("counter")
	if err := store.Resources.Insert(ctx, counter); err != nil {
		return err
	}
	fmt.Println("counter", counter.ID)
	for range 3 {
		go func() {
			for {
				doc := newResource("single", "everyone")
				if store.Resources.Insert(ctx, doc) == nil {
					fmt.Println("stored", doc.ID)
				}
			}
		}()
	}
	for {
		docs := make([]*staffroom.Resource, 300)
		for i := range docs {
			docs[i] = newResource("bulk", "everyone", "members")
		}
		if _, err := store.Resources.PutMany(ctx, docs); err != nil {
			return err
		}
		for _, doc := range docs {
			fmt.Println("stored", doc.ID)
		}
		doc, err := store.Resources.Update(ctx, counter.ID, func(r *staffroom.Resource) error {
			r.Topics = append(r.Topics, fmt.Sprint(len(r.Topics)))
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Println("counted", len(doc.Topics))
	}
}

func newResource(title string, audience ...string) *staffroom.Resource {
	return &staffroom.Resource{
		Meta: staffroom.Meta{ID: staffroom.NewID(staffroom.PrefixResource)}, Title: title, SortTitle: title, Kind: staffroom.KindTool, Audience: audience,
	}
}

// A program that is killed in the middle of its writes loses none that it has acknowledged, and the file is sound.
func TestLongKilledWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	for round := range 2 {
		acknowledged := writeAndKill(t, path)
		store := open(t, path, sqlite.Options{})
		seen := map[string]int{}
		topics := map[string]int{}
		for doc, err := range store.Resources.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			seen[doc.ID]++
			topics[doc.ID] = len(doc.Topics)
		}
		for _, id := range acknowledged.ids {
			if seen[id] != 1 {
				t.Fatalf("round %d: document %s was acknowledged and is there %d times", round, id, seen[id])
			}
		}
		if got := topics[acknowledged.counter]; got < acknowledged.counted {
			t.Errorf("round %d: %d updates were acknowledged, %d are there", round, acknowledged.counted, got)
		}
		everyone := staffroom.Contains(staffroom.FieldResourceAudience, "everyone")
		if n, err := store.Resources.Count(t.Context(), everyone); err != nil || n != len(seen)-round-1 {
			t.Errorf("round %d: an index has %d of %d documents (%v)", round, n, len(seen)-round-1, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		sound(t, path)
	}
}

type acknowledgement struct {
	ids     []string
	counter string
	counted int
}

// writeAndKill runs the writing program, kills it when it has written for a while, and reads all that it acknowledged.
func writeAndKill(t *testing.T, path string) (a acknowledgement) {
	t.Helper()
	cmd, lines := writing(t, path)
	for lines.Scan() {
		word, value, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "stored":
			a.ids = append(a.ids, value)
		case "counter":
			a.counter = value
		case "counted":
			if _, err := fmt.Sscan(value, &a.counted); err != nil {
				t.Fatal(err)
			}
		}
		if len(a.ids) == 2000 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(a.ids) < 2000 {
		t.Fatalf("the program wrote %d documents and ended with %v", len(a.ids), err)
	}
	return a
}

// sound fails unless SQLite finds nothing wrong with the file.
func sound(t *testing.T, path string) {
	t.Helper()
	conn, err := driver.OpenConn(path, driver.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}()
	verdict, err := sqlitex.ResultText(conn.Prep("PRAGMA integrity_check"))
	if err != nil || verdict != "ok" {
		t.Errorf("the file is damaged: %s (%v)", verdict, err)
	}
}

// Two programs with the same file open, as an import beside a server, both get their turn.
func TestTwoWriteAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.sqlite")
	first, second := open(t, path, sqlite.Options{}), open(t, path, sqlite.Options{})
	shared := newResource("counter")
	if err := first.Resources.Insert(t.Context(), shared); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	for _, store := range []*staffroom.Store{first, second} {
		running.Go(func() {
			docs := make([]*staffroom.Resource, 1500)
			for i := range docs {
				docs[i] = newResource("bulk", "everyone")
			}
			if _, err := store.Resources.PutMany(t.Context(), docs); err != nil {
				t.Errorf("put many: %v", err)
			}
		})
		running.Go(func() {
			for range 40 {
				_, err := store.Resources.Update(t.Context(), shared.ID, func(r *staffroom.Resource) error {
					r.Topics = append(r.Topics, "x")
					return nil
				})
				if err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	running.Wait()
	got, err := second.Resources.Get(t.Context(), shared.ID)
	if err != nil || len(got.Topics) != 80 {
		t.Errorf("%d of 80 updates are there (%v)", len(got.Topics), err)
	}
	if n, err := first.Resources.Count(t.Context()); err != nil || n != 3001 {
		t.Errorf("%d of 3001 documents are there (%v)", n, err)
	}
}

// A full disk refuses writes in clear words; what was there can still be read, and small writes do not break.
func TestDiskFull(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "store.sqlite"), sqlite.Options{MaxPages: 400})
	kept := newResource("kept", "everyone")
	if err := store.Resources.Insert(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		big := newResource("big", "everyone")
		big.Body = strings.Repeat("x", 50_000)
		if err = store.Resources.Insert(t.Context(), big); err != nil && big.Meta != (staffroom.Meta{ID: big.ID}) {
			t.Errorf("the refused document says that it is stored: %+v", big.Meta)
		}
	}
	if staffroom.CodeOf(err) != staffroom.CodeUnavailable || !strings.Contains(err.Error(), "full") {
		t.Fatalf("got %v, want UNAVAILABLE because the store is full", err)
	}
	if got, err := store.Resources.Get(t.Context(), kept.ID); err != nil || got.Title != "kept" {
		t.Errorf("reading from a full store: %v", err)
	}
	for doc, err := range store.Resources.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if doc.Title == "big" {
			if err := store.Resources.Delete(t.Context(), doc.ID); err != nil {
				t.Fatalf("deleting from a full store: %v", err)
			}
		}
	}
	if err := store.Resources.Insert(t.Context(), newResource("after", "everyone")); err != nil {
		t.Errorf("writing when there is room again: %v", err)
	}
}
