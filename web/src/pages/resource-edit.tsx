import { useState } from "preact/hooks";
import { run, upload, type UserError } from "../api";
import { go } from "../router";
import type { Resource, ResourceFile, UploadRules } from "../types";
import { atMost, Choice, Field, FormProblems, Problem, Said, Title, useAction, useKeyed, useQuery, values, Waiting } from "../ui";
import { useActive } from "../viewer";
import { kinds, licences, phases, size, visibilities } from "../words";
import { useTopics } from "./resources";

const create = `mutation Create($input: CreateResourceInput!) {
  createResource(input: $input) { resource { id } userErrors { code message field } }
}`;
const update = `mutation Update($input: UpdateResourceInput!) {
  updateResource(input: $input) { resource { id version } userErrors { code message field } }
}`;
const attach = `mutation Attach($input: AttachFileInput!) {
  attachFile(input: $input) { resource { version files { id name size contentType url licence } } userErrors { code message field } }
}`;
const remove = `mutation Remove($input: RemoveFileInput!) {
  removeFile(input: $input) { resource { version files { id name size contentType url licence } } userErrors { code message field } }
}`;
const query = `query EditResource($id: ID!) {
  uploadRules { maxBytes maxFiles kinds { name endings } }
  resource(id: $id) { id version title summary body kind licence visibility phases status viewerCanEdit topics { id name } files { id name size contentType url licence } }
}`;

const fields = ["title", "summary", "body", "kind", "topics", "phases", "licence", "visibility"];

/** What the form holds, as the API takes it. */
function input(form: HTMLFormElement) {
  const { title, summary, body, kind, licence, visibility } = values(form);
  const many = (name: string) => new FormData(form).getAll(name).filter((v) => v !== "");
  return { title, summary, body, kind, licence, visibility, topics: many("topics"), phases: many("phases") };
}

export function NewResource() {
  const active = useActive();
  const { busy, failure, errors, act } = useAction();
  const keyed = useKeyed();
  if (!active) return <Title name="Share a resource">Join the network to share a resource</Title>;
  const save = (form: HTMLFormElement) =>
    act(async () => {
      const { createResource: made } = await keyed(input(form), (input) =>
        run<{ createResource: { resource: { id: string } | null; userErrors: UserError[] } }>(create, { input }),
      );
      if (made.resource) go(`/resources/${made.resource.id}/edit`);
      return made.userErrors;
    });
  return (
    <>
      <Title name="Share a resource">Share a resource</Title>
      <p>It begins as a draft. You add files and publish it in the next steps. No pupil’s name or picture belongs in it.</p>
      <FormProblems failure={failure} errors={errors} fields={fields} />
      <ResourceForm errors={errors} busy={busy} button="Save the draft" save={save} />
    </>
  );
}

export function EditResource({ id }: { id: string }) {
  const { data, failure, again } = useQuery<{ resource: Resource | null; uploadRules: UploadRules }>(query, { id });
  if (failure) return <Problem failure={failure} again={again} />;
  if (!data) return <Waiting />;
  if (!data.resource?.viewerCanEdit) return <Title name="Not found">There is no such resource, or it is not yours to edit</Title>;
  return <Editor resource={data.resource} rules={data.uploadRules} />;
}

function Editor({ resource, rules }: { resource: Resource; rules: UploadRules }) {
  const [version, setVersion] = useState(resource.version);
  const { busy, failure, errors, act } = useAction();
  const save = (form: HTMLFormElement) =>
    act(async () => {
      const change = { id: resource.id, version, ...input(form) };
      const { updateResource: done } = await run<{ updateResource: { resource: { id: string; version: number } | null; userErrors: UserError[] } }>(update, { input: change });
      if (done.userErrors.length === 0) go(`/resources/${resource.id}`);
      return done.userErrors;
    });
  return (
    <>
      <Title name={`Edit ${resource.title}`}>Edit “{resource.title}”</Title>
      <Attachments resource={resource} rules={rules} changed={setVersion} />
      <FormProblems failure={failure} errors={errors} fields={fields} />
      <ResourceForm resource={resource} errors={errors} busy={busy} button="Save" save={save} />
    </>
  );
}

