// Package ops is what is asked for in the scenarios, in the words of each contender: GraphQL for Staffroom and its peers, plain
// addresses for the floor and for PocketBase.
package ops

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
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
	// query is the beginning of the GraphQL request, up to the variables; variables are those of random case n, as JSON.
	query     string
	variables func(size seed.Size, n int) string
	// plain and pocket are the paths of the other dialects; nil where a contender cannot be asked.
	plain, pocket func(size seed.Size, n int) string
	// Signed says that a visitor may not ask.
	Signed bool
}

// graphQL begins a request with a document.
func graphQL(document string) string { return `{"query":` + text(document) + `,"variables":` }

// text writes JSON.
func text(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic("ops: there is no JSON for it: " + err.Error())
	}
	return string(encoded)
}

// object writes an object of one text, which needs no escapes.
func object(name, value string) string { return `{"` + name + `":"` + value + `"}` }

// Cached is how many different cases there are when answers may come from a cache.
const Cached = 8

// chance is what an op's cases are picked by. Each op has its own: by the same, page n would have resource n in it, which was asked for just before.
type chance uint64

const (
	ofResources chance = 7 + iota
	ofPages
	ofThreads
)

// scatter spreads cases over all documents, the same at each run.
func (c chance) scatter(n, among int) int {
	return rand.New(rand.NewPCG(uint64(c), uint64(n))).IntN(among) //nolint:gosec // chance that repeats itself, and guards nothing
}

// Resource is scenario (a): a resource with its authors.
func Resource() Op {
	pick := func(size seed.Size, n int) string { return seed.ResourceID(ofResources.scatter(n, int(size))) }
	return Op{
		Name:      "resource",
		query:     graphQL(`query Resource($id: ID!) { resource(id: $id) { id title summary body kind phases publishedAt authors { id name } } }`),
		variables: func(size seed.Size, n int) string { return object("id", pick(size, n)) },
		plain:     func(size seed.Size, n int) string { return "/resource?id=" + pick(size, n) },
		pocket: func(size seed.Size, n int) string {
			return fmt.Sprintf("/api/collections/resources/records/r%014d?expand=authors&fields=id,title,summary,body,kind,phases,publishedAt,expand.authors.id,expand.authors.name", ofResources.scatter(n, int(size)))
		},
	}
}

