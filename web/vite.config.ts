import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

// Two pages: the web client, in Preact because it must be small, and GraphiQL, which brings React along.
export default defineConfig({
  logLevel: "warn",
  plugins: [preact({ include: ["src/**/*.tsx"], reactAliasesEnabled: false, devToolsEnabled: false })],
  build: {
    emptyOutDir: false, // dist/placeholder.html is committed
    rolldownOptions: {
      input: { client: "index.html", graphiql: "graphiql/index.html" },
      onLog: (level, log, say) => log.code === "MODULE_LEVEL_DIRECTIVE" || say(level, log), // a note of React's compiler to itself
    },
    assetsInlineLimit: 0, // our Content-Security-Policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2500,
  },
  server: {
    proxy: Object.fromEntries(
      ["/graphql", "/sign-in", "/sign-out", "/idp", "/files"].map((path) => [path, { target: "http://localhost:8080", ws: true }]),
    ),
  },
});
