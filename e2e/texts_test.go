package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// escaped is JSON in ASCII, with every other character as \u and four digits, as some programs write it.
func escaped(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, r := range string(text) {
		if r < 0x80 {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

type created struct {
	CreateResource struct {
		Resource   *struct{ Body string }
		UserErrors []struct {
			Field   []string
			Message string
		}
	}
}

const createWithBody = `mutation($body: Markdown!) {
	createResource(input: {title: "A long text", body: $body, kind: TOOL, licence: CC0_1_0, visibility: SCHOOL}) {
		resource { body } userErrors { field message }
	}
}`

// TestLimitsAreCharacters sends bodies of as many characters as are promised, in every way in which a client may send them, and one more.
func TestLimitsAreCharacters(t *testing.T) {
	h := serve(t)
	c := h.as("amara.goldfinch@honeycomb.example")
	const most = 100_000
	for _, letter := range []string{"a", "é", "中", "\U0001f600"} {
		body := strings.Repeat(letter, most)
		for way, send := range map[string]func(body string) created{
			"as it is": func(body string) created { return ask[created](c, createWithBody, vars{"body": body}) },
			"escaped": func(body string) created {
				text := escaped(t, vars{"query": createWithBody, "variables": vars{"body": body}})
				out, err := post[created](t.Context(), c, "application/json", strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				return out
			},
			"on a WebSocket": func(body string) created { return askOnSocket(t, c, createWithBody, vars{"body": body}) },
		} {
			if got := send(body); got.CreateResource.Resource == nil || got.CreateResource.Resource.Body != body {
				t.Errorf("%d times %q, %s, came with %v", most, letter, way, got.CreateResource.UserErrors)
			}
			got := send(body + letter)
			if errs := got.CreateResource.UserErrors; len(errs) != 1 || errs[0].Field[0] != "body" || !strings.Contains(errs[0].Message, "100001") {
				t.Errorf("%d times %q, %s, came with %v", most+1, letter, way, errs)
			}
		}
	}
	uploadBesideALongText(t, c)
}

// uploadBesideALongText attaches a file in one request with a mutation that has 90,000 Chinese characters in its document.
func uploadBesideALongText(t *testing.T, c *caller) {
	t.Helper()
	type draft struct {
		CreateResource struct{ Resource struct{ ID string } }
	}
	made := ask[draft](c, strings.Replace(createWithBody, "resource { body }", "resource { id }", 1), vars{"body": "short"})
	type both struct {
		UpdateResource struct{ UserErrors []any }
		AttachFile     struct{ File *struct{ Name string } }
	}
	query := `mutation($input: AttachFileInput!) {
		updateResource(input: {id: "` + made.CreateResource.Resource.ID + `", version: 1, body: "` + strings.Repeat("中", 90_000) + `"}) { userErrors { message } }
		attachFile(input: $input) { file { name } }
	}`
	got := upload[both](c, query, vars{"resourceId": made.CreateResource.Resource.ID}, "plan.txt", []byte("A plan."))
	if len(got.UpdateResource.UserErrors) != 0 || got.AttachFile.File == nil {
		t.Errorf("a file beside a long text: %+v", got)
	}
}

// askOnSocket runs an operation on a WebSocket of its own.
func askOnSocket(t *testing.T, c *caller, query string, variables vars) (out created) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(c.address, "http", "ws", 1)+"/graphql", &websocket.DialOptions{
		Subprotocols: []string{"graphql-transport-ws"}, HTTPClient: http.DefaultClient,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(-1)
	for _, message := range []vars{
		{"type": "connection_init", "payload": vars{"authorization": "Bearer " + c.token}},
		{"type": "subscribe", "id": "1", "payload": vars{"query": query, "variables": variables}},
	} {
		if err := wsjson.Write(t.Context(), conn, message); err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Type    string
			Payload struct{ Data created }
		}
		if err := wsjson.Read(t.Context(), conn, &answer); err != nil {
			t.Fatal(err)
		}
		out = answer.Payload.Data
	}
	return out
}

// oddTexts writes a title of emoji, each of which counts as one character, and a post with tags and a footnote, whose link stays on the
// page. Too many characters are told before anything is sent, and nothing is cut off.
func oddTexts(t *testing.T, h *house) {
	b := h.browse()
	b.signIn("Amara Goldfinch")
	b.open("/threads/new")
	b.arrive("Start a discussion")
	title := "Faces " + strings.Repeat("\U0001f600", 190)
	b.fill("Title", title+strings.Repeat("\U0001f600", 5))
	b.fill("Message", "Dear <name>, if a<b: read on[^1].\n\n[^1]: A note.")
	b.click("button", "Start")
	if message := evaluate[string](b, `document.querySelector('input[name="title"]').validationMessage`); message != "This may have 200 characters, and it has 201." {
		t.Errorf("a title of 201 characters: %q", message)
	}
	b.fill("Title", title)
	b.click("button", "Start")
	b.arrive(title)
	b.see("Dear <name>, if a<b: read on")
	b.see("A note.")
	page := evaluate[string](b, "location.pathname")
	evaluate[bool](b, "window.stayed = true")
	b.click("link", "1")
	if hash := evaluate[string](b, "location.hash"); !strings.HasPrefix(hash, "#note-") {
		t.Errorf("a footnote leads to %q", hash)
	}
	if now := evaluate[string](b, "location.pathname"); now != page || !evaluate[bool](b, "window.stayed === true") {
		t.Errorf("a footnote leads from %s to %s", page, now)
	}
}
