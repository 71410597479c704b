//! What is committed is what the source compiles to.

import assert from "node:assert/strict";
import { it } from "node:test";

import { outdated } from "../compile.mjs";
import { published } from "./support/world.mjs";

it("the committed ABI and bytecode are those of the source", () => {
  assert.deepEqual(outdated(), [], "run `node compile.mjs` in contracts/");
});

it("no contract is larger than a chain takes (EIP-170)", () => {
  for (const name of ["Escrow", "EscrowFactory"]) {
    const { bytecode } = published(name);
    assert.ok((bytecode.length - 2) / 2 < 24_576, name);
  }
});
