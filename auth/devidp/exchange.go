package devidp

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

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
	if slices.Contains(begun.GetScopes(), oidc.ScopeOfflineAccess) && op.ValidateGrantType(r.Client, oidc.GrantTypeRefreshToken) {
		granted := s.p.store.grant(begun)
		s.p.store.remember(r.Data.Code, granted.id)
		return s.tokens(ctx, r.Client, begun, granted.tokenID(), granted.refreshToken())
	}
	id := rand.Text()
	s.p.store.remember(r.Data.Code, id)
	return s.tokens(ctx, r.Client, begun, id, "")
}

// RefreshToken gives new tokens for a refresh token, among them a new refresh token.
func (s *server) RefreshToken(ctx context.Context, r *op.ClientRequest[oidc.RefreshTokenRequest]) (*op.Response, error) {
	granted, err := s.p.store.renew(r.Data.RefreshToken, r.Client.GetID(), r.Data.Scopes)
	if err != nil {
		return nil, err
	}
	return s.tokens(ctx, r.Client, granted, granted.tokenID(), granted.refreshToken())
}

// tokens answers with an access token that has this id, and with what belongs to it.
func (s *server) tokens(ctx context.Context, client op.Client, who op.IDTokenRequest, id, refresh string) (*op.Response, error) {
	access, err := s.p.signer.sign(id, who.GetSubject(), who.GetClientID(), who.GetScopes(), accessLife)
	if err != nil {
		return nil, err
	}
	idToken, err := op.CreateIDToken(ctx, s.p.issuer, who, client.IDTokenLifetime(), access, "", s.p.store, client)
	if err != nil {
		return nil, err
	}
	response := op.NewResponse(&oidc.AccessTokenResponse{
		AccessToken: access, IDToken: idToken, RefreshToken: refresh, TokenType: oidc.BearerToken,
		ExpiresIn: uint64(accessLife / time.Second), Scope: who.GetScopes(),
	})
	response.Header.Set("Cache-Control", "no-store")
	return response, nil
}

// Revocation ends an access token, or a refresh token with all that came of it. Tokens of [Token] are everybody's to revoke; a token that
// is none is as good as revoked (RFC 7009).
func (s *server) Revocation(_ context.Context, r *op.ClientRequest[oidc.RevocationRequest]) (*op.Response, error) {
	client := r.Client.GetID()
	if s.p.store.revokeRefresh(r.Data.Token, client) {
		return op.NewResponse(nil), nil
	}
	claims, err := s.p.signer.verify(r.Data.Token)
	switch {
	case err != nil:
	case claims.ClientID != client && claims.ClientID != TokenClient:
		return nil, oidc.ErrUnauthorizedClient().WithDescription("the token was issued to another client")
	default:
		s.p.store.revokeAccess(claims.ID)
	}
	return op.NewResponse(nil), nil
}
