package devidp

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/rs/cors"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/staffroom-schools/staffroom/auth"
)

// maxForm is the longest body of a request, in bytes.
const maxForm = 64 << 10

// server is zitadel/oidc's server, with what it lacks; see the package.
type server struct {
	*op.LegacyServer
	p        *Provider
	protocol *op.Provider
}

// routes makes the whole handler: the guard, our sign-in page, and zitadel/oidc's endpoints.
func (p *Provider) routes() (http.Handler, error) {
	log := slog.New(quiet{p.log.Handler()})
	var key [32]byte // without it, codes would be encrypted with zeros
	if _, err := rand.Read(key[:]); err != nil {
		return nil, err
	}
	provider, err := op.NewProvider(
		&op.Config{
			CryptoKey:      key,
			CodeMethodS256: true, DefaultLogoutRedirectURI: p.cfg.PublicURL + "/",
			SupportedScopes: append([]string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, oidc.ScopeOfflineAccess}, apiScopes()...),
			SupportedClaims: []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "azp", "at_hash", "name", "email", "email_verified"},
		},
		p.store, op.StaticIssuer(p.issuer), op.WithAllowInsecure(), op.WithLogger(log),
	)
	if err != nil {
		return nil, err
	}
	endpoints := *op.DefaultEndpoints
	endpoints.DeviceAuthorization = nil
	protocol := op.RegisterServer(&server{op.NewLegacyServer(provider, endpoints), p, provider}, endpoints,
		op.WithHTTPMiddleware(op.NewIssuerInterceptor(provider.IssuerFromRequest).Handler),
		op.WithServerCORSOptions(p.corsOptions()),
		op.WithFallbackLogger(log),
	)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+signInPath, p.showPeople)
	mux.Handle("POST "+signInPath, http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.pickPerson(provider))))
	for _, probe := range []string{"/healthz", "/ready"} { // which tell nothing of the server
		mux.Handle(probe, http.NotFoundHandler())
	}
	mux.Handle("/", protocol)
	return onlyThisMachine(http.StripPrefix(Path, mux)), nil
}

// corsOptions let web clients call everything that takes no cookie, which all but the sign-in page is.
func (p *Provider) corsOptions() *cors.Options {
	return &cors.Options{
		AllowOriginFunc: p.mayCall,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:  []string{"*"},
		ExposedHeaders:  []string{"WWW-Authenticate", "X-Request-Id"},
	}
}

