package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// clientCode is the client that docs/clients.md shows.
var clientCode = regexp.MustCompile("(?s)<!-- file: client.js -->\n```js\n(.*?)```")

// thirdPartyPage is a page of somebody else: it shows who is there, and lets the test use the client.
const thirdPartyPage = `<!doctype html><html lang="en"><title>Third party</title><link rel="icon" href="data:,"><h1>Loading…</h1>
<button id="in">Sign in</button> <button id="window">Sign in in a window</button> <button id="out">Sign out</button>
<script type="module">
	import * as client from "./client.js";
	const button = (id, action) => document.getElementById(id).addEventListener("click", action);
	const show = (user) => { document.querySelector("h1").textContent = user ? "Signed in" : "Nobody"; };
	window.client = client;
	button("in", client.signIn);
	button("window", () => client.manager.signinPopup().then(show));
	button("out", client.signOut);
	client.whoIsThere().then(show);
</script></html>`

// thirdParty serves the page, and the client of the documentation, on an origin of its own, and gives that.
func (h *house) thirdParty() string {
	h.t.Helper()
	guide, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		h.t.Fatal(err)
	}
	code := clientCode.FindSubmatch(guide)
	if code == nil {
		h.t.Fatal("docs/clients.md has no client.js any more")
	}
	folder := h.t.TempDir()
	modules, err := filepath.Abs("../web/node_modules")
	if err == nil {
		err = os.Symlink(modules, filepath.Join(folder, "node_modules"))
	}
	if err != nil {
		h.t.Fatal(err)
	}
	for name, content := range map[string]string{
		"client.js":  strings.ReplaceAll(string(code[1]), "http://localhost:8080", h.address),
		"index.html": thirdPartyPage,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	vite := exec.CommandContext(h.t.Context(), "node", filepath.Join(modules, "vite/bin/vite.js"), "build", "--logLevel", "warn")
	vite.Dir = folder
	if out, err := vite.CombinedOutput(); err != nil {
		h.t.Fatalf("bundling the page: %v\n%s", err, out)
	}
	files := http.FileServer(http.Dir(filepath.Join(folder, "dist")))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/callback" {
			r.URL.Path = "/"
		}
		files.ServeHTTP(w, r)
	}))
	h.t.Cleanup(server.Close)
	return server.URL
}

// visitThirdParty opens the page for somebody new.
func (h *house) visitThirdParty() *tab {
	h.t.Helper()
	needBrowser(h.t)
	_, err := os.Stat("../web/node_modules/oidc-client-ts")
	need(h.t, err == nil, "tests of third-party pages need oidc-client-ts: make web")
	b := h.browse()
	b.address = h.thirdParty()
	b.open("/")
	b.arrive("Nobody")
	return b
}

// TestThirdParties uses the server as programs of others do, with the code of docs/clients.md.
func TestThirdParties(t *testing.T) {
	t.Parallel()
	h := serve(t)
	for name, test := range map[string]func(*house){
		"page": thirdPartyPageDoesAll, "window": thirdPartySignsInInAWindow, "refusals": thirdPartyReadsRefusals, "guide": guideForClients,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(h.in(t))
		})
	}
}

// thirdPartyPageDoesAll does all that a page of another origin may do: it signs somebody in with PKCE, asks, changes, uploads, listens,
// downloads, renews and signs out.
func thirdPartyPageDoesAll(h *house) {
	b := h.visitThirdParty()
	if got := evaluate[string](b, `client.ask('{ authority(code: "E09000023") { name } }').then((d) => d.authority.name)`); got != "Lewisham" {
		h.t.Errorf("a visitor is told of %q", got)
	}
	b.click("button", "Sign in")
	b.arrive("Who are you today?")
	b.click("button", "Amara Goldfinch…")
	b.arrive("Signed in")
	if got := evaluate[string](b, `client.ask("{ viewer { name } }").then((d) => d.viewer.name)`); got != "Amara Goldfinch" {
		h.t.Errorf("the page is told that it asks for %q", got)
	}
	resource := thirdPartyShares(b)
	thirdPartyListens(b, h.as("ruth.primrose@honeycomb.example"), resource)
	thirdPartyRenews(b)
	thirdPartyLeaves(b)
}

