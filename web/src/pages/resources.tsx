import { go, usePlace } from "../router";
import type { Connection, Resource, Topic } from "../types";
import { atMost, Choice, Field, LongList, Title, useQuery, values } from "../ui";
import { useActive, useViewer } from "../viewer";
import { day, kinds, list, phases, statuses, word } from "../words";

export const resourceCardFields = `id title summary kind phases status publishedAt topics { id name } school { urn name }`;

const query = `query Resources($filter: ResourceFilter, $after: String) {
  resources(filter: $filter, first: 20, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ${resourceCardFields} } }
}`;

const pick = (data: { resources: Connection<Resource> }) => data.resources;

/** The names of the topics by their ids, once they are known. */
export function useTopics() {
  const { data, failure, again } = useQuery<{ topics: Topic[] }>(`query Topics { topics { id name } }`);
  return { topics: data && Object.fromEntries(data.topics.map((t) => [t.id, t.name])), failure, again };
}

export function Resources() {
  const { query: asked } = usePlace();
  const active = useActive();
  const get = (name: string) => asked.get(name) || undefined;
  const one = (name: string) => (get(name) ? [get(name)] : undefined);
  const filter = { text: get("text"), kinds: one("kind"), topics: one("topic"), phases: one("phase"), authorities: one("authority") };
  return (
    <>
      <Title name="Resources">Resources</Title>
      {active && (
        <p>
          <a class="button primary" href="/resources/new">
            Share a resource
          </a>
        </p>
      )}
      <Filter key={asked.toString()} get={get} />
      <LongList query={query} variables={{ filter }} pick={pick} none="No resource fits. Choose less, or other words." item={(r: Resource) => <ResourceCard resource={r} />} />
    </>
  );
}

function Filter({ get }: { get: (name: string) => string | undefined }) {
  const { topics = {} } = useTopics();
  return (
    <form
      class="filter"
      onSubmit={(e) => {
        e.preventDefault();
        const chosen = Object.entries(values(e.currentTarget)).filter(([, value]) => value !== "");
        go(`/resources?${new URLSearchParams(chosen)}`);
      }}
    >
      <Field label="Words" name="text" errors={[]}>
        {(p) => <input {...p} type="search" defaultValue={get("text") ?? ""} {...atMost(200)} />}
      </Field>
      <Field label="Kind" name="kind" errors={[]}>
        {(p) => <Choice {...p} words={kinds} value={get("kind")} any="All kinds" />}
      </Field>
      <Field label="Topic" name="topic" errors={[]}>
        {(p) => <Choice {...p} key={Object.keys(topics).length} words={topics} value={get("topic")} any="All topics" />}
      </Field>
      <Field label="Phase" name="phase" errors={[]}>
        {(p) => <Choice {...p} words={phases} value={get("phase")} any="All phases" />}
      </Field>
      <button>Show</button>
    </form>
  );
}

export function ResourceCard({ resource: r }: { resource: Resource }) {
  return (
    <article class="card">
      <p class="tag">{word(kinds, r.kind)}</p>
      <h3>
        <a href={`/resources/${r.id}`}>{r.title}</a>
      </h3>
      <p class="summary">{r.summary}</p>
      <p class="hint">
        {[list(phases, r.phases), r.school?.name, r.status === "PUBLISHED" ? r.publishedAt && day(r.publishedAt) : word(statuses, r.status)].filter(Boolean).join(" · ")}
      </p>
    </article>
  );
}

const mine = `query MyResources($filter: ResourceFilter, $after: String) {
  resources(filter: $filter, first: 20, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ${resourceCardFields} } }
}`;

export function MyResources() {
  const { member } = useViewer();
  if (!member) return <Title name="My resources">Sign in to see your resources</Title>;
  const filter = { authors: [member.id], statuses: Object.keys(statuses) };
  return (
    <>
      <Title name="My resources">My resources</Title>
      <p>
        <a class="button primary" href="/resources/new">
          Share a resource
        </a>
      </p>
      <LongList query={mine} variables={{ filter }} pick={pick} none="You have not made a resource yet." item={(r: Resource) => <ResourceCard resource={r} />} />
    </>
  );
}
