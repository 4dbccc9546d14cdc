// Mercurius with JIT on Fastify, in a cluster of two processes.
import cluster from 'node:cluster'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import mercuriusCache from 'mercurius-cache'
import { cached, context, port, resolvers, ttl, typeDefs } from './schema.js'

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()
} else {
  const app = Fastify()
  await app.register(mercurius, { schema: typeDefs, resolvers, context, jit: 1 })
  if (cached) await app.register(mercuriusCache, { ttl, policy: { Query: { resource: true, resources: true, thread: true } } })
  app.get('/readyz', () => 'ready')
  await app.listen({ port, host: '127.0.0.1' })
}
