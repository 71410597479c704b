//! Static analysis: nothing is found but what `docs/contracts.md` answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { findings } from "../lib/slither.mjs";
import { ROOT } from "../lib/solc.mjs";

const program = process.env.FUNDRAIL_SLITHER;
const skip = program ? false : "FUNDRAIL_SLITHER names no program: `cargo xtask test` installs it where PyPI is in reach";

it("Slither finds nothing that is not answered", { skip }, async () => {
  const found = await findings(program);
  const documented = readFileSync(join(ROOT, "../docs/contracts.md"), "utf8");
  const answered = [...documented.matchAll(/^\| `(\S+ in \S+)` \|/gm)].map(([, finding]) => finding);
  assert.deepEqual([...new Set(found)], answered.sort());
});
