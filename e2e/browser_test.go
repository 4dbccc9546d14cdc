package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// closeBrowser ends the browser, if one was started.
var closeBrowser = func() {}

// startBrowser starts the browser that all tests share. Each person in front of it has cookies of their own.
var startBrowser = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browserPath()), chromedp.UserDataDir(filepath.Join(workshop, "profile")),
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1280, 900),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	allocator, closeAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	closeBrowser = func() {
		if err := chromedp.Cancel(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "closing the browser:", err)
		}
		cancel()
		closeAllocator()
	}
	return ctx, chromedp.Do(ctx)
})

// browserPath is where the browser is; empty if there is none.
func browserPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needBrowser makes sure that there is a browser, and a client to show in it.
func needBrowser(t testing.TB) {
	t.Helper()
	need(t, browserPath() != "", "browser tests need chromium: apt-get install chromium")
	_, err := os.Stat("../web/dist/index.html")
	need(t, err == nil, "browser tests need the web client: make web")
}

// tab is a tab of a browser, and the person in front of it.
type tab struct {
	t       testing.TB
	ctx     context.Context
	address string
	mu      sync.Mutex
	// problems is what the browser complained about: scripts that failed, and what the page was refused.
	problems []string
	// forgiven is what it may complain about.
	forgiven string
}

// browse opens an empty tab for somebody new, with no cookies.
func (h *house) browse() *tab {
	h.t.Helper()
	needBrowser(h.t)
	ctx, err := startBrowser()
	if err != nil {
		h.t.Fatalf("starting the browser: %v", err)
	}
	return newTab(ctx, h.t, h.address, chromedp.WithNewBrowserContext())
}

// another opens one more tab for the same person.
func (b *tab) another() *tab {
	b.t.Helper()
	return newTab(b.ctx, b.t, b.address)
}

func newTab(parent context.Context, t testing.TB, address string, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t, address: address}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.hear))...)
	b.ctx = ctx
	t.Cleanup(func() {
		b.report()
		cancel()
	})
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

// hear notes what the browser complains about. It must be fast and run no commands.
func (b *tab) hear(event any) {
	problem := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		problem = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			problem += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" {
			problem = fmt.Sprintf("console.%s", e.Type)
			for _, arg := range e.Args {
				problem += fmt.Sprintf(" %s %s", arg.Value, arg.Description)
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			problem = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if problem != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.problems = append(b.problems, problem)
	}
}

// report fails the test if the browser complained, and shows what the page looked like if the test failed.
func (b *tab) report() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, problem := range b.problems {
		if b.forgiven != "" && strings.Contains(problem, b.forgiven) {
			continue
		}
		b.t.Errorf("the browser complained: %s", problem)
	}
	if b.t.Failed() {
		state, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
		b.t.Logf("the page at the end (%v): %s", err, state)
		b.picture("failed " + b.t.Name())
	}
}

// do runs actions that must succeed.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(b.ctx); err != nil { // opens the tab, if it is not open yet, for longer than ctx
		b.t.Fatal(err)
	}
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// open types an address of the server into the address bar.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.address + path))
}

// evaluate is the value of an expression, or of the promise that it is, in the page.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%v\nin %.200s", err, expression)
	}
	return value
}

