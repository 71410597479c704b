//! A chain of its own for a test file, with a factory on it and accounts that act.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  getAddress,
  http,
  pad,
  parseEventLogs,
  toHex,
  zeroAddress,
} from "viem";
import { foundry } from "viem/chains";

import { start } from "../../lib/anvil.mjs";
import { receiptOf } from "../../lib/receipt.mjs";
import { ROOT, compileOnce, contract, gather } from "../../lib/solc.mjs";

/** The ABI and bytecode that are published. */
export function published(name) {
  const read = (folder) => JSON.parse(readFileSync(join(ROOT, folder, `${name}.json`), "utf8"));
  return { abi: read("abi"), bytecode: read("artifacts").bytecode };
}

let compiled;

/** A contract of the tests. */
export function testing(name) {
  compiled ??= compileOnce({ sources: gather(["test/solidity/Tokens.sol", "test/solidity/Actors.sol"]) }).contracts;
  return contract(compiled, name);
}

export const ESCROW = published("Escrow");
export const FACTORY = published("EscrowFactory");

/** Names of the states, by number. */
export const STATES = ["Created", "Funded", "Disputed", "Released", "Refunded", "Expired"];

/** Seconds in a day. */
export const DAY = 86_400n;

/** Opens a chain. Call `close` when done. */
export async function openWorld(options = {}) {
  const chain = { ...foundry, id: options.chainId ?? foundry.id };
  const anvil = await start(["--chain-id", String(chain.id), ...(options.anvil ?? [])]);
  const transport = http(anvil.url, { retryCount: 0, timeout: 60_000 });
  const settings = { chain, transport, pollingInterval: 5, cacheTime: 0 };
  const world = new World(anvil, {
    reader: createPublicClient(settings),
    tester: createTestClient({ ...settings, mode: "anvil" }),
    wallet: createWalletClient(settings),
  });
  const accounts = await world.wallet.getAddresses();
  [world.deployer, world.buyer, world.seller, world.arbiter, world.stranger, world.other, ...world.spare] = accounts;
  world.factory = await world.deploy(FACTORY);
  return world;
}

class World {
  #anvil;
  #orders = 0;

  constructor(anvil, clients) {
    this.#anvil = anvil;
    this.url = anvil.url;
    Object.assign(this, clients);
  }

  async close() {
    await this.#anvil.stop();
  }

  /** Puts a contract on the chain. */
  async deploy({ abi, bytecode }, args = [], value = 0n) {
    const hash = await this.wallet.deployContract({ abi, bytecode, args, value, account: this.deployer });
    const receipt = await receiptOf(this.reader, hash);
    assert.equal(receipt.status, "success");
    return { abi, address: getAddress(receipt.contractAddress) };
  }

  /** Puts a contract of the tests on the chain. */
  async deployTesting(name, args = [], value = 0n) {
    return this.deploy(testing(name), args, value);
  }

  /** A token of which buyer and seller each have plenty. */
  async token(name = "Token") {
    const token = await this.deployTesting(name);
    for (const holder of [this.buyer, this.seller]) await this.send(token, "mint", [holder, 1_000_000n]);
    return token;
  }

  read({ abi, address }, functionName, args = []) {
    return this.reader.readContract({ abi, address, functionName, args });
  }

  /**
   * Sends a transaction and waits for it. Returns its events (ours and the contract's own), and the gas that it used.
   *
   * Throws what viem throws if the call would revert.
   */
  async send({ abi, address }, functionName, args = [], { from = this.deployer, value = 0n } = {}) {
    const call = { abi, address, functionName, args, account: from, value };
    await this.reader.simulateContract({ ...call, abi: [...abi, ...OTHER_ERRORS] });
    const hash = await this.wallet.writeContract(call);
    const receipt = await receiptOf(this.reader, hash);
    assert.equal(receipt.status, "success");
    const logs = parseEventLogs({ abi: [...ESCROW.abi, ...FACTORY.abi, ...abi], logs: receipt.logs });
    const events = logs.map(({ eventName, args, address }) => ({ name: eventName, args, address: getAddress(address) }));
    return { events, receipt };
  }

  /** Balance of an account, in a token or (without one) in coins. */
  balance(account, token) {
    return token ? this.read(token, "balanceOf", [account]) : this.reader.getBalance({ address: account });
  }

  async now() {
    return (await this.reader.getBlock()).timestamp;
  }

  /** Sends a transaction that stands in a block of this time. Returns whether it took effect. */
  async sendAt(timestamp, { abi, address }, functionName, args = [], { from = this.deployer, value = 0n } = {}) {
    const data = encodeFunctionData({ abi, functionName, args });
    await this.tester.setNextBlockTimestamp({ timestamp });
    const hash = await this.wallet.sendTransaction({ account: from, to: address, data, value, gas: 1_000_000n });
    const receipt = await receiptOf(this.reader, hash);
    assert.equal((await this.reader.getBlock({ blockNumber: receipt.blockNumber })).timestamp, timestamp);
    return receipt.status === "success";
  }

