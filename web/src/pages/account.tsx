import { useState } from "preact/hooks";
import { run, type UserError } from "../api";
import type { Member } from "../types";
import { atMost, Field, FormProblems, Problem, Said, Title, useAction, useQuery, values, Waiting } from "../ui";
import { useViewer } from "../viewer";
import { moment } from "../words";

const query = `query Account {
  viewer { id version name jobTitle about email membership school { urn name } }
  sessions { id browser createdAt lastSeenAt current }
}`;

interface Session {
  id: string;
  browser: string;
  createdAt: string;
  lastSeenAt: string;
  current: boolean;
}

type Me = Member & { version: number; about: string | null };

interface Data {
  viewer: Me | null;
  sessions: Session[] | null;
}

export function AccountPage() {
  const { data, failure, again } = useQuery<Data>(query);
  if (failure) return <Problem failure={failure} again={again} />;
  if (!data) return <Waiting />;
  if (!data.viewer) return <Title name="Account">Sign in to see your account</Title>;
  return (
    <>
      <Title name="Account">Your account</Title>
      <Profile key={data.viewer.version} me={data.viewer} again={again} />
      <Membership me={data.viewer} again={again} />
      <Sessions sessions={data.sessions ?? []} again={again} />
    </>
  );
}

const update = `mutation UpdateProfile($input: UpdateProfileInput!) {
  updateProfile(input: $input) { member { id } userErrors { code message field } }
}`;

function Profile({ me, again }: { me: Me; again: () => void }) {
  const { busy, failure, errors, act } = useAction();
  const viewer = useViewer();
  const save = (form: HTMLFormElement) =>
    act(async () => {
      const data = await run<{ updateProfile: { userErrors: UserError[] } }>(update, { input: { version: me.version, ...values(form) } });
      if (data.updateProfile.userErrors.length === 0) {
        again();
        viewer.again();
      }
      return data.updateProfile.userErrors;
    });
  return (
    <section aria-labelledby="profile">
      <h2 id="profile">Profile</h2>
      <p class="hint">Members see it. Your e-mail address, {me.email ?? "which is not known"}, is seen by those who decide about joining.</p>
      <form
        class="form"
        onSubmit={(e) => {
          e.preventDefault();
          if (!busy) void save(e.currentTarget);
        }}
      >
        <FormProblems failure={failure} errors={errors} fields={["name", "jobTitle", "about"]} />
        <Field label="Name" name="name" errors={errors}>
          {(p) => <input {...p} required {...atMost(120)} autocomplete="name" defaultValue={me.name} />}
        </Field>
        <Field label="Job" name="jobTitle" errors={errors}>
          {(p) => <input {...p} {...atMost(120)} autocomplete="organization-title" defaultValue={me.jobTitle ?? ""} />}
        </Field>
        <Field label="About you" hint="What others may ask you about. Markdown works here." name="about" errors={errors}>
          {(p) => <textarea {...p} rows={4} defaultValue={me.about ?? ""} />}
        </Field>
        <button class="primary" aria-disabled={busy}>
          Save
        </button>
      </form>
    </section>
  );
}

const leave = `mutation Leave($input: EndMembershipInput!) {
  endMembership(input: $input) { member { id } userErrors { code message field } }
}`;

function Membership({ me, again }: { me: Me; again: () => void }) {
  const { busy, failure, errors, act } = useAction();
  const [sure, setSure] = useState(false);
  const [said, setSaid] = useState("");
  const viewer = useViewer();
  const end = () =>
    act(async () => {
      const data = await run<{ endMembership: { userErrors: UserError[] } }>(leave, { input: { memberId: me.id } });
      if (data.endMembership.userErrors.length === 0) {
        setSaid("You have left. What you shared stays with the school.");
        again();
        viewer.again();
      }
      return data.endMembership.userErrors;
    });
  return (
    <section aria-labelledby="membership">
      <h2 id="membership">School</h2>
      <Said text={said} />
      <FormProblems failure={failure} errors={errors} fields={[]} />
      {me.membership === "ACTIVE" && me.school ? (
        <>
          <p>
            You are a member of <a href={`/schools/${me.school.urn}`}>{me.school.name}</a>.
          </p>
          {sure ? (
            <div class="row">
              <button aria-disabled={busy} onClick={() => void end()}>
                Yes, leave {me.school.name}
              </button>
              <button onClick={() => setSure(false)}>Stay</button>
            </div>
          ) : (
            <button onClick={() => setSure(true)}>Leave the school…</button>
          )}
        </>
      ) : (
        <p>{me.membership === "ACTIVE" ? "You belong to the network’s own team." : <a href="/join">Join through your school</a>}</p>
      )}
    </section>
  );
}

const endSession = `mutation EndSession($input: EndSessionInput!) {
  endSession(input: $input) { id userErrors { code message field } }
}`;

function Sessions({ sessions, again }: { sessions: Session[]; again: () => void }) {
  const { busy, failure, errors, act } = useAction();
  const [said, setSaid] = useState("");
  const end = (session: Session) =>
    act(async () => {
      const data = await run<{ endSession: { userErrors: UserError[] } }>(endSession, { input: { id: session.id } });
      if (data.endSession.userErrors.length === 0) {
        setSaid("That browser is signed out.");
        again();
      }
      return data.endSession.userErrors;
    });
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      <Said text={said} />
      <FormProblems failure={failure} errors={errors} fields={[]} />
      <ul class="cards">
        {sessions.map((s) => (
          <li key={s.id}>
            <div class="card">
              <p>{s.current ? "This browser" : s.browser}</p>
              <p class="hint">
                since {moment(s.createdAt)}, last used {moment(s.lastSeenAt)}
              </p>
              {!s.current && (
                <button aria-disabled={busy} aria-label={`Sign out ${s.browser}, used since ${moment(s.createdAt)}`} onClick={() => void end(s)}>
                  Sign out
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
