package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// refuses tests that with a limit changed a request is refused, and that with the default it is not.
func refuses(change func(*Limits), document string, status int, code staffroom.Code) func(*testing.T) {
	return func(t *testing.T) {
		newHouse(t, limited(change)).do(query(document, nil)).want(t, status, code)
		if a := newHouse(t).do(query(document, nil)); a.Code != 200 {
			t.Errorf("with the default limit: %d %s", a.Code, a.Body)
		}
	}
}

// TestEveryLimit hits each limit once; a limit without a test fails.
func TestEveryLimit(t *testing.T) {
	tooMuch, input := staffroom.CodeTooComplex, staffroom.CodeBadInput
	tests := map[string]func(*testing.T){
		"HeaderBytes":    testHeaderBytes,
		"BodyBytes":      refuses(func(l *Limits) { l.BodyBytes = 20 }, `{hello}`+strings.Repeat(" ", 50), 413, input),
		"UploadBytes":    testUploadLimits,
		"FileBytes":      testUploadLimits,
		"Files":          testUploadLimits,
		"Values":         refuses(func(l *Limits) { l.Values = 1 }, `{hello}`, 413, input),
		"LargeBodyBytes": TestSubscriptionsAreSmall,
		"BodyRoomBytes":  TestLargeBodiesHaveRoom,

		"Tokens":      refuses(func(l *Limits) { l.Tokens = 4 }, `{a: hello b: hello}`, 422, tooMuch),
		"Depth":       refuses(func(l *Limits) { l.Depth = 2 }, `{item(id: 1) {self {id}}}`, 422, tooMuch),
		"Fields":      refuses(func(l *Limits) { l.Fields = 3 }, `{...f ...f} fragment f on Query {hello}`, 422, tooMuch),
		"Fragments":   refuses(func(l *Limits) { l.Fragments = 1 }, `{...f ...g} fragment f on Query {hello} fragment g on Query {hello}`, 422, tooMuch),
		"Repeats":     refuses(func(l *Limits) { l.Repeats = 2 }, `{hello ... {hello ... {hello}}}`, 422, tooMuch),
		"RootFields":  refuses(func(l *Limits) { l.RootFields = 1 }, `{...f viewer} fragment f on Query {hello}`, 422, tooMuch),
		"Aliases":     refuses(func(l *Limits) { l.Aliases = 1 }, `{a: hello b: hello}`, 422, tooMuch),
		"Directives":  refuses(func(l *Limits) { l.Directives = 1 }, `{hello @include(if: true) @skip(if: false)}`, 422, tooMuch),
		"Cost":        refuses(func(l *Limits) { l.Cost = 20 }, `{items {totalCount}}`, 422, tooMuch),
		"PageSize":    refuses(func(l *Limits) { l.PageSize = 5 }, `{items(first: 6) {totalCount}}`, 422, input),
		"DefaultPage": refuses(func(l *Limits) { l.DefaultPage, l.Cost = 100, 50 }, `{items {totalCount}}`, 422, tooMuch),
		"IDs":         refuses(func(l *Limits) { l.IDs = 1 }, `{nodes(ids: [1, 2]) {id}}`, 422, input),
		"AssumedList": refuses(func(l *Limits) { l.AssumedList, l.Cost = 100, 50 }, `{all {id}}`, 422, tooMuch),
		"Searching":   refuses(func(l *Limits) { l.Searching, l.Cost = 100, 50 }, `{items(first: 1, text: "oak") {totalCount}}`, 422, tooMuch),
		"Rendering":   refuses(func(l *Limits) { l.Rendering, l.Cost = 100, 50 }, `{item(id: 1) {html}}`, 422, tooMuch),
		"Errors":      testErrors,
		"ErrorLength": testErrorLength,
		"AnswerBytes": TestAnswersAreBounded,

		"CachedDocuments":        TestDocumentCacheIsBounded,
		"CachedDocumentBytes":    TestDocumentCacheIsBounded,
		"PersistedDocuments":     testPersistedDocuments,
		"PersistedDocumentBytes": testPersistedDocuments,

		"SmallCost":          TestSmallQueriesDoNotWaitForLargeOnes,
		"SmallRoom":          testRoom(func(l *Limits) { l.SmallRoom = 0 }, `{slow}`),
		"LargeRoom":          testRoom(func(l *Limits) { l.SmallCost, l.LargeRoom = 0, 0 }, `{slow}`),
		"WriteRoom":          testRoom(func(l *Limits) { l.WriteRoom = 0 }, `mutation {slow}`),
		"WriteCost":          testRoom(func(l *Limits) { l.WriteCost = l.WriteRoom }, `mutation {slow}`),
		"LeastCost":          testRoom(func(l *Limits) { l.LeastCost = enough }, `{slow}`),
		"CheckBytes":         TestNewDocumentsWaitForRoom,
		"EventRoom":          TestEventsWaitForRoom,
		"Waiting":            TestWhatWaitsIsBounded,
		"RenderBytes":        TestTextsHaveTurns,
		"LongAnswerBytes":    TestLongAnswersHaveRoom,
		"AnswerRoomBytes":    TestLongAnswersHaveRoom,
		"LongReadBytes":      TestLongReadsHaveRoom,
		"ReadBytes":          TestLongReadsHaveRoom,
		"ReadRoomBytes":      TestLongReadsHaveRoom,
		"QueueTimeout":       TestSmallQueriesDoNotWaitForLargeOnes,
		"Uploads":            testUploadsAtATime,
		"UploadSpeed":        TestUploadsThatStall,
		"Sockets":            testSockets(func(l *Limits) { l.Sockets = 1 }, http.StatusServiceUnavailable),
		"SocketsPerViewer":   testSockets(func(l *Limits) { l.SocketsPerViewer = 1 }, http.StatusTooManyRequests),
		"SocketOperations":   testSocketOperations,
		"SocketMessages":     testSocketMessages,
		"SocketMessageBytes": TestSocketCloseCodes,

		"AddressPoints":  testPoints(func(l *Limits, n int) { l.AddressPoints = n }),
		"ViewerPoints":   testPoints(func(l *Limits, n int) { l.ViewerPoints = n }, "Authorization", "Bearer ann"),
		"ClientPoints":   testPoints(func(l *Limits, n int) { l.ClientPoints = n }, "Authorization", "Bearer ann@app"),
		"CostPerPoint":   testCostInPoints,
		"BytesPerPoint":  TestLargeBodiesTakePoints,
		"MutationPoints": testCostInPoints,
		"BadCredentials": TestJunkTokensKeepNobodyOut,
		"Buckets":        testBuckets,

		"HeaderTimeout":   testSlowly(func(l *Limits) { l.HeaderTimeout = 50 * time.Millisecond }, "POST /graphql HTTP/1.1\r\nHost: x\r\n", ""),
		"BodyTimeout":     testSlowly(func(l *Limits) { l.BodyTimeout = 50 * time.Millisecond }, slowBody("application/json", ""), "HTTP/1.1 400"),
		"UploadTimeout":   testSlowly(func(l *Limits) { l.UploadTimeout = 50 * time.Millisecond }, slowBody("multipart/form-data; boundary=b", "Staffroom-Client: x\r\nAuthorization: Bearer ann\r\n"), "HTTP/1.1 408"),
		"UploadPatience":  TestUploadsThatStall,
		"IdleTimeout":     testSlowly(func(l *Limits) { l.IdleTimeout = 50 * time.Millisecond }, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200"),
		"RequestTimeout":  testRequestTimeout,
		"DownloadTimeout": testDownloadTimeout,
		"InitTimeout":     TestSocketCloseCodes,
		"PingInterval":    TestSocketLosesDeadClients,
		"WriteTimeout":    TestSocketLosesDeadClients,
		"RecheckInterval": TestSocketEndsWithItsSession,
		"ReadyTimeout":    TestReady,
		"DrainNotice":     TestStopping,
		"DrainTimeout":    TestStoppingIsBounded,
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Limits]()) {
		test, ok := tests[field.Name]
		if !ok {
			t.Errorf("no test hits the limit %s", field.Name)
			continue
		}
		t.Run(field.Name, test)
	}
}

