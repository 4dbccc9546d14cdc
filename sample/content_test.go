package sample

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/gias"
	"github.com/staffroom-schools/staffroom/staffroom"
)

func read(t *testing.T) *content {
	t.Helper()
	c, err := readContent()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// register is the made-up schools by URN.
func register(t *testing.T) map[string]staffroom.Establishment {
	t.Helper()
	file, err := texts.ReadFile("schools.csv")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := gias.Establishments(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	schools := map[string]staffroom.Establishment{}
	for row, err := range reader.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		schools[row.Establishment.URN] = row.Establishment
	}
	return schools
}

func TestSchoolsAreVisiblyMadeUp(t *testing.T) {
	for urn, s := range register(t) {
		switch {
		case !strings.HasSuffix(s.Name, " (sample)"):
			t.Errorf("%s: the name %q does not say that it is a sample", urn, s.Name)
		case urn[0] != '9':
			t.Errorf("%s may be a real school's number", urn)
		case !strings.HasPrefix(s.Postcode, "ZZ") || s.PostcodeDistrict == "":
			t.Errorf("%s: the postcode %q is not one of area ZZ", urn, s.Postcode)
		case !strings.HasSuffix(s.WebDomain, ".example"):
			t.Errorf("%s: the website %q is not under .example", urn, s.Website)
		case s.Place == nil:
			t.Errorf("%s has no place", urn)
		case s.UKPRN != "":
			t.Errorf("%s: a UKPRN may be a real school's", urn)
		}
	}
}

func TestEveryBoroughHasSchoolsAndALeadSchool(t *testing.T) {
	c, schools := read(t), register(t)
	count := map[string]int{}
	groups, phases := map[staffroom.TypeGroup]bool{}, map[staffroom.Phase]bool{}
	for _, s := range schools {
		count[s.AuthorityCode]++
		groups[s.TypeGroup], phases[s.Phase] = true, true
	}
	led := map[string]bool{}
	for _, l := range c.leadSchools {
		led[l.Authority] = led[l.Authority] || l.Ended == ""
		if schools[l.URN].AuthorityCode != l.Authority {
			t.Errorf("%s leads in %s and stands in %s", l.URN, l.Authority, schools[l.URN].AuthorityCode)
		}
	}
	outside := 0
	for _, a := range staffroom.BuiltInAuthorities() {
		switch {
		case a.London && (count[a.Code] < 2 || !led[a.Code]):
			t.Errorf("%s has %d schools and a lead school: %t", a.Name, count[a.Code], led[a.Code])
		case !a.London && count[a.Code] > 0:
			outside++
		}
	}
	if outside < 5 || len(groups) < 5 || len(phases) < 6 {
		t.Errorf("%d authorities outside of London, %d type groups and %d phases are too few", outside, len(groups), len(phases))
	}
}

// TestPlacesAreInTheirBoroughs asks the real register which borough a made-up school's nearest neighbour is in.
func TestPlacesAreInTheirBoroughs(t *testing.T) {
	file, err := os.Open(filepath.FromSlash("../../shared/gias/establishments-2017-sample.csv"))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skip("the register sample is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader, err := gias.Establishments(file)
	if err != nil {
		t.Fatal(err)
	}
	var real []staffroom.Establishment
	for row, err := range reader.Rows() {
		if err == nil && row.Establishment.Place != nil {
			real = append(real, row.Establishment)
		}
	}
	for urn, s := range register(t) {
		if !strings.HasPrefix(s.AuthorityCode, "E09") {
			continue
		}
		nearest := slices.MinFunc(real, func(a, b staffroom.Establishment) int { return cmp.Compare(far(a, s), far(b, s)) })
		if nearest.AuthorityCode != s.AuthorityCode {
			t.Errorf("%s is in %s, but next to a school in %s", urn, s.AuthorityCode, nearest.AuthorityCode)
		}
	}
}

func far(a, b staffroom.Establishment) float64 {
	return math.Hypot(float64(a.Place.Easting-b.Place.Easting), float64(a.Place.Northing-b.Place.Northing))
}

func TestPeopleFitTheirSchools(t *testing.T) {
	c, schools := read(t), register(t)
	seen := map[string]bool{}
	roles := map[staffroom.Role]int{}
	for _, p := range c.people {
		if seen[p.subject()] || seen[p.Name] {
			t.Errorf("%s is listed twice", p.Name)
		}
		seen[p.subject()], seen[p.Name] = true, true
		if !strings.HasSuffix(p.Email, ".example") {
			t.Errorf("%s: mail to %s may reach somebody", p.Name, p.Email)
		}
		if p.URN != "" && (schools[p.URN].Name != p.School || !strings.HasSuffix(p.Email, "@"+schools[p.URN].WebDomain)) {
			t.Errorf("%s: %q and %s are not of the school %q", p.Name, p.School, p.Email, schools[p.URN].Name)
		}
		for _, r := range p.Roles {
			roles[r]++
		}
	}
	if len(c.people) < 60 || len(roles) != 6 {
		t.Errorf("%d people with the roles %v are not about 60 in all roles", len(c.people), roles)
	}
	if !slices.Contains(c.people[0].Roles, staffroom.RoleAdministrator) {
		t.Errorf("the first of the people, %s, is no administrator", c.people[0].Name)
	}
	if last := c.people[len(c.people)-1]; last.URN+last.Asks != "" || len(last.Roles) > 0 {
		t.Errorf("the last of the people, %s, must only sign in", last.Name)
	}
	if guests := Guests(); len(guests) < 5 || guests[0].Subject != "amara.goldfinch" {
		t.Errorf("Guests = %v", guests)
	}
}

func TestResourcesAreComplete(t *testing.T) {
	c := read(t)
	status, visibility := map[staffroom.ResourceStatus]int{}, map[staffroom.Visibility]int{}
	kinds, topics, licences := map[staffroom.ResourceKind]int{}, map[string]int{}, map[staffroom.Licence]int{}
	authors := map[string]bool{}
	for _, p := range c.people {
		authors[p.subject()] = p.URN != ""
	}
	for _, r := range c.resources {
		if n := len(strings.Fields(r.Body)); n < 120 || n > 300 {
			t.Errorf("%q has %d words", r.Title, n)
		}
		if n := len(strings.Fields(r.Summary)); n < 10 || n > 60 || !strings.HasSuffix(r.Summary, ".") {
			t.Errorf("the summary of %q has %d words", r.Title, n)
		}
		if !authors[r.Author] {
			t.Errorf("%q is by %q, who belongs to no school", r.Title, r.Author)
		}
		if len(r.Topics) == 0 || len(r.Phases) == 0 || r.DaysAgo < 2 || r.Title == "" {
			t.Errorf("%q lacks topics, phases or its day", r.Title)
		}
		if (r.Status == staffroom.StatusWithdrawn) != (r.Reason != "") {
			t.Errorf("%q is %s with the reason %q", r.Title, r.Status, r.Reason)
		}
		status[r.Status]++
		visibility[r.Visibility]++
		kinds[r.Kind]++
		licences[r.Licence]++
		for _, topic := range r.Topics {
			topics[topic]++
		}
	}
	if len(c.resources) != 120 || status[staffroom.StatusDraft] < 3 || status[staffroom.StatusWithdrawn] != 1 {
		t.Errorf("%d resources: %v", len(c.resources), status)
	}
	if len(visibility) != 3 || visibility[staffroom.VisibilityPublic] < 90 || len(licences) < 5 {
		t.Errorf("visibilities %v, licences %v", visibility, licences)
	}
	for _, kind := range staffroom.ResourceKinds {
		if kinds[kind] < 3 {
			t.Errorf("only %d resources are a %s", kinds[kind], kind)
		}
	}
	for _, topic := range staffroom.Topics() {
		if topics[topic.ID] < 4 {
			t.Errorf("only %d resources are about %s", topics[topic.ID], topic.ID)
		}
	}
}

// TestNothingIsSaidTwice finds paragraphs, list items and posts that occur in two places.
func TestNothingIsSaidTwice(t *testing.T) {
	c := read(t)
	seen := map[string]string{}
	say := func(where, text string) {
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") || strings.HasPrefix(text, "|") || len(strings.Fields(text)) < 5 {
			return
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%q and %q both say %q", other, where, text)
		}
		seen[text] = where
	}
	for _, r := range c.resources {
		say("the title of "+r.Title, r.Title)
		say("the summary of "+r.Title, r.Summary)
		for line := range strings.Lines(r.Body) {
			say(r.Title, line)
		}
	}
	for _, th := range c.threads {
		say("a thread", th.Title)
		for _, p := range th.Posts {
			say(th.Title, p.Body)
		}
	}
}

func TestThreadsFit(t *testing.T) {
	c := read(t)
	people, titles := map[string]bool{}, map[string]bool{}
	for _, p := range c.people {
		people[p.subject()] = p.URN != "" || p.team()
	}
	for _, r := range c.resources {
		titles[r.Title] = r.Status == staffroom.StatusPublished && r.Visibility != staffroom.VisibilitySchool
	}
	about, spaces := 0, map[string]bool{}
	for _, th := range c.threads {
		if n := len(th.Posts) - 1; n < 2 || n > 8 {
			t.Errorf("%q has %d replies", th.Title, n)
		}
		for _, p := range th.Posts {
			if !people[p.By] {
				t.Errorf("%q has a post by %q, who is no member", th.Title, p.By)
			}
		}
		spaces[th.Space] = true
		if th.About != "" {
			about++
			if !titles[th.About] {
				t.Errorf("%q is about %q, which members cannot read", th.Title, th.About)
			}
		}
	}
	if len(c.threads) < 30 || about < 5 || len(spaces) < 15 {
		t.Errorf("%d threads, %d about resources, in %d spaces", len(c.threads), about, len(spaces))
	}
}

func TestEveryFileIsAttachedOnce(t *testing.T) {
	attached := map[string]bool{}
	for _, r := range read(t).resources {
		if r.File == "" {
			continue
		}
		if attached[r.File] {
			t.Errorf("%s is attached twice", r.File)
		}
		attached[r.File] = true
	}
	there, err := fs.ReadDir(texts, "files")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range there {
		if !attached[file.Name()] {
			t.Errorf("%s is attached to no resource", file.Name())
		}
		delete(attached, file.Name())
	}
	for name := range attached {
		t.Errorf("there is no file %s", name)
	}
}

func TestBrokenResourceFilesAreRefused(t *testing.T) {
	for _, text := range []string{
		"---\ntitle: Half\n", "---\ntitle: One\ntitel: typing error\n---\n\nBody.\n", "---\ntitle: [\n---\nBody.\n",
	} {
		if _, err := splitResources(text); err == nil {
			t.Errorf("splitResources(%q) found nothing wrong", text)
		}
	}
}
