// Package devidp is the built-in identity provider: OpenID Connect for development on one machine, without passwords. Who
// signs in picks one of the sample people from a list.
//
// It serves requests from this machine for this machine only, and no configuration opens it wider. The protocol is
// zitadel/oidc's; this package adds the storage, the sign-in page, and three things that its server lacks: access tokens
// in the form of RFC 9068 (typ "at+jwt"), the issuer in the answer (RFC 9207), and a code that only its client can redeem.
package devidp
