//! What an escrow should do, written from its description and without a look at the contract: for the invariant run.
//!
//! Each call either is refused, for any of the reasons that apply, or takes effect and says which events it emits. The order in
//! which the contract checks is its own affair.

/** The states that nothing leaves. */
export const FINAL = new Set(["Released", "Refunded", "Expired"]);

const RESOLUTION_PERIOD = 30n * 86_400n;

/** Balances, allowances and moods of one currency: a token, or the chain's own coin. */
class Currency {
  constructor(isCoin) {
    this.isCoin = isCoin;
    this.balances = {};
    this.allowances = {};
    this.frozen = new Set();
    this.refusing = new Set();
    this.feeInBasisPoints = 0n;
  }

  of(account) {
    return this.balances[account] ?? 0n;
  }

  add(account, amount) {
    this.balances[account] = this.of(account) + amount;
  }

  arriving(amount) {
    return amount - (amount * this.feeInBasisPoints) / 10_000n;
  }

  /** Why a transfer would fail. `whole`: it must arrive without loss. */
  obstacles(from, to, amount, { whole = false, allowance = null } = {}) {
    if (amount === 0n) return [];
    const reasons = [];
    if (this.isCoin) {
      if (this.refusing.has(to)) reasons.push("Error");
      return reasons;
    }
    if (allowance && (this.allowances[allowance] ?? 0n) < amount) reasons.push("ERC20InsufficientAllowance");
    if (this.frozen.has(from) || this.frozen.has(to)) reasons.push("Frozen");
    if (this.of(from) < amount) reasons.push("ERC20InsufficientBalance");
    if (whole && this.arriving(amount) !== amount) reasons.push("WrongAmount");
    return reasons;
  }

  move(from, to, amount, allowance = null) {
    this.add(from, -amount);
    this.add(to, this.isCoin ? amount : this.arriving(amount));
    if (allowance) this.allowances[allowance] -= amount;
  }
}

/** One escrow and the world around it. Accounts are `buyer`, `seller`, `arbiter`, `stranger` and `escrow`. */
export class Model {
  constructor({ amount, deadline, arbiter, coin, deliveryAmount }) {
    Object.assign(this, { amount, deadline, arbiter, deliveryAmount });
    this.state = "Created";
    this.resolveBy = 0n;
    this.due = { buyer: 0n, seller: 0n };
    this.coin = new Currency(true);
    this.token = new Currency(false);
    this.fund = new Currency(false);
    this.cash = coin ? this.coin : this.token;
  }

  get delivers() {
    return this.deliveryAmount > 0n;
  }

  /** What is agreed to be in the escrow. */
  get owed() {
    return this.state === "Funded" || this.state === "Disputed" ? this.amount : this.due.buyer + this.due.seller;
  }

  /** What of it is there. */
  get held() {
    const there = this.cash.of("escrow");
    return there < this.owed ? there : this.owed;
  }

  /** Does it, if it may be done. Returns `{ events }` or `{ refused: [reasons] }`. */
  take(now, { name, from, args = [], value = 0n }) {
    const { reasons, effect } = this[name](now, from, ...args, value);
    return reasons.length > 0 ? { refused: reasons } : { events: effect() };
  }

  doFund(now, from, value) {
    const expected = this.cash.isCoin ? this.amount : 0n;
    const reasons = [];
    if (from !== "buyer") reasons.push("Unauthorized");
    if (this.state !== "Created") reasons.push("WrongState");
    if (now >= this.deadline) reasons.push("TooLate");
    if (value !== expected) reasons.push("WrongAmount");
    if (!this.cash.isCoin) {
      reasons.push(...this.cash.obstacles("buyer", "escrow", this.amount, { whole: true, allowance: "buyer" }));
    }
    return {
      reasons,
      effect: () => {
        this.cash.move("buyer", "escrow", this.amount, this.cash.isCoin ? null : "buyer");
        this.state = "Funded";
        return [["Funded", "buyer", this.amount]];
      },
    };
  }

