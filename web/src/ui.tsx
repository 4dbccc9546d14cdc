// What pages are made of: asking, waiting, failing, forms and lists.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Failure, run, type UserError } from "./api";
import { usePlace } from "./router";
import type { Connection } from "./types";

/** Asks the API when the page is shown, and again when the variables change. */
export function useQuery<T>(query: string, variables: object = {}) {
  const [state, setState] = useState<{ data?: T; failure?: Failure; waiting: boolean }>({ waiting: true });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify(variables);
  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, waiting: true }));
    run<T>(query, JSON.parse(key) as object, abort.signal)
      .then((data) => setState({ data, waiting: false }))
      .catch((failure: unknown) => {
        if (failure instanceof Failure) setState({ failure, waiting: false });
      });
    return () => abort.abort();
  }, [query, key, turn]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}

/** The page's one heading. It takes the focus on the way from page to page, so that people who hear the page hear where they are. */
export function Title({ children, name }: { children: ComponentChildren; name: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const place = usePlace();
  useEffect(() => {
    document.title = `${name} – Staffroom`;
    if (place.moved) heading.current?.focus({ preventScroll: true });
  }, [name, place]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

export function Waiting() {
  return (
    <p role="status" class="waiting">
      Loading…
    </p>
  );
}

/** What was done. It takes the focus, because what was clicked may be gone. */
export function Said({ text }: { text: string }) {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (text) line.current?.focus();
  }, [text]);
  return (
    <p ref={line} tabIndex={-1} class={text ? "notice" : "silent"}>
      {text}
    </p>
  );
}

export function Problem({ failure, again }: { failure: Failure; again?: () => void }) {
  const signIn = failure.code === "UNAUTHENTICATED";
  return (
    <div role="alert" class="problem">
      <p>{failure.message}</p>
      {signIn && (
        <p>
          <a data-server href={signInHere()}>
            Sign in
          </a>
        </p>
      )}
      {again && !signIn && <button onClick={again}>Try again</button>}
    </div>
  );
}

export const signInHere = () => `/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`;

/** A field of a form with its label, its hint and what is wrong with it. */
export function Field(props: { label: string; hint?: string; name: string; errors: UserError[]; children: (p: { id: string; name: string; "aria-describedby"?: string; "aria-invalid"?: true }) => JSX.Element }) {
  const id = useId();
  const errors = props.errors.filter((e) => e.field?.[0] === props.name);
  const notes = [props.hint ? `${id}-hint` : "", errors.length ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.hint && (
        <p id={`${id}-hint`} class="hint">
          {props.hint}
        </p>
      )}
      {errors.length > 0 && (
        <p id={`${id}-error`} class="error" role="alert">
          {errors.map((e) => e.message).join(" ")}
        </p>
      )}
      {props.children({ id, name: props.name, ...(notes && { "aria-describedby": notes }), ...(errors.length > 0 && { "aria-invalid": true as const }) })}
    </div>
  );
}

/** Lets a field take so many characters, counted as the server does: an emoji is one or a few, where maxLength counts two for each part
 * and cuts off what is pasted. */
