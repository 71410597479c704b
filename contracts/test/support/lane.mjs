//! One escrow of the invariant run: what is done to it next, what the model expects of that, and whether the chain agrees.

import assert from "node:assert/strict";

import { decodeErrorResult, encodeFunctionData, parseEventLogs, toHex, zeroAddress } from "viem";

import { FINAL, Model, Reader } from "./model.mjs";
import { ESCROW, STATES, testing } from "./world.mjs";

const TOKEN = testing("FickleToken");
const ACTOR = testing("Actor");
const FORCER = testing("Forcer");
const ERRORS = [...ESCROW.abi, ...TOKEN.abi].filter((entry) => entry.type === "error");

/** Names of the accounts. */
export const PARTIES = ["buyer", "seller", "arbiter", "stranger"];
const CURRENCIES = ["coin", "token", "fund"];
const DAY = 86_400n;

/** How often each thing is done. */
const ANYTHING = {
  doFund: 10,
  doRelease: 8,
  doRefund: 2,
  doExpire: 8,
  doDispute: 8,
  doResolve: 10,
  doLapse: 8,
  doWithdraw: 12,
  doSweep: 8,
  approve: 8,
  freeze: 6,
  charge: 4,
  refuse: 4,
  give: 6,
  confiscate: 2,
};

/** How often each thing is done in a state in which it leads further. */
const FURTHER = {
  Created: { doFund: 12, doExpire: 1 },
  Funded: { doRelease: 4, doRefund: 1, doExpire: 3, doDispute: 8 },
  Disputed: { doResolve: 10, doLapse: 4, doExpire: 4 },
  Released: { doWithdraw: 8, doSweep: 2 },
  Refunded: { doWithdraw: 8, doSweep: 2 },
  Expired: { doWithdraw: 8, doSweep: 2 },
};

export class Lane {
  constructor(random, world, actors, start) {
    this.random = random;
    this.world = world;
    const amount = BigInt(1 + random.below(2000));
    this.terms = {
      orderId: toHex(random.below(2 ** 32), { size: 32 }),
      amount,
      deadline: start + BigInt(1 + random.below(60)) * DAY + BigInt(random.below(1000)),
      arbiter: random.chance(85),
      coin: random.chance(35),
      deliveryAmount: random.chance(40) ? BigInt(1 + random.below(500)) : 0n,
    };
    this.model = new Model(this.terms);
    this.reader = new Reader(amount);
    this.accounts = { ...actors };
    this.history = [];
    // What has gone in and come out, by the events of the chain alone.
    this.books = { in: 0n, out: 0n, delivered: 0n, paidToSeller: 0n };
    // What came in and went out beside: gifts and sweeps count, seizures do not, since no event tells of them.
    this.beside = 0n;
    // Coins that came with a call, and stay with the caller if it is refused.
    this.carried = { arbiter: 0n, stranger: 0n };
  }

  /** The token of this role; zero for coins. */
  address(role) {
    return role === "coin" ? zeroAddress : this.tokens[role];
  }

  get cashRole() {
    return this.terms.coin ? "coin" : "token";
  }

  /** The terms, as the factory takes them. */
  agreed() {
    const { orderId, amount, deadline, arbiter, deliveryAmount } = this.terms;
    const { buyer, seller } = this.accounts;
    return {
      orderId,
      buyer,
      seller,
      arbiter: arbiter ? this.accounts.arbiter : zeroAddress,
      token: this.address(this.cashRole),
      amount,
      deadline,
      deliveryToken: deliveryAmount > 0n ? this.tokens.fund : zeroAddress,
      deliveryAmount,
    };
  }

  /** A transaction by which a party calls something. */
  by(party, to, abi, functionName, args, value = 0n) {
    const call = encodeFunctionData({ abi, functionName, args });
    return this.to(this.accounts[party], ACTOR.abi, "act", [to, call], value);
  }

  to(to, abi, functionName, args, value = 0n) {
    return { to, data: encodeFunctionData({ abi, functionName, args }), value: toHex(value) };
  }

  /** The transaction to do next, and what is expected of it at that time. */
  next() {
    const kind = this.kind();
    const step = kind.startsWith("do") ? this.escrowCall(kind) : this[kind]();
    return { kind, ...step };
  }

  kind() {
    const { random, history, model } = this;
    if (history.length < 2 && random.chance(80)) return "approve";
    const over = FINAL.has(model.state) && model.owed === 0n;
    return random.weighted(!over && random.chance(60) ? FURTHER[model.state] : ANYTHING);
  }

