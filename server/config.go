package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/99designs/gqlgen/graphql"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Authenticator finds out who asks. Package auth has the real one.
type Authenticator interface {
	// Middleware puts the viewer of the request's cookie or bearer token into the context (see staffroom.WithViewer), and
	// answers 401 to a token that is no good. A request without either goes on as a visitor's.
	Middleware(next http.Handler) http.Handler
	// Credential is what Middleware would find the viewer of a request by, the access token or the cookie of a session; empty if there is
	// neither.
	Credential(r *http.Request) string
	// Routes adds the pages under /sign-in and /sign-out, with full paths.
	Routes(mux *http.ServeMux)
	// ViewerFromBearer is the viewer of an access token; an error of code UNAUTHENTICATED if it is no good.
	ViewerFromBearer(ctx context.Context, token string) (*staffroom.Viewer, error)
	// Recheck is the viewer, as of now, of the session that Middleware found for ctx; an error of code UNAUTHENTICATED if the
	// session has ended since, and a visitor if there was none.
	Recheck(ctx context.Context) (*staffroom.Viewer, error)
}

// FileOpener opens uploaded files for the viewer in ctx; *staffroom.Resources does.
type FileOpener interface {
	// OpenFile returns NOT_FOUND for what is missing and for what the viewer may not have. The caller closes the reader.
	OpenFile(ctx context.Context, resourceID, fileID string) (*staffroom.File, io.ReadSeekCloser, error)
	// OpenSignedFile opens it for whoever has the signature; FORBIDDEN if that is no good.
	OpenSignedFile(ctx context.Context, resourceID, fileID, signature string) (*staffroom.File, io.ReadSeekCloser, error)
}

// Config is what a [Server] is made of. Schema, Auth and Files must be set.
type Config struct {
	Schema graphql.ExecutableSchema
	// SDL is served at /schema.graphql; empty for none.
	SDL   string
	Auth  Authenticator
	Files FileOpener

	// DevIDP is the built-in identity provider, served under /idp/ with full paths; nil outside of development.
	DevIDP http.Handler
	// Web is the web client's build with an index.html, served at /; nil for none.
	Web fs.FS
	// Pages are the addresses that the web client has a page for, as patterns of [http.ServeMux] without a method; its index.html is served
	// at each of them.
	Pages []string
	// GraphiQL is served at /graphiql/; nil for none.
	GraphiQL fs.FS

	// PublicURL is how browsers reach the server, "https://staffroom.example"; empty if that is not known.
	PublicURL string
	// AllowOrigins are origins ("https://app.example") whose pages may use a member's cookie. Pages of any other origin may
	// send bearer tokens, and nothing else.
	AllowOrigins []string
	// UploadFolder is where uploads are received; empty for the system's folder of temporary files.
	UploadFolder string
	// FormTargets are origins that a form of the web client may lead to, beside our own: the identity provider's.
	FormTargets []string
	// TrustedProxies are the addresses whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix

	// Introspection lets clients ask for the schema, and lets errors suggest names of it.
	Introspection bool
	// TrustedDocuments are documents that clients may name by their SHA-256 in hexadecimal.
	TrustedDocuments map[string]string
	// Ready says whether the parts that the server needs (store, index) answer; nil for always.
	Ready func(context.Context) error
	// CheckScalar says why a value (text, a number, true or false, a list or a map) is none of the scalar with this name; nil if it
	// is one, or if there is no such scalar. Requests with other values are refused before anything runs. A nil CheckScalar leaves
	// that to the executor.
	CheckScalar func(scalar string, value any) error
	// Loaders puts what batches and caches reads for one response into ctx; nil for nothing. It is called anew for each event
	// of a subscription.
	Loaders func(context.Context) context.Context

	// Limits are DefaultLimits() if left zero.
	Limits Limits
	// Log is slog.Default() if nil.
	Log *slog.Logger
}

// complete fills in what was left out, and says everything that is wrong at once.
func (c Config) complete() (Config, error) {
	var problems []error
	if c.Schema == nil || c.Auth == nil || c.Files == nil {
		problems = append(problems, errors.New("a server needs a schema, an authenticator and files"))
	}
	if c.PublicURL != "" {
		problems = append(problems, CheckOrigin(c.PublicURL))
	}
	for _, origin := range append(append([]string{}, c.AllowOrigins...), c.FormTargets...) {
		problems = append(problems, CheckOrigin(origin))
	}
	if c.Limits == (Limits{}) {
		c.Limits = DefaultLimits()
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.CheckScalar == nil {
		c.CheckScalar = func(string, any) error { return nil }
	}
	if c.Loaders == nil {
		c.Loaders = func(ctx context.Context) context.Context { return ctx }
	}
	if c.Ready == nil {
		c.Ready = func(context.Context) error { return nil }
	}
	return c, errors.Join(problems...)
}

// CheckOrigin says what is wrong with an origin, which must be like https://staffroom.example; nil for nothing.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil {
		return fmt.Errorf("the origin %q is no URL: %w", origin, err)
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return fmt.Errorf("the origin %q must be like https://staffroom.example, without a path or slash after it", origin)
	}
	return nil
}
