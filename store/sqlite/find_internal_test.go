package sqlite

import (
	"fmt"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// A page of few books on a topic is found among these, and one of many in the order of the page; both are right.
func TestFewAreSortedAndManyAreWalked(t *testing.T) {
	db, books := openBooks(t, InMemory,
		staffroom.IndexSpec{Name: "title", Fields: fields("title")}, staffroom.IndexSpec{Name: "topics_shelf", Fields: fields("topics", "shelf")})
	var all []*book
	for i := range fewDocuments + 3 {
		b := &book{Meta: staffroom.Meta{ID: fmt.Sprint(i)}, Title: fmt.Sprintf("%04d", i*7919%10_007), Shelf: "1", Topics: []string{"common"}}
		if i%1000 == 0 {
			b.Topics = append(b.Topics, "rare")
		}
		all = append(all, b)
	}
	if _, err := books.PutMany(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]struct {
		narrow bool
		first  string
	}{"rare": {true, "0000"}, "common": {false, "0000"}, "none": {true, ""}} {
		where := staffroom.Contains("topics", topic)
		ways, err := books.table.find(staffroom.Query{Where: []staffroom.Cond{where}, By: "title", Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		err = db.read(t.Context(), func(reader *conn) error {
			chosen, err := ways.choose(reader)
			if (chosen != ways.ordered) != want.narrow {
				t.Errorf("%s: by %s", topic, chosen.text())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		shelve(t, books, want.first, "title", where, staffroom.Between("title", "", "0001"))
	}
}
