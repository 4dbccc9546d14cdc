// Addresses of pages: the address bar is the state, links are links, and Back goes back.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

export interface Place {
  path: string;
  query: URLSearchParams;
  /** Whether the client itself came here, and so has to take the focus along; the browser does that for a page it loads. */
  moved: boolean;
}

const here = (moved: boolean): Place => ({ path: location.pathname, query: new URLSearchParams(location.search), moved });
const PlaceContext = createContext<Place>(here(false));

/** The page that the address bar names. */
export const usePlace = () => useContext(PlaceContext);

/** Goes to a page of the client. */
export function go(href: string) {
  history.pushState(null, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}

export function Router({ children }: { children: ComponentChildren }) {
  const [place, setPlace] = useState(() => here(false));
  useEffect(() => {
    let page = location.pathname + location.search;
    const moved = () => {
      const before = page;
      page = location.pathname + location.search;
      if (location.hash && page === before) return; // the browser goes to a footnote by itself
      setPlace(here(true));
      document.getElementById("main")?.focus({ preventScroll: true }); // until the page's heading takes it
      scrollTo(0, 0);
    };
    addEventListener("popstate", moved);
    addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener("click", follow);
    };
  }, []);
  return <PlaceContext.Provider value={place}>{children}</PlaceContext.Provider>;
}

/** Follows a click on a link to a page of the client without loading it anew. */
function follow(event: MouseEvent) {
  const link = (event.target as Element | null)?.closest("a");
  if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download") || link.dataset["server"] !== undefined) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
