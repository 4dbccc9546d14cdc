package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// exploreInGraphiQL is the story of somebody who writes a client: signed in as a teacher, the API can be tried in the browser, with
// its documentation, and a subscription shows what happens. A script or style that our Content-Security-Policy refuses fails the
// test, as everything does that the browser complains about.
func exploreInGraphiQL(t *testing.T, h *house) {
	type made struct {
		StartThread struct{ Thread struct{ ID string } }
	}
	kwame := h.as("kwame.redwing@tidemillreach.example")
	thread := ask[made](kwame, `mutation($input: StartThreadInput!) { startThread(input: $input) { thread { id } } }`, vars{
		"input": vars{"space": vars{"kind": "NETWORK"}, "title": "Who reads along?", "body": "Somebody with a client."},
	}).StartThread.Thread.ID

	b := h.browse()
	b.signIn("Amara Goldfinch")
	b.click("link", "GraphiQL")
	b.see("This is the API of this network")
	b.query(`query Me { viewer { name school { urn } } }`)
	b.see(`"name": "Amara Goldfinch"`)
	b.see(`"urn": "910344"`)

	b.click("button", "Show Documentation Explorer")
	b.see("A GraphQL schema provides a root type for each kind of operation.")
	b.click("link", "Query")
	b.see("Everything that can be read.")
	b.see("leadSchools")

	b.query(`subscription Follow { threadActivity(threadId: "` + thread + `") { body author { name } } }`)
	type replied struct {
		ReplyToThread struct{ Post struct{ ID string } }
	}
	// A subscription hears what happens after it began, and nothing on the page says that it has: so there are events until one is heard.
	eventually(t, "an event in GraphiQL", func() bool {
		ask[replied](kwame, `mutation($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { id } } }`,
			vars{"input": vars{"threadId": thread, "body": "Can you hear me?"}})
		return within(time.Second, func() bool {
			return b.is(shows(`"body": "Can you hear me?"`)) && b.is(shows(`"name": "Kwame Redwing"`))
		})
	})
	b.picture("graphiql")
}

// query types an operation into GraphiQL and runs it at once, without waiting until GraphiQL knows what was typed.
func (b *tab) query(operation string) {
	b.t.Helper()
	eventually(b.t, "the editor", func() bool {
		return b.is(`document.querySelector(".graphiql-query-editor .CodeMirror")?.CodeMirror !== undefined`)
	})
	evaluate[bool](b, `(() => { const e = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror; e.focus(); e.setValue(""); return true })()`)
	b.press(operation)
	b.press(kb.Escape) // the list of names to complete with
	b.click("button", "Execute query (Ctrl-Enter)")
}
