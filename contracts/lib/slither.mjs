//! Runs Slither, the static analyser, on what is published: by npm's compiler, and the files in node_modules.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { ROOT, SETTINGS, gather } from "./solc.mjs";

const OUTPUT = ["abi", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers"];

/** What the program finds in our own files, in short: `detector in Contract.function`, each as often as it is found. */
export async function findings(program) {
  // It looks for the files under the names that the compiler knows them by.
  const folder = mkdtempSync(join(tmpdir(), "fundrail-slither-"));
  try {
    symlinkSync(join(ROOT, "src"), join(folder, "src"));
    symlinkSync(join(ROOT, "node_modules/@openzeppelin"), join(folder, "@openzeppelin"));
    const settings = { ...SETTINGS, outputSelection: { "*": { "": ["ast"], "*": OUTPUT } } };
    const input = { language: "Solidity", sources: gather(["src/EscrowFactory.sol"]), settings };
    writeFileSync(join(folder, "input.json"), JSON.stringify(input));
    await analyse(program, folder);
    const report = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
    if (!report.success) throw new Error(report.error);
    return (report.results.detectors ?? []).map(summary).sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function analyse(program, cwd) {
  const compiler = join(ROOT, "lib/solc-program.mjs");
  const options = ["--compile-force-framework", "solc-json", "--solc", compiler, "--filter-paths", "openzeppelin"];
  const run = promisify(execFile)(program, ["input.json", ...options, "--json", "report.json"], { cwd });
  // It exits with an error code if it finds anything; what matters is whether there is a report.
  await run.catch((error) => {
    if (error.code === "ENOENT") throw error;
  });
}

function summary({ check, elements }) {
  const [{ name, type, type_specific_fields: specific }] = elements;
  const contract = type === "contract" ? name : `${specific.parent.name}.${name}`;
  return `${check} in ${contract}`;
}
