import { useEffect, useRef, useState } from "preact/hooks";
import { run, type UserError } from "../api";
import { listen } from "../listen";
import { go, usePlace } from "../router";
import type { Connection, Post, Thread } from "../types";
import { atMost, Choice, Field, FormProblems, LongList, Problem, RichText, Title, useAction, useKeyed, useQuery, values, Waiting } from "../ui";
import { useActive } from "../viewer";
import { moment } from "../words";

export const threadFields = `id title postCount lastActivityAt space { kind name } author { name } resource { id title }`;

const query = `query Threads($filter: ThreadFilter, $after: String) {
  threads(filter: $filter, first: 20, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ${threadFields} } }
}`;
const pick = (data: { threads: Connection<Thread> | null }) => data.threads;

export function Threads() {
  const active = useActive();
  return (
    <>
      <Title name="Discussions">Discussions</Title>
      {active && (
        <p>
          <a class="button primary" href="/threads/new">
            Start a discussion
          </a>
        </p>
      )}
      <LongList query={query} variables={{}} pick={pick} none="There is no discussion yet." item={(t: Thread) => <ThreadCard thread={t} />} />
    </>
  );
}

export function ThreadCard({ thread: t }: { thread: Thread }) {
  return (
    <article class="card">
      <h3>
        <a href={`/threads/${t.id}`}>{t.title}</a>
      </h3>
      <p class="hint">{[t.space.name, t.author?.name, t.postCount === 1 ? "1 post" : `${t.postCount} posts`, `last ${moment(t.lastActivityAt)}`].filter(Boolean).join(" · ")}</p>
    </article>
  );
}

const postFields = `id bodyHtml createdAt author { id name }`;
const one = `query Thread($id: ID!) {
  thread(id: $id) { ${threadFields} posts(first: 100) { nodes { ${postFields} } pageInfo { hasNextPage endCursor } } }
}`;
const later = `query LaterPosts($id: ID!, $after: String) {
  thread(id: $id) { posts(first: 100, after: $after) { nodes { ${postFields} } pageInfo { hasNextPage endCursor } } }
}`;
const live = `subscription Activity($id: ID!) { threadActivity(threadId: $id) { ${postFields} } }`;
const reply = `mutation Reply($input: ReplyToThreadInput!) {
  replyToThread(input: $input) { post { ${postFields} } userErrors { code message field } }
}`;

type WithPosts = Thread & { posts: Connection<Post> };

/** Posts with more of them, each once and in the order in which they were written. */
function merged(old: Post[], more: Post[]): Post[] {
  const fresh = more.filter((p) => !old.some((o) => o.id === p.id));
  return [...old, ...fresh].sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
}

export function ThreadPage({ id }: { id: string }) {
  const { data, failure, again } = useQuery<{ thread: WithPosts | null }>(one, { id });
  if (failure) return <Problem failure={failure} again={again} />;
  if (!data) return <Waiting />;
  if (!data.thread) {
    return (
      <>
        <Title name="Not found">There is no such discussion, or it is not yours to see</Title>
        <p>Discussions are for members.</p>
      </>
    );
  }
  return <Discussion key={id} thread={data.thread} />;
}

function Discussion({ thread }: { thread: WithPosts }) {
  const [posts, setPosts] = useState(thread.posts.nodes);
  const [page, setPage] = useState(thread.posts.pageInfo);
  const list = useRef<HTMLOListElement>(null);
  const [first, setFirst] = useState("");
  const { busy, failure, act } = useAction();
  const add = (more: Post[]) => setPosts((old) => merged(old, more));
  async function after(cursor: string | null) {
    const data = await run<{ thread: WithPosts | null }>(later, { id: thread.id, after: cursor });
    return data.thread?.posts;
  }
  // Up to where all posts were read; what is heard live comes after it, and may be read again.
  const read = useRef(thread.posts.pageInfo);
  async function catchUp() {
    if (read.current.hasNextPage) return; // "Show more posts" brings them
    do {
      const missed = await after(read.current.endCursor);
      if (!missed) return;
      add(missed.nodes);
      read.current = { ...missed.pageInfo, endCursor: missed.pageInfo.endCursor ?? read.current.endCursor };
    } while (read.current.hasNextPage);
  }
  useEffect(() => listen<{ threadActivity: Post }>(live, { id: thread.id }, (data) => add([data.threadActivity]), catchUp), [thread.id]);
  useEffect(() => {
    // "Show more posts" may be gone now: the focus goes on to the first of what it showed.
    [...(list.current?.children ?? [])].find((e): e is HTMLElement => e instanceof HTMLElement && e.dataset["id"] === first)?.focus();
  }, [first]);
  const more = () =>
    act(async () => {
      const posts = await after(page.endCursor);
      if (!posts) return;
      add(posts.nodes);
      read.current = posts.pageInfo;
      setPage(posts.pageInfo);
      setFirst(posts.nodes[0]?.id ?? "");
    });
  return (
    <>
      <Title name={thread.title}>{thread.title}</Title>
      <p class="hint">
        {thread.space.name}
        {thread.resource && (
          <>
            {" "}
            · about <a href={`/resources/${thread.resource.id}`}>{thread.resource.title}</a>
          </>
        )}
      </p>
      <ol class="posts" aria-live="polite" ref={list}>
        {posts.map((p) => (
          <li key={p.id} data-id={p.id} tabIndex={-1}>
            <article>
              <p class="by">
                <strong>{p.author?.name ?? "A former member"}</strong> · <time dateTime={p.createdAt}>{moment(p.createdAt)}</time>
              </p>
              <RichText html={p.bodyHtml} />
            </article>
          </li>
        ))}
      </ol>
      {failure && <Problem failure={failure} />}
      {page.hasNextPage && (
        <button aria-disabled={busy} onClick={() => void more()}>
          Show more posts
        </button>
      )}
      <ReplyForm thread={thread} add={(p) => add([p])} />
    </>
  );
}

