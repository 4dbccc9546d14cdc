package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// fakeAuth knows members by tokens that are their names; the cookie "session" is one, too.
type fakeAuth struct {
	mu    sync.Mutex
	ended map[string]bool
	// looked is how many credentials were looked at.
	looked int
	// away says that nobody can say of any token what it is.
	away bool
}

type fakeSession struct{}

func (a *fakeAuth) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization := r.Header.Get("Authorization")
		token, ok := bearer(authorization)
		if authorization != "" && !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if cookie, err := r.Cookie("session"); err == nil && token == "" {
			token = cookie.Value
		}
		ctx := context.WithValue(r.Context(), fakeSession{}, token)
		if token != "" {
			viewer, err := a.ViewerFromBearer(ctx, token)
			if staffroom.CodeOf(err) == staffroom.CodeUnavailable {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			if err != nil {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			ctx = staffroom.WithViewer(ctx, viewer)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (a *fakeAuth) Credential(r *http.Request) string {
	if token, ok := bearer(r.Header.Get("Authorization")); ok {
		return token
	}
	if cookie, err := r.Cookie("session"); err == nil {
		return cookie.Value
	}
	return ""
}

func (a *fakeAuth) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "sign in") })
	mux.HandleFunc("GET /sign-in/callback", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "signed in") })
	mux.HandleFunc("POST /sign-out", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "signed out") })
}

func (a *fakeAuth) ViewerFromBearer(_ context.Context, token string) (*staffroom.Viewer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.looked++
	switch {
	case token == "", strings.HasPrefix(token, "bad"), a.ended[token]:
		return nil, staffroom.Errorf(staffroom.CodeUnauthenticated, "This token is no good.")
	case token == "scopeless":
		return nil, staffroom.Errorf(staffroom.CodeForbidden, "This token has none of our scopes.")
	case token == "unchecked", a.away:
		return nil, staffroom.Errorf(staffroom.CodeUnavailable, "Nobody can say what this token is.")
	}
	name, client, _ := strings.Cut(token, "@")
	member := &staffroom.Member{Meta: staffroom.Meta{ID: name}, Membership: staffroom.MembershipActive}
	return &staffroom.Viewer{Member: member, ClientID: client}, nil
}

func (a *fakeAuth) Recheck(ctx context.Context) (*staffroom.Viewer, error) {
	token, _ := ctx.Value(fakeSession{}).(string)
	if token == "" {
		return &staffroom.Viewer{}, nil
	}
	return a.ViewerFromBearer(ctx, token)
}

func (a *fakeAuth) looks() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.looked
}

func (a *fakeAuth) setAway(away bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away = away
}

func (a *fakeAuth) end(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended[token] = true
}

type fakeFiles map[string]string

type nopSeekCloser struct{ *strings.Reader }

func (nopSeekCloser) Close() error { return nil }

func (f fakeFiles) OpenFile(ctx context.Context, resourceID, fileID string) (*staffroom.File, io.ReadSeekCloser, error) {
	content, ok := f[resourceID+"/"+fileID]
	if !ok {
		return nil, nil, staffroom.NotFound("file")
	}
	if resourceID == "private" && staffroom.ViewerFrom(ctx).Member == nil {
		return nil, nil, staffroom.Errorf(staffroom.CodeForbidden, "This is for members.")
	}
	file := &staffroom.File{ID: fileID, Name: `Pläne "2026".html`, ContentType: "text/html", SHA256: "abc123", Size: int64(len(content))}
	return file, nopSeekCloser{strings.NewReader(content)}, nil
}

func (f fakeFiles) OpenSignedFile(ctx context.Context, resourceID, fileID, signature string) (*staffroom.File, io.ReadSeekCloser, error) {
	if signature != "good" {
		return nil, nil, staffroom.Errorf(staffroom.CodeForbidden, "This link has ended.")
	}
	member := &staffroom.Member{Meta: staffroom.Meta{ID: "ann"}}
	return f.OpenFile(staffroom.WithViewer(ctx, &staffroom.Viewer{Member: member}), resourceID, fileID)
}

