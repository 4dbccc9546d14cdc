package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// marks are the claims by which kinds of tokens are told apart.
type marks struct {
	// Type is Keycloak's: "Bearer", "ID", "Refresh", "Logout".
	Type            string          `json:"typ"`
	Scope           json.RawMessage `json:"scope"`
	Nonce           json.RawMessage `json:"nonce"`
	AccessTokenHash json.RawMessage `json:"at_hash"`
	CodeHash        json.RawMessage `json:"c_hash"`
	Events          json.RawMessage `json:"events"`
	ClientID        string          `json:"client_id"`
	AuthorizedParty string          `json:"azp"`
	Audience        audience        `json:"aud"`
}

// checkKind refuses JWTs that are no access tokens, before their signature is checked: a token of another kind must not even make us fetch
// keys. RFC 9068 gives access tokens the type at+jwt. Those of providers that know no better have the type JWT, as all their others have;
// then the claims tell.
func checkKind(token string) error {
	parsed, err := jose.ParseSignedCompact(token, joseAlgorithms())
	if err != nil {
		return err
	}
	kind, _ := parsed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string)
	switch strings.TrimPrefix(strings.ToLower(kind), "application/") {
	case "at+jwt":
		return nil
	case "jwt":
		var found marks
		if err := json.Unmarshal(parsed.UnsafePayloadWithoutVerification(), &found); err != nil {
			return err
		}
		return found.checkAccess()
	default:
		return fmt.Errorf("the token is of type %s and not an access token", quoted(kind))
	}
}

// checkAccess refuses what may be an ID token, or a notice of a sign-out. An ID token says at_hash or c_hash about what came with it,
// answers a nonce, is for the client that it was issued to, and has no scope.
func (m *marks) checkAccess() error {
	said := strings.EqualFold(m.Type, "Bearer")
	switch {
	case m.Type != "" && !said:
		return fmt.Errorf("the token says that it is of type %s and not an access token", quoted(m.Type))
	case m.AccessTokenHash != nil || m.CodeHash != nil:
		return errors.New("the token is an ID token: it has at_hash or c_hash")
	case m.Events != nil:
		return errors.New("the token is a notice: it has events")
	case m.Scope == nil:
		return errors.New("the token has no scope, as access tokens of type JWT must have")
	case said:
		return nil
	case m.Nonce != nil:
		return errors.New("the token may be an ID token: it has a nonce")
	case m.ClientID == "" && slices.Contains(m.Audience, m.AuthorizedParty):
		return errors.New("the token may be an ID token: it is for the client that it was issued to")
	default:
		return nil
	}
}
