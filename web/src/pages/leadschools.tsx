import { go, usePlace } from "../router";
import type { LeadSchool } from "../types";
import { Choice, Field, Problem, RichText, Title, Waiting, useQuery, values } from "../ui";
import { day, list, phases } from "../words";

const query = `query LeadSchools($filter: LeadSchoolFilter) {
  boroughs { code name }
  leadSchools(filter: $filter, first: 50) {
    totalCount
    edges { distanceKm node { id phases from to remitHtml school { urn name } authority { code name } contact { name jobTitle } } }
  }
}`;

interface Data {
  boroughs: { code: string; name: string }[];
  leadSchools: { totalCount: number; edges: { distanceKm: number | null; node: LeadSchool }[] };
}

export function LeadSchools() {
  const { query: asked } = usePlace();
  const get = (name: string) => asked.get(name) || undefined;
  const filter = {
    authorities: get("authority") ? [get("authority")] : undefined,
    phases: get("phase") ? [get("phase")] : undefined,
    near: get("postcode") ? { postcode: get("postcode") } : undefined,
  };
  const { data, failure, again } = useQuery<Data>(query, { filter });
  const boroughs = Object.fromEntries((data?.boroughs ?? []).map((b) => [b.code, b.name]));
  return (
    <>
      <Title name="Lead schools">Lead schools</Title>
      <p>A lead school stands in each borough, for each phase. Ask the one near you: helping others is what it was appointed for.</p>
      <form
        key={asked.toString() + (data ? "+" : "")}
        class="filter"
        onSubmit={(e) => {
          e.preventDefault();
          go(`/lead-schools?${new URLSearchParams(Object.entries(values(e.currentTarget)).filter(([, v]) => v !== ""))}`);
        }}
      >
        <Field label="Borough" name="authority" errors={[]}>
          {(p) => <Choice {...p} words={boroughs} value={get("authority")} any="All" />}
        </Field>
        <Field label="Phase" name="phase" errors={[]}>
          {(p) => <Choice {...p} words={phases} value={get("phase")} any="All phases" />}
        </Field>
        <Field label="Near a postcode" name="postcode" errors={[]}>
          {(p) => <input {...p} autocomplete="postal-code" defaultValue={get("postcode") ?? ""} maxLength={8} />}
        </Field>
        <button>Find</button>
      </form>
      {failure && <Problem failure={failure} again={again} />}
      {!data && !failure && <Waiting />}
      {data && (
        <>
          <p role="status" class="count">
            {data.leadSchools.totalCount === 1 ? "1 lead school" : `${data.leadSchools.totalCount} lead schools`}
          </p>
          <ul class="cards two">
            {data.leadSchools.edges.map((edge) => (
              <li key={edge.node.id}>
                <LeadSchoolCard lead={edge.node} km={edge.distanceKm} open={data.leadSchools.edges.length <= 4} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function LeadSchoolCard({ lead, km, open }: { lead: LeadSchool; km: number | null; open: boolean }) {
  return (
    <article class="card">
      <h2>
        <a href={`/schools/${lead.school?.urn ?? ""}`}>{lead.school?.name}</a>
      </h2>
      <p>
        {lead.authority?.name} · {list(phases, lead.phases)}
        {km !== null && ` · ${km.toFixed(1)} km away`}
      </p>
      <details open={open}>
        <summary aria-label={`What ${lead.school?.name ?? "it"} offers`}>What it offers</summary>
        <RichText html={lead.remitHtml} />
      </details>
      <p class="hint">
        Since {day(lead.from)}
        {lead.contact ? ` · Contact: ${[lead.contact.name, lead.contact.jobTitle].filter(Boolean).join(", ")}` : " · Members see whom to turn to."}
      </p>
    </article>
  );
}
