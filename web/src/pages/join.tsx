import { useState } from "preact/hooks";
import { run, type UserError } from "../api";
import { go, usePlace } from "../router";
import type { Connection, Member, School } from "../types";
import { atMost, Field, FormProblems, LongList, Said, signInHere, Title, useAction, useKeyed, useQuery, values } from "../ui";
import { useViewer } from "../viewer";
import { moment } from "../words";

const join = `mutation Join($input: JoinNetworkInput!) {
  joinNetwork(input: $input) { member { membership evidence school { name } } userErrors { code message field } }
}`;
const find = `query FindSchool($text: String!) {
  schools(filter: { text: $text, statuses: [OPEN, OPEN_PROPOSED_TO_CLOSE] }, first: 8) { nodes { id urn name address { town postcode } } }
}`;

export function Join() {
  const { query: asked } = usePlace();
  const { member, known, again } = useViewer();
  const { busy, failure, errors, act } = useAction();
  const keyed = useKeyed();
  const [said, setSaid] = useState("");
  const urn = asked.get("urn") ?? "";
  if (!known) return <Title name="Join">Join through your school</Title>;
  if (!member) {
    return (
      <>
        <Title name="Join">Join through your school</Title>
        <p>Joining is free for every school. Sign in first, then choose your school.</p>
        <a class="button primary" data-server href={signInHere()}>
          Sign in
        </a>
      </>
    );
  }
  const send = (form: HTMLFormElement) =>
    act(async () => {
      const { joinNetwork: done } = await keyed(values(form), (input) => run<{ joinNetwork: { member: Member | null; userErrors: UserError[] } }>(join, { input }));
      if (done.member) {
        setSaid(
          done.member.membership === "ACTIVE"
            ? `Welcome! You are a member of ${done.member.school?.name ?? "your school"}.`
            : `Your request is on its way. ${done.member.evidence ?? ""} Somebody of the school or of the network will decide.`,
        );
        again();
      }
      return done.userErrors;
    });
  return (
    <>
      <Title name="Join">Join through your school</Title>
      <Said text={said} />
      <FindSchool />
      <form
        class="form"
        key={urn}
        onSubmit={(e) => {
          e.preventDefault();
          void send(e.currentTarget);
        }}
      >
        <FormProblems failure={failure} errors={errors} fields={["urn", "jobTitle", "message"]} />
        <Field label="URN of your school" hint="Six digits. Search above if you do not know it." name="urn" errors={errors}>
          {(p) => <input {...p} required inputMode="numeric" pattern="\d{6}" defaultValue={urn} />}
        </Field>
        <Field label="Your job" name="jobTitle" errors={errors}>
          {(p) => <input {...p} {...atMost(120)} />}
        </Field>
        <Field label="A message for those who decide" hint="If your e-mail address is not on the school’s own domain." name="message" errors={errors}>
          {(p) => <textarea {...p} rows={3} {...atMost(1000)} />}
        </Field>
        <button class="primary" aria-disabled={busy}>
          Join
        </button>
      </form>
    </>
  );
}

function FindSchool() {
  const [text, setText] = useState("");
  return (
    <section aria-labelledby="find" class="panel">
      <h2 id="find">Find your school</h2>
      <form
        role="search"
        class="row"
        onSubmit={(e) => {
          e.preventDefault();
          setText(values(e.currentTarget)["text"] ?? "");
        }}
      >
        <Field label="Name of the school" name="text" errors={[]}>
          {(p) => <input {...p} type="search" {...atMost(200)} />}
        </Field>
        <button>Search</button>
      </form>
      {text && <Found text={text} />}
    </section>
  );
}

function Found({ text }: { text: string }) {
  const { data } = useQuery<{ schools: Connection<School> }>(find, { text });
  return (
    <ul aria-live="polite" class="found">
      {data?.schools.nodes.length === 0 && <li>No open school of the register is called that.</li>}
      {data?.schools.nodes.map((s) => (
        <li key={s.id}>
          <button aria-label={`Choose ${s.name}`} onClick={() => go(`/join?urn=${s.urn}`)}>
            Choose
          </button>
          <span>
            {s.name} <span class="hint">{[s.address.town, s.address.postcode, `URN ${s.urn}`].filter(Boolean).join(" · ")}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

const requests = `query JoinRequests($after: String) {
  joinRequests(first: 20, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id version name email jobTitle evidence requestedAt school { urn name } } }
}`;
const decide = `mutation Decide($input: DecideJoinRequestInput!) {
  decideJoinRequest(input: $input) { member { id membership } userErrors { code message field } }
}`;

type Request = Member & { version: number; requestedAt: string | null };

export function JoinRequests() {
  return (
    <>
      <Title name="Requests to join">Requests to join</Title>
      <LongList query={requests} variables={{}} pick={(d: { joinRequests: Connection<Request> | null }) => d.joinRequests} none="Nobody is waiting." item={(m: Request) => <RequestCard member={m} />} />
    </>
  );
}

function RequestCard({ member: m }: { member: Request }) {
  const { busy, failure, errors, act } = useAction();
  const [done, setDone] = useState("");
  const answer = (accept: boolean) =>
    act(async () => {
      const data = await run<{ decideJoinRequest: { userErrors: UserError[] } }>(decide, { input: { memberId: m.id, version: m.version, accept } });
      if (data.decideJoinRequest.userErrors.length === 0) setDone(accept ? "Let in." : "Declined.");
      return data.decideJoinRequest.userErrors;
    });
  return (
    <article class="card">
      <h2>{m.name}</h2>
      <p>
        {[m.jobTitle, m.school?.name, m.email, m.requestedAt && moment(m.requestedAt)].filter(Boolean).join(" · ")}
      </p>
      <p>{m.evidence}</p>
      <FormProblems failure={failure} errors={errors} fields={[]} />
      <Said text={done} />
      {!done && (
        <div class="row">
          <button class="primary" aria-disabled={busy} aria-label={`Let in ${m.name}`} onClick={() => void answer(true)}>
            Let in
          </button>
          <button aria-disabled={busy} aria-label={`Decline ${m.name}`} onClick={() => void answer(false)}>
            Decline
          </button>
        </div>
      )}
    </article>
  );
}
