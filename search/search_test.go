package search_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/search"
	"github.com/staffroom-schools/staffroom/staffroom"
)

var _ staffroom.Index = (*search.Index)(nil)

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// past is a time long before the tests, in minutes after a fixed day.
func past(minutes int) staffroom.Time {
	return staffroom.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute))
}

func school(name, town string, status staffroom.SchoolStatus) staffroom.School {
	urn := fmt.Sprintf("%06d", 100000+len(name)*100+len(town))
	return staffroom.School{
		Meta: staffroom.Meta{ID: "school_" + staffroom.Fold(name), UpdatedAt: past(0)},
		Establishment: staffroom.Establishment{
			URN: urn, Name: name, SortName: staffroom.Fold(name), Town: town, Status: status, Phase: staffroom.PhasePrimary,
			AuthorityCode: "E09000007", TypeGroup: staffroom.GroupAuthorityMaintained, Postcode: "SE13 7PQ", TrustName: "Linden Trust",
		},
	}
}

func resource(id, title, summary, body string) staffroom.Resource {
	return staffroom.Resource{
		Meta: staffroom.Meta{ID: id, UpdatedAt: past(0)}, Title: title, SortTitle: staffroom.Fold(title), Summary: summary, Body: body,
		Kind: staffroom.KindCaseStudy, Licence: staffroom.LicenceCCBY, SchoolID: "school_1", AuthorityCode: "E09000007",
		Status: staffroom.StatusPublished, PublishedAt: past(0), Visibility: staffroom.VisibilityPublic,
		Audience: []string{staffroom.AudienceEveryone, staffroom.AudienceMembers, "school_1"},
	}
}

func thread(id, title string) staffroom.Thread {
	return staffroom.Thread{Meta: staffroom.Meta{ID: id, UpdatedAt: past(0)}, Title: title, Space: staffroom.AuthoritySpace("E09000007"), LastActivityAt: past(0)}
}

// library is a small world whose hits are easily told apart.
func library(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	w.schools.put(
		school("Linden Hill Primary School", "Lewisham", staffroom.SchoolOpen),
		school("Linden Hill Infants", "Lewisham", staffroom.SchoolClosed),
		school("St Mary's Café Academy", "Camden", staffroom.SchoolOpen),
	)
	private := resource("resource_private", "Secret phonics", "", "")
	private.Audience = []string{"school_1"}
	draft := resource("resource_draft", "Phonics draft", "", "")
	draft.Status, draft.Audience = staffroom.StatusDraft, nil
	tool := resource("resource_tool", "A toolkit", "Phonics for assistants", "")
	tool.Kind, tool.Topics, tool.Phases, tool.PublishedAt = staffroom.KindTool, []string{"transitions", "send"}, []staffroom.Phase{staffroom.PhasePrimary}, past(5)
	w.resources.put(
		resource("resource_title", "Phonics in Reception", "What we did", "Daily, for **twenty** minutes & more <b>bold</b>."),
		resource("resource_body", "Starting well", "A year on", "We began with phonics."),
		tool, private, draft,
	)
	w.threads.put(thread("thread_1", "Attendance on Fridays"))
	w.posts.put(staffroom.Post{Meta: staffroom.Meta{ID: "post_1", CreatedAt: past(1)}, ThreadID: "thread_1", Body: "We phone *families* by nine."})
	w.open(t, "")
	w.catchUp(t)
	return w
}

func TestWords(t *testing.T) {
	w := library(t)
	for _, test := range []struct{ name, text, want string }{
		{"title before summary before body", "phonics", "resource_title resource_tool resource_body"},
		{"a word in another inflection", "fridays attending", "thread_1"},
		{"a post of a thread", "phoning family", "thread_1"},
		{"Markdown is read as text", "twenty", "resource_title"},
		{"a letter wrong", "phomics recepton", "resource_title"},
		{"two letters swapped", "attendnace", "thread_1"},
		{"two letters wrong in a long word", "recieptian", "resource_title"},
		{"the last word unfinished", "phonics rece", "resource_title"},
		{"open schools before closed", "linden hill", "school_linden hill primary school school_linden hill infants"},
		{"postcode", "SE13 7PQ Camden", "school_st marys cafe academy"},
		{"postcode without its space", "se137pq camden", "school_st marys cafe academy"},
		{"accents and apostrophes", "st marys cafe", "school_st marys cafe academy"},
		{"a stop word before", "the toolkit", "resource_tool"},
		{"what it is filed under", "primary transition toolkit", "resource_tool"},
		{"every word counts", "phonics lewisham", ""},
		{"most words of several", "linden hill primary Peckham", "school_linden hill primary school"},
		{"nothing like it", "zebra", ""},
		{"only marks", "?! -- \" * ( [", ""},
		{"nothing but a stop word", "the", ""},
		{"no query language", "title:phonics", ""},
		{"a wildcard is no wildcard", "*", ""},
		{"a regular expression is none", "/.*/", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(w.ids(t, test.text), " "); got != test.want {
				t.Errorf("%q found %q, want %q", test.text, got, test.want)
			}
		})
	}
	urn := school("St Mary's Café Academy", "Camden", staffroom.SchoolOpen).URN
	if got := w.ids(t, urn); len(got) != 1 || got[0] != "school_st marys cafe academy" {
		t.Errorf("the URN %s found %v", urn, got)
	}
}

