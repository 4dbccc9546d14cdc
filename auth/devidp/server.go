package devidp

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

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
	p *Provider
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
			SupportedScopes: append([]string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail}, apiScopes()...),
			SupportedClaims: []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "azp", "at_hash", "name", "email", "email_verified"},
		},
		p.store, op.StaticIssuer(p.issuer), op.WithAllowInsecure(), op.WithLogger(log),
	)
	if err != nil {
		return nil, err
	}
	endpoints := *op.DefaultEndpoints
	endpoints.DeviceAuthorization = nil
	protocol := op.RegisterServer(&server{op.NewLegacyServer(provider, endpoints), p}, endpoints,
		op.WithHTTPMiddleware(op.NewIssuerInterceptor(provider.IssuerFromRequest).Handler),
		op.WithServerCORSOptions(corsOptions()),
		op.WithFallbackLogger(log),
	)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+signInPath, p.showPeople)
	mux.Handle("POST "+signInPath, http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.pickPerson(provider))))
	mux.Handle("/", protocol)
	return onlyThisMachine(http.StripPrefix(Path, mux)), nil
}

// corsOptions let web clients on this machine call the token endpoint.
func corsOptions() *cors.Options {
	return &cors.Options{
		AllowOriginFunc: func(origin string) bool {
			from, err := url.Parse(origin)
			return err == nil && auth.IsLoopback(from.Host)
		},
		AllowedMethods: []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{"Authorization", "Content-Type"},
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
	document.GrantTypesSupported = []oidc.GrantType{oidc.GrantTypeCode}
	return op.NewResponse(discovery{document, true}), nil
}

// CodeExchange redeems a code: once, by the client that it was made for, with its redirect address and its PKCE verifier.
func (s *server) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	begun, err := s.p.store.redeem(r.Data.Code)
	if err != nil {
		return nil, oidc.ErrInvalidGrant().WithDescription("the code is not known, or no longer").WithParent(err)
	}
	if r.Client.GetID() != begun.GetClientID() || r.Data.RedirectURI != begun.GetRedirectURI() {
		return nil, oidc.ErrInvalidGrant().WithDescription("the code was made for another client or redirect_uri")
	}
	if err := op.AuthorizeCodeChallenge(r.Data.CodeVerifier, begun.GetCodeChallenge()); err != nil {
		return nil, err
	}
	access, err := s.p.signer.sign(begun.subject, begun.GetClientID(), begun.GetScopes(), accessLife)
	if err != nil {
		return nil, err
	}
	idToken, err := op.CreateIDToken(ctx, s.p.issuer, begun, r.Client.IDTokenLifetime(), access, "", s.p.store, r.Client)
	if err != nil {
		return nil, err
	}
	response := op.NewResponse(&oidc.AccessTokenResponse{
		AccessToken: access, IDToken: idToken, TokenType: oidc.BearerToken,
		ExpiresIn: uint64(accessLife / time.Second), Scope: begun.GetScopes(),
	})
	response.Header.Set("Cache-Control", "no-store")
	return response, nil
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
