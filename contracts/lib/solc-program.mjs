#!/usr/bin/env node
//! npm's compiler as a program that takes the two options by which tools such as Slither call `solc`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");
if (process.argv.includes("--version")) {
  console.log(`Version: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("options: --version, --standard-json");
  process.exitCode = 2;
}
