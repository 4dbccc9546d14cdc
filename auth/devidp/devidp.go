package devidp

import (
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/staffroom-schools/staffroom/auth"
	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// Path is where Handler must be mounted, with everything below it.
	Path = "/idp"
	// WebClient is the id of the client that is Staffroom itself.
	WebClient = "staffroom-web"
	// ExampleClient is the id of a client for trying out the API: public, with PKCE, and redirected to /callback on any port
	// of localhost or 127.0.0.1, and to Config.Redirects.
	ExampleClient = "staffroom-example-client"
	// TokenClient is the client that tokens of Token and TokenFromDir are made out to.
	TokenClient = "staffroom-dev-token"
)

// Config is what the built-in provider needs to know.
type Config struct {
	// PublicURL is where browsers reach the server, on this machine: http://localhost:8080. The issuer is Path under it.
	PublicURL string
	// Audience is what access tokens for the API are for; empty for PublicURL.
	Audience string
	// DataDir keeps the signing key, and what TokenFromDir needs.
	DataDir string
	// People are those who can sign in.
	People []Person
	// Redirects are more addresses to which ExampleClient may be redirected, after signing in and out. For those on this machine any
	// port will do.
	Redirects []string
	// Log takes what operators should know; nil for slog.Default().
	Log *slog.Logger
}

// Person can sign in.
type Person struct {
	// Subject is who the person is, for ever; Email is how people call them.
	Subject       string `json:"subject"`
	Name          string `json:"name"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"emailVerified"`
	// Role and School describe the person on the sign-in page.
	Role   string `json:"role,omitempty"`
	School string `json:"school,omitempty"`
}

// Provider is the built-in identity provider.
type Provider struct {
	cfg     Config
	issuer  string
	secret  string
	log     *slog.Logger
	signer  *signer
	store   *storage
	page    *template.Template
	handler http.Handler
}

// New makes the provider, and its signing key if the data folder has none yet. It refuses to be anywhere but on this
// machine.
func New(cfg Config) (*Provider, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil || public.Host == "" || public.Path != "" {
		return nil, fmt.Errorf("the built-in identity provider needs an address like http://localhost:8080, not %q", cfg.PublicURL)
	}
	if !auth.IsLoopback(public.Host) {
		return nil, fmt.Errorf("the built-in identity provider asks for no passwords and is for one machine; %q is open to others; use a real provider there", cfg.PublicURL)
	}
	if err := checkPeople(cfg.People); err != nil {
		return nil, err
	}
	for _, address := range cfg.Redirects {
		if err := CheckRedirect(address); err != nil {
			return nil, err
		}
	}
	cfg.Audience = orElse(cfg.Audience, cfg.PublicURL)
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return build(cfg)
}

func build(cfg Config) (*Provider, error) {
	p := &Provider{cfg: cfg, issuer: cfg.PublicURL + Path, secret: rand.Text() + rand.Text(), log: cfg.Log}
	key, err := loadOrMakeKey(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	if p.signer, err = newSigner(key, p.issuer, cfg.Audience); err != nil {
		return nil, err
	}
	if err := writeCard(cfg.DataDir, card{Issuer: p.issuer, Audience: cfg.Audience, People: cfg.People}); err != nil {
		return nil, err
	}
	if p.page, err = template.New("page").Parse(pageSource); err != nil {
		return nil, err
	}
	p.store = newStorage(p)
	p.handler, err = p.routes()
	return p, err
}

// Handler serves the provider, under Path. It refuses who does not come from this machine, or asks for another host (DNS
// rebinding).
func (p *Provider) Handler() http.Handler { return p.handler }

// AuthConfig is how Staffroom signs in here. The client secret in it is new at each start and written nowhere.
func (p *Provider) AuthConfig() auth.Config {
	return auth.Config{
		Issuer: p.issuer, ClientID: WebClient, ClientSecret: p.secret,
		PublicURL: p.cfg.PublicURL, Audience: p.cfg.Audience, Revoked: p.store.isRevoked, Dev: true, Log: p.cfg.Log,
	}
}

// Token is an access token for the API with both scopes, for the person with this address. An error says who there is.
func (p *Provider) Token(email string, life time.Duration) (string, error) {
	return p.signer.tokenFor(p.cfg.People, email, life)
}

// person is the one with this subject.
func (p *Provider) person(subject string) (Person, bool) {
	i := slices.IndexFunc(p.cfg.People, func(person Person) bool { return person.Subject == subject })
	if i < 0 {
		return Person{}, false
	}
	return p.cfg.People[i], true
}

// apiScopes are the scopes of our API.
func apiScopes() []string { return []string{staffroom.ScopeRead, staffroom.ScopeWrite} }

func checkPeople(people []Person) error {
	subjects, emails := map[string]bool{}, map[string]bool{}
	for _, person := range people {
		if person.Subject == "" || person.Email == "" || person.Name == "" {
			return errors.New("a person of the built-in identity provider lacks a subject, a name or an address")
		}
		email := strings.ToLower(person.Email)
		if subjects[person.Subject] || emails[email] {
			return fmt.Errorf("two people of the built-in identity provider have the subject %q or the address %q", person.Subject, person.Email)
		}
		subjects[person.Subject], emails[email] = true, true
	}
	return nil
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
