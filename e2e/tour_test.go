package e2e

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/staffroom-schools/staffroom/store/mongo/wiretest"
)

// TestTourThroughGraphQL tells the main story as the author of a client would, on both stores.
func TestTourThroughGraphQL(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		tour(t, serve(t))
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		tour(t, serve(t, "--store", wiretest.Start(t)+"staffroom"))
	})
}

func tour(t *testing.T, h *house) {
	author, reader := h.as("amara.goldfinch@honeycomb.example"), h.as("kwame.redwing@tidemillreach.example")
	tourJoin(t, h.as("isaac.turtledove@honeycomb.example"))
	resource := tourShare(t, author, reader)
	tourFind(t, reader, resource)
	tourDiscuss(t, author, reader, resource)
	tourLeadSchools(t, h.visitor())
}

func tourJoin(t *testing.T, newcomer *caller) {
	t.Helper()
	type joined struct {
		JoinNetwork struct {
			Member     struct{ Membership, Evidence string }
			UserErrors []struct{ Message string }
		}
	}
	out := ask[joined](newcomer, `mutation { joinNetwork(input: {urn: "910344"}) { member { membership evidence } userErrors { message } } }`, nil)
	if out.JoinNetwork.Member.Membership != "ACTIVE" {
		t.Errorf("joining: %+v", out)
	}
}

// tourShare shares a resource with a file. While it is a draft nobody else can know that it is there.
func tourShare(t *testing.T, author, reader *caller) (id string) {
	t.Helper()
	id = createDraft(author, "Estimation jars")
	type hidden struct {
		Draft, Nothing *struct{ ID string }
	}
	const hide = `query($id: ID!, $nothing: ID!) { draft: node(id: $id) { id } nothing: node(id: $nothing) { id } }`
	nothing := id[:len(id)-4] + "0000"
	if got := ask[hidden](reader, hide, vars{"id": id, "nothing": nothing}); got.Draft != nil || got.Nothing != nil {
		t.Errorf("another school's draft is %+v, and what does not exist is %+v", got.Draft, got.Nothing)
	}
	type attached struct {
		AttachFile struct {
			File       struct{ URL, SHA256 string }
			UserErrors []struct{ Message string }
		}
	}
	content := []byte("jar,guess\nbeans,120\n")
	file := upload[attached](author, `mutation($input: AttachFileInput!) { attachFile(input: $input) { file { url sha256 } userErrors { message } } }`,
		vars{"resourceId": id}, "jars.csv", content).AttachFile
	if file.File.URL == "" {
		t.Fatalf("the file was not attached: %+v", file.UserErrors)
	}
	type published struct {
		PublishResource struct {
			Resource   struct{ Status string }
			UserErrors []struct{ Message string }
		}
	}
	if got := ask[published](author, `mutation($id: ID!) { publishResource(input: {id: $id}) { resource { status } userErrors { message } } }`, vars{"id": id}); got.PublishResource.Resource.Status != "PUBLISHED" {
		t.Fatalf("published: %+v", got)
	}
	if got, headers := reader.download(file.File.URL); !bytes.Equal(got, content) || !strings.HasPrefix(headers.Get("Content-Disposition"), "attachment;") {
		t.Errorf("the file is %q with %v", got, headers)
	}
	if got := ask[hidden](reader, hide, vars{"id": id, "nothing": nothing}); got.Draft == nil || got.Nothing != nil {
		t.Errorf("the published resource is %+v, and what does not exist is %+v", got.Draft, got.Nothing)
	}
	return id
}

func tourFind(t *testing.T, reader *caller, id string) {
	t.Helper()
	type found struct {
		Search struct {
			Edges []struct {
				Node       struct{ ID string }
				Highlights []struct{ Fragment string }
			}
		}
	}
	eventually(t, "the mistyped title is found", func() bool {
		edges := ask[found](reader, `{ search(query: "estimtion jar", types: [RESOURCE]) { edges { node { ... on Resource { id } } highlights { fragment } } } }`, nil).Search.Edges
		return len(edges) > 0 && edges[0].Node.ID == id && strings.Contains(edges[0].Highlights[0].Fragment, "<mark>")
	})
}

// tourDiscuss starts a discussion; the answer comes over a stream.
func tourDiscuss(t *testing.T, author, reader *caller, resource string) {
	t.Helper()
	type started struct {
		StartThread struct{ Thread struct{ ID string } }
	}
	thread := ask[started](reader, `mutation($input: StartThreadInput!) { startThread(input: $input) { thread { id } } }`, vars{
		"input": vars{"space": vars{"kind": "AUTHORITY", "authority": "E09000002"}, "title": "How big a jar?", "body": "Ours is too small.", "resourceId": resource},
	}).StartThread.Thread.ID
	lines := reader.listen(`subscription($id: ID!) { threadActivity(threadId: $id) { body author { name } } }`, `{"id":"`+thread+`"}`)
	type replied struct {
		ReplyToThread struct {
			Post struct{ Thread struct{ PostCount int } }
		}
	}
	if got := ask[replied](author, `mutation($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { thread { postCount } } } }`,
		vars{"input": vars{"threadId": thread, "body": "Five litres."}}); got.ReplyToThread.Post.Thread.PostCount != 2 {
		t.Errorf("after a reply the thread has %+v", got)
	}
	const want = `data: {"data":{"threadActivity":{"body":"Five litres.","author":{"name":"Amara Goldfinch"}}}}`
	for lines.Scan() {
		if lines.Text() == want {
			return
		}
	}
	t.Errorf("the stream ended (%v) without the reply", lines.Err())
}

// listen opens a stream of server-sent events, and gives its lines once the server listens.
func (c *caller) listen(query, variables string) *bufio.Scanner {
	c.t.Helper()
	address := c.address + "/graphql?" + url.Values{"query": {query}, "variables": {variables}}.Encode()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	c.t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		c.t.Fatalf("the stream begins with status %d", response.StatusCode)
	}
	return bufio.NewScanner(response.Body)
}

func tourLeadSchools(t *testing.T, head *caller) {
	t.Helper()
	type found struct {
		Authority struct {
			LeadSchools struct {
				Nodes []struct{ School struct{ Name string } }
			}
		}
		LeadSchools struct {
			Edges []struct {
				DistanceKm float64
				Node       struct{ School struct{ URN string } }
			}
		}
		Boroughs []struct{ Code string }
	}
	out := ask[found](head, `{
		boroughs { code }
		authority(code: "E09000011") { leadSchools(filter: {phases: [PRIMARY]}) { nodes { school { name } } } }
		leadSchools(filter: {near: {latitude: 51.4826, longitude: -0.0077}, phases: [PRIMARY]}, first: 3) { edges { distanceKm node { school { urn } } } }
	}`, nil)
	if len(out.Boroughs) != 33 {
		t.Errorf("%d boroughs", len(out.Boroughs))
	}
	if nodes := out.Authority.LeadSchools.Nodes; len(nodes) != 1 || nodes[0].School.Name != "Meridian Lane Primary School (sample)" {
		t.Errorf("the lead schools of Greenwich are %+v", nodes)
	}
	near := out.LeadSchools.Edges
	if len(near) != 3 || near[0].DistanceKm > near[1].DistanceKm || near[1].DistanceKm > near[2].DistanceKm {
		t.Errorf("the lead schools near Greenwich are %+v", near)
	}
}
