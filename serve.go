package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/staffroom-schools/staffroom/auth"
	"github.com/staffroom-schools/staffroom/auth/devidp"
	"github.com/staffroom-schools/staffroom/graph"
	"github.com/staffroom-schools/staffroom/markdown"
	"github.com/staffroom-schools/staffroom/resolvers"
	"github.com/staffroom-schools/staffroom/sample"
	"github.com/staffroom-schools/staffroom/scalars"
	"github.com/staffroom-schools/staffroom/server"
	"github.com/staffroom-schools/staffroom/web"
)

// ServeCmd runs the server.
type ServeCmd struct {
	Dev              bool     `help:"For trying and developing on this machine: a built-in identity provider without passwords, and a sample network in an empty store."`
	Listen           string   `help:"Address and port to listen on; port 0 for any that is free." default:"127.0.0.1:8080"`
	PublicURL        string   `name:"public-url" help:"Where browsers reach the server. With --dev: http://localhost and the port." placeholder:"URL"`
	OIDCIssuer       string   `group:"Sign-in:" name:"oidc-issuer" help:"OpenID Connect provider that people sign in at." placeholder:"URL"`
	OIDCClientID     string   `group:"Sign-in:" name:"oidc-client-id" help:"Client id that the provider gave out for this network." placeholder:"ID"`
	OIDCClientSecret string   `group:"Sign-in:" name:"oidc-client-secret-file" help:"File that holds the client secret." placeholder:"FILE" type:"path"`
	OIDCAudience     string   `group:"Sign-in:" name:"oidc-audience" help:"Audience that access tokens of third-party clients must have. Default: the public URL." placeholder:"TEXT"`
	AllowOrigin      []string `group:"Other servers and pages:" help:"Origin of a third-party web client whose pages may use a member's session; repeat it for more." placeholder:"ORIGIN"`
	TrustedProxy     []string `group:"Other servers and pages:" help:"Network of a reverse proxy whose X-Forwarded-For is believed; repeat it for more." placeholder:"CIDR"`
	DevRedirect      []string `name:"dev-redirect" help:"With --dev: address to which the example client of the built-in identity provider may be sent back, beside /callback on this machine; repeat it for more." placeholder:"URL"`
	Keep             string   `help:"How much of what was read lately is kept in memory, like 256MiB; 0 for nothing. Default: a 128th of the machine's memory, from 48 to 256 MiB." placeholder:"SIZE"`
	Introspection    bool     `help:"Let clients ask for the schema, and let error messages suggest names of it." default:"true" negatable:""`
}

// Run serves until ctx ends, then finishes what is under way.
func (c *ServeCmd) Run(ctx context.Context, globals *Globals, out io.Writer, log *slog.Logger) (err error) {
	settings, err := c.settings()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: cannot listen on %s: %w", c.Listen, err)
	}
	defer listener.Close() //nolint:errcheck // closed by the server, too
	settings.locate(listener.Addr())
	parts, err := openParts(ctx, globals, settings.keep, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.close()) }()
	if c.Dev {
		if err := parts.fillSample(ctx, settings.publicURL+devidp.Path, log); err != nil {
			return err
		}
	}
	srv, err := c.assemble(settings, parts, globals.Data, log)
	if err != nil {
		return err
	}
	c.greet(out, settings)
	group, ctx := errgroup.WithContext(ctx)
	leavePlaceForDisk()
	go tendMemory(ctx)
	group.Go(func() error { return parts.index.Run(ctx) })
	group.Go(func() error { return parts.sweep(ctx, log) })
	group.Go(func() error { return srv.Serve(ctx, listener) })
	return group.Wait()
}

// settings are the flags of serve, checked.
type settings struct {
	publicURL string
	sign      auth.Config
	proxies   []netip.Prefix
	// keep is how many bytes of what was read are kept.
	keep int
}

// settings checks the flags, and lists everything that is wrong with them at once.
func (c *ServeCmd) settings() (*settings, error) {
	s := &settings{publicURL: strings.TrimSuffix(c.PublicURL, "/")}
	var problems []error
	if c.Dev {
		problems = append(problems, c.checkDev())
	} else {
		secret, err := readSecret(c.OIDCClientSecret)
		s.sign = auth.Config{
			Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, ClientSecret: secret, PublicURL: s.publicURL, Audience: c.OIDCAudience,
		}
		if err != nil {
			s.sign.ClientSecret = "unread" // one complaint about the file is enough
		}
		if len(c.DevRedirect) > 0 {
			problems = append(problems, errors.New("--dev-redirect: it is for the built-in identity provider, which --dev brings; register addresses at yours instead"))
		}
		problems = append(problems, err, s.sign.Validate())
	}
	for _, text := range c.TrustedProxy {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("--trusted-proxy: %q is not a network like 10.0.0.0/8", text))
		}
		s.proxies = append(s.proxies, prefix)
	}
	for _, origin := range c.AllowOrigin {
		if err := server.CheckOrigin(origin); err != nil {
			problems = append(problems, fmt.Errorf("--allow-origin: %w", err))
		}
	}
	keep, err := keepBytes(c.Keep)
	s.keep, problems = keep, append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("the configuration is not complete:\n%w\nSee docs/configuration.md, or try: staffroom serve --dev", err)
	}
	return s, nil
}