// thirdPartyShares makes a resource with a file, publishes it, and reads the file again.
func thirdPartyShares(b *tab) (id string) {
	b.t.Helper()
	id = evaluate[string](b, `client.ask("mutation($input: CreateResourceInput!) { createResource(input: $input) { resource { id } userErrors { message } } }", {input: {
		title: "From another page", summary: "What a third party shares.", body: "A **text**.", kind: "TOOL", topics: ["early-reading"],
		licence: "CC_BY_4_0", visibility: "MEMBERS"}}).then((d) => d.createResource.resource.id)`)
	urls := evaluate[[]string](b, `client.upload("mutation($input: AttachFileInput!) { attachFile(input: $input) { file { url signedUrl } userErrors { message } } }",
		{resourceId: `+quoted(id)+`}, new File(["Bread, butter, books."], "list.txt", {type: "text/plain"}))
		.then((d) => [d.attachFile.file.url, d.attachFile.file.signedUrl])`)
	status := evaluate[string](b, `client.ask("mutation($id: ID!) { publishResource(input: {id: $id}) { resource { status } userErrors { message } } }", {id: `+quoted(id)+`})
		.then((d) => d.publishResource.resource.status)`)
	if status != "PUBLISHED" {
		b.t.Errorf("the resource is %s", status)
	}
	if got := evaluate[string](b, `fetch(`+quoted(urls[1])+`).then((a) => a.text())`); got != "Bread, butter, books." {
		b.t.Errorf("at its signed address the page reads %q", got)
	}
	read := evaluate[[]string](b, `client.send(`+quoted(urls[0])+`).then(async (a) => [String(a.status), await a.text(), a.headers.get("Content-Disposition"), a.headers.get("ETag")])`)
	if len(read) != 4 || read[0] != "200" || read[1] != "Bread, butter, books." || !strings.Contains(read[2], "list.txt") || read[3] == "" {
		b.t.Errorf("the page reads the file as %q", read)
	}
	return id
}

// thirdPartyListens starts a thread and hears a reply.
func thirdPartyListens(b *tab, other *caller, resource string) {
	b.t.Helper()
	thread := evaluate[string](b, `client.ask("mutation($input: StartThreadInput!) { startThread(input: $input) { thread { id } userErrors { message } } }", {input: {
		space: {kind: "NETWORK"}, title: "Read here?", body: "Who reads this?", resourceId: `+quoted(resource)+`}}).then((d) => d.startThread.thread.id)`)
	evaluate[bool](b, `(window.heard = [], (async () => {
		for await (const event of client.listen("subscription($id: ID!) { threadActivity(threadId: $id) { body author { name } } }", {id: `+quoted(thread)+`})) {
			heard.push(event.data.threadActivity.author.name + ": " + event.data.threadActivity.body);
		}
	})(), true)`)
	eventually(b.t, "to hear a reply", func() bool { // who replies before the page listens is not heard
		ask[vars](other, `mutation($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { id } } }`,
			vars{"input": vars{"threadId": thread, "body": "I do."}})
		return b.is(`heard[0] === "Ruth Primrose: I do."`)
	})
}

// thirdPartyRenews renews the tokens, asks in a hidden frame, and goes on with a token that is no good any more.
func thirdPartyRenews(b *tab) {
	b.t.Helper()
	b.forgiven = "the server responded with a status of 4" // a browser reports every refusal
	renewed := evaluate[[]bool](b, `(async () => {
		const before = await client.manager.getUser(), after = await client.manager.signinSilent();
		return [before.access_token !== after.access_token, before.refresh_token !== after.refresh_token, before.profile.sub === after.profile.sub];
	})()`)
	for _, right := range renewed {
		if !right {
			b.t.Errorf("renewing: other token, other refresh token, same person: %v", renewed)
		}
	}
	hidden := evaluate[string](b, `client.manager.signinSilent({forceIframeAuth: true}).then(() => "signed in", (e) => e.error)`)
	if hidden != "login_required" {
		b.t.Errorf("in a hidden frame the page hears %q", hidden)
	}
	// The token is revoked behind the back of the client, which renews it, once for all questions, and asks again.
	for _, name := range evaluate[[]string](b, `(async () => {
		const user = await client.manager.getUser();
		await client.manager.revokeTokens(["access_token"]);
		await client.manager.storeUser(user);
		return Promise.all([1, 2, 3, 4, 5].map(() => client.ask("{ viewer { name } }").then((d) => d.viewer.name, String)));
	})()`) {
		if name != "Amara Goldfinch" {
			b.t.Errorf("after a renewal the page is told: %s", name)
		}
	}
}

// thirdPartyLeaves signs out: then neither token is good any more.
func thirdPartyLeaves(b *tab) {
	b.t.Helper()
	tokens := evaluate[[]string](b, `client.manager.getUser().then((u) => [u.access_token, u.refresh_token])`)
	b.click("button", "Sign out")
	b.arrive("Nobody")
	if where := evaluate[string](b, `location.pathname`); where != "/" {
		b.t.Errorf("the person is sent to %s", where)
	}
	status := evaluate[int](b, `client.send("/graphql?query={__typename}", {headers: {Authorization: "Bearer " + `+quoted(tokens[0])+`}}).then((a) => a.status)`)
	if status != http.StatusUnauthorized {
		b.t.Errorf("the access token is still answered with %d", status)
	}
	answer := evaluate[string](b, `client.manager.metadataService.getTokenEndpoint().then((there) => fetch(there, {method: "POST", body: new URLSearchParams({
		grant_type: "refresh_token", client_id: "staffroom-example-client", refresh_token: `+quoted(tokens[1])+`})})).then((a) => a.json()).then((a) => a.error)`)
	if answer != "invalid_grant" {
		b.t.Errorf("the refresh token is answered with %q", answer)
	}
}