  escrowCall(kind) {
    const { random } = this;
    const likely = { doFund: "buyer", doRelease: "buyer", doRefund: "seller", doResolve: "arbiter", doDispute: "buyer" };
    const from = random.chance(75) && likely[kind] ? likely[kind] : random.pick(PARTIES);
    const { args, call } = this.argumentsOf(kind);
    const value = kind === "doFund" ? this.payment() : 0n;
    const name = kind[2].toLowerCase() + kind.slice(3);
    const transaction = this.by(from, this.accounts.escrow, ESCROW.abi, name, call, value);
    return { transaction, from, args, value, expect: (now) => this.model.take(now, { name: kind, from, args, value }) };
  }

  argumentsOf(kind) {
    const { random } = this;
    if (kind === "doDispute") return { args: [], call: [toHex(7, { size: 32 })] };
    if (kind === "doResolve") {
      const args = this.split();
      return { args, call: args };
    }
    if (kind === "doWithdraw") {
      const account = random.pick(["buyer", "seller", "buyer", "seller", "arbiter", "stranger"]);
      return { args: [account], call: [this.accounts[account]] };
    }
    if (kind === "doSweep") {
      const role = random.pick(CURRENCIES);
      return { args: [role], call: [this.address(role)] };
    }
    return { args: [], call: [] };
  }

  payment() {
    const right = this.terms.coin ? this.terms.amount : 0n;
    if (this.random.chance(85)) return right;
    return this.random.pick([0n, 1n, right + 1n, right > 0n ? right - 1n : 0n]);
  }

  /** A division of what is held, mostly a sound one. */
  split() {
    const held = this.model.held;
    const part = held > 0n ? BigInt(this.random.below(Number(held) + 1)) : 0n;
    return this.random.pick([
      [part, held - part],
      [held, 0n],
      [0n, held],
      [0n, 0n],
      [part, part],
      [held, 1n],
    ]);
  }

  // What happens outside of the escrow. It always succeeds.

  approve() {
    const sides = [
      ["buyer", "token", this.terms.amount],
      ["seller", "fund", this.terms.deliveryAmount],
    ];
    const [owner, role, need] = sides[this.history.length] ?? this.random.pick(sides);
    const amount = this.random.pick([need, need, need, need + 1n, 0n]);
    const transaction = this.by(owner, this.tokens[role], TOKEN.abi, "approve", [this.accounts.escrow, amount]);
    const effect = () => {
      this.model[role].allowances[owner] = amount;
    };
    return { transaction, args: [owner, amount], effect };
  }

  freeze() {
    const role = this.random.pick(["token", "fund"]);
    const { frozen } = this.model[role];
    const account = frozen.size > 0 && this.random.chance(70) ? [...frozen][0] : this.random.pick(["buyer", "seller", "escrow"]);
    const value = !frozen.has(account);
    const transaction = this.to(this.tokens[role], TOKEN.abi, "freeze", [this.accounts[account], value]);
    const effect = () => (value ? frozen.add(account) : frozen.delete(account));
    return { transaction, args: [role, account, value], effect };
  }

  charge() {
    const role = this.random.pick(["token", "fund"]);
    const fee = this.model[role].feeInBasisPoints === 0n ? BigInt(this.random.below(300)) : 0n;
    const transaction = this.to(this.tokens[role], TOKEN.abi, "charge", [fee]);
    const effect = () => {
      this.model[role].feeInBasisPoints = fee;
    };
    return { transaction, args: [role, fee], effect };
  }

  refuse() {
    const account = this.random.pick(["buyer", "seller"]);
    const { refusing } = this.model.coin;
    const value = !refusing.has(account);
    const transaction = this.to(this.accounts[account], ACTOR.abi, "refuse", [value]);
    const effect = () => (value ? refusing.add(account) : refusing.delete(account));
    return { transaction, args: [account, value], effect };
  }

  give() {
    const role = this.random.pick(CURRENCIES);
    const amount = BigInt(1 + this.random.below(50));
    if (role !== "coin" && this.model[role].frozen.has("escrow")) return this.approve();
    const { escrow } = this.accounts;
    const transaction =
      role === "coin"
        ? { data: forcing(escrow), value: toHex(amount) }
        : this.to(this.tokens[role], TOKEN.abi, "mint", [escrow, amount]);
    const effect = () => {
      this.model[role].add("escrow", amount);
      if (role === this.cashRole) this.beside += amount;
    };
    return { transaction, args: [role, amount], effect };
  }

  /** The issuer of the money takes some of it back. */
  confiscate() {
    const there = this.model.token.of("escrow");
    const amount = there > 0n ? BigInt(1 + this.random.below(Number(there))) : 0n;
    const transaction = this.to(this.tokens.token, TOKEN.abi, "confiscate", [this.accounts.escrow, amount]);
    const effect = () => {
      this.model.token.add("escrow", -amount);
      if (this.cashRole === "token") this.beside -= amount;
    };
    return { transaction, args: [amount], effect };
  }

