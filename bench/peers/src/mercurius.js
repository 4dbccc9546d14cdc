// Mercurius with JIT on Fastify, in a cluster of two processes; in one where news must reach all subscribers, as it travels in process.
import cluster from 'node:cluster'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import mercuriusCache from 'mercurius-cache'
import { alone, cached, context, port, resolvers, ttl, typeDefs } from './schema.js'

if (cluster.isPrimary && !alone) {
  for (let i = 0; i < 2; i++) cluster.fork()
} else {
  const app = Fastify()
  const news = {
    tell: (topic, payload) => app.graphql.pubsub.publish({ topic, payload }),
    hear: (topic, { pubsub }) => pubsub.subscribe(topic),
  }
  const everything = () => ({ ...context(), ...news })
  await app.register(mercurius, { schema: typeDefs, resolvers, context: everything, jit: 1, subscription: { context: everything } })
  if (cached) await app.register(mercuriusCache, { ttl, policy: { Query: { resource: true, resources: true, thread: true, search: true } } })
  app.get('/readyz', () => 'ready')
  await app.listen({ port, host: '127.0.0.1' })
}
