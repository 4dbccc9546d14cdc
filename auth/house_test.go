package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/staffroom-schools/staffroom/auth"
	"github.com/staffroom-schools/staffroom/auth/devidp"
	"github.com/staffroom-schools/staffroom/staffroom"
	"github.com/staffroom-schools/staffroom/store/sqlite"
)

// house is a server that people sign in to, with a clock that a test turns.
type house struct {
	*httptest.Server
	network *staffroom.Network
	store   *staffroom.Store
	auth    *auth.Auth
	idp     *devidp.Provider // nil with a fake provider
	mux     *http.ServeMux
	ahead   atomic.Int64 // how far the clock is ahead
	stopped atomic.Pointer[time.Time]
}

// wantStyled checks that the policy of a page lets its own style sheet through.
func wantStyled(t *testing.T, p page) {
	t.Helper()
	_, rest, _ := strings.Cut(p.body, "<style>")
	style, _, found := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !found || !strings.Contains(p.Header.Get("Content-Security-Policy"), want) {
		t.Errorf("the policy is %q and lacks %q", p.Header.Get("Content-Security-Policy"), want)
	}
}

// seen is what /whoami tells.
type seen struct {
	Name, Email, Identity, SessionID, ClientID string
	EmailVerified                              bool
	Scopes                                     []string
}

func (h *house) now() time.Time {
	now := time.Now()
	if stopped := h.stopped.Load(); stopped != nil {
		now = *stopped
	}
	return now.Add(time.Duration(h.ahead.Load()))
}

// stopClock lets time pass only where a test turns the clock.
func (h *house) stopClock() (goOn func()) {
	now := time.Now()
	h.stopped.Store(&now)
	return func() { h.stopped.Store(nil) }
}

func (h *house) turn(by time.Duration) { h.ahead.Add(int64(by)) }

func openHouse(t *testing.T) *house {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{store: store, mux: http.NewServeMux()}
	h.network = staffroom.New(staffroom.Ports{Store: store, Now: h.now, Log: quiet()})
	h.Server = httptest.NewServer(h.mux)
	t.Cleanup(func() {
		h.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// mount makes the sign-in of the house.
func (h *house) mount(t *testing.T, cfg auth.Config) {
	t.Helper()
	cfg.Now, cfg.Log = h.now, quiet()
	var err error
	if h.auth, err = auth.New(cfg, h.network); err != nil {
		t.Fatal(err)
	}
	h.auth.Routes(h.mux)
	h.mux.Handle("/whoami", h.auth.Middleware(http.HandlerFunc(whoAmI)))
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "at "+r.URL.String()) })
}

// withDevIDP is a house with the built-in provider.
func withDevIDP(t *testing.T) *house {
	t.Helper()
	h := openHouse(t)
	idp, err := devidp.New(devidp.Config{PublicURL: h.URL, DataDir: t.TempDir(), People: people(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	h.idp = idp
	h.mux.Handle(devidp.Path+"/", idp.Handler())
	h.mount(t, idp.AuthConfig())
	return h
}

// withFake is a house with a provider that a test makes misbehave.
func withFake(t *testing.T) (*house, *fake) {
	t.Helper()
	h, f := openHouse(t), newFake(t)
	h.mount(t, auth.Config{Issuer: f.URL, ClientID: "web", ClientSecret: "s3cret/+", PublicURL: h.URL, Audience: "api", Dev: true})
	return h, f
}

func people() []devidp.Person {
	return []devidp.Person{
		{Subject: "p1", Name: "Ada Example", Email: "ada@school.example", EmailVerified: true, Role: "Teacher", School: "Example School"},
		{Subject: "p2", Name: "Bob <Example>", Email: "bob@school.example", Role: "Head"},
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func whoAmI(w http.ResponseWriter, r *http.Request) {
	v := staffroom.ViewerFrom(r.Context())
	s := seen{SessionID: v.SessionID, ClientID: v.ClientID, Scopes: v.Scopes}
	if v.Member != nil {
		s.Name, s.Email, s.EmailVerified, s.Identity = v.Member.Name, v.Member.Email, v.Member.EmailVerified, v.Member.Identity
	}
	_ = json.NewEncoder(w).Encode(s)
}

// browser keeps cookies and does not follow redirects by itself.
type browser struct {
	*http.Client
	t *testing.T
	h *house
}

func (h *house) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &browser{client, t, h}
}

// page is an answer that was read.
type page struct {
	*http.Response
	body string
}

func (b *browser) send(r *http.Request) page {
	b.t.Helper()
	answer, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{answer, string(body)}
}

// get opens an address; a path is on the house.
func (b *browser) get(address string) page {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.h.URL + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(r)
}

func (b *browser) post(address string, form url.Values, header ...string) page {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.h.URL + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.send(r)
}

// follow opens where the page redirects to.
func (b *browser) follow(p page) page {
	b.t.Helper()
	there, err := p.Location()
	if err != nil {
		b.t.Fatalf("no redirect but %s: %s", p.Status, p.body)
	}
	return b.get(there.String())
}

// pick signs in as somebody on the sign-in page of the built-in provider.
func (b *browser) pick(p page, subject string) page {
	b.t.Helper()
	action := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(p.body)
	request := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(p.body)
	if action == nil || request == nil {
		b.t.Fatalf("%s is no sign-in page: %s", p.Status, p.body)
	}
	there, err := p.Request.URL.Parse(html.UnescapeString(action[1]))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.post(there.String(), url.Values{"request": {request[1]}, "person": {subject}})
}

// signIn goes the whole way through the built-in provider and gives the redirect that ends it.
func (b *browser) signIn(returnTo, subject string) page {
	b.t.Helper()
	picking := b.follow(b.follow(b.get("/sign-in?return_to=" + url.QueryEscape(returnTo))))
	return b.follow(b.pick(picking, subject))
}

func (b *browser) whoAmI() seen {
	b.t.Helper()
	return b.seen(b.get("/whoami"))
}

func (b *browser) seen(p page) (s seen) {
	b.t.Helper()
	if p.StatusCode != http.StatusOK {
		b.t.Fatalf("whoami: %s: %s", p.Status, p.body)
	}
	if err := json.Unmarshal([]byte(p.body), &s); err != nil {
		b.t.Fatal(err)
	}
	return s
}

// bearer asks who a token makes one.
func (b *browser) bearer(token string) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.h.URL+"/whoami", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return b.send(r)
}

// cookie is the value of a cookie that the browser would send to the house.
func (b *browser) cookie(name string) string {
	b.t.Helper()
	u, err := url.Parse(b.h.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	b.t.Helper()
	u, err := url.Parse(b.h.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
