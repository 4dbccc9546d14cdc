import preact from "@preact/preset-vite";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Lays the compressed forms of each file of the build beside it, as name.br and name.gz, where they are shorter by a tenth: the server sends them as they are. */
function compressed(): Plugin {
  const forms = {
    ".br": (text: Buffer) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
    ".gz": (text: Buffer) => gzipSync(text, { level: constants.Z_BEST_COMPRESSION }),
  };
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir }) {
      for (const name of readdirSync(dir!, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|html|svg|json|txt)$/.test(name)) continue;
        const text = readFileSync(join(dir!, name));
        for (const [suffix, form] of Object.entries(forms)) {
          const made = form(text);
          if (made.length < 0.9 * text.length) writeFileSync(join(dir!, name + suffix), made);
        }
      }
    },
  };
}

// Two pages: the web client, in Preact because it must be small, and GraphiQL, which brings React along.
export default defineConfig({
  logLevel: "warn",
  plugins: [preact({ include: ["src/**/*.tsx"], reactAliasesEnabled: false, devToolsEnabled: false }), compressed()],
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
