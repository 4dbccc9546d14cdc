// Addresses of pages: the address bar is the state, links are links, and Back goes back.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const PlaceContext = createContext<Place>(here());

/** The page that the address bar names. */
export const usePlace = () => useContext(PlaceContext);

/** Goes to a page of the client. */
export function go(href: string) {
  history.pushState(null, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}

export function Router({ children }: { children: ComponentChildren }) {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const moved = () => {
      setPlace(here());
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
