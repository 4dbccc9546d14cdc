import { usePlace } from "../router";
import type { Resource, School, Thread } from "../types";
import { Problem, Title, Waiting, useQuery } from "../ui";
import { kinds, list, phases, word } from "../words";
import { SearchForm } from "./home";

const query = `query Search($query: String!, $types: [SearchType!], $after: String) {
  search(query: $query, types: $types, first: 20, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    facets { name values { value label count } }
    edges {
      highlights { field fragment }
      node {
        __typename
        ... on School { id urn name typeName phase authority { name } }
        ... on Resource { id title summary kind phases school { name } }
        ... on Thread { id title lastActivityAt space { name } }
      }
    }
  }
}`;

interface Highlight {
  field: string;
  fragment: string;
}

interface Data {
  search: {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
    facets: { name: string; values: { value: string; label: string | null; count: number }[] }[];
    edges: { highlights: Highlight[]; node: School | Resource | Thread }[];
  };
}

const types: Record<string, string> = { SCHOOL: "Schools", RESOURCE: "Resources", THREAD: "Discussions" };

export function Search() {
  const { query: asked } = usePlace();
  const words = asked.get("q") ?? "";
  const type = asked.get("type");
  const after = asked.get("after");
  const { data, failure, again } = useQuery<Data>(query, { query: words, types: type ? [type] : undefined, after });
  const href = (change: Record<string, string>) => `/search?${new URLSearchParams({ q: words, ...(type && { type }), ...change })}`;
  return (
    <>
      <Title name={`Search: ${words}`}>Search</Title>
      <SearchForm key={words} query={words} />
      {failure && <Problem failure={failure} again={again} />}
      {!data && !failure && <Waiting />}
      {data && (
        <>
          <p role="status" class="count">
            {data.search.totalCount.toLocaleString("en-GB")} found
          </p>
          <nav aria-label="Types of results">
            <ul class="row">
              {type && (
                <li>
                  <a href={`/search?${new URLSearchParams({ q: words })}`}>All</a>
                </li>
              )}
              {data.search.facets
                .find((f) => f.name === "TYPE")
                ?.values.map((v) => (
                  <li key={v.value}>
                    <a href={href({ type: v.value })} aria-current={type === v.value ? "page" : undefined}>
                      {v.label ?? word(types, v.value)} ({v.count})
                    </a>
                  </li>
                ))}
            </ul>
          </nav>
          <ul class="cards">
            {data.search.edges.map((edge) => (
              <li key={edge.node.id}>
                <article class="card">
                  <Hit node={edge.node} />
                  <Why highlights={edge.highlights} />
                </article>
              </li>
            ))}
          </ul>
          {data.search.pageInfo.hasNextPage && data.search.pageInfo.endCursor && <a href={href({ after: data.search.pageInfo.endCursor })}>Next page</a>}
        </>
      )}
    </>
  );
}

/** Where the words were found, if the heading does not show it. */
function Why({ highlights }: { highlights: Highlight[] }) {
  const found = highlights.find((h) => h.field !== "title" && h.field !== "name");
  return found ? <p dangerouslySetInnerHTML={{ __html: found.fragment }} /> : null;
}

function Hit({ node }: { node: School | Resource | Thread }) {
  if (node.__typename === "School") {
    return (
      <>
        <h2>
          <a href={`/schools/${node.urn}`}>{node.name}</a>
        </h2>
        <p class="hint">{[node.typeName, word(phases, node.phase), node.authority?.name].filter(Boolean).join(" · ")}</p>
      </>
    );
  }
  if (node.__typename === "Resource") {
    return (
      <>
        <h2>
          <a href={`/resources/${node.id}`}>{node.title}</a>
        </h2>
        <p class="hint">{[word(kinds, node.kind), list(phases, node.phases), node.school?.name].filter(Boolean).join(" · ")}</p>
      </>
    );
  }
  const thread = node as Thread;
  return (
    <>
      <h2>
        <a href={`/threads/${thread.id}`}>{thread.title}</a>
      </h2>
      <p class="hint">Discussion · {thread.space.name}</p>
    </>
  );
}