  /** Makes a block with this time. */
  async at(timestamp) {
    await this.tester.setNextBlockTimestamp({ timestamp });
    await this.tester.mine({ blocks: 1 });
  }

  async wait(seconds) {
    await this.at((await this.now()) + seconds);
  }

  /** Terms that nobody objects to: 1000 of a token or of coins, due in ten days. */
  async terms(changes = {}) {
    this.#orders += 1;
    return {
      orderId: pad(toHex(this.#orders), { size: 32 }),
      buyer: this.buyer,
      seller: this.seller,
      arbiter: this.arbiter,
      token: zeroAddress,
      amount: 1000n,
      deadline: (await this.now()) + 10n * DAY,
      deliveryToken: zeroAddress,
      deliveryAmount: 0n,
      ...changes,
    };
  }

  /** Makes an escrow. */
  async create(changes = {}, { from = this.buyer } = {}) {
    const terms = await this.terms(changes);
    const { events } = await this.send(this.factory, "create", [terms], { from });
    return this.dealAt(terms, events[0].args.escrow);
  }

  /** An escrow that has been made. */
  dealAt(terms, address) {
    return new Deal(this, terms, { abi: ESCROW.abi, address });
  }

  /** Makes an escrow in a token that is approved already. */
  async createIn(token, changes = {}) {
    const deal = await this.create({ token: token.address, ...changes });
    await this.send(token, "approve", [deal.address, deal.terms.amount], { from: deal.terms.buyer });
    return deal;
  }

  /** Makes an escrow for delivery against payment, with both sides approved. */
  async createAgainst(cash, fund, changes = {}) {
    const delivery = { deliveryToken: fund.address, deliveryAmount: 70n };
    const deal = cash
      ? await this.createIn(cash, { ...delivery, ...changes })
      : await this.create({ ...delivery, ...changes });
    await this.send(fund, "approve", [deal.address, deal.terms.deliveryAmount], { from: deal.terms.seller });
    return deal;
  }
}

/** One escrow. */
class Deal {
  constructor(world, terms, escrow) {
    Object.assign(this, { world, terms, ...escrow });
  }

  /** Calls one of its functions. Without `from`, by whom it concerns most. */
  call(functionName, args = [], options = {}) {
    return this.world.send(this, functionName, args, options);
  }

  fund(options = {}) {
    const value = this.terms.token === zeroAddress ? this.terms.amount : 0n;
    return this.call("fund", [], { from: this.terms.buyer, value, ...options });
  }

  release(options = {}) {
    return this.call("release", [], { from: this.terms.buyer, ...options });
  }

  refund(options = {}) {
    return this.call("refund", [], { from: this.terms.seller, ...options });
  }

  dispute(options = {}) {
    return this.call("dispute", [pad("0x77", { size: 32 })], { from: this.terms.buyer, ...options });
  }

  resolve(toSeller, toBuyer, options = {}) {
    return this.call("resolve", [toSeller, toBuyer], { from: this.terms.arbiter, ...options });
  }

  expire(options = {}) {
    return this.call("expire", [], { from: this.world.stranger, ...options });
  }

  lapse(options = {}) {
    return this.call("lapse", [], { from: this.world.stranger, ...options });
  }

  withdraw(account, options = {}) {
    return this.call("withdraw", [account], { from: this.world.stranger, ...options });
  }

  sweep(token = zeroAddress, options = {}) {
    return this.call("sweep", [token], { from: this.world.stranger, ...options });
  }

  async state() {
    return STATES[await this.world.read(this, "state")];
  }

  held() {
    return this.world.read(this, "held");
  }

  due(account) {
    return this.world.read(this, "due", [account]);
  }

  async pastDeadline() {
    await this.world.at(this.terms.deadline);
  }
}

const OTHER_ERRORS = ["FreezableToken", "SilentToken"].flatMap((name) =>
  testing(name).abi.filter((entry) => entry.type === "error"),
);

/** Asserts that a call is refused with this error: its name, its arguments if given, or the text of a plain `revert`. */
export async function refuses(promise, expected, args) {
  const outcome = await promise.then(
    () => null,
    (error) => error,
  );
  assert.ok(outcome, `this should have been refused with ${expected}`);
  const reverted = outcome instanceof BaseError && outcome.walk((e) => e instanceof ContractFunctionRevertedError);
  if (!reverted) throw outcome;
  const { errorName } = reverted.data ?? {};
  assert.equal(errorName === "Error" ? reverted.data.args[0] : errorName, expected, outcome.message);
  if (args) assert.deepEqual(reverted.data?.args, args);
}

/** The events of a transaction in short: `Funded(0x…, 1000)`. */
export function told(result) {
  return result.events.map(({ name, args }) => `${name}(${Object.values(args ?? {}).join(", ")})`);
}
