package storetest

import (
	"cmp"
	"slices"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// narrow asks for resources of a school, or on topics, by title: the indexes of schools and topics have another order.
func (s *suite) narrow(t *testing.T) {
	mark := tag()
	var docs []*staffroom.Resource
	for i := range 36 {
		doc := resource([]string{"m", "c", "x"}[i*7%3], mark)
		doc.SchoolID = mark + []string{"a", "b"}[i%2]
		doc.Topics = [][]string{{mark + "x"}, {mark + "x", mark + "y"}, {mark + "z"}, nil}[i%4]
		docs = append(docs, doc)
	}
	insertAll(t, s.Resources, docs...)
	slices.SortFunc(docs, func(a, b *staffroom.Resource) int {
		return cmp.Or(cmp.Compare(a.SortTitle, b.SortTitle), cmp.Compare(a.ID, b.ID))
	})

	everybody := []staffroom.Cond{staffroom.Contains(staffroom.FieldResourceAudience, mark), staffroom.Present(staffroom.FieldResourcePublishedAt)}
	for name, c := range map[string]struct {
		where staffroom.Cond
		found func(*staffroom.Resource) bool
	}{
		"a school":   {staffroom.Equal(staffroom.FieldResourceSchool, mark+"a"), func(r *staffroom.Resource) bool { return r.SchoolID == mark+"a" }},
		"a topic":    {staffroom.Contains(staffroom.FieldResourceTopics, mark+"x"), func(r *staffroom.Resource) bool { return slices.Contains(r.Topics, mark+"x") }},
		"two topics": {staffroom.Contains(staffroom.FieldResourceTopics, mark+"x", mark+"y"), func(r *staffroom.Resource) bool { return slices.Contains(r.Topics, mark+"x") }},
		"no topic":   {staffroom.Contains(staffroom.FieldResourceTopics, mark+"w"), func(*staffroom.Resource) bool { return false }},
	} {
		var want []string
		for _, doc := range docs {
			if c.found(doc) {
				want = append(want, doc.ID)
			}
		}
		q := staffroom.Query{Where: append(slices.Clone(everybody), c.where), By: staffroom.FieldResourceTitle, Limit: 5}
		if got := forwards(t, s.Resources, q); !slices.Equal(got, want) {
			t.Errorf("%s, forward: got %v, want %v", name, got, want)
		}
		if got := backwards(t, s.Resources, q); !slices.Equal(got, want) {
			t.Errorf("%s, backward: got %v, want %v", name, got, want)
		}
		q.Desc = true
		if got := forwards(t, s.Resources, q); !slices.Equal(got, reversed(want)) {
			t.Errorf("%s, descending: got %v, want %v", name, got, reversed(want))
		}
	}
}