function ReplyForm({ thread, add }: { thread: Thread; add: (post: Post) => void }) {
  const { busy, failure, errors, act } = useAction();
  const keyed = useKeyed();
  const send = (form: HTMLFormElement) =>
    act(async () => {
      const { replyToThread: done } = await keyed({ threadId: thread.id, body: values(form)["body"] }, (input) =>
        run<{ replyToThread: { post: Post | null; userErrors: UserError[] } }>(reply, { input }),
      );
      if (done.post) {
        add(done.post);
        form.reset();
      }
      return done.userErrors;
    });
  return (
    <form
      class="form"
      onSubmit={(e) => {
        e.preventDefault();
        void send(e.currentTarget);
      }}
    >
      <FormProblems failure={failure} errors={errors} fields={["body"]} />
      <Field label="Your reply" hint="Markdown works here." name="body" errors={errors}>
        {(p) => <textarea {...p} rows={5} required {...atMost(20000)} />}
      </Field>
      <button class="primary" aria-disabled={busy}>
        Reply
      </button>
    </form>
  );
}

const start = `mutation Start($input: StartThreadInput!) {
  startThread(input: $input) { thread { id } userErrors { code message field } }
}`;
const spaces = `query Spaces($resource: ID!, $about: Boolean!) {
  boroughs { code name }
  resource(id: $resource) @include(if: $about) { id title authority { code } }
}`;

interface Spaces {
  boroughs: { code: string; name: string }[];
  resource?: { id: string; title: string } | null;
}

export function NewThread() {
  const { query: asked } = usePlace();
  const resource = asked.get("resource") ?? "";
  const { data, failure: unasked, again } = useQuery<Spaces>(spaces, { resource, about: resource !== "" });
  const { busy, failure, errors, act } = useAction();
  const keyed = useKeyed();
  const send = (form: HTMLFormElement) =>
    act(async () => {
      const { title, body, space } = values(form);
      const where = space ? { kind: "AUTHORITY", authority: space } : { kind: "NETWORK" };
      const { startThread: done } = await keyed({ title, body, space: where, resourceId: resource || undefined }, (input) =>
        run<{ startThread: { thread: { id: string } | null; userErrors: UserError[] } }>(start, { input }),
      );
      if (done.thread) go(`/threads/${done.thread.id}`);
      return done.userErrors;
    });
  if (unasked) return <Problem failure={unasked} again={again} />;
  const boroughs = Object.fromEntries((data?.boroughs ?? []).map((b) => [b.code, b.name]));
  return (
    <>
      <Title name="Start a discussion">Start a discussion</Title>
      {data?.resource && (
        <p>
          About <a href={`/resources/${data.resource.id}`}>{data.resource.title}</a>
        </p>
      )}
      <form
        class="form"
        onSubmit={(e) => {
          e.preventDefault();
          void send(e.currentTarget);
        }}
      >
        <FormProblems failure={failure} errors={errors} fields={["title", "body", "space"]} />
        <Field label="Where" name="space" errors={errors}>
          {(p) => <Choice {...p} key={Object.keys(boroughs).length} words={boroughs} any="The whole network" />}
        </Field>
        <Field label="Title" name="title" errors={errors}>
          {(p) => <input {...p} required {...atMost(200)} />}
        </Field>
        <Field label="Message" hint="Markdown works here. Write nothing by which a pupil can be recognised." name="body" errors={errors}>
          {(p) => <textarea {...p} rows={8} required {...atMost(20000)} />}
        </Field>
        <button class="primary" aria-disabled={busy}>
          Start
        </button>
      </form>
    </>
  );
}