// TestLimitsAreDocumented compares the table of docs/limits.md with the defaults.
func TestLimitsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "limits.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.Contains(cells[1], "`") {
			rows[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[2])
		}
	}
	limits := reflect.ValueOf(DefaultLimits())
	for _, field := range reflect.VisibleFields(limits.Type()) {
		value := limits.FieldByIndex(field.Index).Interface()
		want := fmt.Sprint(value)
		if strings.HasSuffix(field.Name, "Bytes") {
			want = byteCount(value.(int))
		}
		if rows[field.Name] != want {
			t.Errorf("docs/limits.md has %q for %s, and the default is %q", rows[field.Name], field.Name, want)
		}
		delete(rows, field.Name)
	}
	for name := range rows {
		t.Errorf("docs/limits.md has %s, which is no limit", name)
	}
}

func testHeaderBytes(t *testing.T) {
	address, _, _ := newHouse(t, limited(func(l *Limits) { l.HeaderBytes = 8 << 10 })).run()
	for size, want := range map[int]int{1 << 10: 200, 20 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Long", strings.Repeat("x", size))
		r.Close = true
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("a header of %d bytes: %d, want %d", size, response.StatusCode, want)
		}
	}
}

func testUploadLimits(t *testing.T) {
	send := func(change func(*Limits)) int {
		return newHouse(t, limited(change)).do(form(t, part{"operations", "", attachOne},
			part{"map", "", `{"0":["variables.f"]}`}, part{"0", "a.txt", strings.Repeat("x", 1000)})).Code
	}
	for name, got := range map[string]int{
		"UploadBytes": send(func(l *Limits) { l.UploadBytes = 900 }),
		"FileBytes":   send(func(l *Limits) { l.FileBytes = 900 }),
		"Files":       send(func(l *Limits) { l.Files = 0 }),
	} {
		if got != http.StatusRequestEntityTooLarge {
			t.Errorf("over %s: %d", name, got)
		}
	}
	if got := send(func(*Limits) {}); got != 200 {
		t.Errorf("with the defaults: %d", got)
	}
}

func testErrors(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.Errors = 3 }))
	var many strings.Builder
	for i := range 10 {
		fmt.Fprintf(&many, `f%d: fail(how: "unknown") `, i)
	}
	for document, left := range map[string]int{`{` + many.String() + `}`: 7, `{` + strings.ReplaceAll(many.String(), "fail", "x") + `}`: 7} {
		a := h.do(query(document, nil))
		if len(a.errors) != 3 || string(a.raw["extensions"]) != fmt.Sprintf(`{"errorsLeftOut":%d}`, left) {
			t.Errorf("%d errors, extensions %s", len(a.errors), a.raw["extensions"])
		}
	}
	if got := strings.Count(h.log.String(), "hunter2"); got != 3 {
		t.Errorf("one request wrote %d errors to the log", got)
	}
}

func testErrorLength(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, document := range []string{`{` + long + `}`, `{hello ` + long + `: }`, `{hello(name: ` + long + `)}`} {
		a := newHouse(t).do(query(document, nil))
		if len(a.errors) == 0 || len(a.errors[0].Message) > DefaultLimits().ErrorLength+5 {
			t.Errorf("%d %.100s…: an error of %d bytes", a.Code, a.Body, len(a.errors[0].Message))
		}
	}
}

func testPersistedDocuments(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.PersistedDocuments, l.PersistedDocumentBytes = 5, 500 }))
	for i := range 20 {
		document := fmt.Sprintf(`{hello #%d%s`, i, "\n}")
		body := fmt.Sprintf(`{"query":%q,"extensions":{"persistedQuery":{"version":1,"sha256Hash":%q}}}`, document, sha(document))
		h.do(post(body)).want(t, 200, "")
	}
	sent := h.engine.persisted.sent
	if sent.len() > 5 || sent.bytes > 500 || sent.len() == 0 {
		t.Errorf("%d documents of %d bytes are kept", sent.len(), sent.bytes)
	}
}

func TestSlowSendersKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(onePlace)).pipe()
		h.send(slowBody("application/json", ""))
		synctest.Wait()
		if code, body := h.fetch("/graphql?query={hello}"); code != 200 {
			t.Errorf("beside a slow sender: %d %s", code, body)
		}
	})
}

// testUploadsAtATime lets an upload come slowly while others of the same member wait, in vain.
func testUploadsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) {
			l.Uploads, l.UploadSpeed, l.UploadPatience, l.QueueTimeout = 2, 1, time.Second, time.Second
		})).pipe()
		first := h.send(startedUpload("ann"))
		drip(t, first, 10)
		h.do(smallUpload(t, "ann")).want(t, 503, staffroom.CodeUnavailable)
		h.do(smallUpload(t, "bob")).want(t, 200, "")
		_ = first.Close()
		synctest.Wait()
		h.do(smallUpload(t, "ann")).want(t, 200, "")
	})
}

func testSockets(change func(*Limits), status int) func(*testing.T) {
	return func(t *testing.T) {
		h := newHouse(t, limited(change))
		address := h.serve().URL
		for _, want := range []int{http.StatusSwitchingProtocols, status} {
			if _, got, err := dial(t, address, nil); got != want {
				t.Errorf("got %d (%v), want %d", got, err, want)
			}
		}
	}
}

