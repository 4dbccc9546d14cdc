package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// loseNext has the browser lose the answer to the next request that it sends: the server has done what it was asked, and the page hears nothing.
const loseNext = `(() => {
	const sent = window.fetch;
	window.fetch = async (...request) => {
		window.fetch = sent;
		await (await sent(...request)).text();
		throw new TypeError("the answer is lost");
	};
	return true;
})()`

// loseNextFile does the same to the next file.
const loseNextFile = `(() => {
	const form = XMLHttpRequest.prototype.send;
	XMLHttpRequest.prototype.send = async function (body) {
		XMLHttpRequest.prototype.send = form;
		const headers = {Accept: "application/graphql-response+json", "Staffroom-Client": "web"};
		await (await fetch("/graphql", {method: "POST", headers, body})).text();
		this.dispatchEvent(new ProgressEvent("error"));
	};
	return true;
})()`

// askAgainAfterLostAnswers makes a resource, a file, a thread and a reply, and loses each first answer: asked again, each is made once.
func askAgainAfterLostAnswers(t *testing.T, h *house) {
	const title = "Answers that were lost"
	b := h.browse()
	b.signIn("Shabnam Firecrest")
	b.open("/resources/new")
	b.arrive("Share a resource")
	b.fill("Title", title)
	b.choose("Kind", "Booklet")
	b.twice("Save the draft")
	b.arrive("Edit “" + title + "”")

	file := filepath.Join(t.TempDir(), "lost.csv")
	if err := os.WriteFile(file, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](b, loseNextFile)
	b.attach("Add a file", file)
	b.see("did not get through")
	b.attach("Add a file", file)
	b.see("lost.csv was added.")
	if n := evaluate[int](b, `document.querySelectorAll(".files li").length`); n != 1 {
		t.Errorf("there are %d files", n)
	}

	b.open("/threads/new")
	b.arrive("Start a discussion")
	b.fill("Title", title)
	b.fill("Message", "Is anybody there?")
	b.twice("Start")
	b.arrive(title)
	b.fill("Your reply", "I am.")
	b.twice("Reply")
	taken := func() bool { return b.is(`document.querySelector("textarea[name=body]").value === ""`) }
	eventually(t, "the reply is taken", taken)
	b.fill("Your reply", "I am.")
	b.click("button", "Reply")
	eventually(t, "the same words are taken again", taken)

	type list struct {
		Nodes []struct {
			Title     string
			PostCount int
		}
	}
	type made struct {
		Viewer  struct{ Resources list }
		Threads list
	}
	out := ask[made](h.as("shabnam.firecrest@silkweavers.example"), `{
		viewer { resources(filter: {statuses: [DRAFT]}, first: 100) { nodes { title } } } threads(first: 100) { nodes { title postCount } } }`, nil)
	resources, threads, posts := 0, 0, 0
	for _, r := range out.Viewer.Resources.Nodes {
		if r.Title == title {
			resources++
		}
	}
	for _, thread := range out.Threads.Nodes {
		if thread.Title == title {
			threads++
			posts += thread.PostCount
		}
	}
	if resources != 1 || threads != 1 || posts != 3 { // the opening words, the reply that was sent twice, and the same words again
		t.Errorf("there are %d resources, %d threads and %d posts", resources, threads, posts)
	}
}

// twice clicks a button whose first answer gets lost.
func (b *tab) twice(button string) {
	b.t.Helper()
	evaluate[bool](b, loseNext)
	b.click("button", button)
	b.see("The server cannot be reached.")
	b.click("button", button)
}