// checkDev keeps the built-in provider, which asks for no passwords, on this machine.
func (c *ServeCmd) checkDev() error {
	var problems []error
	if host, _, err := net.SplitHostPort(c.Listen); err != nil || !auth.IsLoopback(host) {
		problems = append(problems, fmt.Errorf("--listen: with --dev nobody needs a password, so the server listens on 127.0.0.1 only, not on %q", c.Listen))
	}
	if c.OIDCIssuer != "" || c.OIDCClientID != "" || c.OIDCClientSecret != "" {
		problems = append(problems, errors.New("--dev: it brings its own identity provider; leave the --oidc flags out, or leave --dev out"))
	}
	for _, address := range c.DevRedirect {
		if err := devidp.CheckRedirect(address); err != nil {
			problems = append(problems, fmt.Errorf("--dev-redirect: %w", err))
		}
	}
	return errors.Join(problems...)
}

func readSecret(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--oidc-client-secret-file: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// locate fills in the public URL of a development server, which may have taken any free port.
func (s *settings) locate(addr net.Addr) {
	if tcp, ok := addr.(*net.TCPAddr); ok && s.publicURL == "" {
		s.publicURL = fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
}

// assemble puts the server together.
func (c *ServeCmd) assemble(s *settings, p *parts, data string, log *slog.Logger) (*server.Server, error) {
	var idp http.Handler
	if c.Dev {
		provider, err := devidp.New(devidp.Config{PublicURL: s.publicURL, DataDir: data, People: samplePeople(), Redirects: c.DevRedirect, Log: log})
		if err != nil {
			return nil, err
		}
		s.sign, idp = provider.AuthConfig(), provider.Handler()
	}
	s.sign.Log, s.sign.RequestID, s.sign.Address = log, server.RequestID, server.Address
	signIn, err := auth.New(s.sign, p.network)
	if err != nil {
		return nil, err
	}
	client, err := web.Client()
	if err != nil {
		return nil, err
	}
	pages, err := web.Pages()
	if err != nil {
		return nil, err
	}
	graphiql, err := web.GraphiQL()
	if err != nil {
		return nil, err
	}
	loaders := resolvers.NewLoaders(p.network)
	return server.New(server.Config{
		Schema: graph.NewDirectSchema(resolvers.New(p.network, resolvers.Options{
			FileURL:    func(resourceID, fileID string) string { return s.publicURL + "/files/" + resourceID + "/" + fileID },
			RenderHTML: markdown.HTML,
		}), loaders.Gather),
		SDL: resolvers.SDL(), Auth: signIn, Files: p.network.Resources, DevIDP: idp, Web: client, Pages: pages, GraphiQL: graphiql,
		PublicURL: s.publicURL, AllowOrigins: c.AllowOrigin, FormTargets: formTargets(s.sign.Issuer), TrustedProxies: s.proxies,
		UploadFolder:  p.incoming,
		Introspection: c.Introspection, Ready: p.ready, Log: log,
		CheckScalar: scalars.Check,
		Loaders:     loaders.With,
	})
}

// formTargets is the origin of the identity provider, which the form for signing out leads to in the end.
func formTargets(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil // auth.New has complained
	}
	return []string{u.Scheme + "://" + u.Host}
}

// samplePeople is who can sign in, those first whom greet names.
func samplePeople() []devidp.Person {
	guests := sample.Guests()
	listed := append(slices.Clone(guests), slices.DeleteFunc(sample.People(), func(p sample.Person) bool { return slices.Contains(guests, p) })...)
	var people []devidp.Person
	for _, p := range listed {
		people = append(people, devidp.Person{
			Subject: p.Subject, Name: p.Name, Email: p.Email, EmailVerified: p.EmailVerified, Role: p.Role, School: p.School,
		})
	}
	return people
}

// greet says where everything is, and with --dev who can sign in.
func (c *ServeCmd) greet(out io.Writer, s *settings) {
	fmt.Fprintf(out, "\nStaffroom is at %s\n\n", s.publicURL)
	for _, line := range [][2]string{
		{"/", "the web client"}, {"/graphql", "the GraphQL API"}, {"/graphiql/", "GraphiQL, to try the API"}, {"/schema.graphql", "the schema"},
	} {
		fmt.Fprintf(out, "  %-48s %s\n", s.publicURL+line[0], line[1])
	}
	if !c.Dev {
		return
	}
	fmt.Fprintf(out, "\nAll schools and people in it are made up. Sign in at %s/sign-in as anyone of them, without a password, for example:\n\n", s.publicURL)
	for _, p := range sample.Guests() {
		fmt.Fprintf(out, "  %-48s %s\n", p.Email, p.Role)
	}
	fmt.Fprintf(out, "\nAn access token for curl: staffroom dev-token %s\n\n", sample.Guests()[0].Email)
}
