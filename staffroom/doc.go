// Package staffroom is the domain: the nouns of a knowledge-sharing network of schools, the rules about them, who may
// do what, and the services that everything else (GraphQL, sign-in, files, imports) calls.
//
// It ends where the outside begins: it knows no HTTP, no GraphQL and no database. What it needs of them it asks for
// through the ports it declares itself: [Store], [Index], [Events] and [Blobs].
//
// Start with network.go, which lists the services; permissions.go, which says who may do what; and store.go, the
// contract of a document store. A noun, and how it is stored, is in the file of its name (member.go); what can be done with it is in the
// file of its plural (members.go).
package staffroom
