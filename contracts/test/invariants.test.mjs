//! A thousand lives of eighteen steps each, at random, hostile ones too, each step compared with a model that was written from the description.
//!
//! `FUNDRAIL_SEED` repeats a run; `FUNDRAIL_LIVES` says how many lives are lived.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";

import { parseEventLogs, toHex } from "viem";

import { Lane, PARTIES } from "./support/lane.mjs";
import { Random, seed } from "./support/random.mjs";
import { openWorld } from "./support/world.mjs";

const SEED = seed();
const LIVES = Number(process.env.FUNDRAIL_LIVES ?? 1000);
const LANES = 100;
const STEPS = 18;
const PLENTY = 5000n;

let world, chain, probe, cradle, actor, token;
before(async () => {
  world = await openWorld({ anvil: ["--disable-block-gas-limit"] });
  [probe, cradle, actor, token] = [
    await world.deployTesting("Probe"),
    await world.deployTesting("Cradle"),
    await world.deployTesting("Actor"),
    await world.deployTesting("FickleToken"),
  ];
  await world.tester.setAutomine(false);
  chain = new Chain(world, await world.reader.getTransactionCount({ address: world.deployer }));
});
after(() => world.close());

it(`${LIVES} lives go as the model says (FUNDRAIL_SEED=${SEED})`, async (t) => {
  const random = new Random(SEED);
  const tally = {};
  for (let lives = 0; lives < LIVES; lives += LANES) {
    await live(random, tally);
  }
  for (const [what, count] of Object.entries(tally).sort()) t.diagnostic(`${what}: ${count}`);
  if (LIVES < 500) return;
  for (const kind of ["Fund", "Release", "Refund", "Expire", "Dispute", "Resolve", "Lapse", "Withdraw", "Sweep"]) {
    assert.ok(tally[`do${kind} done`] > 0, `${kind} has been done`);
    assert.ok(tally[`do${kind} refused`] > 0, `${kind} has been refused`);
  }
  for (const state of ["Released", "Refunded", "Expired"]) assert.ok(tally[`ended ${state}`] > 0, state);
});

/** Some lives side by side, a step of each in every block. */
async function live(random, tally) {
  const lanes = await begin(random);
  for (let step = 0; step < STEPS; step += 1) {
    const steps = lanes.map((lane) => lane.next());
    const now = soon(random, chain.now, lanes);
    const receipts = await chain.mine(steps.map(({ transaction }) => transaction), now);
    for (const [index, lane] of lanes.entries()) {
      const outcome = blame(lane, () => lane.check(steps[index], now, receipts[index]));
      if (outcome) count(tally, `${steps[index].kind} ${outcome}`);
    }
    await compare(lanes);
  }
  for (const lane of lanes) count(tally, `ended ${lane.model.state}`);
}

/** Escrows in all their variety, each with tokens and parties of its own. */
async function begin(random) {
  const lanes = Array.from({ length: LANES }, () => new Lane(random, world, {}, chain.now));
  const names = [...PARTIES, "token", "fund"];
  const originals = names.map((name) => (PARTIES.includes(name) ? actor.address : token.address));
  const births = await chain.mine(lanes.map((lane) => lane.to(cradle.address, cradle.abi, "copy", [originals])));
  for (const [index, lane] of lanes.entries()) {
    const [{ args }] = parseEventLogs({ abi: cradle.abi, logs: births[index].logs });
    const addresses = Object.fromEntries(names.map((name, i) => [name, args.copies[i]]));
    const { token, fund, ...parties } = addresses;
    Object.assign(lane, { accounts: parties, tokens: { token, fund } });
  }
  await chain.mine(lanes.flatMap((lane) => [mint(lane, "token", "buyer"), mint(lane, "fund", "seller")]));
  const { address, abi } = world.factory;
  const made = await chain.mine(lanes.map((lane) => lane.by("buyer", address, abi, "create", [lane.agreed()])));
  for (const [index, lane] of lanes.entries()) {
    const logs = parseEventLogs({ abi, logs: made[index].logs });
    lane.accounts.escrow = logs.find((log) => log.eventName === "EscrowCreated").args.escrow;
  }
  return lanes;
}