func testSocketOperations(t *testing.T) {
	c := newHouse(t, limited(func(l *Limits) { l.SocketOperations = 1 })).open("")
	c.subscribe("a", `subscription {never}`)
	c.subscribe("b", `{hello}`)
	if m := c.want(messageError, "b"); !strings.Contains(string(m.Payload), string(staffroom.CodeRateLimited)) {
		t.Errorf("got %s", m.Payload)
	}
	c.send(`{"type":"complete","id":"a"}`)
	c.subscribe("b", `{hello}`)
	c.want(messageNext, "b")
}

func testSocketMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which time goes on only while everybody waits
		c := newHouse(t, limited(func(l *Limits) { l.SocketMessages = 20 })).pipe().open("")
		begin := time.Now()
		for range 29 {
			c.send(`{"type":"ping"}`)
			c.want(messagePong, "")
		}
		if took := time.Since(begin); took != 500*time.Millisecond { // 30 with connection_init
			t.Errorf("30 messages took %s, at 20 a second after the first 20", took)
		}
	})
}

func testPoints(change func(*Limits, int), headers ...string) func(*testing.T) {
	return func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) {
			l.AddressPoints, l.ViewerPoints, l.ClientPoints = 0, 0, 0
			change(l, 3)
		}))
		for left := 2; left >= 0; left-- {
			a := h.do(query(`{rate}`, nil, headers...))
			if got := fmt.Sprintf(`{"rate":%d}`, left); string(a.data) != got || a.Header().Get("RateLimit-Remaining") != fmt.Sprint(left) {
				t.Errorf("%s with %s left in the header, want %s", a.data, a.Header().Get("RateLimit-Remaining"), got)
			}
		}
		a := h.do(query(`{rate}`, nil, headers...))
		a.want(t, 429, staffroom.CodeRateLimited)
		if a.Header().Get("Retry-After") == "" || a.Header().Get("RateLimit-Limit") != "3" {
			t.Errorf("headers %v", a.Header())
		}
		h.do(query(`{helo}`, nil, headers...)).want(t, 429, staffroom.CodeRateLimited)
		later := time.Now().Add(time.Minute)
		h.engine.rates.now = func() time.Time { return later }
		h.do(query(`{rate}`, nil, headers...)).want(t, 200, "")
	}
}