// house is a server with everything around it that a test looks at.
type house struct {
	*Server
	t      *testing.T
	schema *testSchema
	auth   *fakeAuth
	log    *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newHouse(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	h := &house{t: t, schema: newTestSchema(t), auth: &fakeAuth{ended: map[string]bool{}}, log: &syncBuffer{}}
	c := Config{
		Schema: h.schema, SDL: testSDL, Auth: h.auth, Introspection: true, Limits: DefaultLimits(),
		Files: fakeFiles{"public/one": "<script>alert(1)</script>", "private/one": "secret"},
		Log:   slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	if h.Server, err = New(c); err != nil {
		t.Fatal(err)
	}
	return h
}

// limited changes limits.
func limited(change func(*Limits)) func(*Config) {
	return func(c *Config) { change(&c.Limits) }
}

type answer struct {
	*httptest.ResponseRecorder
	errors []answerError
	data   json.RawMessage
	raw    map[string]json.RawMessage
}

type answerError struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

func (a *answer) code() string {
	if len(a.errors) == 0 {
		return ""
	}
	code, _ := a.errors[0].Extensions["code"].(string)
	return code
}

func (h *house) do(r *http.Request) *answer { return ask(h.t, h, r) }

func ask(t *testing.T, handler http.Handler, r *http.Request) *answer {
	t.Helper()
	a := &answer{ResponseRecorder: httptest.NewRecorder()}
	handler.ServeHTTP(a.ResponseRecorder, r)
	if strings.Contains(a.Header().Get("Content-Type"), "json") && a.Body.Len() > 0 {
		if err := json.Unmarshal(a.Body.Bytes(), &a.raw); err != nil {
			t.Fatalf("the body %s is not JSON: %v", a.Body, err)
		}
		a.data = a.raw["data"]
		if list := a.raw["errors"]; list != nil {
			if err := json.Unmarshal(list, &a.errors); err != nil {
				t.Fatal(err)
			}
		}
	}
	return a
}

// post makes a POST; headers are pairs.
func post(body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return withHeaders(r, headers...)
}

func withHeaders(r *http.Request, headers ...string) *http.Request {
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// query makes a POST of a document, with variables if they are not nil.
func query(document string, variables map[string]any, headers ...string) *http.Request {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		panic(err)
	}
	return post(string(body), headers...)
}

func (a *answer) want(t *testing.T, status int, code staffroom.Code) {
	t.Helper()
	if a.Code != status || a.code() != string(code) {
		t.Errorf("got %d %q, want %d %q; body: %.400s", a.Code, a.code(), status, code, a.Body)
	}
}

// patience is how long tests wait for what must happen, on a machine that does other work as well.
const patience = time.Minute

// eventually waits until check holds.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if check() {
			return
		}
	}
	t.Errorf("%s did not happen in %v", what, patience)
}

// noLeaks fails if goroutines of this package are left when the test and its clean-ups are over.
func noLeaks(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		var left []string
		eventually(t, "the end of all goroutines", func() bool {
			left = ours()
			return len(left) == 0
		})
		if len(left) > 0 {
			t.Errorf("left behind: %s", strings.Join(left, "\n\n"))
		}
	})
}

func ours() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for _, stack := range strings.Split(string(stacks), "\n\n")[1:] {
		if strings.Contains(stack, "staffroom/server.(*") && !strings.Contains(stack, "testing.tRunner") {
			found = append(found, stack)
		}
	}
	return found
}

// rereadable is the body of a request that several tests send.
func rereadable(t *testing.T, r *http.Request) io.ReadCloser {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	return io.NopCloser(bytes.NewReader(text))
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// panicking is a FileOpener that breaks down.
type panicking struct{}

func (panicking) OpenFile(context.Context, string, string) (*staffroom.File, io.ReadSeekCloser, error) {
	panic(secretText)
}

func (panicking) OpenSignedFile(context.Context, string, string, string) (*staffroom.File, io.ReadSeekCloser, error) {
	panic(secretText)
}

// len is how many entries there are.
func (b *bounded[V]) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries.Len()
}