export const atMost = (limit: number) => ({
  onInput: ({ currentTarget: field }: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => {
    const length = [...field.value.normalize("NFC")].length;
    const number = (n: number) => n.toLocaleString("en-GB");
    field.setCustomValidity(length > limit ? `This may have ${number(limit)} characters, and it has ${number(length)}.` : "");
  },
});

/** A choice of one of words; with "any", of none, too. What somebody chose stays when the page is drawn again. */
export function Choice(props: { id?: string; name: string; words: Record<string, string>; value?: string | undefined; any?: string }) {
  return (
    <select id={props.id} name={props.name}>
      {props.any !== undefined && <option value="">{props.any}</option>}
      {Object.entries(props.words).map(([code, text]) => (
        <option key={code} value={code} selected={code === props.value}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** Does something that may fail, once at a time, and says how it went. Buttons are aria-disabled while it is busy: a button that
 * is disabled loses the focus. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const working = useRef(false);
  const [failure, setFailure] = useState<Failure>();
  const [errors, setErrors] = useState<UserError[]>([]);
  async function act(work: () => Promise<UserError[] | void>) {
    if (working.current) return;
    working.current = true;
    setBusy(true);
    setFailure(undefined);
    try {
      setErrors((await work()) ?? []);
    } catch (e) {
      if (!(e instanceof Failure)) throw e;
      setFailure(e);
    } finally {
      working.current = false;
      setBusy(false);
    }
  }
  return { busy, failure, errors, act };
}

/** Some key that nobody else has. randomUUID is for secure addresses only. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Asks for something to be made, with a key that stays the same until there is an answer: asked again after a lost one, nothing is made
 * twice. Something else, which is another text than `what`, has another key. */
export function useKeyed() {
  const last = useRef({ what: "", key: "" });
  return async <T,>(input: object, ask: (input: object) => Promise<T>, what: object = input): Promise<T> => {
    const text = JSON.stringify(what);
    if (last.current.what !== text) last.current = { what: text, key: newKey() };
    const answer = await ask({ ...input, idempotencyKey: last.current.key });
    last.current = { what: "", key: "" };
    return answer;
  };
}

/** The errors that belong to no field on the page, and a failure of the whole. */
export function FormProblems({ failure, errors, fields }: { failure: Failure | undefined; errors: UserError[]; fields: string[] }) {
  const others = errors.filter((e) => !fields.includes(e.field?.[0] ?? ""));
  return (
    <>
      {failure && <Problem failure={failure} />}
      {others.map((e) => (
        <p key={e.message} role="alert" class="error">
          {e.message}
        </p>
      ))}
    </>
  );
}

/** A list that can be made longer. The query takes $after, and pick finds the connection in its data. */
export function LongList<T extends { id: string }>(props: { query: string; variables: object; pick: (data: never) => Connection<T> | null; none: string; item: (node: T) => JSX.Element }) {
  const [pages, setPages] = useState<Connection<T>[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const [waiting, setWaiting] = useState(true);
  const list = useRef<HTMLUListElement>(null);
  const key = JSON.stringify(props.variables);
  async function more(after: string | null, before: Connection<T>[], signal?: AbortSignal) {
    setWaiting(true);
    setFailure(undefined);
    try {
      const page = props.pick((await run(props.query, { ...(JSON.parse(key) as object), after }, signal)) as never);
      setPages(page ? [...before, page] : before);
      setWaiting(false);
    } catch (e) {
      if (e instanceof Failure) {
        setFailure(e);
        setWaiting(false);
      }
    }
  }
  useEffect(() => {
    const abort = new AbortController();
    setPages([]);
    void more(null, [], abort.signal);
    return () => abort.abort();
  }, [key, props.query]);
  useEffect(() => {
    // "Show more" may be gone now: the focus goes on to the first of what it showed.
    if (pages.length > 1) list.current?.children[pages.slice(0, -1).reduce((n, page) => n + page.nodes.length, 0)]?.querySelector("a")?.focus();
  }, [pages]);
  const last = pages.at(-1);
  const total = pages[0]?.totalCount;
  const nodes = pages.flatMap((page) => page.nodes);
  return (
    <div aria-busy={waiting}>
      <p role="status" class="count">
        {waiting ? "Loading…" : total !== undefined && total > 0 ? `${total.toLocaleString("en-GB")} found, ${nodes.length} shown` : ""}
      </p>
      {failure && <Problem failure={failure} again={() => void more(last?.pageInfo.endCursor ?? null, pages)} />}
      {!waiting && !failure && nodes.length === 0 && <p>{props.none}</p>}
      <ul class="cards" ref={list}>
        {nodes.map((node) => (
          <li key={node.id}>{props.item(node)}</li>
        ))}
      </ul>
      {last?.pageInfo.hasNextPage && (
        <button aria-disabled={waiting} onClick={() => waiting || void more(last.pageInfo.endCursor, pages)}>
          Show more
        </button>
      )}
    </div>
  );
}

/** Rich text that the server made safe. */
export function RichText({ html }: { html: string }) {
  return <div class="rich" dangerouslySetInnerHTML={{ __html: html }} />;
}

export const values = (form: HTMLFormElement) => Object.fromEntries(new FormData(form).entries()) as Record<string, string>;