  /** Compares what the chain did with what the model expects. */
  check(step, now, receipt) {
    const { kind, from, args, value } = step;
    this.history.push([now, kind, from, args, value]);
    assert.equal(receipt.status, "0x1", "the transaction itself never fails");
    if (!step.expect) {
      step.effect();
      return null;
    }
    const logs = parseEventLogs({ abi: [...ACTOR.abi, ...ESCROW.abi], logs: receipt.logs, strict: true });
    const { success, result } = logs.find((log) => log.eventName === "Acted").args;
    const before = this.model.state;
    this.model.coin.add(from, value);
    if (from in this.carried) this.carried[from] += value;
    const expected = step.expect(now);
    if (expected.refused) {
      assert.equal(success, false, `should be refused with ${expected.refused.join(" or ")}`);
      const { errorName } = decodeErrorResult({ abi: ERRORS, data: result });
      assert.ok(expected.refused.includes(errorName), `${errorName} is not one of ${expected.refused.join(", ")}`);
      return "refused";
    }
    assert.equal(success, true, `should be done, and is refused with ${result}`);
    const own = logs.filter(({ address }) => address.toLowerCase() === this.accounts.escrow.toLowerCase());
    const events = own.map(({ eventName, args }) => [eventName, ...Object.values(args ?? {})]);
    assert.deepEqual(events.map(withoutReason), expected.events.map((event) => event.map((word) => this.accounts[word] ?? word)));
    for (const event of events) this.book(event);
    assert.ok(forward(before, this.model.state), `from ${before} to ${this.model.state}`);
    return "done";
  }

  /** Books an event, by what it says and nothing else. */
  book([name, ...values]) {
    this.reader.hear([name, ...values]);
    const { books } = this;
    const amount = values.at(-1);
    if (name === "Funded") books.in += amount;
    if (name === "Delivered") books.delivered += amount;
    if (name === "Swept" && values[0] === this.address(this.cashRole)) this.beside -= amount;
    if (["Released", "Refunded", "Withdrawn"].includes(name)) books.out += amount;
    const paid = name === "Released" ? amount : name === "Resolved" && books.delivered > 0n ? values[0] : 0n;
    if (name === "Resolved") books.out += paid;
    books.paidToSeller += paid;
  }

  /** Compares what the chain has with what the model has, and both with the books. */
  compare({ state, held, dueToBuyer, dueToSeller, balances }) {
    const { model, reader, books } = this;
    assert.deepEqual(
      { state: STATES[state], held, dueToBuyer, dueToSeller },
      { state: model.state, held: model.held, dueToBuyer: model.due.buyer, dueToSeller: model.due.seller },
    );
    assert.deepEqual(balances, this.expectedBalances());
    // What went in equals what came out plus what is there.
    assert.equal(balances[`${this.cashRole} escrow`], books.in - books.out + this.beside);
    // Those who only read events know the state, and the balance but for what is still to be withdrawn.
    assert.equal(reader.state, model.state === "Disputed" ? "Funded" : model.state);
    assert.equal(reader.disputed, model.state === "Disputed");
    const toFetch = model.state === "Expired" ? 0n : model.due.buyer + model.due.seller;
    assert.equal(reader.balance, books.in - books.out - toFetch);
    // Both legs, or neither.
    if (model.delivers) {
      const both = [0n, 0n];
      if (books.delivered > 0n) both.splice(0, 2, model.deliveryAmount, model.amount);
      assert.deepEqual([books.delivered, books.paidToSeller], both);
    }
    for (const outsider of ["arbiter", "stranger"]) {
      const all = CURRENCIES.map((role) => balances[`${role} ${outsider}`]);
      assert.deepEqual(all, [this.carried[outsider], 0n, 0n], `${outsider} has what they came with`);
    }
  }

  expectedBalances() {
    const balances = {};
    for (const role of CURRENCIES) {
      for (const account of [...PARTIES, "escrow"]) balances[`${role} ${account}`] = this.model[role].of(account);
    }
    return balances;
  }
}

/** Whether this is a way that the state may go. */
function forward(before, after) {
  if (FINAL.has(before)) return before === after;
  return before === "Created" || after !== "Created";
}

function withoutReason([name, ...values]) {
  if (name === "Disputed") return [name, values[0]];
  if (name === "Swept") return [name, ...values.slice(1)];
  return [name, ...values];
}

/** The creation of a contract that forces coins upon an address. */
function forcing(address) {
  return `${FORCER.bytecode}${address.slice(2).toLowerCase().padStart(64, "0")}`;
}
