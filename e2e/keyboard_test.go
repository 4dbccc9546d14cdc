package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// publishByKeyboard goes from the address bar to a published resource without a mouse. On the way the focus is always seen, and
// never lost.
func publishByKeyboard(t *testing.T, h *house) {
	const title = "A quiz that marks itself"
	b := h.browse()
	b.open("/")
	b.arrive("Schools that share what works")
	b.press(kb.Tab)
	b.wantFocus("Skip to the content")
	b.tabTo("Sign in")
	b.press(kb.Enter)
	b.arrive("Who are you today?")
	b.tabTo("Amara Goldfinch…")
	b.press(kb.Enter)
	b.arrive("Schools that share what works")
	b.see("Amara Goldfinch")

	b.follow("Resources", "Resources")
	b.follow("Share a resource", "Share a resource")
	b.tabTo("Title")
	b.press(title)
	b.tabTo("Summary")
	b.press("Ten questions with their answers underneath.")
	b.tabTo("Text")
	b.press("1. What is a quiz?")
	b.tabTo("Kind")
	b.press("Tool")
	b.tabTo("Assessment and feedback")
	b.press(" ")
	b.tabTo("Licence")
	b.tabTo("Save the draft")
	b.press(kb.Enter)
	b.arrive("Edit “" + title + "”")
	b.wantFocusOnHeading()
	b.tabTo("Save")
	b.press(" ")
	b.arrive(title)
	b.wantFocusOnHeading()
	b.tabTo("Publish")
	b.press(" ")
	b.see("It is published.")
	b.wantFocus("It is published.")
	b.gone("Draft:")
	b.wantFocus("It is published.")
	b.see("Assessment and feedback")

	b.do(chromedp.NavigateBack())
	b.arrive("Edit “" + title + "”")
	b.wantFocusOnHeading()
}

// follow goes on to another page by a link, and checks that the focus comes along.
func (b *tab) follow(link, heading string) {
	b.t.Helper()
	b.tabTo(link)
	b.press(kb.Enter)
	b.arrive(heading)
	b.wantFocusOnHeading()
}

// focused describes what has the focus, and whether it can be seen to have it.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return {name: "nothing", lost: true};
	const style = getComputedStyle(e), box = e.getBoundingClientRect();
	const name = (e.getAttribute("aria-label") ?? (e.labels?.length ? e.labels[0].textContent : e.textContent)).replace(/\s+/g, " ").trim();
	return {
		name: name,
		tag: e.tagName,
		hidden: style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2 ||
			box.width === 0 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth,
	};
})()`

type focus struct {
	Name, Tag    string
	Lost, Hidden bool
}

// tabTo presses Tab until something with this name has the focus. A name that ends in "…" may go on.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	start, open := strings.CutSuffix(name, "…")
	var passed []string
	for range 120 {
		b.press(kb.Tab)
		f := evaluate[focus](b, focused)
		if f.Hidden {
			b.t.Errorf("on the way to %q the focus is on %q, and nobody can see it", name, f.Name)
		}
		if f.Name == name || open && strings.HasPrefix(f.Name, start) {
			return
		}
		passed = append(passed, f.Name)
	}
	b.t.Fatalf("%q is not to be reached; on the way were %q", name, passed)
}

// wantFocus checks what has the focus.
func (b *tab) wantFocus(name string) {
	b.t.Helper()
	if f := evaluate[focus](b, focused); f.Name != name || f.Hidden {
		b.t.Fatalf("the focus is on %+v, not seen on %q", f, name)
	}
}

// wantFocusOnHeading checks that the heading of a new page takes the focus.
func (b *tab) wantFocusOnHeading() {
	b.t.Helper()
	eventually(b.t, "the focus on the heading", func() bool {
		return b.is(`document.activeElement === document.querySelector("h1")`)
	})
	if f := evaluate[focus](b, focused); f.Hidden || f.Lost {
		b.t.Errorf("the focus on the heading is not seen: %+v", f)
	}
}
