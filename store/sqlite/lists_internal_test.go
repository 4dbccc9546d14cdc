package sqlite

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func testLists(limit int) *lists { return newLists(&budget{limit: limit}) }

// keep asks twice for a list, as it is kept the second time; it says whether it is.
func keep(l *lists, t *table, key string, bytes int, tags ...tag) bool {
	for range 2 {
		_, generation := l.find(t, []byte(key))
		if l.again([]byte(key)) {
			l.add(generation, &keptList{table: t, key: key, tags: tags, bytes: bytes})
		}
	}
	return isKept(l, t, key)
}

func isKept(l *lists, t *table, key string) bool {
	kept, _ := l.find(t, []byte(key))
	return kept != nil && kept.key == key
}

func TestListsAreKeptWhenAskedForAgain(t *testing.T) {
	l := testLists(DefaultKeep)
	if l.again([]byte("key")) || !l.again([]byte("key")) {
		t.Error("a list is kept at once, or never")
	}
}

// TestListsOfWhichFewFitAreNotKept walks through more lists than there is room for, again and again: each would push out what comes next.
func TestListsOfWhichFewFitAreNotKept(t *testing.T) {
	l, again := testLists(DefaultKeep), 0
	const fit = DefaultKeep / (50 * 2048) // threads with fifty posts
	const walks, lists = 5, 4 * fit
	for range walks {
		for i := range lists {
			if l.again(fmt.Append(nil, "list ", i)) {
				again++
			}
		}
	}
	if again > walks*lists/10 {
		t.Errorf("of %d lists that were asked for, %d are to be kept", walks*lists, again)
	}
}

// TestListsWithLongKeysAreNotKept checks that nobody fills the memory with what he asks for, of which only the answers are counted.
func TestListsWithLongKeysAreNotKept(t *testing.T) {
	l := testLists(DefaultKeep)
	for length, want := range map[int]bool{listKeyBytes: true, listKeyBytes + 1: false} {
		if got := keep(l, &table{}, strings.Repeat("k", length), 1); got != want {
			t.Errorf("a list with a key of %d bytes is kept: %t", length, got)
		}
	}
}

func TestAChangeTakesOnlyListsOffThatItConcerns(t *testing.T) {
	posts, threads := &table{}, &table{}
	first, second, author := tag{staffroom.FieldPostThread, "1"}, tag{staffroom.FieldPostThread, "2"}, tag{staffroom.FieldThreadAuthor, "a"}
	for name, test := range map[string]struct {
		concern concern
		want    string
	}{
		"a new post":            {concern{table: posts, states: [][]tag{{first, author}}}, "false true false false true"},
		"of another author":     {concern{table: posts, states: [][]tag{{first}}}, "false true true false true"},
		"moved":                 {concern{table: posts, states: [][]tag{{first}, {second}}}, "false false true false true"},
		"nobody knows what was": {concern{table: posts, id: "post_1"}, "false false false false true"},
		"of another table":      {concern{table: threads, states: [][]tag{}}, "true true true true true"},
	} {
		l := testLists(DefaultKeep)
		kept := keep(l, posts, "first", 1, first) && keep(l, posts, "second", 1, second) && keep(l, posts, "both", 1, first, author) &&
			keep(l, posts, "all", 1) && keep(l, threads, "threads", 1, first)
		if !kept {
			t.Fatal("a list that was asked for twice is not kept")
		}
		l.forget(test.concern)
		var left []any
		for _, key := range []string{"first", "second", "both", "all"} {
			left = append(left, isKept(l, posts, key))
		}
		if got := fmt.Sprintln(append(left, isKept(l, threads, "threads"))...); got != test.want+"\n" {
			t.Errorf("%s leaves %s, not %s", name, got, test.want)
		}
	}
}

func TestWhatWasReadBeforeAChangeIsNotKept(t *testing.T) {
	posts := &table{}
	for name, change := range map[string]func(*lists){
		"a change":        func(l *lists) { l.forget(concern{table: posts, states: [][]tag{}}) },
		"another program": func(l *lists) { l.clear() },
	} {
		l := testLists(DefaultKeep)
		_, generation := l.find(posts, []byte("key"))
		change(l)
		for range 3 {
			if l.add(generation, &keptList{table: posts, key: "key"}) {
				t.Errorf("after %s an old list is kept", name)
			}
		}
		if used := l.budget.used.Load(); used != 0 {
			t.Errorf("after %s %d bytes are counted for nothing", name, used)
		}
	}
}

func TestEveryQueryHasAKeyOfItsOwn(t *testing.T) {
	resources := &table{schema: &staffroom.ResourceSchema}
	in := func(conds ...staffroom.Cond) staffroom.Query { return staffroom.Query{Where: conds, Limit: 1} }
	seen := map[string]int{}
	for n, q := range []staffroom.Query{
		in(),
		{Limit: 2},
		{Limit: 1, By: "a"},
		{Limit: 1, After: "a"},
		{Limit: 1, Before: "a"},
		{Limit: 1, Desc: true},
		{Limit: 1, Backward: true},
		in(staffroom.Equal("a", "b")), in(staffroom.Equal("ab", "")), in(staffroom.OneOf("a", []string{"b"})), in(staffroom.OneOf("a", []string{})),
		in(staffroom.OneOf("a", []string{"b", "c"})), in(staffroom.OneOf("a", []string{"bc"})), in(staffroom.Equal("a", "b"), staffroom.Equal("a", "c")),
		in(staffroom.Between("a", 1, nil)), in(staffroom.Between("a", nil, 1)), in(staffroom.Between("a", 1.0, nil)), in(staffroom.Equal("a", true)),
		in(staffroom.Equal("a", false)), in(staffroom.Equal("a", staffroom.Time{})), in(staffroom.Present("a")), in(staffroom.Absent("a")),
	} {
		key := string(resources.listKey(q))
		if other, there := seen[key]; there {
			t.Errorf("queries %d and %d have the same key %q", other, n, key)
		}
		seen[key] = n
	}
}

func TestTagsAreTheTextsOfDeclaredFields(t *testing.T) {
	tags := newTagger(reflect.TypeFor[staffroom.Resource](), &staffroom.ResourceSchema)
	for _, spec := range staffroom.ResourceSchema.Fields {
		if tags.knows(spec.Path) != (spec.Type == staffroom.TypeText) {
			t.Errorf("%s is known: %t", spec.Path, tags.knows(spec.Path))
		}
	}
	state := tags.state(&staffroom.Resource{SchoolID: "school_1", Topics: []string{"a", "b"}, Phases: []staffroom.Phase{"P"}})
	for _, want := range []tag{
		{staffroom.FieldResourceSchool, "school_1"},
		{staffroom.FieldResourceTopics, "a"},
		{staffroom.FieldResourceTopics, "b"},
		{staffroom.FieldResourcePhases, "P"},
	} {
		if !meets(state, []tag{want}) {
			t.Errorf("%v is not among %v", want, state)
		}
	}
	if tags.state(&staffroom.Resource{SchoolID: "\xff"}) != nil || tags.state(&staffroom.Resource{Topics: []string{"a\x00"}}) != nil {
		t.Error("a text that is stored as another is taken for a tag")
	}
	schools := newTagger(reflect.TypeFor[staffroom.School](), &staffroom.SchoolSchema)
	for _, spec := range staffroom.SchoolSchema.Fields {
		if spec.Type != staffroom.TypeText && schools.knows(spec.Path) {
			t.Errorf("%s is no text", spec.Path)
		}
	}
}
