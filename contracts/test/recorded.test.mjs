//! Logs of whole lives, as they stand on a chain, for those who read them: `shared/domain` folds the same file.
//!
//! `FUNDRAIL_RECORD=1` writes it anew.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { pad, toHex } from "viem";

import { ROOT } from "../lib/solc.mjs";
import { openWorld } from "./support/world.mjs";

const FILE = join(ROOT, "recorded.json");

/** Each life, by what happens in it after the creation. */
const LIVES = {
  "released": async (deal) => {
    await deal.fund();
    await deal.release();
  },
  "called off before payment": (deal) => deal.refund({ from: deal.terms.buyer }),
  "refunded by the seller": async (deal) => {
    await deal.fund();
    await deal.refund();
  },
  "disputed, dismissed and released": async (deal) => {
    await deal.fund();
    await deal.dispute();
    await deal.resolve(0n, 0n);
    await deal.release();
  },
  "disputed and divided": async (deal) => {
    await deal.fund();
    await deal.dispute({ from: deal.terms.seller });
    await deal.resolve(600n, 400n);
    await deal.withdraw(deal.terms.seller);
    await deal.withdraw(deal.terms.buyer);
  },
  "in dispute": async (deal) => {
    await deal.fund();
    await deal.dispute();
  },
  "delivered against payment": async (deal) => {
    await deal.fund();
    await deal.release({ from: deal.terms.seller });
  },
  // Last, since they let the time pass.
  "lapsed and expired": async (deal) => {
    await deal.fund();
    await deal.dispute();
    await deal.world.at((await deal.world.read(deal, "resolveBy")) + 1n);
    await deal.lapse();
    await deal.pastDeadline();
    await deal.expire();
    await deal.withdraw(deal.terms.buyer);
  },
};

it("the recorded logs are those that the contracts emit", async () => {
  const world = await openWorld();
  try {
    const [cash, fund] = [await world.token(), await world.token()];
    const lives = [];
    for (const [index, [life, run]] of Object.entries(LIVES).entries()) {
      // The same in every run.
      const changes = { orderId: pad(toHex(index + 1), { size: 32 }), deadline: 4_102_444_800n };
      const against = life === "delivered against payment";
      const deal = await (against ? world.createAgainst(cash, fund, changes) : world.createIn(cash, changes));
      const before = await world.balance(world.seller, cash);
      await run(deal);
      const [state, held] = [await deal.state(), await world.balance(deal.address, cash)];
      const toSeller = (await world.balance(world.seller, cash)) - before;
      lives.push({ life, escrow: deal.address, state, held: `${held}`, to_seller: `${toSeller}`, logs: await logsOf(world, deal) });
    }
    const recorded = `${JSON.stringify({ factory: world.factory.address, lives }, null, 2)}\n`;
    if (process.env.FUNDRAIL_RECORD) writeFileSync(FILE, recorded);
    assert.equal(readFileSync(FILE, "utf8"), recorded, "FUNDRAIL_RECORD=1 node --test test/recorded.test.mjs");
  } finally {
    await world.close();
  }
});

/** What factory and escrow have logged about it. */
async function logsOf(world, deal) {
  const whole = { fromBlock: "earliest", toBlock: "latest" };
  const made = await world.reader.getLogs({ ...whole, address: world.factory.address });
  const own = await world.reader.getLogs({ ...whole, address: deal.address });
  const concerns = made.filter(({ topics }) => topics[1] === pad(deal.address.toLowerCase(), { size: 32 }));
  return [...concerns, ...own].map(({ address, topics, data }) => ({ address, topics, data }));
}
