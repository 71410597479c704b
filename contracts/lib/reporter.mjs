//! Reports tests of Node's runner in the words of `cargo test`, so that `cargo xtask test` can sum up both.

import { basename } from "node:path";

/** What the runner says of tests that a pattern leaves out. */
const LEFT_OUT = /does not match/;

/** What it says at the end. */
const SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

export default async function* report(events) {
  const tally = { ok: 0, FAILED: 0, ignored: 0 };
  const path = [];
  for await (const { type, data } of events) {
    if (type === "test:start") path.splice(data.nesting, Infinity, data.name);
    if (type === "test:diagnostic" && !SUMMARY.test(data.message)) yield `    ${data.message}\n`;
    if (type === "test:stderr" || type === "test:stdout") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const failed = type === "test:fail";
    // A suite passes and fails with its tests; it counts only if it fails by itself.
    if (data.details.type === "suite" && !(failed && data.details.error?.failureType === "hookFailed")) continue;
    if (typeof data.skip === "string" && LEFT_OUT.test(data.skip)) continue;
    const outcome = failed ? "FAILED" : data.skip === undefined ? "ok" : "ignored";
    tally[outcome] += 1;
    const reason = typeof data.skip === "string" ? `, ${data.skip}` : "";
    yield `test ${name(data, path)} ... ${outcome}${reason}\n`;
    if (failed) yield `${text(data.details.error)}\n`;
  }
  const result = tally.FAILED > 0 ? "FAILED" : "ok";
  const counts = `${tally.ok} passed; ${tally.FAILED} failed; ${tally.ignored} ignored; 0 measured; 0 filtered out`;
  yield `\ntest result: ${result}. ${counts}\n\n`;
}

function name({ nesting, name, file }, path) {
  const names = [...path.slice(0, nesting), name];
  return [...(file ? [`contracts/${basename(file, ".test.mjs")}`] : []), ...names].join(": ");
}

function text(error) {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause).replace(/^/gm, "    ");
}
