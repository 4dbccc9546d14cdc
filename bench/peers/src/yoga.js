// GraphQL Yoga 5 on node:http.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { useResponseCache } from '@graphql-yoga/plugin-response-cache'
import { cached, context, port, resolvers, ttl, typeDefs } from './schema.js'

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context,
  logging: false,
  graphiql: false,
  plugins: cached ? [useResponseCache({ session: () => null, ttl: ttl * 1000 })] : [],
})

createServer((request, response) => {
  if (request.url === '/readyz') {
    response.end('ready')
    return
  }
  yoga(request, response)
}).listen(port, '127.0.0.1')
