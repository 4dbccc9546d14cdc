package auth

import (
	"context"
	"crypto/rand"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Paths of the pages that Routes adds. A provider must know CallbackPath and, if it can, BackChannelPath under the
// public URL.
const (
	SignInPath      = "/sign-in"
	CallbackPath    = "/sign-in/callback"
	SignOutPath     = "/sign-out"
	BackChannelPath = "/sign-out/back-channel"
)

// Auth signs people in and recognises them.
type Auth struct {
	cfg      Config
	public   *url.URL
	home     string
	log      *slog.Logger
	now      func() time.Time
	members  *staffroom.Members
	sessions *staffroom.Sessions
	provider *provider
	opaque   *introspector
	seen     *logouts
	cookies  cookies
	page     *template.Template
}

// New makes an Auth. Nothing is asked of the provider yet, so it may be down. The error lists every problem of the
// configuration with the flag it is about.
func New(cfg Config, network *staffroom.Network) (*Auth, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, err
	}
	page, err := parsePage()
	if err != nil {
		return nil, err
	}
	provider := newProvider(cfg)
	return &Auth{
		cfg: cfg, public: public, home: cfg.PublicURL + "/", log: cfg.Log, now: cfg.Now,
		members: network.Members, sessions: network.Sessions,
		provider: provider,
		opaque:   newIntrospector(cfg, provider),
		seen:     newLogouts(),
		cookies:  cookiesFor(public),
		page:     page,
	}, nil
}

// Routes adds the pages of signing in and out. They need neither Middleware nor a guard against cross-site requests
// around them.
func (a *Auth) Routes(mux *http.ServeMux) {
	sameSite := http.NewCrossOriginProtection()
	mux.HandleFunc("GET "+SignInPath, a.signIn)
	mux.HandleFunc("GET "+CallbackPath, a.callback)
	mux.Handle("POST "+SignOutPath, sameSite.Handler(http.HandlerFunc(a.signOut)))
	mux.HandleFunc("POST "+BackChannelPath, a.backChannel)
}

// requestID is the id of the request for people to quote; empty where there is none.
func (a *Auth) requestID(ctx context.Context) string {
	if a.cfg.RequestID == nil {
		return ""
	}
	return a.cfg.RequestID(ctx)
}

// secret is a new random text that nobody can guess.
func secret() string { return rand.Text() + rand.Text() }
