package e2e

import "testing"

// TestWhatAClientLeavesOutStays changes a profile and looks near a place with variables that are left out, once in operations that are
// answered directly and once in some that gqlgen's executor answers.
func TestWhatAClientLeavesOutStays(t *testing.T) {
	h := serve(t)
	t.Run("in an update", func(t *testing.T) { leavesOutInUpdate(t, h.in(t).as("amara.goldfinch@honeycomb.example")) })
	t.Run("where there is a default", func(t *testing.T) { leavesOutDefault(t, h.in(t).visitor()) })
}

func leavesOutInUpdate(t *testing.T, member *caller) {
	type profile struct {
		Version  int
		JobTitle *string
		About    *string
	}
	type answer struct {
		Viewer profile
		A, B   struct{ Member profile }
	}
	const one = `mutation($v: Int!, $a: Markdown, $j: String) {
		a: updateProfile(input: {version: $v, about: $a, jobTitle: $j}) { member { version jobTitle about } } }`
	const two = `mutation($v: Int!, $w: Int!, $a: Markdown, $j: String) {
		a: updateProfile(input: {version: $v, about: $a, jobTitle: $j}) { member { version jobTitle about } }
		b: updateProfile(input: {version: $w, about: $a, jobTitle: $j}) { member { version jobTitle about } } }`
	before := ask[answer](member, `{ viewer { version jobTitle about } }`, nil).Viewer
	if before.JobTitle == nil {
		t.Fatal("the member of the sample network has no job title to lose")
	}
	direct := ask[answer](member, one, vars{"v": before.Version, "a": "I read."}).A.Member
	if direct.JobTitle == nil || *direct.JobTitle != *before.JobTitle || *direct.About != "I read." {
		t.Errorf("the profile was %+v, and is %+v", before, direct)
	}
	executed := ask[answer](member, two, vars{"v": direct.Version, "w": direct.Version + 1, "a": nil}).B.Member
	if executed.JobTitle == nil || *executed.JobTitle != *before.JobTitle || executed.About != nil {
		t.Errorf("by the executor the profile is %+v", executed)
	}
	cleared := ask[answer](member, one, vars{"v": executed.Version, "j": nil}).A.Member
	if cleared.JobTitle != nil {
		t.Errorf("null does not clear the job title: it is %q", *cleared.JobTitle)
	}
}

func leavesOutDefault(t *testing.T, visitor *caller) {
	type list struct {
		TotalCount int
		Edges      []struct{ DistanceKm float64 }
	}
	type answer struct{ A list }
	const schools = `schools(filter: {near: {postcode: "ZZ23", withinKm: $k}}, first: 100) { totalCount edges { distanceKm } }`
	const direct = `query($k: Float) { a: ` + schools + ` }`
	for name, document := range map[string]string{
		"directly":        direct,
		"by the executor": `query($k: Float) { a: ` + schools + ` boroughs { schools(first: 1) { nodes { name } } } }`,
	} {
		byDefault, far := ask[answer](visitor, document, nil).A, ask[answer](visitor, document, vars{"k": 25}).A
		if byDefault.TotalCount == 0 || byDefault.TotalCount != far.TotalCount {
			t.Errorf("%s there are %d schools near by default, and %d within 25 km", name, byDefault.TotalCount, far.TotalCount)
		}
		if near := ask[answer](visitor, document, vars{"k": 0.1}).A; near.TotalCount >= far.TotalCount {
			t.Errorf("%s there are %d schools within 100 metres, of %d", name, near.TotalCount, far.TotalCount)
		}
	}
}