// guideForClients runs the commands of docs/clients.md, among them its server, which signs a person in.
func guideForClients(h *house) {
	t := h.t
	runner, err := filepath.Abs("../.ci/tour.mjs")
	if err != nil {
		t.Fatal(err)
	}
	guide := filepath.Join(filepath.Dir(runner), "../docs/clients.md")
	tour := exec.CommandContext(t.Context(), "node", runner, guide)
	tour.Dir, tour.Env = t.TempDir(), append(os.Environ(), "STAFFROOM="+h.address)
	if out, err := tour.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// thirdPartySignsInInAWindow lets the person stay on the page meanwhile.
func thirdPartySignsInInAWindow(h *house) {
	t := h.t
	b := h.visitThirdParty()
	opened := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool { return info.Type == "page" })
	b.click("button", "Sign in in a window")
	popup := &tab{t: t, address: h.address}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(<-opened), chromedp.WithListener(popup.hear))
	defer cancel()
	popup.ctx = ctx
	popup.arrive("Who are you today?")
	at := evaluate[spot](popup, finder+call("button", "Kwame Redwing…"))
	// Not with do, which waits for the window: it closes itself.
	_ = chromedp.Do(popup.ctx, chromedp.MouseClickXY(at.X, at.Y))
	b.arrive("Signed in")
	if got := evaluate[string](b, `client.ask("{ viewer { name } }").then((d) => d.viewer.name)`); got != "Kwame Redwing" {
		t.Errorf("the page is told that it asks for %q", got)
	}
}

// thirdPartyReadsRefusals checks in a browser that a page learns why it was refused, whatever the reason.
func thirdPartyReadsRefusals(h *house) {
	t := h.t
	b := h.visitThirdParty()
	b.forgiven = "the server responded with a status of 4"
	const tell = `.then(async (a) => [String(a.status), (await a.json()).errors[0].extensions.code, a.headers.get("WWW-Authenticate") ?? "", a.headers.get("X-Request-Id") ?? ""])`
	for name, c := range map[string]struct{ request, status, code, header string }{
		"junk token":     {`client.send("/graphql?query={__typename}", {headers: {Authorization: "Bearer junk"}})`, "401", "UNAUTHENTICATED", "invalid_token"},
		"another scheme": {`client.send("/graphql?query={__typename}", {headers: {Authorization: "Basic YTpi"}})`, "401", "UNAUTHENTICATED", "Bearer"},
		"junk at files":  {`client.send("/files/x/y/z", {headers: {Authorization: "Bearer junk"}})`, "401", "UNAUTHENTICATED", "invalid_token"},
		"no such file":   {`client.send("/files/x/y/z")`, "404", "NOT_FOUND", ""},
		"no such page":   {`client.send("/graphql/nowhere", {headers: {Accept: "application/json"}})`, "404", "NOT_FOUND", ""},
		"too big":        {`client.send("/graphql", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({query: "{ a }", variables: {x: "x".repeat(2000000)}})})`, "413", "BAD_USER_INPUT", ""},
		"an upload":      {`client.send("/graphql", {method: "POST", headers: {"Staffroom-Client": "x"}, body: new FormData()})`, "401", "UNAUTHENTICATED", ""},
		"no header":      {`client.send("/graphql", {method: "POST", body: new FormData()})`, "403", "FORBIDDEN", ""},
		"wrong question": {`client.send("/graphql", {method: "POST", headers: {"Content-Type": "application/json", Accept: "application/graphql-response+json"}, body: '{"query": "{ nothing }"}'})`, "422", "BAD_USER_INPUT", ""},
		"wrong method":   {`client.send("/graphql", {method: "DELETE"})`, "405", "BAD_USER_INPUT", ""},
	} {
		got := evaluate[[]string](b, c.request+tell)
		if len(got) != 4 || got[0] != c.status || got[1] != c.code || !strings.Contains(got[2], c.header) || got[3] == "" {
			t.Errorf("%s: the page reads %q, want %+v", name, got, c)
		}
	}
	// What may be kept is asked for again with its tag, and with what clients add for tracing.
	kept := evaluate[[]string](b, `(async () => {
		const query = "/graphql?query=" + encodeURIComponent('{ boroughs { code } }');
		const first = await client.send(query), headers = {"If-None-Match": first.headers.get("ETag"), "Cache-Control": "no-cache", traceparent: "00-1-2-00",
			baggage: "a=b", "sentry-trace": "x", "apollographql-client-name": "page", "x-apollo-operation-name": "Boroughs", "Idempotency-Key": "1"};
		const again = await client.send(query, {headers, cache: "no-store"});
		return [first.headers.get("ETag"), String(again.status), first.headers.get("RateLimit-Remaining")];
	})()`)
	if len(kept) != 3 || kept[0] == "" || kept[1] != "304" || kept[2] == "" {
		t.Errorf("ETag, status and what is left: %q", kept)
	}
}
