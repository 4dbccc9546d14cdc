// Package direct answers operations without gqlgen's executor, where the answer is the same: one goroutine walks through what is asked
// and writes JSON as it goes. gqlgen makes a goroutine, a context and a tree of closures for each element of a list, which costs more
// than everything else that most queries need.
//
// The code that reads each type's fields is generated into package graph by direct/generate, from the same schema and the same
// resolvers. A resolver whose loader does not have a thing yet gets [ErrLater]: a hole is left in the answer, and when all else is
// written, the loaders read what all holes need at once and the holes are filled.
//
// The events of subscriptions and what a mutation returns are written in the same way.
//
// Only good news is written here. Whenever something goes wrong (an error, null where the schema allows none, a panic), the operation
// is given to gqlgen's executor from the start, which knows how to tell it: reading changes nothing, so it may be done twice. The resolver
// of a mutation is called once: the executor is handed what came of it. Several mutations in one operation are left to the executor.
//
// Neither directives with code behind them nor middleware around fields are called here: the schema has none, and the generator refuses
// the former.
package direct
