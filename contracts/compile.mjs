//! Compiles the contracts and writes what others need of them, which is committed:
//! `abi/NAME.json` (the ABI, and nothing else) and `artifacts/NAME.json` (bytecode, compiler, settings).
//!
//!     node compile.mjs                  writes them
//!     node compile.mjs --check          fails unless they are what the source compiles to
//!     node compile.mjs --standard-json  prints the compiler's input, for explorers that verify contracts

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { ROOT, SETTINGS, compile, gather } from "./lib/solc.mjs";

/** What is published: the contract, and the source file that it is in. */
const PUBLISHED = { Escrow: "src/Escrow.sol", EscrowFactory: "src/EscrowFactory.sol" };

/** The files that the source compiles to: content by path in this folder. */
export function artifacts() {
  const { version, contracts } = compile({ sources: sources() });
  const files = {};
  for (const [name, source] of Object.entries(PUBLISHED)) {
    const { abi, evm, metadata } = contracts[source][name];
    files[`abi/${name}.json`] = text(abi);
    files[`artifacts/${name}.json`] = text({
      contract: `${source}:${name}`,
      compiler: version,
      settings: JSON.parse(metadata).settings,
      bytecode: `0x${evm.bytecode.object}`,
      deployedBytecode: `0x${evm.deployedBytecode.object}`,
      immutableReferences: Object.values(evm.deployedBytecode.immutableReferences).flat(),
    });
  }
  return files;
}

/** Paths of the files that are not what the source compiles to. */
export function outdated() {
  return Object.entries(artifacts())
    .filter(([path, content]) => read(path) !== content)
    .map(([path]) => path);
}

function sources() {
  return gather(Object.values(PUBLISHED));
}

function text(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function read(path) {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return null;
  }
}

function main(option) {
  if (option === "--standard-json") {
    process.stdout.write(text({ language: "Solidity", sources: sources(), settings: SETTINGS }));
  } else if (option === "--check") {
    const paths = outdated();
    for (const path of paths) console.error(`contracts/${path} is not what the source compiles to: node compile.mjs`);
    process.exitCode = paths.length > 0 ? 1 : 0;
  } else {
    for (const [path, content] of Object.entries(artifacts())) {
      mkdirSync(join(ROOT, dirname(path)), { recursive: true });
      writeFileSync(join(ROOT, path), content);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv[2]);
