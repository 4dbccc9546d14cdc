// Package server is everything between a connection and the executor of the GraphQL schema: routes, middleware, transports,
// the check of documents before they are run, limits, and how errors are shown.
//
// It knows no field of the schema: it takes any [graphql.ExecutableSchema] and looks only at the conventions of our API
// (first, last and ids are page sizes). Start with routes.go, which has every route on one page; limits.go lists every
// limit, and docs/limits.md explains them.
package server
