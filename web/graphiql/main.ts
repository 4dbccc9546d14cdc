import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { getOperationAST, parse } from "graphql";
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

const byDocument = createGraphiQLFetcher({
  url: "/graphql",
  headers: { "Staffroom-Client": "graphiql" },
  wsClient: createClient({ url: socket.href, lazy: true }),
});

// GraphiQL hands over what it knew of the document a moment ago. Who types and runs quicker than that would have a subscription sent
// as a query, which the server must refuse, or ask for the operation that was there before: so the document is read as it is now.
const fetcher: Fetcher = (params, options) => {
  try {
    const documentAST = parse(params.query);
    const operation = getOperationAST(documentAST, params.operationName) ?? getOperationAST(documentAST);
    return byDocument({ ...params, operationName: operation?.name?.value ?? params.operationName }, { ...options, documentAST });
  } catch {
    return byDocument(params, options); // the server says what is wrong with the document
  }
};

const page = document.getElementById("graphiql");
if (page) {
  createRoot(page).render(createElement(GraphiQL, { fetcher, defaultQuery: welcome, shouldPersistHeaders: false }));
}