// onlyThisMachine refuses requests from elsewhere, and those whose Host is not this machine: a web site can make its name
// point here (DNS rebinding).
func onlyThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !auth.IsLoopback(r.RemoteAddr) || !auth.IsLoopback(r.Host) {
			http.Error(w, "The built-in identity provider answers on its own machine only, at localhost.", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// discovery is the discovery document, with what zitadel/oidc leaves out.
type discovery struct {
	*oidc.DiscoveryConfiguration
	NamesIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// Discovery describes what is offered, which is less than zitadel/oidc can do.
func (s *server) Discovery(ctx context.Context, r *op.Request[struct{}]) (*op.Response, error) {
	response, err := s.LegacyServer.Discovery(ctx, r)
	if err != nil {
		return nil, err
	}
	document, ok := response.Data.(*oidc.DiscoveryConfiguration)
	if !ok {
		return nil, oidc.ErrServerError().WithDescription("the discovery document has an unknown form")
	}
	document.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	document.ResponseModesSupported = []string{string(oidc.ResponseModeQuery)}
	document.GrantTypesSupported = []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
	return op.NewResponse(discovery{document, true}), nil
}

// Authorize sends the browser to the sign-in page, or back to the client with the reason why not. There are no sessions here, so a client
// that asks without anybody to answer (prompt=none) hears login_required.
func (s *server) Authorize(ctx context.Context, r *op.ClientRequest[oidc.AuthRequest]) (*op.Redirect, error) {
	begun, err := s.p.store.CreateAuthRequest(ctx, r.Data, "")
	if err == nil {
		return op.NewRedirect(r.Client.LoginURL(begun.GetID())), nil
	}
	wrong := oidc.DefaultToServerError(err, "the sign-in could not begin")
	there, err := op.AuthResponseURL(r.Data.RedirectURI, r.Data.ResponseType, oidc.ResponseModeQuery, errorAnswer{
		Error: string(wrong.ErrorType), Description: wrong.Description, State: r.Data.State, Issuer: s.p.issuer,
	}, s.protocol.Encoder())
	if err != nil {
		return nil, err
	}
	return op.NewRedirect(there), nil
}

// EndSession sends the browser back to the client that signed somebody out, if it asks for that. There are no sessions here to end.
func (s *server) EndSession(ctx context.Context, r *op.Request[oidc.EndSessionRequest]) (*op.Redirect, error) {
	id := r.Data.ClientID
	if r.Data.IdTokenHint != "" {
		claims, err := op.VerifyIDTokenHint[*oidc.IDTokenClaims](ctx, r.Data.IdTokenHint, s.protocol.IDTokenHintVerifier(ctx))
		if err != nil && !errors.As(err, &op.IDTokenHintExpiredError{}) || id != "" && id != claims.GetAuthorizedParty() {
			return nil, oidc.ErrInvalidRequest().WithDescription("the id_token_hint is not good, or of another client").WithParent(err)
		}
		id = claims.GetAuthorizedParty()
	}
	there, err := url.Parse(s.p.cfg.PublicURL + "/")
	if err != nil {
		return nil, err
	}
	if c := s.p.store.clients[id]; c != nil && r.Data.PostLogoutRedirectURI != "" {
		if !c.mayEndAt(r.Data.PostLogoutRedirectURI) {
			return nil, oidc.ErrInvalidRequest().WithDescription("the post_logout_redirect_uri is not one of the client")
		}
		if there, err = url.Parse(r.Data.PostLogoutRedirectURI); err != nil {
			return nil, err
		}
	}
	if r.Data.State != "" {
		query := there.Query()
		query.Set("state", r.Data.State)
		there.RawQuery = query.Encode()
	}
	return op.NewRedirect(there.String()), nil
}

// UserInfo tells what the scopes of the token allow.
func (s *server) UserInfo(_ context.Context, r *op.Request[oidc.UserInfoRequest]) (*op.Response, error) {
	claims, person, ok := s.p.access(r.Data.AccessToken)
	if !ok || !slices.Contains(claims.scopes(), oidc.ScopeOpenID) {
		return nil, op.NewStatusError(oidc.ErrAccessDenied().WithDescription("the access token is not good"), http.StatusUnauthorized)
	}
	info := &oidc.UserInfo{Subject: person.Subject}
	if slices.Contains(claims.scopes(), oidc.ScopeProfile) {
		info.Name, info.PreferredUsername = person.Name, person.Email
	}
	if slices.Contains(claims.scopes(), oidc.ScopeEmail) {
		info.Email, info.EmailVerified = person.Email, oidc.Bool(person.EmailVerified)
	}
	return op.NewResponse(info), nil
}

// Introspect tells clients with a secret about an access token.
func (s *server) Introspect(ctx context.Context, r *op.Request[op.IntrospectionRequest]) (*op.Response, error) {
	asker := r.Data.ClientCredentials
	if err := s.p.store.AuthorizeClientIDSecret(ctx, asker.ClientID, asker.ClientSecret); err != nil {
		return nil, err
	}
	claims, _, ok := s.p.access(r.Data.Token)
	if !ok {
		return op.NewResponse(&oidc.IntrospectionResponse{}), nil
	}
	return op.NewResponse(&oidc.IntrospectionResponse{
		Active: true, Scope: claims.scopes(), ClientID: claims.ClientID, TokenType: oidc.BearerToken,
		Expiration: oidc.FromTime(claims.Expiry.Time()), IssuedAt: oidc.FromTime(claims.IssuedAt.Time()),
		Subject: claims.Subject, Audience: oidc.Audience(claims.Audience), Issuer: claims.Issuer, JWTID: claims.ID,
	}), nil
}

// access reads an access token that is good, and of whom it is.
func (p *Provider) access(token string) (*accessClaims, Person, bool) {
	claims, err := p.signer.verify(token)
	if err != nil || p.store.isRevoked(claims.ID) {
		return nil, Person{}, false
	}
	person, ok := p.person(claims.Subject)
	return claims, person, ok
}

// quiet passes warnings and errors on: zitadel/oidc tells each of its routes as news.
type quiet struct{ slog.Handler }

// Enabled is [slog.Handler].
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}