function mint(lane, role, account) {
  lane.model[role].add(account, PLENTY);
  return lane.to(lane.tokens[role], token.abi, "mint", [lane.accounts[account], PLENTY]);
}

/** The time of the next block: a little later, much later, or when something is about to happen or just happens. */
function soon(random, now, lanes) {
  const { terms, model } = random.pick(lanes);
  const moments = [terms.deadline - 1n, terms.deadline, model.resolveBy - 1n, model.resolveBy].filter((time) => time > now);
  if (moments.length > 0 && random.chance(40)) {
    const moment = random.pick(moments);
    if (moment < now + 20n * 86_400n) return moment;
  }
  return now + BigInt(random.pick([1, 1, 12, 3600, 86_400, 2 * 86_400]));
}

/** Asks the chain what it has of every lane, and has the lanes compare. */
async function compare(lanes) {
  const places = lanes.flatMap((lane) =>
    ["coin", "token", "fund"].flatMap((role) =>
      [...PARTIES, "escrow"].map((account) => [`${role} ${account}`, lane.address(role), lane.accounts[account]]),
    ),
  );
  const escrows = await world.read(probe, "escrows", [lanes.map((lane) => lane.accounts.escrow)]);
  const balances = await world.read(probe, "balances", [places.map(([, token]) => token), places.map(([, , account]) => account)]);
  const each = places.length / lanes.length;
  for (const [index, lane] of lanes.entries()) {
    const [state, held, dueToBuyer, dueToSeller] = escrows[index];
    const own = places.slice(index * each, (index + 1) * each).map(([name], i) => [name, balances[index * each + i]]);
    blame(lane, () => lane.compare({ state, held, dueToBuyer, dueToSeller, balances: Object.fromEntries(own) }));
  }
}

/** Says of which life an assertion fails, and how to see it again. */
function blame(lane, act) {
  try {
    return act();
  } catch (error) {
    const text = (value) => (typeof value === "bigint" ? `${value}` : value);
    const { terms, history } = lane;
    error.message += `\nFUNDRAIL_SEED=${SEED}, ${JSON.stringify(terms, (_, value) => text(value))}`;
    error.message += history.map((entry) => `\n  ${JSON.stringify(entry, (_, value) => text(value))}`).join("");
    throw error;
  }
}

function count(tally, what) {
  tally[what] = (tally[what] ?? 0) + 1;
}

/** Sends transactions of one account, all at once, into one block. */
class Chain {
  constructor(world, nonce) {
    Object.assign(this, { url: world.url, from: world.deployer, nonce, now: 1_900_000_000n });
  }

  /** Receipts, in order. */
  async mine(transactions, now = this.now + 1n) {
    this.now = now;
    const common = { from: this.from, gas: toHex(3_000_000), gasPrice: toHex(2_000_000_000) };
    await this.rpc(
      transactions.map((transaction) => {
        this.nonce += 1;
        return ["eth_sendTransaction", [{ ...common, ...transaction, nonce: toHex(this.nonce - 1) }]];
      }),
    );
    await this.rpc([["evm_setNextBlockTimestamp", [Number(now)]]]);
    await this.rpc([["evm_mine", []]]);
    const [receipts] = await this.rpc([["eth_getBlockReceipts", ["latest"]]]);
    assert.equal(receipts.length, transactions.length);
    return receipts;
  }

  async rpc(calls) {
    const body = calls.map(([method, params], id) => ({ jsonrpc: "2.0", id, method, params }));
    const headers = { "content-type": "application/json" };
    const response = await fetch(this.url, { method: "POST", headers, body: JSON.stringify(body) });
    const answers = (await response.json()).sort((a, b) => a.id - b.id);
    const failed = answers.find(({ error }) => error);
    if (failed) throw new Error(`${calls[failed.id][0]}: ${failed.error.message}`);
    return answers.map(({ result }) => result);
  }
}
