// How the client talks to the server: GraphQL over fetch, and uploads as multipart.

export interface UserError {
  code: string;
  message: string;
  field: string[] | null;
}

export interface ApiError {
  message: string;
  extensions?: { code?: string; requestId?: string };
}

/** Failure is what went wrong with a request, in words for people. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

const headers = { Accept: "application/graphql-response+json", "Staffroom-Client": "web" };

async function read<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as { data?: T | null; errors?: ApiError[] } | null;
  const error = body?.errors?.[0];
  if (error) throw new Failure(error.message, error.extensions?.code ?? "INTERNAL");
  if (!body?.data) throw new Failure(`The server answered ${response.status} without data. Try again in a moment.`, "INTERNAL");
  return body.data;
}

async function send(init: RequestInit): Promise<Response> {
  try {
    return await fetch("/graphql", init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Failure("The server cannot be reached. Is this device online?", "OFFLINE");
  }
}

/** Runs an operation and gives its data; throws a Failure otherwise. */
export async function run<T>(query: string, variables: object = {}, signal?: AbortSignal): Promise<T> {
  const body = JSON.stringify({ query, variables });
  return read(await send({ method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body, signal: signal ?? null }));
}

/** Runs a mutation with one file in it, which the variables leave out: variables.input.file. Tells how far it is, from 0 to 1. */
export async function upload<T>(query: string, input: object, file: File, progress: (share: number) => void): Promise<T> {
  const form = new FormData();
  form.append("operations", JSON.stringify({ query, variables: { input: { ...input, file: null } } }));
  form.append("map", JSON.stringify({ 0: ["variables.input.file"] }));
  form.append("0", file);
  return read(await sendForm(form, progress));
}

/** Sends a form by XMLHttpRequest, as fetch does not tell how far it is. */
function sendForm(form: FormData, progress: (share: number) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/graphql");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("load", () => resolve(new Response(request.responseText, { status: request.status })));
    request.addEventListener("error", () => reject(new Failure("The file did not get through. Is this device online? Try again, or choose a smaller file.", "OFFLINE")));
    request.send(form);
  });
}
