// GraphQL Yoga 5 on node:http, and graphql-ws for subscriptions, as its documentation says.
import { createServer } from 'node:http'
import { createPubSub, createSchema, createYoga } from 'graphql-yoga'
import { useResponseCache } from '@graphql-yoga/plugin-response-cache'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { cached, context, port, resolvers, ttl, typeDefs } from './schema.js'

const pubsub = createPubSub()
const news = { tell: (topic, post) => pubsub.publish(topic, post), hear: (topic) => pubsub.subscribe(topic) }

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: () => ({ ...context(), ...news }),
  logging: false,
  graphiql: false,
  plugins: cached ? [useResponseCache({ session: () => null, ttl: ttl * 1000 })] : [],
})

const server = createServer((request, response) => {
  if (request.url === '/readyz') {
    response.end('ready')
    return
  }
  yoga(request, response)
})

useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    async onSubscribe(ctx, _, params) {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({ ...ctx, req: ctx.extra.request, params })
      const document = parse(params.query)
      const errors = validate(schema, document)
      if (errors.length > 0) return errors
      return {
        schema,
        document,
        operationName: params.operationName,
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
    },
  },
  new WebSocketServer({ server, path: '/graphql' }),
)
server.listen(port, '127.0.0.1')
