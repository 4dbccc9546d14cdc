// How the client hears what happens: server-sent events, from a connection that is made again whenever it ends.

/** How long to wait before a connection that ended is made again, in milliseconds: at first, and at most. */
const shortest = 1000;
const longest = 30_000;
/** How long a connection that was a good one lasts, in milliseconds. */
const good = 30_000;
/** How long a connection may be silent, in milliseconds: then another is made, as nobody tells when the network has lost it. */
const silence = 120_000;

/**
 * Listens to a subscription until the returned function is called. However a connection ends (the network or the server is gone, the
 * server refuses it or ends it, or this page was too slow), another one is made, after a pause that grows. Each time that one is
 * there, `catchUp` gets what was missed; if it cannot, that counts as an end. While nobody sees the page there is no connection:
 * browsers have six for all pages of a server, and more pages would wait for one for ever.
 */
export function listen<T>(query: string, variables: object, hear: (data: T) => void, catchUp: () => Promise<void>): () => void {
  const url = new URL("/graphql", location.href);
  url.searchParams.set("query", query);
  url.searchParams.set("variables", JSON.stringify(variables));
  let source: EventSource | undefined;
  let timer: number | undefined;
  let pause = shortest;
  let since = 0;

  const connect = () => {
    end();
    if (document.hidden) return;
    since = Date.now();
    timer = setTimeout(connect, silence);
    const mine = (source = new EventSource(url));
    const lost = () => {
      if (source === mine) again();
    };
    mine.addEventListener("open", () => void catchUp().catch(lost));
    mine.addEventListener("next", (event) => {
      const { data } = JSON.parse((event as MessageEvent<string>).data) as { data?: T | null };
      if (!data) return lost(); // an error, which is the end
      pause = shortest;
      clearTimeout(timer);
      timer = setTimeout(connect, silence);
      hear(data);
    });
    mine.addEventListener("complete", lost);
    mine.addEventListener("error", lost);
  };
  const again = () => {
    end();
    if (Date.now() - since > good) pause = shortest;
    timer = setTimeout(connect, pause * (0.5 + Math.random())); // not all at once, when a server comes back
    pause = Math.min(2 * pause, longest);
  };
  const end = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const anew = () => {
    pause = shortest;
    connect();
  };
  addEventListener("online", anew);
  document.addEventListener("visibilitychange", anew);
  connect();
  return () => {
    removeEventListener("online", anew);
    document.removeEventListener("visibilitychange", anew);
    end();
  };
}
