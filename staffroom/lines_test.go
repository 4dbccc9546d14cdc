package staffroom_test

import (
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// unseen are texts in which nobody sees anything.
func unseen() map[string]string {
	return map[string]string{
		"zero-width spaces":      "\u200b\u200b\u200b",
		"joiners":                "\u200d\u200c\u200d",
		"word joiners":           "\u2060\u2060\u2060",
		"soft hyphens":           "\u00ad\u00ad\u00ad",
		"Braille blanks":         "\u2800\u2800\u2800",
		"Hangul fillers":         "\u3164\u3164\u3164",
		"half-width fillers":     "\uffa0\uffa0\uffa0",
		"Hangul Jamo fillers":    "\u115f\u1160\u115f",
		"Khmer vowels":           "\u17b4\u17b5\u17b4",
		"combining accents":      "\u0301\u0301\u0301",
		"variation selectors":    "\ufe0f\ufe0f\ufe0f",
		"more of those":          "\U000e0100\U000e0101\U000e0102",
		"tags":                   "\U000e0067\U000e0062\U000e007f",
		"private use":            "\ue000\ue001\U000f0000",
		"unassigned":             "\u0378\u0379\u0378",
		"no characters":          "\ufffe\uffff\U0001ffff",
		"invisible operators":    "\u2061\u2062\u2063",
		"byte-order marks":       "\ufeff\ufeff\ufeff",
		"object replacements":    "\ufffc\ufffc\ufffc",
		"null noteheads":         "\U0001d159\U0001d159\U0001d159",
		"hieroglyphic blanks":    "\U00013441\U00013442\U00013441",
		"Mongolian separators":   "\u180e\u180b\u180e",
		"directional marks":      "\u200e\u200f\u061c",
		"musical beams":          "\U0001d173\U0001d174\U0001d173",
		"shorthand controls":     "\U0001bca0\U0001bca1\U0001bca0",
		"all of them with space": "\u200b \u2800 \u3164 \u0301",
	}
}

// written are lines as people all over the world write them.
func written() map[string]string {
	return map[string]string{
		"family emoji":       "Families \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 welcome",
		"emoji alone":        "\U0001f469\U0001f3fd\u200d\U0001f3eb\u2764\ufe0f",
		"flag of Wales":      "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f Cymru",
		"flag of the UK":     "UK \U0001f1ec\U0001f1e7",
		"keycaps":            "1\ufe0f\u20e3 2\ufe0f\u20e3 3\ufe0f\u20e3",
		"Persian":            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0628\u062e\u0648\u0627\u0646\u0645",
		"Arabic with marks":  "\u0645\u062f\u0631\u0633\u0629 \u200fABC\u200e 12",
		"Hebrew with points": "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
		"Hindi with joiner":  "\u0915\u094d\u200d\u0937 \u0939\u093f\u0928\u094d\u0926\u0940",
		"Sinhala":            "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
		"a short Hindi word": "\u0928\u092e\u094b",
		"Welsh":              "Ysgol T\u0177 G\u0175yr",
		"Chinese variation":  "\u845b\U000e0100\u98fe\u533a",
		"Braille":            "\u2807\u2800\u283f\u2801",
		"Korean":             "\ud55c\uad6d\uc5b4",
		"mathematics":        "x\u2062y \u2260 0",
		"soft hyphen":        "know\u00adledge",
		"newer emoji":        "\U0001fae9\U0001fadf\U0001fac6",
		"three dots":         "...",
	}
}

func TestTitlesAreSeen(t *testing.T) {
	w := newWorld(t)
	create := func(title string) (*staffroom.Resource, error) {
		return w.Resources.Create(w.as(w.teacher), staffroom.CreateResource{
			Title: title, Kind: staffroom.KindTool, Licence: staffroom.LicenceCC0, Visibility: staffroom.VisibilityMembers,
		})
	}
	refused := unseen()
	for name, breaking := range map[string]string{
		"line feed": "\n", "line separator": "\u2028", "paragraph separator": "\u2029", "next line": "\u0085", "carriage return": "\r",
		"form feed": "\f", "tab": "\t", "null": "\x00", "escape": "\x1b", "delete": "\x7f", "left-to-right override": "\u202d",
		"right-to-left override": "\u202e", "left-to-right embedding": "\u202a", "right-to-left embedding": "\u202b",
		"pop": "\u202c", "left-to-right isolate": "\u2066", "right-to-left isolate": "\u2067", "first strong isolate": "\u2068",
		"pop isolate": "\u2069",
	} {
		refused[name] = "Reading" + breaking + "aloud"
	}
	refused["too short but for what is not seen"] = "a\u200b\u200b"
	for name, title := range refused {
		if _, err := create(title); staffroom.CodeOf(err) != staffroom.CodeBadInput {
			t.Errorf("a title of %s: %v", name, err)
		}
	}
	for name, title := range written() {
		if r, err := create(title); err != nil || r.Title != title {
			t.Errorf("a title with %s: %v", name, err)
		}
	}
	if r, err := create("\ufeff  Read  "); err != nil || r.Title != "Read" {
		t.Errorf("a title with a byte-order mark: %v", err)
	}
}

// TestEveryTextIsSeen sends what nobody can see to each input of the services that takes text.
func TestEveryTextIsSeen(t *testing.T) {
	w := newWorld(t)
	draft := w.published(w.teacher, "Reading", staffroom.VisibilityPublic)
	thread, _, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: "Reading", Body: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	profile := func(in staffroom.ProfileInput) error {
		in.Version = w.teacher.Version
		_, err := w.Members.UpdateProfile(w.as(w.teacher), in)
		return err
	}
	resource := func(in staffroom.UpdateResource) error {
		in.ID, in.Version = draft.ID, draft.Version
		_, err := w.Resources.Update(w.as(w.teacher), in)
		return err
	}
	asked := w.member("Ask", "")
	if _, err := w.store.Members.Update(t.Context(), asked.ID, func(m *staffroom.Member) error {
		m.Membership = staffroom.MembershipNone
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for field, send := range map[string]func(text string) error{
		"name":     func(text string) error { return profile(staffroom.ProfileInput{Name: &text}) },
		"jobTitle": func(text string) error { return profile(staffroom.ProfileInput{JobTitle: &text}) },
		"about":    func(text string) error { return profile(staffroom.ProfileInput{About: &text}) },
		"title":    func(text string) error { return resource(staffroom.UpdateResource{Title: &text}) },
		"summary":  func(text string) error { return resource(staffroom.UpdateResource{Summary: &text}) },
		"body":     func(text string) error { return resource(staffroom.UpdateResource{Body: &text}) },
		"reason": func(text string) error {
			_, err := w.Resources.Withdraw(w.as(w.teacher), draft.ID, text)
			return err
		},
		"thread's title": func(text string) error {
			_, _, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: text, Body: "Hello"})
			return err
		},
		"post": func(text string) error {
			_, err := w.Threads.Reply(w.as(w.teacher), staffroom.ReplyToThread{ThreadID: thread.ID, Body: text})
			return err
		},
		"join's job title": func(text string) error {
			_, err := w.Members.Join(w.as(asked), staffroom.JoinInput{URN: w.ash.URN, JobTitle: text})
			return err
		},
		"join's message": func(text string) error {
			_, err := w.Members.Join(w.as(asked), staffroom.JoinInput{URN: w.ash.URN, Message: text})
			return err
		},
		"remit": func(text string) error {
			_, err := w.LeadSchools.Appoint(w.as(w.admin), staffroom.AppointInput{
				SchoolURN: w.elm.URN, AuthorityCode: "E09000023", Phases: []staffroom.Phase{staffroom.PhasePrimary}, Remit: text,
			})
			return err
		},
		"query": func(text string) error {
			_, err := w.Searches.Search(w.as(w.teacher), staffroom.SearchInput{Query: text}, staffroom.Paging{})
			return err
		},
	} {
		for name, text := range unseen() {
			if err := send(text); staffroom.CodeOf(err) != staffroom.CodeBadInput {
				t.Errorf("%s of %s: %v", field, name, err)
			}
		}
	}
}

func TestNamesOfProvidersAreCleaned(t *testing.T) {
	w := newWorld(t)
	given := map[string]string{
		" Amara \n Goldfinch ":       "Amara Goldfinch",
		"Amara\u202e\u2067Goldfinch": "AmaraGoldfinch",
		"Amara\u2028Goldfinch":       "Amara Goldfinch",
		"\x00Amara\x1b":              "Amara",
		"\ufeffAmara":                "Amara",
		"Ame\u0301lie":               "Am\u00e9lie",
		"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
		strings.Repeat("n", 121):                           strings.Repeat("n", 120),
		"\xffAmara":                                        "Amara",
	}
	for _, text := range unseen() {
		given[text] = "New member"
	}
	for name, want := range given {
		m, err := w.Members.SignedIn(t.Context(), staffroom.SignedIn{Issuer: "https://idp.example", Subject: name, Name: name})
		if err != nil || m.Name != want {
			t.Errorf("%q signs in as %q, %v, want %q", name, m.Name, err, want)
		}
	}
}

func TestSpacesOfMarkdownStay(t *testing.T) {
	w := newWorld(t)
	thread, _, err := w.Threads.Start(w.as(w.teacher), staffroom.StartThread{Space: staffroom.SpaceNetwork, Title: "Reading", Body: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	for sent, want := range map[string]string{
		"    code\n\ttoo":           "    code\n\ttoo",
		"\ttab":                     "\ttab",
		"\ufeffWords":               "Words",
		" \n\t\n    code\n\n \t\n":  "    code",
		"one\r\ntwo\rthree":         "one\ntwo\nthree",
		"\u0645\u06cc\u200c\u0634":  "\u0645\u06cc\u200c\u0634",
		"break  \nhere":             "break  \nhere",
		"Ame\u0301lie\u2028and Bob": "Am\u00e9lie\u2028and Bob",
	} {
		post, err := w.Threads.Reply(w.as(w.teacher), staffroom.ReplyToThread{ThreadID: thread.ID, Body: sent})
		if err != nil || post.Body != want {
			t.Errorf("%q is kept as %q, %v, want %q", sent, post.Body, err, want)
		}
	}
}