// TestEveryWordOfATextIsFound looks for words that Markdown, or a bound, could lose.
func TestEveryWordOfATextIsFound(t *testing.T) {
	w := library(t)
	w.resources.put(
		resource("resource_words", "All words", "", "Dear <placeholder>, if apples<bananas\n\n<p>Paragraph</p>\n<!-- remark -->\n\n![Picture](https://e.example)\n\n"+
			"[Homework]: fractions\n\nA note[^1].\n\n[^1]: Footnote.\n\n[^2]: Orphan.\n\n|a|b|\n|-|-|\n|x|y|Excess|\n\n- [x] ticked\n\n    indented"),
		resource("resource_long", "A long one", "", strings.Repeat("\u4e2d", 99_990)+" haystack"),
	)
	w.catchUp(t)
	for _, word := range []string{
		"placeholder", "bananas", "paragraph", "remark", "picture", "homework", "fractions", "footnote", "orphan", "excess", "ticked", "indented",
	} {
		if got := w.ids(t, word); len(got) != 1 || got[0] != "resource_words" {
			t.Errorf("%q found %v", word, got)
		}
	}
	if got := w.ids(t, "haystack"); len(got) != 1 || got[0] != "resource_long" {
		t.Errorf("the last word of a long text found %v", got)
	}
}

