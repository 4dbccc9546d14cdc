package resolvers_test

import (
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// tooWide is a table of 20,000 characters that would become 37 MB of HTML.
func tooWide() string {
	return strings.Repeat("|a", 1000) + "\n" + strings.Repeat("|-", 1000) + "\n" + strings.Repeat("|\n", 7900)
}

// TestTextsThatMakeTooMuchAreRefused sends each text in Markdown that takes too much work, makes too much, or shows nothing.
func TestTextsThatMakeTooMuchAreRefused(t *testing.T) {
	w := newWorld(t)
	const payload = ` { userErrors { code field message } } }`
	for field, mutation := range map[string]string{
		`["about"]`: `mutation($text: Markdown!) { updateProfile(input: {version: 1, about: $text})`,
		`["body"]`:  `mutation($text: Markdown!) { updateResource(input: {id: "<public>", version: 1, body: $text})`,
		`["body"] `: `mutation($text: Markdown!) { createResource(input: {title: "A new one", body: $text, kind: TOOL, licence: CC0_1_0, visibility: PUBLIC})`,
		`["body"]  `: `mutation($text: Markdown!) {
			startThread(input: {space: {kind: NETWORK}, title: "A new one", body: $text})`,
		`["body"]   `: `mutation($text: Markdown!) { replyToThread(input: {threadId: "<talk>", body: $text})`,
		`["remit"]`: `mutation($text: Markdown!) {
			appointLeadSchool(input: {schoolUrn: "900002", authorityCode: "E09000023", phases: [SECONDARY], remit: $text})`,
	} {
		who := "ada"
		if strings.Contains(mutation, "appoint") {
			who = "adm"
		}
		for text, says := range map[string]string{
			tooWide():                    "has a table with too many empty cells: give its rows as many cells",
			strings.Repeat("[a](", 5000): "has too many brackets, backquotes or other marks that lead nowhere",
			strings.Repeat("[^1]", 4000) + "\n\n[^1]: a": "would become far longer than it is",
			"&#8203;":       "has nothing in it that anybody can see",
			"\u2800 \u200b": "has nothing in it that anybody can see",
		} {
			answer := w.run(t, who, mutation+payload, map[string]any{"text": text})
			for _, want := range []string{`"code":"BAD_USER_INPUT"`, `"field":` + strings.TrimSpace(field), says} {
				if !strings.Contains(strings.ReplaceAll(answer, `": `, `":`), want) {
					t.Errorf("%.80s with %.20q is answered %.500s, want %s", mutation, text, answer, want)
				}
			}
		}
	}
}

// TestStoredTextsThatMakeTooMuchAreShownPlain has one of before it was refused.
func TestStoredTextsThatMakeTooMuchAreShownPlain(t *testing.T) {
	w := newWorld(t)
	_, err := w.store.Members.Update(t.Context(), w.ids["ada"], func(m *staffroom.Member) error {
		m.About = tooWide()
		return nil
	})
	must(t, err)
	answer := w.run(t, "ada", `{ viewer { about aboutHtml } }`, nil)
	if len(answer) > 10*len(tooWide()) || !strings.Contains(answer, `u003cp\u003e|a|a|a`) {
		t.Errorf("answered with %d bytes: %.200s", len(answer), answer)
	}
}
