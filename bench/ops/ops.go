// Package ops is what is asked for in the scenarios, in the words of each contender: GraphQL for Staffroom and its peers, plain
// addresses for the floor and for PocketBase.
package ops

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/staffroom-schools/staffroom/bench/seed"
	"github.com/staffroom-schools/staffroom/staffroom"
)

// Dialect is how a contender is asked.
type Dialect int

// The dialects.
const (
	GraphQL Dialect = iota
	Plain
	PocketBase
)

// Op is one thing to ask for.
type Op struct {
	// Name tells ops apart: "resource", "page".
	Name string
	// Query is the GraphQL document, variables its variables of random case n.
	Query     string
	variables func(size seed.Size, n int) map[string]any
	// plain and pocket are the paths of the other dialects; nil where a contender cannot be asked.
	plain, pocket func(size seed.Size, n int) string
	// Signed says that a visitor may not ask.
	Signed bool
	// Own says that only Staffroom can be asked.
	Own bool
}

// Cached is how many different cases there are when answers may come from a cache.
const Cached = 8

// scatter spreads cases over all documents, the same at each run.
func scatter(n, among int) int {
	return rand.New(rand.NewPCG(7, uint64(n))).IntN(among) //nolint:gosec // chance that repeats itself, and guards nothing
}

// Resource is scenario (a): a resource with its authors.
func Resource() Op {
	pick := func(size seed.Size, n int) string { return seed.ResourceID(scatter(n, int(size))) }
	return Op{
		Name:      "resource",
		Query:     `query Resource($id: ID!) { resource(id: $id) { id title summary body kind phases publishedAt authors { id name } } }`,
		variables: func(size seed.Size, n int) map[string]any { return map[string]any{"id": pick(size, n)} },
		plain:     func(size seed.Size, n int) string { return "/resource?id=" + pick(size, n) },
		pocket: func(size seed.Size, n int) string {
			return fmt.Sprintf("/api/collections/resources/records/r%014d?expand=authors&fields=id,title,summary,body,kind,phases,publishedAt,expand.authors.id,expand.authors.name", scatter(n, int(size)))
		},
	}
}

// Page is scenario (b): a page of 20 resources from anywhere in the list, with authors, schools and counts.
func Page() Op {
	pick := func(size seed.Size, n int) string {
		return seed.PublishedAt(min(20, int(size)-1) + scatter(n, max(1, int(size)-20))).String()
	}
	return Op{
		Name: "page",
		Query: `query Page($to: DateTime!) { resources(first: 20, filter: {publishedTo: $to}) { ` +
			`nodes { id title summary kind publishedAt authors { id name } school { id name resourceCount } } pageInfo { hasNextPage } } }`,
		variables: func(size seed.Size, n int) map[string]any { return map[string]any{"to": pick(size, n)} },
		plain:     func(size seed.Size, n int) string { return "/page?to=" + pick(size, n) },
		pocket: func(size seed.Size, n int) string {
			return "/api/collections/resources/records?perPage=20&skipTotal=1&sort=-publishedAt&expand=authors,school" +
				"&fields=id,title,summary,kind,publishedAt,expand.authors.id,expand.authors.name,expand.school.id,expand.school.name,expand.school.resourceCount" +
				"&filter=(publishedAt%3C'" + strings.Replace(pick(size, n), "T", "%20", 1) + "')"
		},
	}
}

// Thread is scenario (c): a thread of 50 posts with their authors.
func Thread() Op {
	pick := func(size seed.Size, n int) string { return seed.ThreadID(scatter(n, size.Threads())) }
	return Op{
		Name:      "thread",
		Query:     `query Thread($id: ID!) { thread(id: $id) { id title posts(first: 50) { nodes { id body createdAt author { id name } } } } }`,
		variables: func(size seed.Size, n int) map[string]any { return map[string]any{"id": pick(size, n)} },
		plain:     func(size seed.Size, n int) string { return "/thread?id=" + pick(size, n) },
		pocket: func(size seed.Size, n int) string {
			return fmt.Sprintf("/api/collections/posts/records?perPage=50&skipTotal=1&sort=created&expand=author"+
				"&fields=id,body,created,expand.author.id,expand.author.name&filter=(thread%%3D't%014d')", scatter(n, size.Threads()))
		},
		Signed: true,
	}
}

