// Runs the shell blocks of Markdown files in order, in one shell's environment and folder, and compares what they print with the block
// that follows: JSON by value, where "…" stands for anything; text by its lines, where … stands for any characters. GraphQL that is followed by
// JSON is sent to the server, with the token that the shell has.
// Blocks after the comment <!-- not run --> are left out, and those after <!-- file: NAME --> are written into the folder, for the commands.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const fence = /(<!-- not run -->\s*)?(?:<!-- file: (\S+) -->\s*)?^```(\w+)\n([\s\S]*?)^```$/gm;

function blocks(file) {
  return [...readFileSync(file, "utf8").matchAll(fence)].map(([, skip, name, kind, text]) => ({ skip: Boolean(skip), name, kind, text }));
}

/** Runs a block; variables that it sets are there for the next ones. */
function run(text, env) {
  const script = `set -euo pipefail\n${text}\necho\nprintf '\\0'\nenv -0`;
  const done = spawnSync("bash", ["-ac", script], { env, encoding: "utf8", timeout: 120_000 });
  const [printed, ...variables] = (done.stdout ?? "").split("\0");
  if (done.status !== 0) return { failed: done.stderr || String(done.error), env, printed };
  const after = Object.fromEntries(variables.filter(Boolean).map((v) => [v.slice(0, v.indexOf("=")), v.slice(v.indexOf("=") + 1)]));
  return { env: after, printed: printed.trim() };
}

async function ask(query, env) {
  const headers = { "Content-Type": "application/json", ...(env.TOKEN && { Authorization: `Bearer ${env.TOKEN}` }) };
  const answer = await fetch(`${env.STAFFROOM ?? "http://localhost:8080"}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return answer.text();
}

function sameJSON(want, got) {
  if (want === "…") return true;
  if (Array.isArray(want)) return Array.isArray(got) && want.length === got.length && want.every((w, i) => sameJSON(w, got[i]));
  if (want && typeof want === "object") {
    const keys = Object.keys(want);
    return got && typeof got === "object" && keys.length === Object.keys(got).length && keys.every((k) => k in got && sameJSON(want[k], got[k]));
  }
  if (typeof want === "string" && want.includes("…")) return typeof got === "string" && sameText(want, got);
  return want === got;
}

function sameText(want, got) {
  const escaped = want.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/…/g, "[\\s\\S]*?");
  return new RegExp(`^${escaped}$`).test(got.trim());
}

function same(expected, printed) {
  if (expected.kind !== "json") return sameText(expected.text, printed);
  try {
    return sameJSON(JSON.parse(expected.text), JSON.parse(printed));
  } catch {
    return false;
  }
}

let env = process.env;
let passed = 0;
for (const file of process.argv.slice(2)) {
  const all = blocks(file);
  for (let i = 0; i < all.length; i++) {
    const block = all[i];
    if (block.name) writeFileSync(block.name, block.text);
    const expected = ["json", "text"].includes(all[i + 1]?.kind) ? all[i + 1] : undefined;
    const asks = block.kind === "graphql" && expected?.kind === "json";
    if (block.skip || (block.kind !== "sh" && !asks)) continue;
    const done = asks ? { env, printed: await ask(block.text, env) } : run(block.text, env);
    env = done.env;
    if (done.failed || (expected && !same(expected, done.printed))) {
      console.error(`${file}: this command does not do what the page says:\n${block.text}\nIt printed:\n${done.printed}\n${done.failed ?? ""}`);
      console.error(expected ? `The page says:\n${expected.text}` : "");
      process.exit(1);
    }
    passed++;
  }
}
if (passed === 0) {
  console.error("No command was found to try.");
  process.exit(1);
}
console.log(`${passed} commands and operations tried, all do what the pages say.`);