func testCostInPoints(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.AddressPoints, l.CostPerPoint, l.MutationPoints = 100, 10, 7 }))
	h.stopRefill()
	remaining := 100
	for _, test := range []struct {
		document string
		points   int
	}{
		{`{hello}`, 1},
		{`{items(first: 100) {totalCount}}`, 10},
		{`mutation {a: say(text: "x") b: say(text: "y")}`, 1 + 2*7},
		{`{helo}`, 1},
	} {
		a := h.do(query(test.document, nil))
		remaining -= test.points
		if got := int(h.engine.rates.account(nil, account{"address", "192.0.2.1"}, 100)[0].TokensAt(time.Now())); got < remaining || got > remaining+1 {
			t.Errorf("after %s there are %d points, want %d (%s)", test.document, got, remaining, a.Body)
		}
	}
	small := newHouse(t, limited(func(l *Limits) { l.AddressPoints, l.CostPerPoint = 5, 1 }))
	small.do(query(`{items {totalCount}}`, nil)).want(t, 422, staffroom.CodeTooComplex)
}

func testBuckets(t *testing.T) {
	h := newHouse(t, limited(func(l *Limits) { l.Buckets = 4 }))
	for i := range 20 {
		r := query(`{hello}`, nil)
		r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1", i)
		h.do(r)
	}
	if got := h.engine.rates.buckets.Len(); got != 4 {
		t.Errorf("%d buckets are kept, want 4", got)
	}
}

func slowBody(kind, headers string) string {
	return "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\nContent-Type: " + kind + "\r\n" + headers + "\r\n{"
}

// testSlowly sends a piece of a request and waits; the server must answer as said, and hang up.
func testSlowly(change func(*Limits), text, answer string) func(*testing.T) {
	return func(t *testing.T) {
		address, _, _ := newHouse(t, limited(change)).run()
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		got, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(got), answer) {
			t.Errorf("got %.100q (%v), want %q and the end", got, err, answer)
		}
	}
}

func testRequestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited(func(l *Limits) { l.RequestTimeout = 30 * time.Millisecond })).pipe()
		h.do(query(`{slow}`, nil)).want(t, 294, staffroom.CodeUnavailable)
		c := h.open("")
		c.subscribe("a", `{slow}`)
		if m := c.want(messageNext, "a"); !strings.Contains(string(m.Payload), "longer") {
			t.Errorf("got %s", m.Payload)
		}
	})
}

// deadlines is a FileOpener that tells how long it had.
type deadlines chan time.Duration

func (d deadlines) OpenFile(ctx context.Context, _, _ string) (*staffroom.File, io.ReadSeekCloser, error) {
	deadline, _ := ctx.Deadline()
	d <- time.Until(deadline)
	return nil, nil, staffroom.NotFound("file")
}

func (d deadlines) OpenSignedFile(ctx context.Context, resource, file, _ string) (*staffroom.File, io.ReadSeekCloser, error) {
	return d.OpenFile(ctx, resource, file)
}

func testDownloadTimeout(t *testing.T) {
	told := make(deadlines, 2)
	h := newHouse(t, limited(func(l *Limits) { l.DownloadTimeout = time.Hour }), func(c *Config) { c.Files = told })
	h.do(httptest.NewRequest(http.MethodGet, "/files/a/b/c", nil))
	h.do(httptest.NewRequest(http.MethodGet, "/files/a/b/c?signed=x", nil))
	for range 2 {
		if left := <-told; left < 59*time.Minute || left > time.Hour {
			t.Errorf("a download may take %s", left)
		}
	}
}
