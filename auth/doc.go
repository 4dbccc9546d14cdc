// Package auth says who asks: it signs members in at an OpenID Connect provider, keeps them signed in with a cookie, and
// accepts access tokens of the same provider from third-party clients.
//
// [Auth.Middleware] puts the [staffroom.Viewer] of each request into its context; [Auth.Routes] adds the pages that
// browsers and the provider call. What a viewer may do is decided elsewhere, in package staffroom.
package auth
