//! What settlement costs. The table is part of `docs/contracts.md`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";

import { ROOT } from "../lib/solc.mjs";
import { openWorld } from "./support/world.mjs";

// A chain like Polygon: 30 gwei, and a coin of half a dollar.
const GWEI = 30;
const DOLLARS = 0.5;
const LIMIT = 0.5;

/** The same in every run, since a byte that is zero costs less than another one. */
const DEADLINE = 4_102_444_800n;

let world;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

/** Sends transactions and remembers what each costs. */
class Meter {
  gas = {};

  async measure(name, sending) {
    const { receipt } = await sending;
    this.gas[name] = Number(receipt.gasUsed);
  }
}

/** Each life: its transactions, those of the parties' tokens included. */
const LIVES = {
  "coin, released": async (meter) => {
    const deal = await made(meter);
    await meter.measure("fund", deal.fund());
    await meter.measure("release", deal.release());
  },
  "token, released": async (meter) => {
    const deal = await made(meter, await world.token());
    await meter.measure("fund", deal.fund());
    await meter.measure("release", deal.release());
  },
  "token, delivery against payment": async (meter) => {
    const [cash, fund] = [await world.token(), await world.token()];
    const deal = await made(meter, cash, { deliveryToken: fund.address, deliveryAmount: 70n });
    await meter.measure("approve delivery", world.send(fund, "approve", [deal.address, 70n], { from: world.seller }));
    await meter.measure("fund", deal.fund());
    await meter.measure("release", deal.release({ from: world.seller }));
  },
  "token, disputed and divided": async (meter) => {
    const deal = await made(meter, await world.token());
    await meter.measure("fund", deal.fund());
    await meter.measure("dispute", deal.dispute());
    await meter.measure("resolve", deal.resolve(400n, 600n));
    await meter.measure("withdraw (seller)", deal.withdraw(world.seller));
    await meter.measure("withdraw (buyer)", deal.withdraw(world.buyer));
  },
  // Last, since it lets the time pass.
  "token, expired": async (meter) => {
    const deal = await made(meter, await world.token());
    await meter.measure("fund", deal.fund());
    await deal.pastDeadline();
    await meter.measure("expire", deal.expire());
    await meter.measure("withdraw", deal.withdraw(world.buyer));
  },
};

async function made(meter, token, changes = {}) {
  const terms = await world.terms({ deadline: DEADLINE, ...(token && { token: token.address }), ...changes });
  const escrow = await world.read(world.factory, "addressOf", [terms, world.buyer]);
  await meter.measure("create", world.send(world.factory, "create", [terms], { from: world.buyer }));
  if (token) await meter.measure("approve", world.send(token, "approve", [escrow, terms.amount], { from: world.buyer }));
  return world.dealAt(terms, escrow);
}

it("a whole life costs less than half a dollar where gas is 30 gwei and the coin half a dollar", async (t) => {
  const rows = [];
  for (const [life, run] of Object.entries(LIVES)) {
    const meter = new Meter();
    await run(meter);
    const total = Object.values(meter.gas).reduce((sum, gas) => sum + gas, 0);
    const dollars = total * GWEI * 1e-9 * DOLLARS;
    const parts = Object.entries(meter.gas).map(([name, gas]) => `${name} ${thousands(gas)}`);
    rows.push(`| ${life} | ${parts.join(", ")} | ${thousands(total)} | ${dollars.toFixed(4)} |`);
    assert.ok(dollars < LIMIT, `${life}: ${dollars} dollars`);
  }
  for (const row of rows) t.diagnostic(row);
  const documented = readFileSync(join(ROOT, "../docs/contracts.md"), "utf8");
  for (const row of rows) assert.ok(documented.includes(row), `docs/contracts.md says otherwise than: ${row}`);
});

function thousands(gas) {
  return String(Math.round(gas / 1000)).concat(",000");
}
