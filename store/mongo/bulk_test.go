package mongo

import (
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/mongo/wiretest"
)

// TestReplaceInBulk takes the way that the test server is spared; it can go it with few documents.
func TestReplaceInBulk(t *testing.T) {
	db, err := open(t.Context(), fresh(wiretest.Start(t)), quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.close(); err != nil {
			t.Error(err)
		}
	})
	db.lacks.bulkReplaces = false
	posts := newCollection[staffroom.Post](db, &staffroom.PostSchema)
	docs := make([]*staffroom.Post, 3)
	for i, id := range []string{"post_kept", "post_overtaken", "post_gone"} {
		docs[i] = &staffroom.Post{Meta: staffroom.Meta{ID: id}}
		if err := posts.Insert(t.Context(), docs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := posts.Update(t.Context(), "post_overtaken", func(p *staffroom.Post) error { p.Body = "theirs"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := posts.Delete(t.Context(), "post_gone"); err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		doc.Body = "ours"
	}
	outcomes, err := posts.PutMany(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	var codes []staffroom.Code
	for _, outcome := range outcomes {
		codes = append(codes, staffroom.CodeOf(outcome))
	}
	if want := []staffroom.Code{"", staffroom.CodeConflict, staffroom.CodeNotFound}; !slices.Equal(codes, want) {
		t.Errorf("outcomes %v, want codes %q", outcomes, want)
	}
	if got := []int64{docs[0].Version, docs[1].Version, docs[2].Version}; !slices.Equal(got, []int64{2, 1, 1}) {
		t.Errorf("versions %v", got)
	}
	stored, err := posts.GetMany(t.Context(), []string{"post_kept", "post_overtaken"})
	if err != nil || stored[0].Body != "ours" || stored[0].Version != 2 || stored[1].Body != "theirs" {
		t.Errorf("stored %+v, %+v (%v)", stored[0], stored[1], err)
	}
}

func TestUniqueOver(t *testing.T) {
	c := &collection[staffroom.School]{schema: &staffroom.SchoolSchema}
	for _, test := range []struct {
		keys bson.D
		want string
		ok   bool
	}{
		{bson.D{{Key: "_id", Value: 1}}, "id", true},
		{bson.D{{Key: "establishment.urn", Value: 1}}, "urn", true},
		{bson.D{{Key: "establishment.sortName", Value: 1}}, "", false},
	} {
		raw, err := bson.Marshal(test.keys)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := c.uniqueOver(raw); got != test.want || ok != test.ok {
			t.Errorf("%v: %q, %t", test.keys, got, ok)
		}
	}
}
