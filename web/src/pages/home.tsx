import { go } from "../router";
import type { Connection, LeadSchool, Resource } from "../types";
import { atMost, Problem, Title, useQuery, values, Waiting } from "../ui";
import { useViewer } from "../viewer";
import { list, phases } from "../words";
import { ResourceCard, resourceCardFields } from "./resources";

const query = `query Home {
  boroughs { code name leadSchools(first: 5) { nodes { id phases school { urn name } } } }
  resources(first: 4) { nodes { ${resourceCardFields} } }
}`;

interface Data {
  boroughs: { code: string; name: string; leadSchools: { nodes: LeadSchool[] } }[];
  resources: Connection<Resource>;
}

export function Home() {
  const { data, failure, again } = useQuery<Data>(query);
  return (
    <>
      <div class="hero">
        <Title name="Home">Schools that share what works</Title>
        <p class="lead">A free network for schools of every kind: find practice from other schools, and the lead school near you.</p>
        <SearchForm />
      </div>
      <NextStep />
      {failure && <Problem failure={failure} again={again} />}
      {!data && !failure && <Waiting />}
      {data && (
        <>
          <section aria-labelledby="newest">
            <h2 id="newest">New resources</h2>
            <ul class="cards two">
              {data.resources.nodes.map((r) => (
                <li key={r.id}>
                  <ResourceCard resource={r} />
                </li>
              ))}
            </ul>
            <p>
              <a class="button" href="/resources">
                All resources
              </a>
            </p>
          </section>
          <Boroughs boroughs={data.boroughs} />
        </>
      )}
    </>
  );
}

/** What the viewer should do next on the way into the network. */
function NextStep() {
  const { member } = useViewer();
  if (!member || member.membership === "ACTIVE") return null;
  return (
    <p class="notice">
      {member.membership === "PENDING" ? (
        `Your request to join ${member.school?.name ?? "a school"} is waiting for somebody to decide.`
      ) : (
        <>
          You are signed in. <a href="/join">Join through your school</a> to take part.
        </>
      )}
    </p>
  );
}

export function SearchForm({ query: asked = "" }: { query?: string }) {
  return (
    <form
      role="search"
      class="search"
      onSubmit={(e) => {
        e.preventDefault();
        go(`/search?q=${encodeURIComponent(values(e.currentTarget)["q"] ?? "")}`);
      }}
    >
      <label for="q">Search resources, schools and discussions</label>
      <div class="row">
        <input id="q" name="q" type="search" defaultValue={asked} {...atMost(200)} />
        <button class="primary">Search</button>
      </div>
    </form>
  );
}

function Boroughs({ boroughs }: { boroughs: Data["boroughs"] }) {
  return (
    <section aria-labelledby="boroughs">
      <h2 id="boroughs">Lead schools of London’s boroughs</h2>
      <p>
        Lead schools help other schools of their borough. You can also <a href="/lead-schools">look for those near a postcode</a>.
      </p>
      <ul class="tiles">
        {boroughs.map((b) => (
          <li key={b.code}>
            <a href={`/lead-schools?authority=${b.code}`}>{b.name}</a>
            {b.leadSchools.nodes.map((l) => (
              <p key={l.id}>
                {l.school?.name} <span class="hint">{list(phases, l.phases)}</span>
              </p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
