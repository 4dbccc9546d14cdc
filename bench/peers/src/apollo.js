// Apollo Server 5 on node:http, as its own standalone server does it.
import { createServer } from 'node:http'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl'
import responseCachePlugin from '@apollo/server-plugin-response-cache'
import { cached, context, port, resolvers, ttl, typeDefs } from './schema.js'

const responses = [ApolloServerPluginCacheControl({ defaultMaxAge: ttl, calculateHttpHeaders: false }), responseCachePlugin()]
const apollo = new ApolloServer({ typeDefs, resolvers, plugins: cached ? responses : [] })
await apollo.start()

createServer((request, response) => {
  if (request.url === '/readyz') {
    response.end('ready')
    return
  }
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', async () => {
    const headers = new HeaderMap()
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value))
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers, search: '', body: JSON.parse(Buffer.concat(pieces).toString()) },
      context: async () => context(),
    })
    for (const [name, value] of answer.headers) response.setHeader(name, value)
    response.statusCode = answer.status ?? 200
    response.end(answer.body.string)
  })
}).listen(port, '127.0.0.1')
