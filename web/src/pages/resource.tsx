import { useState } from "preact/hooks";
import { run, type UserError } from "../api";
import type { Resource, Thread } from "../types";
import { FormProblems, Problem, RichText, Said, Title, Waiting, useAction, useQuery } from "../ui";
import { useActive } from "../viewer";
import { day, kinds, licences, list, phases, size, statuses, visibilities, word } from "../words";
import { ThreadCard, threadFields } from "./threads";

const query = `query Resource($id: ID!) {
  resource(id: $id) {
    id version title summary bodyHtml kind licence visibility status publishedAt viewerCanEdit phases
    topics { id name } authors { id name } school { urn name } authority { code name }
    files { id name size contentType url licence }
    threads(first: 10) { nodes { ${threadFields} } }
  }
}`;

type Data = { resource: (Resource & { threads: { nodes: Thread[] } | null }) | null };

export function ResourcePage({ id }: { id: string }) {
  const { data, failure, again } = useQuery<Data>(query, { id });
  const active = useActive();
  if (failure) return <Problem failure={failure} again={again} />;
  if (!data) return <Waiting />;
  const r = data.resource;
  if (!r) {
    return (
      <>
        <Title name="Not found">There is no such resource, or it is not yours to see</Title>
        <p>It may be a draft, or for members. Sign in, or look through all resources.</p>
      </>
    );
  }
  return (
    <article class="page">
      <p class="tag">{word(kinds, r.kind)}</p>
      <Title name={r.title}>{r.title}</Title>
      {r.status !== "PUBLISHED" && <p class="notice">{word(statuses, r.status)}: only those who made it see this.</p>}
      <p class="lead">{r.summary}</p>
      <About resource={r} />
      {r.viewerCanEdit && <Actions resource={r} done={again} />}
      <Files resource={r} />
      <RichText html={r.bodyHtml} />
      {r.threads && (
        <section aria-labelledby="discussions">
          <h2 id="discussions">Discussions</h2>
          {r.threads.nodes.length === 0 && <p>Nobody has asked about it yet.</p>}
          <ul class="cards">
            {r.threads.nodes.map((t) => (
              <li key={t.id}>
                <ThreadCard thread={t} />
              </li>
            ))}
          </ul>
          {active && (
            <p>
              <a class="button" href={`/threads/new?resource=${r.id}`}>
                Start a discussion about this
              </a>
            </p>
          )}
        </section>
      )}
    </article>
  );
}

function About({ resource: r }: { resource: Resource }) {
  return (
    <dl class="about">
      <dt>By</dt>
      <dd>
        {r.authors.map((a) => a.name).join(", ")}
        {r.school && (
          <>
            , <a href={`/schools/${r.school.urn}`}>{r.school.name}</a>
          </>
        )}
      </dd>
      <dt>Topics</dt>
      <dd>
        {r.topics.map((t, i) => (
          <>
            {i > 0 && ", "}
            <a key={t.id} href={`/resources?topic=${t.id}`}>
              {t.name}
            </a>
          </>
        ))}
      </dd>
      <dt>Phases</dt>
      <dd>{list(phases, r.phases) || "Any"}</dd>
      <dt>Licence</dt>
      <dd>{word(licences, r.licence)}</dd>
      <dt>Who may read it</dt>
      <dd>{word(visibilities, r.visibility)}</dd>
      {r.publishedAt && (
        <>
          <dt>Published</dt>
          <dd>{day(r.publishedAt)}</dd>
        </>
      )}
    </dl>
  );
}

function Files({ resource: r }: { resource: Resource }) {
  if (r.files.length === 0) return null;
  return (
    <section aria-labelledby="files" class="panel">
      <h2 id="files">Files</h2>
      <ul class="files">
        {r.files.map((f) => (
          <li key={f.id}>
            <a href={f.url} download>
              {f.name}
            </a>{" "}
            <span class="hint">
              {size(f.size)}, {word(licences, f.licence)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const publish = `mutation Publish($input: PublishResourceInput!) { publishResource(input: $input) { userErrors { code message field } } }`;
const withdraw = `mutation Withdraw($input: WithdrawResourceInput!) { withdrawResource(input: $input) { userErrors { code message field } } }`;

function Actions({ resource: r, done }: { resource: Resource; done: () => void }) {
  const { busy, failure, errors, act } = useAction();
  const [said, setSaid] = useState("");
  const change = (mutation: string, words: string) =>
    act(async () => {
      const data = await run<Record<string, { userErrors: UserError[] }>>(mutation, { input: { id: r.id } });
      const problems = Object.values(data)[0]?.userErrors ?? [];
      if (problems.length === 0) {
        setSaid(words);
        done();
      }
      return problems;
    });
  return (
    <div class="actions">
      <a class="button" href={`/resources/${r.id}/edit`}>
        Edit
      </a>
      {r.status === "PUBLISHED" ? (
        <button key="withdraw" aria-disabled={busy} onClick={() => void change(withdraw, "It is withdrawn: only those who made it see it now.")}>
          Withdraw
        </button>
      ) : (
        <button key="publish" class="primary" aria-disabled={busy} onClick={() => void change(publish, "It is published.")}>
          Publish
        </button>
      )}
      <FormProblems failure={failure} errors={errors} fields={[]} />
      <Said text={said} />
    </div>
  );
}
