// Apollo Server 5 on node:http, as its own standalone server does it, and graphql-ws for subscriptions, as its documentation says.
import { createServer } from 'node:http'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl'
import responseCachePlugin from '@apollo/server-plugin-response-cache'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { PubSub } from 'graphql-subscriptions'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { cached, context, port, resolvers, ttl, typeDefs } from './schema.js'

const responses = [ApolloServerPluginCacheControl({ defaultMaxAge: ttl, calculateHttpHeaders: false }), responseCachePlugin()]
const schema = makeExecutableSchema({ typeDefs, resolvers })
const pubsub = new PubSub()
const news = { tell: (topic, post) => pubsub.publish(topic, post), hear: (topic) => pubsub.asyncIterableIterator(topic) }
const everything = () => ({ ...context(), ...news })
const apollo = new ApolloServer({ schema, plugins: cached ? responses : [] })
await apollo.start()

const server = createServer((request, response) => {
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
      context: async () => everything(),
    })
    for (const [name, value] of answer.headers) response.setHeader(name, value)
    response.statusCode = answer.status ?? 200
    response.end(answer.body.string)
  })
})

useServer({ schema, context: everything }, new WebSocketServer({ server, path: '/graphql' }))
server.listen(port, '127.0.0.1')