// is says whether a condition holds on the page. While a page is being replaced none does.
func (b *tab) is(condition string) bool {
	holds, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.body !== null && Boolean(`+condition+`)`))
	if err != nil && b.ctx.Err() != nil {
		b.t.Fatal(errors.Join(err, b.ctx.Err()))
	}
	return err == nil && holds
}

// see waits until the page shows a text.
func (b *tab) see(text string) {
	b.t.Helper()
	eventually(b.t, "to see "+text, func() bool { return b.is(shows(text)) })
}

// gone waits until the page does not show a text any more.
func (b *tab) gone(text string) {
	b.t.Helper()
	eventually(b.t, "not to see "+text, func() bool { return b.is("!" + shows(text)) })
}

func shows(text string) string {
	return `document.body.innerText.replace(/\s+/g, " ").includes(` + quoted(text) + `)`
}

// arrive waits until the page with this heading is there, whole.
func (b *tab) arrive(heading string) {
	b.t.Helper()
	eventually(b.t, "to arrive at "+heading, func() bool {
		return b.is(`document.querySelector("h1")?.innerText === ` + quoted(heading) + ` && !document.body.innerText.includes("Loading…")`)
	})
}

// finder finds the middle of the one thing of a kind with a name, if it can be clicked: it is visible, enabled, in one place, and
// nothing covers it. A name that ends in "…" may go on.
const finder = `(async (kind, name) => {
	const kinds = {link: "a[href]", button: "button", field: "input, textarea, select", tab: "[role=tab]", any: "*"};
	const text = (e) => (e.getAttribute("aria-label") ?? (e.labels?.length ? [...e.labels].map((l) => l.textContent).join(" ") : e.textContent)).replace(/\s+/g, " ").trim();
	const fits = (e) => name.endsWith("…") ? text(e).startsWith(name.slice(0, -1)) : text(e) === name;
	const found = [...document.querySelectorAll(kinds[kind])].filter((e) => fits(e) && e.checkVisibility({visibilityProperty: true}));
	if (found.length !== 1) return {problem: found.length + " found"};
	const element = found[0];
	if (element.disabled || element.getAttribute("aria-disabled") === "true") return {problem: "disabled"};
	element.scrollIntoView({block: "center", behavior: "instant"});
	const where = () => element.getBoundingClientRect();
	const before = where();
	await new Promise((done) => setTimeout(done, 30));
	const box = where();
	if (box.x !== before.x || box.y !== before.y) return {problem: "moving"};
	const x = box.x + box.width / 2, y = box.y + Math.min(box.height / 2, 20);
	const top = document.elementFromPoint(x, y);
	if (!top || !(element.contains(top) || top.contains(element))) return {problem: "covered by " + top?.outerHTML.slice(0, 100)};
	return {x, y};
})`

// spot is where something is, or what stands in the way of clicking it.
type spot struct {
	X, Y    float64
	Problem string
}

// click clicks the one thing of this kind ("link", "button", "field") with this name, once it can be clicked.
func (b *tab) click(kind, name string) {
	b.t.Helper()
	var at spot
	if !within(patience, func() bool {
		found, err := chromedp.Run(b.ctx, chromedp.Evaluate[spot](finder+call(kind, name), chromedp.EvalAwaitPromise))
		if err != nil {
			found.Problem = err.Error() // the page is being replaced
		}
		at = found
		return found.Problem == ""
	}) {
		b.t.Fatalf("the %s %q can't be clicked: %s", kind, name, at.Problem)
	}
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// fill clicks into a field, and types a text into it in the place of what it holds.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	b.click("field", label)
	evaluate[bool](b, `(document.activeElement.select?.(), true)`)
	b.press(text)
}

// press presses keys, one after the other.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// choose chooses an option of a list by typing its name.
func (b *tab) choose(label, option string) {
	b.t.Helper()
	eventually(b.t, "to choose "+option, func() bool {
		return b.is(`[...document.querySelectorAll("select")].some((e) => e.labels[0]?.textContent === ` + quoted(label) +
			` && [...e.options].some((o) => o.text === ` + quoted(option) + `) && (e.focus(), true))`)
	})
	b.press(option)
	if chosen := evaluate[string](b, `document.activeElement.selectedOptions[0].text`); chosen != option {
		b.t.Fatalf("%s: %q was chosen, not %q", label, chosen, option)
	}
}

// signIn signs in as one of the sample people, through the pages that people see.
func (b *tab) signIn(name string) {
	b.t.Helper()
	b.open("/")
	b.click("link", "Sign in")
	b.arrive("Who are you today?")
	b.click("button", name+"…")
	b.arrive("Schools that share what works")
	b.see(name)
}

// saveDownloads lets the person download files, and gives the folder where they will be.
func (b *tab) saveDownloads() string {
	b.t.Helper()
	folder := b.t.TempDir()
	b.do()
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: "allow", DownloadPath: folder, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return folder
}

// picture saves a picture of the whole page, for people to look at, where E2E_PICTURES names a folder.
func (b *tab) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("E2E_PICTURES")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, strings.ReplaceAll(strings.Trim(name, "/"), "/", "-")+".png"), picture, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// call is a list of arguments in JavaScript.
func call(args ...string) string {
	for i, arg := range args {
		args[i] = quoted(arg)
	}
	return "(" + strings.Join(args, ", ") + ")"
}

// quoted is a text in JavaScript.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always has JSON
	}
	return string(b)
}

// attach chooses a file for a field.
func (b *tab) attach(label, file string) {
	b.t.Helper()
	id := evaluate[string](b, `[...document.querySelectorAll("input[type=file]")].find((e) => e.labels[0].textContent === `+quoted(label)+`).id`)
	b.do(chromedp.SetUploadFiles(chromedp.ID(id), []string{file}))
}