  doRelease(now, from) {
    const reasons = this.#settlementObstacles();
    if (!(from === "buyer" || (from === "seller" && this.delivers))) reasons.push("Unauthorized");
    if (this.state !== "Funded") reasons.push("WrongState");
    if (now >= this.deadline) reasons.push("TooLate");
    return { reasons, effect: () => this.#settle(["Released", "seller", this.amount]) };
  }

  doRefund(now, from) {
    const reasons = [];
    const open = this.state === "Created";
    if (!(from === "seller" || (open && from === "buyer"))) reasons.push("Unauthorized");
    if (!open && this.state !== "Funded") reasons.push("WrongState");
    const amount = this.held;
    reasons.push(...this.cash.obstacles("escrow", "buyer", amount));
    return {
      reasons,
      effect: () => {
        this.cash.move("escrow", "buyer", amount);
        this.state = "Refunded";
        return [["Refunded", "buyer", amount]];
      },
    };
  }

  doExpire(now) {
    const reasons = [];
    if (FINAL.has(this.state)) reasons.push("WrongState");
    if (now < this.deadline) reasons.push("TooEarly");
    if (this.state === "Disputed" && now < this.resolveBy) reasons.push("TooEarly");
    return {
      reasons,
      effect: () => {
        const events = this.state === "Disputed" ? [["Resolved", 0n, 0n]] : [];
        this.due.buyer = this.state === "Created" ? 0n : this.amount;
        this.state = "Expired";
        return [...events, ["Expired"]];
      },
    };
  }

  doDispute(now, from) {
    const reasons = [];
    if (from !== "buyer" && from !== "seller") reasons.push("Unauthorized");
    if (!this.arbiter) reasons.push("NoArbiter");
    if (this.state !== "Funded") reasons.push("WrongState");
    if (now >= this.deadline) reasons.push("TooLate");
    return {
      reasons,
      effect: () => {
        this.state = "Disputed";
        this.resolveBy = now + RESOLUTION_PERIOD;
        return [["Disputed", from]];
      },
    };
  }

  doResolve(now, from, toSeller, toBuyer) {
    const dismissed = toSeller === 0n && toBuyer === 0n;
    const leaves =
      !dismissed &&
      ((from === "seller" && toSeller === 0n && toBuyer === this.held) ||
        (from === "buyer" && toBuyer === 0n && toSeller === this.held));
    const reasons = [];
    if (!(from === "arbiter" && this.arbiter) && !leaves) reasons.push("Unauthorized");
    if (this.state !== "Disputed") reasons.push("WrongState");
    if (now >= this.resolveBy) reasons.push("TooLate");
    if (!dismissed && toSeller + toBuyer !== this.held) reasons.push("WrongSplit");
    const settles = this.delivers && toSeller > 0n;
    if (settles && toSeller !== this.amount) reasons.push("NotDivisible");
    if (settles) reasons.push(...this.#settlementObstacles());
    return {
      reasons,
      effect: () => {
        const event = ["Resolved", toSeller, toBuyer];
        if (settles) return this.#settle(event);
        if (dismissed) this.state = "Funded";
        else {
          this.state = toSeller > 0n ? "Released" : "Refunded";
          this.due = { buyer: toBuyer, seller: toSeller };
        }
        return [event];
      },
    };
  }

  doLapse(now) {
    const reasons = [];
    if (this.state !== "Disputed") reasons.push("WrongState");
    if (now < this.resolveBy) reasons.push("TooEarly");
    return {
      reasons,
      effect: () => {
        this.state = "Funded";
        return [["Resolved", 0n, 0n]];
      },
    };
  }

  doWithdraw(now, from, account) {
    const owed = this.due[account] ?? 0n;
    const there = this.cash.of("escrow");
    const amount = there < owed ? there : owed;
    const reasons = amount === 0n ? ["NothingDue"] : this.cash.obstacles("escrow", account, amount);
    return {
      reasons,
      effect: () => {
        this.cash.move("escrow", account, amount);
        this.due[account] -= amount;
        return [[this.state === "Expired" ? "Refunded" : "Withdrawn", account, amount]];
      },
    };
  }

  doSweep(now, from, which) {
    const currency = this[which];
    const surplus = currency.of("escrow") - (currency === this.cash ? this.owed : 0n);
    const to = currency === this.fund && this.delivers ? "seller" : "buyer";
    const reasons = surplus <= 0n ? ["NothingDue"] : currency.obstacles("escrow", to, surplus);
    return {
      reasons,
      effect: () => {
        currency.move("escrow", to, surplus);
        return [["Swept", to, surplus]];
      },
    };
  }

  #settlementObstacles() {
    const delivery = this.delivers
      ? this.fund.obstacles("seller", "buyer", this.deliveryAmount, { whole: true, allowance: "seller" })
      : [];
    return [...delivery, ...this.cash.obstacles("escrow", "seller", this.amount, { whole: true })];
  }

  #settle(event) {
    const events = [event];
    if (this.delivers) {
      this.fund.move("seller", "buyer", this.deliveryAmount, "seller");
      events.unshift(["Delivered", "seller", "buyer", this.deliveryAmount]);
    }
    this.cash.move("escrow", "seller", this.amount);
    this.state = "Released";
    return events;
  }
}

/**
 * What those who only read events make of them: the table of `shared/domain/src/escrow/state.rs`. Throws at an event that the
 * table refuses, which there would be an anomaly.
 */
export class Reader {
  constructor(amount) {
    Object.assign(this, { amount, state: "Created", disputed: false, balance: 0n });
  }

  hear([name, ...values]) {
    const open = this.state === "Created" || this.state === "Funded";
    const allowed = {
      Funded: () => open,
      Released: () => this.state === "Funded" && !this.disputed,
      Refunded: () => !this.disputed,
      Expired: () => open && !this.disputed,
      Disputed: () => this.state === "Funded" && !this.disputed,
      Resolved: () => this.disputed,
    }[name];
    if (!allowed) return;
    if (!allowed()) throw new Error(`${name} is an anomaly: ${this.state}${this.disputed ? ", disputed" : ""}`);
    this[`hear${name}`](...values);
    if (this.balance < 0n) throw new Error(`${name} pays out more than is held`);
  }

  hearFunded(_, amount) {
    this.balance += amount;
    if (this.balance >= this.amount) this.state = "Funded";
  }

  hearReleased(_, amount) {
    this.balance -= amount;
    this.state = "Released";
  }

  hearRefunded(_, amount) {
    this.balance -= amount;
    if (this.state === "Created" || this.state === "Funded") this.state = "Refunded";
  }

  hearExpired() {
    this.state = "Expired";
  }

  hearDisputed() {
    this.disputed = true;
  }

  hearResolved(toSeller, toBuyer) {
    this.disputed = false;
    this.balance -= toSeller + toBuyer;
    if (toSeller > 0n) this.state = "Released";
    else if (toBuyer > 0n) this.state = "Refunded";
  }
}