// Page is scenario (b): a page of 20 resources from anywhere in the list, with authors, schools and counts.
func Page() Op {
	pick := func(size seed.Size, n int) string {
		return seed.PublishedAt(min(20, int(size)-1) + ofPages.scatter(n, max(1, int(size)-20))).String()
	}
	return Op{
		Name: "page",
		query: graphQL(`query Page($to: DateTime!) { resources(first: 20, filter: {publishedTo: $to}) { ` +
			`nodes { id title summary kind publishedAt authors { id name } school { id name resourceCount } } pageInfo { hasNextPage } } }`),
		variables: func(size seed.Size, n int) string { return object("to", pick(size, n)) },
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
	pick := func(size seed.Size, n int) string { return seed.ThreadID(ofThreads.scatter(n, size.Threads())) }
	return Op{
		Name:      "thread",
		query:     graphQL(`query Thread($id: ID!) { thread(id: $id) { id title posts(first: 50) { nodes { id body createdAt author { id name } } } } }`),
		variables: func(size seed.Size, n int) string { return object("id", pick(size, n)) },
		plain:     func(size seed.Size, n int) string { return "/thread?id=" + pick(size, n) },
		pocket: func(size seed.Size, n int) string {
			return fmt.Sprintf("/api/collections/posts/records?perPage=50&skipTotal=1&sort=created&expand=author"+
				"&fields=id,body,created,expand.author.id,expand.author.name&filter=(thread%%3D't%014d')", ofThreads.scatter(n, size.Threads()))
		},
		Signed: true,
	}
}

// Search is scenario (d): two words in all resources, with facets, for one phase.
func Search() Op {
	return Op{
		Name: "search",
		query: graphQL(`query Search($q: String!) { search(query: $q, types: [RESOURCE], filter: {phases: [PRIMARY]}, first: 20) { ` +
			`totalCount facets { name values { value count } } nodes { ... on Resource { id title summary } } } }`),
		variables: func(_ seed.Size, n int) string { return object("q", seed.Question(n)) },
		plain: func(_ seed.Size, n int) string {
			return "/search?phase=PRIMARY&q=" + url.QueryEscape(seed.Question(n))
		},
	}
}

// Heavy is about as much as one operation may ask for: the first hundred resources with their authors and schools, twelve times.
func Heavy() Op {
	var query strings.Builder
	query.WriteString("query Heavy {")
	for i := range 12 {
		fmt.Fprintf(&query, " r%d: resources(first: 100) { nodes { id title summary kind publishedAt authors { id name } school { id name } } }", i)
	}
	query.WriteString(" }")
	return Op{Name: "heavy", query: graphQL(query.String()), variables: func(seed.Size, int) string { return "null" }}
}

// Count counts the resources in the search index.
func Count() Op {
	return Op{
		Name: "count", query: graphQL(`query Count { search(query: "", types: [RESOURCE], first: 1) { totalCount } }`),
		variables: func(seed.Size, int) string { return "null" },
	}
}

// Body is the text of resources that are made in scenario (e).
func Body() string { return strings.Repeat("A paragraph about practice that somebody wrote. ", 24) }

// Create is scenario (e): a new resource.
func Create() Op {
	input := text(map[string]any{"input": map[string]any{
		"title": "A resource that was just written", "summary": "What it is about.", "body": Body(), "kind": staffroom.KindCaseStudy,
		"topics": []string{"attendance"}, "phases": []string{"PRIMARY"}, "licence": staffroom.LicenceCCBY, "visibility": staffroom.VisibilityPublic,
	}})
	return Op{
		Name:      "create",
		query:     graphQL(`mutation Create($input: CreateResourceInput!) { createResource(input: $input) { resource { id title status } userErrors { message } } }`),
		variables: func(seed.Size, int) string { return input },
		plain:     func(seed.Size, int) string { return "/create" },
		Signed:    true,
	}
}

// Reply adds a post to the first thread: what subscribers of scenario (g) wait for.
func Reply() Op {
	input := text(map[string]any{"input": map[string]any{
		"threadId": seed.ThreadID(0), "body": "A post that many people wait for. It is as long as posts are.",
	}})
	return Op{
		Name:      "reply",
		query:     graphQL(`mutation Reply($input: ReplyToThreadInput!) { replyToThread(input: $input) { post { id } userErrors { message } } }`),
		variables: func(seed.Size, int) string { return input },
		plain:     func(seed.Size, int) string { return "/reply" },
		Signed:    true,
	}
}

// Activity is the message that subscribes to posts in the first thread, as graphql-transport-ws wants it.
func Activity() []byte {
	return []byte(`{"id":"1","type":"subscribe","payload":` +
		graphQL(`subscription Activity($id: ID!) { threadActivity(threadId: $id) { id body createdAt author { id name } } }`) +
		object("id", seed.ThreadID(0)) + `}}`)
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
	request := make([]byte, 0, 512)
	const head = " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
	switch {
	case dialect == Plain && o.Name == "create":
		request = append(append(append(request, "POST "...), o.plain(size, n)...), head...)
		return withBody(o.appendWho(request, person), Body(), "")
	case dialect == Plain:
		request = append(append(append(request, "GET "...), o.plain(size, n)...), head...)
		return append(o.appendWho(request, person), "\r\n"...)
	case dialect == PocketBase:
		request = append(append(append(request, "GET "...), o.pocket(size, n)...), head...)
		return append(o.appendWho(request, person), "\r\n"...)
	}
	request = append(append(request, "POST /graphql"...), head...)
	request = append(o.appendWho(request, person), "Content-Type: application/json\r\n"...)
	return withBody(request, o.query, o.variables(size, n)+"}")
}

// appendWho appends the header that tells people apart.
func (o Op) appendWho(request []byte, person int) []byte {
	if o.Signed {
		return append(append(append(request, "Cookie: staffroom="...), seed.Token(person)...), "\r\n"...)
	}
	return fmt.Appendf(request, "X-Forwarded-For: 10.%d.%d.%d\r\n", person>>8&15, person&255, 1+person%7)
}

// withBody ends the headers and appends a body of two parts.
func withBody(request []byte, one, other string) []byte {
	request = strconv.AppendInt(append(request, "Content-Length: "...), int64(len(one)+len(other)), 10)
	return append(append(append(request, "\r\n\r\n"...), one...), other...)
}

// Mix is scenario (f): nine reads of three sorts, then a write.
func Mix() func(n int) Op {
	create, reads := Create(), []Op{Resource(), Page(), Thread()}
	return func(n int) Op {
		if n%10 == 9 {
			return create
		}
		return reads[n%3]
	}
}