func TestAudiences(t *testing.T) {
	w := library(t)
	for _, test := range []struct {
		name, text string
		audiences  []string
		want       string
	}{
		{"a visitor sees no thread", "attendance", []string{staffroom.AudienceEveryone}, ""},
		{"a school sees its own", "secret", []string{staffroom.AudienceEveryone, staffroom.AudienceMembers, "school_1"}, "resource_private"},
		{"another does not", "secret", []string{staffroom.AudienceEveryone, staffroom.AudienceMembers, "school_2"}, ""},
		{"nobody sees nothing", "phonics", []string{}, ""},
		{"drafts are for nobody", "draft", []string{staffroom.AudienceEveryone, staffroom.AudienceMembers, "school_1"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := w.find(t, staffroom.TextQuery{Text: test.text, Audiences: test.audiences})
			if got := strings.Join(idsOf(found), " "); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestFilterAndFacets(t *testing.T) {
	w := library(t)
	all := w.find(t, staffroom.TextQuery{Facets: []staffroom.Facet{staffroom.FacetKind, staffroom.FacetTopic, staffroom.FacetStatus}})
	wantFacets := map[staffroom.Facet][]staffroom.FacetCount{
		staffroom.FacetKind:   {{Value: "resource", Count: 3}, {Value: "school", Count: 3}, {Value: "thread", Count: 1}},
		staffroom.FacetTopic:  {{Value: "send", Count: 1}, {Value: "transitions", Count: 1}},
		staffroom.FacetStatus: {{Value: "OPEN", Count: 2}, {Value: "CLOSED", Count: 1}},
	}
	for facet, want := range wantFacets {
		if got := all.Facets()[facet]; !slices.Equal(got, want) {
			t.Errorf("facet %s: %v, want %v", facet, got, want)
		}
	}
	for _, test := range []struct {
		name  string
		query staffroom.TextQuery
		want  string
	}{
		{"newest first, then schools by name", staffroom.TextQuery{}, "resource_tool thread_1 resource_title resource_body " +
			"school_linden hill infants school_linden hill primary school school_st marys cafe academy"},
		{"one kind", staffroom.TextQuery{Prefixes: []string{"thread"}}, "thread_1"},
		{"either value of a facet", staffroom.TextQuery{Filter: map[staffroom.Facet][]string{staffroom.FacetFormat: {"TOOL", "POLICY"}}}, "resource_tool"},
		{"both facets", staffroom.TextQuery{Filter: map[staffroom.Facet][]string{
			staffroom.FacetTopic: {"send"}, staffroom.FacetFormat: {"CASE_STUDY"},
		}}, ""},
		{"a facet with no value allowed", staffroom.TextQuery{Filter: map[staffroom.Facet][]string{staffroom.FacetTopic: {}}}, ""},
		{"with words", staffroom.TextQuery{Text: "phonics", Filter: map[staffroom.Facet][]string{staffroom.FacetTopic: {"send"}}}, "resource_tool"},
		{"space", staffroom.TextQuery{Filter: map[staffroom.Facet][]string{staffroom.FacetSpace: {"authority:E09000007"}}}, "thread_1"},
		{"ids", staffroom.TextQuery{IDs: []string{"thread_1", "resource_private", "resource_tool", "nothing"}}, "resource_tool thread_1"},
		{"ids with words", staffroom.TextQuery{Text: "phonics", IDs: []string{"thread_1", "resource_private", "resource_body"}}, "resource_body"},
		{"ids with a typing error", staffroom.TextQuery{Text: "fonics phoniks", IDs: []string{"thread_1"}}, ""},
		{"second page", staffroom.TextQuery{Offset: 1, Limit: 2}, "thread_1 resource_title"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(idsOf(w.find(t, test.query)), " "); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestPageBeyondTheEndIsRefused(t *testing.T) {
	w := library(t)
	for _, q := range []staffroom.TextQuery{{Offset: 9_999, Limit: 2}, {Offset: -1}, {Limit: -1}, {Offset: 1 << 62, Limit: 1 << 62}} {
		if _, err := w.Search(t.Context(), q); staffroom.CodeOf(err) != staffroom.CodeBadInput {
			t.Errorf("Search(offset %d, limit %d): %v, want BAD_USER_INPUT", q.Offset, q.Limit, err)
		}
	}
}

func TestTieIsBrokenByID(t *testing.T) {
	w := newWorld()
	for i := range 20 {
		w.resources.put(resource(fmt.Sprintf("resource_%02d", i), "Equal titles", "", ""))
	}
	w.open(t, "")
	w.catchUp(t)
	var paged []string
	for offset := 0; offset < 20; offset += 7 {
		paged = append(paged, idsOf(w.find(t, staffroom.TextQuery{Text: "equal", Offset: offset, Limit: 7}))...)
	}
	if !slices.IsSorted(paged) || len(slices.Compact(paged)) != 20 {
		t.Errorf("pages of equal hits: %v", paged)
	}
}

func TestHighlights(t *testing.T) {
	w := library(t)
	w.resources.put(resource("resource_html", "<img src=x onerror=alert(1)> kestrel & co", "Kestrels", strings.Repeat("kestrel ", 20_000)))
	w.catchUp(t)
	hit := w.find(t, staffroom.TextQuery{Text: "kestrel", Highlights: true}).Hits[0]
	want := []staffroom.Highlight{
		{Field: "title", Fragment: "&lt;img src=x onerror=alert(1)&gt; <mark>kestrel</mark> &amp; co"},
		{Field: "summary", Fragment: "<mark>Kestrels</mark>"},
	}
	if len(hit.Highlights) != 3 || !slices.Equal(hit.Highlights[:2], want) || hit.Highlights[2].Field != "body" {
		t.Errorf("highlights %q, want %q and one of the body", hit.Highlights, want)
	}
	if n := len(hit.Highlights[2].Fragment); n > 1000 {
		t.Errorf("the fragment of the body has %d bytes", n)
	}
	name := w.find(t, staffroom.TextQuery{Text: "lindn primary", Highlights: true}).Hits[0].Highlights
	if want := []staffroom.Highlight{{Field: "name", Fragment: "<mark>Linden</mark> Hill <mark>Primary</mark> School"}}; !slices.Equal(name, want) {
		t.Errorf("highlights of a mistyped name: %q, want %q", name, want)
	}
	if got := w.find(t, staffroom.TextQuery{Text: "kestrel"}).Hits[0].Highlights; got != nil {
		t.Errorf("highlights that nobody asked for: %q", got)
	}
}

// TestLongTextIsCut asks for so many words that looking for all of them would take minutes.
func TestLongTextIsCut(t *testing.T) {
	w := library(t)
	w.find(t, staffroom.TextQuery{Text: strings.Repeat("phonicss receptionn ", 50_000)})
	w.find(t, staffroom.TextQuery{Text: strings.Repeat("é", 1_000_000)})
	w.find(t, staffroom.TextQuery{Text: strings.Repeat("x ", 16) + "\xff\xfe\x00"})
}