// Search is scenario (d): two words in all resources, with facets, for one phase.
func Search() Op {
	return Op{
		Name: "search",
		Query: `query Search($q: String!) { search(query: $q, types: [RESOURCE], filter: {phases: [PRIMARY]}, first: 20) { ` +
			`totalCount facets { name values { value count } } nodes { ... on Resource { id title summary } } } }`,
		variables: func(_ seed.Size, n int) map[string]any { return map[string]any{"q": seed.Question(n)} },
		Own:       true,
	}
}

// Count counts the resources in the search index.
func Count() Op {
	return Op{
		Name: "count", Query: `query Count { search(query: "", types: [RESOURCE], first: 1) { totalCount } }`,
		variables: func(seed.Size, int) map[string]any { return nil },
	}
}

// Body is the text of resources that are made in scenario (e).
func Body() string { return strings.Repeat("A paragraph about practice that somebody wrote. ", 24) }

// Create is scenario (e): a new resource.
func Create() Op {
	input := map[string]any{
		"title": "A resource that was just written", "summary": "What it is about.", "body": Body(), "kind": staffroom.KindCaseStudy,
		"topics": []string{"attendance"}, "phases": []string{"PRIMARY"}, "licence": staffroom.LicenceCCBY, "visibility": staffroom.VisibilityPublic,
	}
	return Op{
		Name:      "create",
		Query:     `mutation Create($input: CreateResourceInput!) { createResource(input: $input) { resource { id title status } userErrors { message } } }`,
		variables: func(seed.Size, int) map[string]any { return map[string]any{"input": input} },
		plain:     func(seed.Size, int) string { return "/create" },
		Signed:    true,
	}
}

// Reply adds a post to the first thread: what subscribers of scenario (g) wait for.
func Reply() Op {
	return Op{
		Name:  "reply",
		Query: `mutation Reply($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { id } userErrors { message } } }`,
		variables: func(seed.Size, int) map[string]any {
			return map[string]any{"input": map[string]any{"threadId": seed.ThreadID(0), "body": "A post that many people wait for. It is as long as posts are."}}
		},
		plain:  func(seed.Size, int) string { return "/reply" },
		Signed: true,
	}
}

// Can says whether contenders of this dialect can be asked for the op.
func (o Op) Can(dialect Dialect) bool {
	switch dialect {
	case Plain:
		return o.plain != nil
	case PocketBase:
		return o.pocket != nil
	default:
		return true
	}
}

// Request is case n as the bytes of an HTTP request of a person. People are many, as behind a proxy: so that all limits are on and
// none is met.
func (o Op) Request(dialect Dialect, size seed.Size, n, person int) []byte {
	who := fmt.Sprintf("X-Forwarded-For: 10.%d.%d.%d\r\n", person>>8&15, person&255, 1+person%7)
	if o.Signed {
		who = "Cookie: staffroom=" + seed.Token(person) + "\r\n"
	}
	const head = "Host: localhost\r\nAccept: application/json\r\n"
	switch {
	case dialect == Plain && o.Name == "create":
		body := Body()
		return fmt.Appendf(nil, "POST %s HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n%s", o.plain(size, n), head, who, len(body), body)
	case dialect == Plain:
		return fmt.Appendf(nil, "GET %s HTTP/1.1\r\n%s%s\r\n", o.plain(size, n), head, who)
	case dialect == PocketBase:
		return fmt.Appendf(nil, "GET %s HTTP/1.1\r\n%s%s\r\n", o.pocket(size, n), head, who)
	}
	body, err := json.Marshal(map[string]any{"query": o.Query, "variables": o.variables(size, n)})
	if err != nil {
		panic("ops: variables have no JSON: " + err.Error())
	}
	return fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\n%s%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", head, who, len(body), body)
}

// Mix is scenario (f): nine reads of three sorts, then a write.
func Mix(n int) Op {
	switch {
	case n%10 == 9:
		return Create()
	case n%3 == 0:
		return Resource()
	case n%3 == 1:
		return Page()
	default:
		return Thread()
	}
}
