import { go, usePlace } from "../router";
import type { Connection, LeadSchool, Resource, School } from "../types";
import { atMost, Choice, Field, LongList, Problem, Title, useQuery, values, Waiting } from "../ui";
import { useActive } from "../viewer";
import { day, list, phases, word } from "../words";
import { ResourceCard, resourceCardFields } from "./resources";

const cardFields = `id urn name typeName phase status joinedAt address { town postcode } authority { code name }`;
const query = `query Schools($filter: SchoolFilter, $after: String) {
  schools(filter: $filter, first: 20, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ${cardFields} } }
}`;
const pick = (data: { schools: Connection<School> }) => data.schools;

export function Schools() {
  const { query: asked } = usePlace();
  const get = (name: string) => asked.get(name) || undefined;
  const filter = {
    text: get("text"),
    phases: get("phase") ? [get("phase")] : undefined,
    near: get("postcode") ? { postcode: get("postcode") } : undefined,
    membersOnly: get("members") === "on",
  };
  return (
    <>
      <Title name="Schools">Schools</Title>
      <form
        key={asked.toString()}
        class="filter"
        onSubmit={(e) => {
          e.preventDefault();
          go(`/schools?${new URLSearchParams(Object.entries(values(e.currentTarget)).filter(([, v]) => v !== ""))}`);
        }}
      >
        <Field label="Name, town or URN" name="text" errors={[]}>
          {(p) => <input {...p} type="search" defaultValue={get("text") ?? ""} {...atMost(200)} />}
        </Field>
        <Field label="Near a postcode" name="postcode" errors={[]}>
          {(p) => <input {...p} autocomplete="postal-code" defaultValue={get("postcode") ?? ""} maxLength={8} />}
        </Field>
        <Field label="Phase" name="phase" errors={[]}>
          {(p) => <Choice {...p} words={phases} value={get("phase")} any="All phases" />}
        </Field>
        <label class="check">
          <input type="checkbox" name="members" defaultChecked={get("members") === "on"} /> Member schools only
        </label>
        <button>Find</button>
      </form>
      <LongList query={query} variables={{ filter }} pick={pick} none="No school fits." item={(s: School) => <SchoolCard school={s} />} />
    </>
  );
}

export function SchoolCard({ school: s }: { school: School }) {
  return (
    <article class="card">
      <h3>
        <a href={`/schools/${s.urn}`}>{s.name}</a>
      </h3>
      <p class="hint">{[s.typeName, word(phases, s.phase), s.authority?.name, s.address.postcode, s.joinedAt && "member school", s.status === "CLOSED" && "closed"].filter(Boolean).join(" · ")}</p>
    </article>
  );
}

const one = `query School($urn: URN!) {
  school(urn: $urn) {
    ${cardFields} website
    predecessors { urn name detail } successors { urn name detail }
    leadSchools(first: 5) { nodes { id phases from authority { code name } } }
    resources(first: 5) { totalCount nodes { ${resourceCardFields} } }
  }
}`;

interface Link {
  urn: string;
  name: string;
  detail: string;
}

interface Data {
  school: (School & { predecessors: Link[]; successors: Link[]; leadSchools: { nodes: LeadSchool[] }; resources: Connection<Resource> }) | null;
}

export function SchoolPage({ urn }: { urn: string }) {
  const { data, failure, again } = useQuery<Data>(one, { urn });
  const active = useActive();
  if (failure) return <Problem failure={failure} again={again} />;
  if (!data) return <Waiting />;
  const s = data.school;
  if (!s) return <Title name="Not found">The register has no school with the number {urn}</Title>;
  return (
    <>
      <Title name={s.name}>{s.name}</Title>
      <dl class="about panel">
        <dt>URN</dt>
        <dd>{s.urn}</dd>
        <dt>Type</dt>
        <dd>{s.typeName}</dd>
        <dt>Phase</dt>
        <dd>{word(phases, s.phase)}</dd>
        <dt>Authority</dt>
        <dd>{s.authority?.name}</dd>
        <dt>Address</dt>
        <dd>{[s.address.street, s.address.town, s.address.postcode].filter(Boolean).join(", ")}</dd>
        <dt>In the network</dt>
        <dd>{s.joinedAt ? `member school since ${day(s.joinedAt)}` : "not yet"}</dd>
      </dl>
      {s.leadSchools.nodes.map((l) => (
        <p key={l.id} class="notice">
          Lead school of {l.authority?.name} for {list(phases, l.phases)} since {day(l.from)}.
        </p>
      ))}
      {!active && s.status !== "CLOSED" && (
        <p>
          <a class="button" href={`/join?urn=${s.urn}`}>
            I work here
          </a>
        </p>
      )}
      <Links title="Before it" links={s.predecessors} />
      <Links title="After it" links={s.successors} />
      <section aria-labelledby="shared">
        <h2 id="shared">Resources</h2>
        {s.resources.nodes.length === 0 && <p>It has not shared a resource yet.</p>}
        <ul class="cards">
          {s.resources.nodes.map((r) => (
            <li key={r.id}>
              <ResourceCard resource={r} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function Links({ title, links }: { title: string; links: Link[] }) {
  if (links.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {links.map((l) => (
          <li key={l.urn + l.detail}>
            <a href={`/schools/${l.urn}`}>{l.name}</a> <span class="hint">{l.detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