function ResourceForm(props: { resource?: Resource; errors: UserError[]; busy: boolean; button: string; save: (form: HTMLFormElement) => void }) {
  const { resource: r, errors } = props;
  const { topics, failure, again } = useTopics();
  if (failure) return <Problem failure={failure} again={again} />;
  if (!topics) return <Waiting />; // a form without the topics would take all of them away
  return (
    <form
      class="form"
      onSubmit={(e) => {
        e.preventDefault();
        props.save(e.currentTarget);
      }}
    >
      <Field label="Title" name="title" errors={errors}>
        {(p) => <input {...p} required {...atMost(200)} defaultValue={r?.title ?? ""} />}
      </Field>
      <Field label="Summary" hint="What it is, and for whom, in a sentence or two." name="summary" errors={errors}>
        {(p) => <textarea {...p} rows={3} {...atMost(1000)} defaultValue={r?.summary ?? ""} />}
      </Field>
      <Field label="Text" hint="Markdown: # for headings, - for lists, **bold**." name="body" errors={errors}>
        {(p) => <textarea {...p} rows={14} {...atMost(100000)} defaultValue={r?.body ?? ""} />}
      </Field>
      <Field label="Kind" name="kind" errors={errors}>
        {(p) => <Choice {...p} words={kinds} value={r?.kind ?? "CASE_STUDY"} />}
      </Field>
      <Checks legend="Topics" name="topics" words={topics} chosen={r?.topics.map((t) => t.id) ?? []} errors={errors} />
      <Checks legend="Phases" name="phases" words={phases} chosen={r?.phases ?? []} errors={errors} />
      <Field label="Licence" hint="Under what terms others may use it." name="licence" errors={errors}>
        {(p) => <Choice {...p} words={licences} value={r?.licence ?? "CC_BY_4_0"} />}
      </Field>
      <Field label="Who may read it once it is published" name="visibility" errors={errors}>
        {(p) => <Choice {...p} words={visibilities} value={r?.visibility ?? "PUBLIC"} />}
      </Field>
      <button class="primary" aria-disabled={props.busy}>
        {props.button}
      </button>
    </form>
  );
}

function Checks(props: { legend: string; name: string; words: Record<string, string>; chosen: string[]; errors: UserError[] }) {
  const errors = props.errors.filter((e) => e.field?.[0] === props.name);
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      {errors.map((e) => (
        <p key={e.message} class="error" role="alert">
          {e.message}
        </p>
      ))}
      <div class="checks">
        {Object.entries(props.words).map(([code, text]) => (
          <label key={code}>
            <input type="checkbox" name={props.name} value={code} defaultChecked={props.chosen.includes(code)} /> {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** What may be added, in words. */
const allowed = (rules: UploadRules) => `${rules.kinds.map((k) => k.name).join(", ")}; up to ${size(rules.maxBytes)} each, and ${rules.maxFiles} files.`;

interface Changed {
  resource: { version: number; files: ResourceFile[] } | null;
  userErrors: UserError[];
}

function Attachments({ resource, rules, changed }: { resource: Resource; rules: UploadRules; changed: (version: number) => void }) {
  const [files, setFiles] = useState(resource.files);
  const [share, setShare] = useState(0);
  const [said, setSaid] = useState("");
  const { busy, failure, errors, act } = useAction();
  const keyed = useKeyed();
  const take = (done: Changed, words: string) => {
    if (done.resource && done.userErrors.length === 0) {
      setFiles(done.resource.files);
      changed(done.resource.version);
      setSaid(words);
    }
    return done.userErrors;
  };
  const add = (file: File) =>
    act(async () => {
      setSaid("");
      setShare(0);
      if (file.size > rules.maxBytes) {
        const message = `${file.name} is too large: a file may have ${size(rules.maxBytes)}. Make it smaller, or share it in parts.`;
        return [{ code: "BAD_USER_INPUT", message, field: ["file"] }];
      }
      const { attachFile: done } = await keyed({ resourceId: resource.id }, (input) => upload<{ attachFile: Changed }>(attach, input, file, setShare), {
        resource: resource.id,
        file: [file.name, file.size, file.lastModified],
      });
      return take(done, `${file.name} was added.`);
    });
  const drop = (f: ResourceFile) => act(async () => take((await run<{ removeFile: Changed }>(remove, { input: { resourceId: resource.id, fileId: f.id } })).removeFile, `${f.name} was removed.`));
  return (
    <section aria-labelledby="files" class="panel">
      <h2 id="files">Files</h2>
      <ul class="files">
        {files.map((f) => (
          <li key={f.id}>
            {f.name} <span class="hint">{size(f.size)}</span>{" "}
            <button aria-disabled={busy} onClick={() => void drop(f)} aria-label={`Remove ${f.name}`}>
              Remove
            </button>
          </li>
        ))}
      </ul>
      <FormProblems failure={failure} errors={errors} fields={["file"]} />
      <Field label="Add a file" hint={allowed(rules)} name="file" errors={errors}>
        {(p) => (
          <input
            {...p}
            type="file"
            accept={rules.kinds.flatMap((k) => k.endings).join(",")}
            aria-disabled={busy}
            onChange={(e) => {
              const file = e.currentTarget.files?.[0];
              if (file) void add(file);
              e.currentTarget.value = "";
            }}
          />
        )}
      </Field>
      <p role="status" class={busy ? "waiting" : "silent"}>
        {busy && (share > 0 && share < 1 ? `Sending… ${Math.floor(share * 10) * 10} %` : "Working…")}
      </p>
      <Said text={said} />
    </section>
  );
}
