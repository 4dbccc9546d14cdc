// Who uses the page: a visitor, or a member.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Member } from "./types";
import { useQuery } from "./ui";

const query = `query Viewer { viewer { id name membership roles school { id urn name } } }`;

interface Viewing {
  member: Member | null;
  /** Whether the server has said yet who it is. */
  known: boolean;
  again: () => void;
}

const ViewerContext = createContext<Viewing>({ member: null, known: false, again: () => {} });

export const useViewer = () => useContext(ViewerContext);

/** Whether the viewer is a member of a school, or of the network's team. */
export const useActive = () => useViewer().member?.membership === "ACTIVE";

export function Viewer({ children }: { children: ComponentChildren }) {
  const { data, waiting, failure, again } = useQuery<{ viewer: Member | null }>(query);
  const value = { member: data?.viewer ?? null, known: !waiting || failure !== undefined, again };
  return <ViewerContext.Provider value={value}>{children}</ViewerContext.Provider>;
}
