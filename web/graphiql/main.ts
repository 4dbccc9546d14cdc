import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createClient } from "graphql-ws";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import "./page.css";

const welcome = `# This is the API of this network: everything here runs against the server that served the page.
# Sign in on the home page first, and you are signed in here, too.
#
# Press the button with the triangle (or Ctrl+Enter). Ctrl+Space completes what you type.

{
  viewer { name school { name } }
  boroughs {
    name
    leadSchools(first: 3) {
      nodes { phases from school { name urn } }
    }
  }
}
`;

const socket = new URL("/graphql", location.href);
socket.protocol = socket.protocol.replace("http", "ws");

const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  headers: { "Staffroom-Client": "graphiql" },
  wsClient: createClient({ url: socket.href, lazy: true }),
});

const page = document.getElementById("graphiql");
if (page) {
  createRoot(page).render(createElement(GraphiQL, { fetcher, defaultQuery: welcome, shouldPersistHeaders: false }));
}
