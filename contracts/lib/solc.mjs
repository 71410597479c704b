//! Compiles Solidity by npm's `solc`, the compiler as pure JavaScript, from the files in node_modules and here. No network.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** The folder `contracts/`. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each compiler is told. The optimiser's runs weigh the price of deploying once against that of every call. */
export const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 20_000 },
  metadata: { bytecodeHash: "ipfs", useLiteralContent: false },
  outputSelection: {
    "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata"] },
  },
};

const IMPORT = /^\s*import\s+(?:[^"';]*\s+from\s+)?["']([^"']+)["']/gm;

/**
 * The sources that `entries` need, by the name that the compiler knows them by.
 *
 * A name that begins with a package is looked up in node_modules, by way of `aliases`; any other is a path in this folder.
 */
export function gather(entries, aliases = {}) {
  const sources = {};
  const queue = [...entries];
  while (queue.length > 0) {
    const name = queue.pop();
    if (name in sources) continue;
    const content = readFileSync(locate(name, aliases), "utf8");
    sources[name] = { content };
    for (const [, imported] of content.matchAll(IMPORT)) {
      queue.push(imported.startsWith(".") ? posix.join(posix.dirname(name), imported) : imported);
    }
  }
  return Object.fromEntries(Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function locate(name, aliases) {
  const alias = Object.keys(aliases).find((prefix) => name.startsWith(`${prefix}/`));
  if (alias) return join(ROOT, "node_modules", aliases[alias], name.slice(alias.length));
  return join(ROOT, name.startsWith("@") ? "node_modules" : "", name);
}

/**
 * Compiles; warnings count as errors in what is published.
 *
 * `compiler` is the name of the package in node_modules. Returns the compiler's version and its output by source and contract.
 */
export function compile({ compiler = "solc", sources, settings = SETTINGS }) {
  const solc = require(compiler);
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
  const published = (error) => error.sourceLocation?.file.startsWith("src/") ?? true;
  const wrong = (output.errors ?? []).filter(
    (error) => error.severity === "error" || (error.severity === "warning" && published(error)),
  );
  if (wrong.length > 0) throw new Error(wrong.map((error) => error.formattedMessage).join("\n"));
  return { version: solc.version(), contracts: output.contracts };
}

/** The same, remembered in `cache/` by everything that it depends on: for tests. */
export function compileOnce(request) {
  const { compiler = "solc", sources, settings = SETTINGS } = request;
  const pinned = require(`${compiler}/package.json`).version;
  const key = createHash("sha256").update(JSON.stringify([pinned, sources, settings])).digest("hex");
  const file = join(ROOT, "cache", `${key}.json`);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    const compiled = compile(request);
    mkdirSync(dirname(file), { recursive: true });
    // Several test files may compile at once: each replaces the file as a whole.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(compiled));
    renameSync(`${file}.${process.pid}`, file);
    return compiled;
  }
}

/** ABI and bytecode of one contract of a compiler's output. */
export function contract(contracts, name) {
  const found = Object.values(contracts).flatMap((file) => (file[name] ? [file[name]] : []));
  if (found.length !== 1) throw new Error(`${found.length} contracts are named ${name}`);
  return { abi: found[0].abi, bytecode: `0x${found[0].evm.bytecode.object}` };
}
