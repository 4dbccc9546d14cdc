package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

func TestErrorsAreShownAsMeant(t *testing.T) {
	for how, want := range map[string]struct {
		code    staffroom.Code
		message string
		logged  int
	}{
		"domain":   {staffroom.CodeForbidden, "Only heads may do this.", 1},
		"internal": {staffroom.CodeInternal, "Something went wrong on our side.", 1},
		"unknown":  {staffroom.CodeInternal, "Something went wrong on our side.", 1},
		"panic":    {staffroom.CodeInternal, "Something went wrong on our side.", 1},
		"coercion": {staffroom.CodeBadInput, "PAMPHLET is not a valid Kind", 0},
	} {
		t.Run(how, func(t *testing.T) {
			h := newHouse(t)
			a := h.do(query(`{item(id: 1) {again: fail(how: "`+how+`")}}`, nil, "X-Request-Id", "request-1234"))
			a.want(t, 294, want.code)
			first := a.errors[0]
			if !strings.HasPrefix(first.Message, want.message) || len(first.Path) < 2 || first.Path[1] != "again" {
				t.Errorf("shown as %q at %v", first.Message, first.Path)
			}
			if strings.Contains(a.Body.String(), "hunter2") {
				t.Errorf("the answer gives away what only the log may have: %s", a.Body)
			}
			if got := strings.Count(h.log.String(), "hunter2"); got != want.logged {
				t.Errorf("the log has the cause %d times, want %d: %s", got, want.logged, h.log)
			}
			if want.code == staffroom.CodeInternal && first.Extensions["requestId"] != "request-1234" {
				t.Errorf("extensions %v have no request id", first.Extensions)
			}
			if how == "domain" && first.Extensions["field"] != "school" {
				t.Errorf("extensions %v have no field", first.Extensions)
			}
			if how == "panic" && !strings.Contains(h.log.String(), "testschema_test.go") {
				t.Error("the log has no stack of the panic")
			}
		})
	}
}

// TestJoinedMistakesAreAllShown checks their order, and where they are. What is no mistake is one error, whatever it is made of.
func TestJoinedMistakesAreAllShown(t *testing.T) {
	h := newHouse(t)
	a := h.do(query(`{fail(how: "mistakes") item(id: 1) {fail(how: "mistakes")}}`, nil))
	a.want(t, 294, staffroom.CodeBadInput)
	var told []string
	for _, err := range a.errors {
		told = append(told, fmt.Sprint(err.Path, err.Message, mustMarshal(err.Extensions["path"])))
	}
	slices.Sort(told)
	want := []string{
		`[fail]The first.["filter","spaces",1,"name"]`, `[fail]The second.["orderBy"]`,
		`[item fail]The first.["filter","spaces",1,"name"]`, `[item fail]The second.["orderBy"]`,
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	if a := h.do(query(`{fail(how: "several")}`, nil)); len(a.errors) != 1 {
		t.Errorf("one error becomes several: %s", a.Body)
	}
}

func TestPanicsOutsideOfResolvers(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Files = panicking{} })
	r := get(nil)
	r.URL.Path = "/files/a/b/c"
	got := h.do(r)
	got.want(t, 500, staffroom.CodeInternal)
	if strings.Contains(got.Body.String(), "hunter2") || strings.Count(h.log.String(), "hunter2") != 1 {
		t.Errorf("shown %s, logged %s", got.Body, h.log)
	}
}
