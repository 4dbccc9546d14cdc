package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// story is what somebody does in front of a browser.
type story = func(*testing.T, *house)

func TestBrowser(t *testing.T) {
	tell(t, map[string]story{
		"share, find and discuss a resource": shareAndDiscuss,
		"join by evidence or by decision":    join,
		"find the lead school of a borough":  findLeadSchool,
		"ask again after lost answers":       askAgainAfterLostAnswers,
		"sign out":                           signOut,
	})
}

func TestLongBrowser(t *testing.T) {
	tell(t, map[string]story{
		"publish by keyboard alone": publishByKeyboard,
		"try the API in GraphiQL":   exploreInGraphiQL,
		"write odd texts":           oddTexts,
	})
}

// tell tells the stories of people, all on one server.
func tell(t *testing.T, stories map[string]story) {
	t.Helper()
	needBrowser(t)
	h := serve(t)
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, h.in(t))
		})
	}
}

// shareAndDiscuss is the main story: one teacher shares a resource with a file, another finds it and asks about it, and the answer
// appears by itself.
func shareAndDiscuss(t *testing.T, h *house) {
	const title = "Reading theatre for reluctant narrators"
	content := "Week,Scene\r\n1,The lighthouse\r\n2,The storm\r\n"
	file := filepath.Join(t.TempDir(), "rehearsal plan.csv")
	writeFile(t, file, []byte(content))
	author := h.browse()
	author.signIn("Amara Goldfinch")
	share(author, title, file)

	awaitIndexed(h, title)
	reader := h.browse()
	reader.signIn("Kwame Redwing")
	reader.fill("Search resources, schools and discussions", "reluctent narators\r")
	reader.arrive("Search")
	reader.click("link", title)
	reader.arrive(title)
	downloaded(reader, "rehearsal plan.csv", content)

	reader.click("link", "Start a discussion about this")
	reader.arrive("Start a discussion")
	reader.see("About " + title)
	reader.fill("Title", "How many narrators?")
	reader.fill("Message", "Did you have one narrator or **several**?")
	reader.click("button", "Start")
	reader.arrive("How many narrators?")

	watcher := author.another()
	watcher.open(evaluate[string](reader, "location.pathname"))
	watcher.arrive("How many narrators?")
	watcher.see("Did you have one narrator or several?")
	evaluate[bool](watcher, "window.stayed = true")
	reader.fill("Your reply", "Meanwhile we tried three.")
	reader.click("button", "Reply")
	watcher.see("Meanwhile we tried three.")
	if !evaluate[bool](watcher, "window.stayed === true") {
		t.Error("the page was loaded anew to show the reply")
	}
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// share shares a resource with a file, after some that may not be shared.
func share(author *tab, title, file string) {
	author.t.Helper()
	author.click("link", "Resources")
	author.arrive("Resources")
	author.click("link", "Share a resource")
	author.arrive("Share a resource")
	author.fill("Title", title)
	author.fill("Summary", "Shy readers narrate behind a curtain, and then before it.")
	author.fill("Text", "# Why\n\nNobody is shy behind a curtain.")
	author.choose("Kind", "Lesson material")
	author.click("field", "Early reading")
	author.click("field", "Primary")
	author.click("button", "Save the draft")
	author.arrive("Edit “" + title + "”")
	author.see("plain text, Markdown, CSV table")
	author.see("up to 25 MiB each")
	large, wrong := filepath.Join(filepath.Dir(file), "film.txt"), filepath.Join(filepath.Dir(file), "letter.doc")
	writeFile(author.t, large, make([]byte, 25<<20+1))
	author.attach("Add a file", large)
	author.see("film.txt is too large: a file may have 25 MiB.")
	writeFile(author.t, wrong, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	author.attach("Add a file", wrong)
	author.see("Save it as .docx, .xlsx or .pptx without a password, or as PDF.")
	author.attach("Add a file", file)
	author.see(filepath.Base(file) + " was added.")
	author.click("button", "Save")
	author.arrive(title)
	author.see("Draft: only those who made it see this.")
	author.click("button", "Publish")
	author.gone("Draft: only those who made it see this.")
	author.see("Who may read it Everybody")
}

// awaitIndexed waits until a resource is found by its title.
func awaitIndexed(h *house, title string) {
	h.t.Helper()
	type found struct{ Search struct{ TotalCount int } }
	eventually(h.t, title+" is found", func() bool {
		return ask[found](h.visitor(), `query($q: String!) { search(query: $q) { totalCount } }`, vars{"q": `"` + title + `"`}).Search.TotalCount == 1
	})
}

// downloaded downloads a file of the resource on the page, and checks what came.
func downloaded(b *tab, name, content string) {
	b.t.Helper()
	folder := b.saveDownloads()
	b.click("link", name)
	eventually(b.t, "the download of "+name, func() bool {
		got, err := os.ReadFile(filepath.Join(folder, name))
		return err == nil && string(got) == content
	})
	headers := evaluate[map[string]string](b, `(async () => Object.fromEntries((await fetch([...document.querySelectorAll("a[download]")][0].href)).headers))()`)
	if disposition := headers["content-disposition"]; !strings.HasPrefix(disposition, "attachment;") || headers["x-content-type-options"] != "nosniff" {
		b.t.Errorf("a file comes with %q", headers)
	}
}

// join is the story of two people without a school: one whose e-mail address is evidence enough, and one whom somebody has to know.
func join(t *testing.T, h *house) {
	known := h.browse()
	known.signIn("Isaac Turtledove")
	askToJoin(known, "Honeycomb", "Honeycomb Primary School (sample)")
	known.see("Welcome! You are a member of Honeycomb Primary School (sample).")
	known.click("link", "My resources")
	known.arrive("My resources")

	unknown := h.browse()
	unknown.signIn("Maya Pipistrelle")
	askToJoin(unknown, "Honeycomb", "Honeycomb Primary School (sample)")
	unknown.see("Your request is on its way.")
	unknown.click("link", "Staffroom")
	unknown.see("Your request to join Honeycomb Primary School (sample) is waiting")

	head := h.browse()
	head.signIn("Ruth Primrose")
	head.click("link", "Requests to join")
	head.arrive("Requests to join")
	head.see("maya.pipistrelle@mail.example")
	head.see("I teach in year 4 from Monday.")
	head.click("button", "Let in Maya Pipistrelle")
	head.see("Let in.")

	unknown.open("/")
	unknown.click("link", "My resources")
	unknown.arrive("My resources")
}

// askToJoin finds a school by a part of its name, and asks to join it.
func askToJoin(b *tab, part, school string) {
	b.t.Helper()
	b.click("link", "Join your school")
	b.arrive("Join through your school")
	b.fill("Name of the school", part+"\r")
	b.click("button", "Choose "+school)
	b.fill("Your job", "Year 4 teacher")
	b.fill("A message for those who decide", "I teach in year 4 from Monday.")
	b.click("button", "Join")
}

// findLeadSchool is the story of a head who looks for help nearby, signed out at first.
func findLeadSchool(t *testing.T, h *house) {
	head := h.browse()
	head.open("/")
	head.click("link", "Lead schools")
	head.arrive("Lead schools")
	head.choose("Borough", "Greenwich")
	head.choose("Phase", "Primary")
	head.click("button", "Find")
	head.see("Meridian Lane Primary School (sample)")
	head.see("1 lead school")
	head.see("Members see whom to turn to.")

	head.signIn("Kwame Redwing")
	head.click("link", "Lead schools")
	head.arrive("Lead schools")
	head.fill("Near a postcode", postcodeOf(h, "910155")+"\r")
	head.see("km away")
	head.see("Ellen Curlew")
	first := evaluate[string](head, `document.querySelector(".cards article").innerText`)
	if !strings.Contains(first, "Meridian Lane Primary School (sample)") || !strings.Contains(first, "0.0 km away") {
		t.Errorf("the nearest lead school of its own postcode is %s", first)
	}
}

func postcodeOf(h *house, urn string) string {
	h.t.Helper()
	type found struct {
		School struct{ Address struct{ Postcode string } }
	}
	return ask[found](h.visitor(), `query($urn: URN!) { school(urn: $urn) { address { postcode } } }`, vars{"urn": urn}).School.Address.Postcode
}

// signOut is the story of somebody who leaves a shared computer: neither another tab nor the way back leads in again.
func signOut(t *testing.T, h *house) {
	member := h.browse()
	member.signIn("Amara Goldfinch")
	other := member.another()
	other.open("/resources/mine")
	other.arrive("My resources")
	member.click("button", "Sign out")
	member.see("Sign in")
	member.open("/")
	member.see("Sign in")
	member.gone("Amara Goldfinch")
	other.open("/resources/mine")
	other.arrive("Sign in to see your resources")
	who := evaluate[string](other, `fetch("/graphql", {method: "POST", headers: {"Content-Type": "application/json"}, body: '{"query":"{viewer{name}}"}'}).then((r) => r.text())`)
	if who != `{"data":{"viewer":null}}` {
		t.Errorf("after signing out the API says %s", who)
	}
	member.click("link", "Sign in")
	member.arrive("Who are you today?") // the provider has forgotten, too
}
