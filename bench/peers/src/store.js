// What the peers read and write: the tables of Staffroom's SQLite adapter, with the settings that it uses.
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'

const db = new Database(process.env.DATABASE, { timeout: 10_000 })
for (const pragma of ['journal_mode=WAL', 'synchronous=FULL', 'temp_store=MEMORY', 'cache_size=-8000', 'journal_size_limit=67108864']) {
  db.pragma(pragma)
}

// The words of resources, for searching; bench/floor makes the file.
if (process.env.WORDS) db.prepare('ATTACH ? AS words').run(process.env.WORDS)

const one = (table) => db.prepare(`SELECT doc FROM ${table} WHERE id = ?`).pluck()
const many = (table) => db.prepare(`SELECT id, doc FROM ${table} WHERE id IN (SELECT value FROM json_each(?))`).raw()

const statements = {
  resource: one('resources'),
  thread: one('threads'),
  members: many('members'),
  schools: many('schools'),
  counts: db
    .prepare(
      `SELECT "$.schoolId", number FROM "resources/audience_school"
       WHERE "$.audience" = 'everyone' AND "$.schoolId" IN (SELECT value FROM json_each(?))`,
    )
    .raw(),
  page: db
    .prepare(
      `SELECT d.doc FROM "resources/audience_published" AS p CROSS JOIN resources AS d ON d.n = p.n
       WHERE p."$.audience" = 'everyone' AND p."$.publishedAt" >= '' AND p."$.publishedAt" < ?
       ORDER BY p."$.publishedAt" DESC, p.id DESC LIMIT ?`,
    )
    .pluck(),
  posts: db
    .prepare(
      `SELECT doc FROM posts WHERE "$.threadId" = ? AND "$.meta.createdAt" >= ''
       ORDER BY "$.meta.createdAt", id LIMIT ?`,
    )
    .pluck(),
  insert: db.prepare('INSERT INTO resources (id, version, doc) VALUES (?, 1, ?)'),
  reply: db.prepare('INSERT INTO posts (id, version, doc) VALUES (?, 1, ?)'),
  search: process.env.WORDS && db.prepare(searching()).raw(),
}

/** The floor's statement, but that documents come whole: how many there are, how many have each value of each facet, and the best. */
function searching() {
  return `WITH hits AS (
      SELECT w.rowid AS n, bm25(words, 5, 2, 1, 3) AS score, c.kind, c.authority, c.licence
      FROM words.words AS w CROSS JOIN words.counted_phases AS p ON p.n = w.rowid AND p.phase = @phase CROSS JOIN words.counted AS c ON c.n = w.rowid
      WHERE words MATCH @match
    ), together AS (
      SELECT kind, authority, licence, count(*) AS found FROM hits GROUP BY kind, authority, licence
    ), facets AS (
      SELECT 'AUTHORITY' AS name, authority AS value, sum(found) AS found FROM together GROUP BY authority
      UNION ALL SELECT 'PHASE', p.phase, count(*) FROM hits CROSS JOIN words.counted_phases AS p USING (n) GROUP BY p.phase
      UNION ALL SELECT 'TOPIC', t.topic, count(*) FROM hits CROSS JOIN words.counted_topics AS t USING (n) GROUP BY t.topic
      UNION ALL SELECT 'KIND', kind, sum(found) FROM together GROUP BY kind
      UNION ALL SELECT 'LICENCE', licence, sum(found) FROM together GROUP BY licence
    )
    SELECT 'TYPE' AS part, 'RESOURCE' AS value, count(*) AS found FROM hits
    UNION ALL SELECT * FROM (SELECT name, value, found FROM facets ORDER BY instr('AUTHORITY PHASE TOPIC KIND LICENCE', name), found DESC, value)
    UNION ALL SELECT 'HIT', d.doc, 0
      FROM (SELECT n, score FROM hits ORDER BY score, n LIMIT @first) AS best CROSS JOIN resources AS d ON d.n = best.n`
}

const parsed = (text) => (text === undefined ? null : JSON.parse(text))

export const resource = (id) => parsed(statements.resource.get(id))
export const thread = (id) => parsed(statements.thread.get(id))
export const posts = (thread, first) => statements.posts.all(thread, first).map((doc) => JSON.parse(doc))

/** A page of resources that were published before a time, and whether there are more. */
export function page(to, first) {
  const found = statements.page.all(to, first + 1)
  return { nodes: found.slice(0, first).map((doc) => JSON.parse(doc)), more: found.length > first }
}

/** Finds resources for a phase by words, all of which they must have. */
export function search(words, phase, first) {
  const match = words.replaceAll('"', '').split(/\s+/).map((word) => `"${word}"`).join(' ')
  let totalCount = 0
  const facets = []
  const nodes = []
  for (const [part, value, count] of statements.search.all({ match, phase, first })) {
    if (part === 'HIT') {
      nodes.push({ __typename: 'Resource', ...JSON.parse(value) })
      continue
    }
    if (part === 'TYPE') totalCount = count
    if (count === 0) continue
    if (facets.at(-1)?.name !== part) facets.push({ name: part, values: [] })
    facets.at(-1).values.push({ value, count })
  }
  return { totalCount, facets, nodes }
}

/** Makes a function that is aligned with ids, as DataLoader wants it. */
const aligned = (statement, value, missing) => async (ids) => {
  const found = new Map(statement.all(JSON.stringify(ids)).map(([id, cell]) => [id, value(cell)]))
  return ids.map((id) => found.get(id) ?? missing)
}

export const members = aligned(statements.members, JSON.parse, null)
export const schools = aligned(statements.schools, JSON.parse, null)
export const counts = aligned(statements.counts, (n) => n, 0)

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** A TypeID: 48 bits of time and 80 of chance, in Crockford's base 32. */
function newID(prefix) {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = (bytes[6] & 0x0f) | 0x70
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  let number = BigInt('0x' + bytes.toString('hex'))
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = alphabet[Number(number & 31n)] + text
    number >>= 5n
  }
  return `${prefix}_${text}`
}

/** Stores a draft in a transaction of its own. */
export function insert(input) {
  const now = new Date().toISOString()
  const id = newID('resource')
  const doc = {
    meta: { id, version: 1, createdAt: now, updatedAt: now },
    title: input.title,
    sortTitle: input.title.toLowerCase(),
    summary: input.summary,
    body: input.body,
    kind: input.kind,
    topics: input.topics,
    phases: input.phases,
    licence: input.licence,
    authorIds: ['member_01hk153x00fcmtmbvcy3d4sgf6'],
    schoolId: 'school_01hk153x00fcmtmbvcy3d4sgf6',
    authorityCode: 'E09000023',
    visibility: input.visibility,
    status: 'DRAFT',
    changedAt: now,
  }
  statements.insert.run(id, JSON.stringify(doc))
  return doc
}

/** Stores a post, by whoever began the thread. */
export function reply(input) {
  const now = new Date().toISOString()
  const id = newID('post')
  const doc = {
    meta: { id, version: 1, createdAt: now, updatedAt: now },
    threadId: input.threadId,
    authorId: thread(input.threadId).authorId,
    body: input.body,
  }
  statements.reply.run(id, JSON.stringify(doc))
  return doc
}
