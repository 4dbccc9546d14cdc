// The part of Staffroom's schema that the scenarios ask for, and its resolvers.
import DataLoader from 'dataloader'
import * as store from './store.js'

export const typeDefs = /* GraphQL */ `
  scalar DateTime
  scalar Markdown
  enum ResourceKind { CASE_STUDY BOOKLET LESSON_MATERIAL POLICY TRAINING_MATERIAL RESEARCH_SUMMARY TOOL }
  enum Phase { NOT_APPLICABLE NURSERY PRIMARY MIDDLE_DEEMED_PRIMARY SECONDARY MIDDLE_DEEMED_SECONDARY SIXTEEN_PLUS ALL_THROUGH }
  enum Licence { CC_BY_4_0 CC_BY_SA_4_0 CC_BY_NC_4_0 CC_BY_NC_SA_4_0 CC0_1_0 OGL_3_0 ALL_RIGHTS_RESERVED }
  enum Visibility { PUBLIC MEMBERS SCHOOL }
  enum ResourceStatus { DRAFT PUBLISHED WITHDRAWN }
  type Member { id: ID! name: String! }
  type School { id: ID! name: String! resourceCount: Int! }
  type Resource {
    id: ID!
    title: String!
    summary: String!
    body: Markdown!
    kind: ResourceKind!
    phases: [Phase!]!
    status: ResourceStatus!
    publishedAt: DateTime
    authors: [Member!]!
    school: School
  }
  type PageInfo { hasNextPage: Boolean! }
  type ResourceConnection { nodes: [Resource!]! pageInfo: PageInfo! }
  type Post { id: ID! body: Markdown! createdAt: DateTime! author: Member }
  type PostConnection { nodes: [Post!]! }
  type Thread { id: ID! title: String! posts(first: Int): PostConnection! }
  enum SearchType { SCHOOL RESOURCE THREAD }
  enum SearchFacetName { TYPE AUTHORITY PHASE TOPIC KIND LICENCE TYPE_GROUP }
  type SearchFacetValue { value: String! count: Int! }
  type SearchFacet { name: SearchFacetName! values: [SearchFacetValue!]! }
  union SearchResult = Resource | Thread
  type SearchConnection { totalCount: Int! facets: [SearchFacet!]! nodes: [SearchResult!]! }
  input SearchFilter { phases: [Phase!] }
  input ResourceFilter { publishedTo: DateTime }
  input CreateResourceInput {
    title: String!
    summary: String! = ""
    body: Markdown! = ""
    kind: ResourceKind!
    topics: [ID!]
    phases: [Phase!]
    licence: Licence!
    visibility: Visibility!
  }
  type UserError { message: String! }
  type CreateResourcePayload { resource: Resource userErrors: [UserError!]! }
  input ReplyToThreadInput { threadId: ID! body: Markdown! }
  type ReplyToThreadPayload { post: Post userErrors: [UserError!]! }
  type Query {
    resource(id: ID!): Resource
    resources(filter: ResourceFilter, first: Int): ResourceConnection!
    thread(id: ID!): Thread
    search(query: String!, types: [SearchType!], filter: SearchFilter, first: Int): SearchConnection!
  }
  type Mutation {
    createResource(input: CreateResourceInput!): CreateResourcePayload!
    replyToThread(input: ReplyToThreadInput!): ReplyToThreadPayload!
  }
  type Subscription { threadActivity(threadId: ID!): Post! }
`

/** What one request reads; each thing once. */
export const context = () => ({
  members: new DataLoader(store.members),
  schools: new DataLoader(store.schools),
  counts: new DataLoader(store.counts),
})

const id = (document) => document.meta.id

export const resolvers = {
  Query: {
    resource: (_, args) => store.resource(args.id),
    resources(_, { filter, first = 20 }) {
      const { nodes, more } = store.page(filter.publishedTo, first)
      return { nodes, pageInfo: { hasNextPage: more } }
    },
    thread: (_, args) => store.thread(args.id),
    search: (_, { query, filter, first = 20 }) => store.search(query, filter.phases[0], first),
  },
  Mutation: {
    createResource: (_, { input }) => ({ resource: store.insert(input), userErrors: [] }),
    replyToThread(_, { input }, { tell }) {
      const post = store.reply(input)
      tell(input.threadId, post)
      return { post, userErrors: [] }
    },
  },
  // How news travels is each server's own: tell and hear are in its context.
  Subscription: {
    threadActivity: { subscribe: (_, args, context) => context.hear(args.threadId, context), resolve: (post) => post },
  },
  Resource: {
    id,
    authors: (resource, _, { members }) => members.loadMany(resource.authorIds),
    school: (resource, _, { schools }) => schools.load(resource.schoolId),
  },
  Member: { id },
  School: {
    id,
    name: (school) => school.establishment.name,
    resourceCount: (school, _, { counts }) => counts.load(school.meta.id),
  },
  Thread: { id, posts: (thread, { first = 20 }) => ({ nodes: store.posts(thread.meta.id, first) }) },
  Post: {
    id,
    createdAt: (post) => post.meta.createdAt,
    author: (post, _, { members }) => members.load(post.authorId),
  },
}

export const port = Number(process.env.PORT)
/** Whether to stay in one process. */
export const alone = process.env.ALONE === 'true'
export const cached = process.env.RESPONSE_CACHE === 'true'
/** How long whole answers are kept, in seconds, where they are: longer than it takes until a server has its next turn. */
export const ttl = 120
