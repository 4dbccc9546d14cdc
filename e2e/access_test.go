package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	desktop = 1280
	phone   = 390
	// narrow is the width at which pages must do without scrolling sideways (WCAG 1.4.10).
	narrow = 320
)

// missingPath is an address that nothing is at. It is answered with 404, which the browser reports, and with the page that says so.
const missingPath = "/nowhere"

// visit is a page of the client, and the heading by which it is known.
type visit struct{ name, path, heading string }

// TestLongAccessibility looks for what keeps people out, on every page of the client, as everybody sees it and as members do.
func TestLongAccessibility(t *testing.T) {
	needBrowser(t)
	axe, err := os.ReadFile("../web/node_modules/axe-core/axe.min.js")
	need(t, err == nil, "accessibility tests need axe-core: make web")
	h := serve(t)
	places := placesOf(h)
	missing := "the server responded with a status of 404 (Not Found) " + h.address + missingPath
	t.Run("signed out", func(t *testing.T) {
		t.Parallel()
		visitor := h.in(t).browse()
		visitor.forgiven = missing
		for _, v := range places.open() {
			check(visitor, string(axe), v)
		}
		visitor.open("/")
		visitor.click("link", "Sign in")
		visitor.arrive("Who are you today?")
		checkHere(visitor, string(axe), "sign-in")
	})
	t.Run("sign-in that failed", func(t *testing.T) {
		t.Parallel()
		visitor := h.in(t).browse()
		visitor.forgiven = "the server responded with a status of 4"
		check(visitor, string(axe), visit{"sign-in failed", "/sign-in/callback?error=access_denied&state=unknown", "Signing in did not work"})
	})
	t.Run("signed in", func(t *testing.T) {
		t.Parallel()
		member := h.in(t).browse()
		member.forgiven = missing
		member.signIn("Shabnam Firecrest")
		for _, v := range slices.Concat(places.open(), places.members()) {
			v.name = "member " + v.name
			check(member, string(axe), v)
		}
	})
	t.Run("on the way in", func(t *testing.T) {
		t.Parallel()
		newcomer := h.in(t).browse()
		newcomer.signIn("Maya Pipistrelle")
		for _, v := range []visit{
			{"newcomer home", "/", "Schools that share what works"},
			{"newcomer join", "/join?urn=910344", "Join through your school"},
		} {
			check(newcomer, string(axe), v)
		}
	})
}

// places are things of the sample network that have pages.
type places struct{ resource, title, draft, draftTitle, thread, threadTitle string }

func placesOf(h *house) places {
	type made struct {
		CreateResource struct{ Resource struct{ ID, Title string } }
	}
	type found struct {
		Resources struct {
			Nodes []struct {
				ID, Title string
				Files     []struct{ ID string }
			}
		}
		Threads struct{ Nodes []struct{ ID, Title string } }
	}
	head := h.as("shabnam.firecrest@silkweavers.example")
	draft := ask[made](head, `mutation($input: CreateResourceInput!) { createResource(input: $input) { resource { id title } } }`, vars{
		"input": vars{"title": "A draft to look at", "kind": "TOOL", "licence": "CC_BY_4_0", "visibility": "SCHOOL"},
	}).CreateResource.Resource
	type attached struct {
		AttachFile struct{ UserErrors []struct{ Message string } }
	}
	upload[attached](head, `mutation($input: AttachFileInput!) { attachFile(input: $input) { userErrors { message } } }`,
		vars{"resourceId": draft.ID}, "list.csv", []byte("a,b\n1,2\n"))
	all := ask[found](head, `{ resources(first: 100) { nodes { id title files { id } } } threads(first: 1) { nodes { id title } } }`, nil)
	p := places{draft: draft.ID, draftTitle: draft.Title}
	p.thread, p.threadTitle = all.Threads.Nodes[0].ID, all.Threads.Nodes[0].Title
	for _, r := range all.Resources.Nodes {
		if len(r.Files) > 0 {
			p.resource, p.title = r.ID, r.Title
		}
	}
	return p
}

// open is every page that visitors can see.
func (p places) open() []visit {
	return []visit{
		{"home", "/", "Schools that share what works"},
		{"search", "/search?q=reading", "Search"},
		{"search nothing", "/search?q=xqzzy", "Search"},
		{"resources", "/resources", "Resources"},
		{"resource", "/resources/" + p.resource, p.title},
		{"resource missing", "/resources/resource_00000000000000000000000000", "There is no such resource, or it is not yours to see"},
		{"lead schools", "/lead-schools", "Lead schools"},
		{"schools", "/schools", "Schools"},
		{"school", "/schools/910344", "Honeycomb Primary School (sample)"},
		{"threads", "/threads", "Discussions"},
		{"join", "/join", "Join through your school"},
		{"missing", missingPath, "There is no such page"},
	}
}

// members is every page that only members can use.
func (p places) members() []visit {
	return []visit{
		{"thread", "/threads/" + p.thread, p.threadTitle},
		{"new thread", "/threads/new?resource=" + p.resource, "Start a discussion"},
		{"new resource", "/resources/new", "Share a resource"},
		{"draft", "/resources/" + p.draft, p.draftTitle},
		{"edit resource", "/resources/" + p.draft + "/edit", "Edit “" + p.draftTitle + "”"},
		{"mine", "/resources/mine", "My resources"},
		{"account", "/account", "Your account"},
		{"requests", "/join/requests", "Requests to join"},
	}
}

func check(b *tab, axe string, v visit) {
	b.t.Helper()
	b.open(v.path)
	b.arrive(v.heading)
	checkHere(b, axe, v.name)
}

// checkHere checks the page at hand, on a wide screen and on a narrow one.
func checkHere(b *tab, axe, name string) {
	b.t.Helper()
	evaluate[bool](b, axe+"; true")
	for _, width := range []int64{desktop, phone, narrow} {
		b.do(chromedp.EmulateViewport(width, 800))
		b.picture(fmt.Sprintf("%s %d", name, width))
		if width == phone && os.Getenv("E2E_PICTURES") == "" {
			continue // it is between the two others
		}
		for _, violation := range evaluate[[]string](b, axeRun) {
			b.t.Errorf("%s at %d pixels: %s", name, width, violation)
		}
		if wide := evaluate[int64](b, "document.documentElement.scrollWidth"); wide > width {
			b.t.Errorf("%s is %d pixels wide on a screen of %d: %s", name, wide, width, strings.Join(evaluate[[]string](b, tooWide), ", "))
		}
	}
	b.do(chromedp.EmulateViewport(desktop, 900))
}

// axeRun lists the violations of the Web Content Accessibility Guidelines that axe finds.
const axeRun = `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]}).then((r) =>
	r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(" | ")))`

// tooWide lists what is wider than the screen.
const tooWide = `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.tagName + "." + e.className).slice(0, 5)`
