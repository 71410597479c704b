//! The life of an escrow: who may do what, and when.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { pad, zeroAddress } from "viem";

import { DAY, openWorld, refuses, told } from "./support/world.mjs";

let world;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const REASON = pad("0x77", { size: 32 });

/** Each currency, and how an escrow in it is made. */
const CURRENCIES = {
  "the chain's own coin": () => ({ create: (changes) => world.create(changes) }),
  "a token": async () => {
    const token = await world.token();
    return { token, create: (changes) => world.createIn(token, changes) };
  },
  "a token that answers nothing": async () => {
    const token = await world.token("SilentToken");
    return { token, create: (changes) => world.createIn(token, changes) };
  },
};

for (const [name, open] of Object.entries(CURRENCIES)) {
  describe(`an escrow in ${name}`, () => {
    let token, create;
    before(async () => {
      ({ token, create } = await open());
    });

    const balances = (...accounts) => Promise.all(accounts.map((account) => world.balance(account, token)));

    it("pays the seller when the buyer releases it", async () => {
      const deal = await create();
      assert.equal(await deal.state(), "Created");
      assert.deepEqual(told(await deal.fund()).slice(0, 1), [`Funded(${world.buyer}, 1000)`]);
      assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
      const [before] = await balances(world.seller);
      const released = await deal.release();
      assert.ok(told(released).includes(`Released(${world.seller}, 1000)`));
      assert.deepEqual(await balances(world.seller, deal.address), [before + 1000n, 0n]);
      assert.deepEqual([await deal.state(), await deal.held()], ["Released", 0n]);
    });

    it("pays the buyer back when the seller gives up", async () => {
      const deal = await create();
      await deal.fund();
      const [before] = await balances(world.buyer);
      assert.ok(told(await deal.refund()).includes(`Refunded(${world.buyer}, 1000)`));
      assert.deepEqual(await balances(world.buyer, deal.address), [before + 1000n, 0n]);
      assert.equal(await deal.state(), "Refunded");
    });

    it("goes back to the buyer after the deadline, whoever says so", async () => {
      const deal = await create();
      await deal.fund();
      await deal.pastDeadline();
      assert.deepEqual(told(await deal.expire()), ["Expired()"]);
      assert.deepEqual([await deal.state(), await deal.due(world.buyer)], ["Expired", 1000n]);
      const [before] = await balances(world.buyer);
      assert.ok(told(await deal.withdraw(world.buyer)).includes(`Refunded(${world.buyer}, 1000)`));
      assert.deepEqual(await balances(world.buyer, deal.address), [before + 1000n, 0n]);
      await refuses(deal.withdraw(world.buyer), "NothingDue");
      assert.equal(await deal.state(), "Expired");
    });

    it("is divided as the arbiter decides, and each side fetches its part", async () => {
      const deal = await create();
      await deal.fund();
      assert.deepEqual(told(await deal.dispute()), [`Disputed(${world.buyer}, ${REASON})`]);
      assert.deepEqual(told(await deal.resolve(600n, 400n)), ["Resolved(600, 400)"]);
      assert.deepEqual([await deal.state(), await deal.held()], ["Released", 1000n]);
      const before = await balances(world.seller, world.buyer);
      assert.ok(told(await deal.withdraw(world.seller)).includes(`Withdrawn(${world.seller}, 600)`));
      await refuses(deal.withdraw(world.seller), "NothingDue");
      assert.ok(told(await deal.withdraw(world.buyer)).includes(`Withdrawn(${world.buyer}, 400)`));
      await refuses(deal.withdraw(world.buyer), "NothingDue");
      assert.deepEqual(await balances(world.seller, world.buyer), [before[0] + 600n, before[1] + 400n]);
      assert.equal(await world.balance(deal.address, token), 0n);
    });

    it("takes exactly the agreed amount", async () => {
      const deal = await create();
      if (token) {
        await refuses(deal.fund({ value: 1n }), "WrongAmount", [0n, 1n]);
      } else {
        for (const value of [0n, 999n, 1001n]) await refuses(deal.fund({ value }), "WrongAmount", [1000n, value]);
      }
      assert.equal(await deal.state(), "Created");
    });
  });
}

describe("before anything is paid in", () => {
  it("only the buyer pays in", async () => {
    const deal = await world.create();
    for (const from of [world.seller, world.arbiter, world.stranger]) {
      await refuses(deal.fund({ from }), "Unauthorized", [from]);
    }
  });

  it("either party may call it off, and nobody else", async () => {
    for (const from of [world.buyer, world.seller]) {
      const deal = await world.create();
      assert.deepEqual(told(await deal.refund({ from })), [`Refunded(${world.buyer}, 0)`]);
      assert.equal(await deal.state(), "Refunded");
      await refuses(deal.fund(), "WrongState", [4]);
    }
    const deal = await world.create();
    for (const from of [world.arbiter, world.stranger]) await refuses(deal.refund({ from }), "Unauthorized");
  });

  it("nothing can be released, disputed or decided", async () => {
    const deal = await world.create();
    await refuses(deal.release(), "WrongState", [0]);
    await refuses(deal.dispute(), "WrongState", [0]);
    await refuses(deal.resolve(0n, 0n), "WrongState", [0]);
    await refuses(deal.lapse(), "WrongState", [0]);
    await refuses(deal.withdraw(world.buyer), "NothingDue");
  });

  it("it expires with nothing due", async () => {
    const deal = await world.create();
    await deal.pastDeadline();
    assert.deepEqual(told(await deal.expire()), ["Expired()"]);
    assert.deepEqual([await deal.due(world.buyer), await deal.held()], [0n, 0n]);
  });

  it("a token must have been approved, and be there", async () => {
    const token = await world.token();
    const deal = await world.create({ token: token.address });
    await refuses(deal.fund(), "ERC20InsufficientAllowance");
    const poor = await world.create({ token: token.address, buyer: world.other });
    await world.send(token, "approve", [poor.address, 1000n], { from: world.other });
    await refuses(poor.fund(), "ERC20InsufficientBalance");
    assert.equal(await poor.state(), "Created");
  });
});

describe("once it is paid in", () => {
  it("it cannot be paid in again", async () => {
    const deal = await world.create();
    await deal.fund();
    await refuses(deal.fund(), "WrongState", [1]);
  });

  it("only the buyer releases it", async () => {
    const deal = await world.create();
    await deal.fund();
    for (const from of [world.seller, world.arbiter, world.stranger]) {
      await refuses(deal.release({ from }), "Unauthorized", [from]);
    }
  });

  it("only the seller returns it", async () => {
    const deal = await world.create();
    await deal.fund();
    for (const from of [world.buyer, world.arbiter, world.stranger]) {
      await refuses(deal.refund({ from }), "Unauthorized", [from]);
    }
  });

  it("it can be released until the last second before the deadline, and not in the second of the deadline", async () => {
    const [last, late] = [await world.create(), await world.create()];
    await last.fund();
    await late.fund();
    const from = world.buyer;
    assert.equal(await world.sendAt(last.terms.deadline - 1n, last, "release", [], { from }), true);
    await refuses(late.expire(), "TooEarly", [late.terms.deadline]);
    assert.equal(await world.sendAt(late.terms.deadline, late, "release", [], { from }), false);
    await refuses(late.release(), "TooLate", [late.terms.deadline]);
    await late.expire();
  });

  it("it expires in the second of the deadline, and not one before", async () => {
    const [early, due] = [await world.create(), await world.create()];
    await early.fund();
    await due.fund();
    assert.equal(await world.sendAt(early.terms.deadline - 1n, early, "expire"), false);
    assert.equal(await world.sendAt(due.terms.deadline, due, "expire"), true);
  });

  it("the seller may return it even after the deadline", async () => {
    const deal = await world.create();
    await deal.fund();
    await deal.pastDeadline();
    assert.deepEqual(told(await deal.refund()), [`Refunded(${world.buyer}, 1000)`]);
    await refuses(deal.expire(), "WrongState", [4]);
  });

  it("the arbiter has no say without a dispute", async () => {
    const deal = await world.create();
    await deal.fund();
    await refuses(deal.resolve(0n, 1000n), "WrongState", [1]);
    await refuses(deal.dispute({ from: world.arbiter }), "Unauthorized");
    await refuses(deal.dispute({ from: world.stranger }), "Unauthorized");
  });
});

describe("from the deadline on", () => {
  it("nothing can be paid in, released or disputed", async () => {
    const [empty, paid] = [await world.create(), await world.create()];
    await paid.fund();
    await paid.pastDeadline();
    await refuses(empty.fund(), "TooLate", [empty.terms.deadline]);
    await refuses(paid.release(), "TooLate", [paid.terms.deadline]);
    await refuses(paid.dispute(), "TooLate", [paid.terms.deadline]);
  });
});

describe("a dispute", () => {
  const disputed = async (changes) => {
    const deal = await world.create(changes);
    await deal.fund();
    await deal.dispute();
    return deal;
  };

  it("stops everything but its decision", async () => {
    const deal = await disputed();
    assert.deepEqual([await deal.state(), await deal.held()], ["Disputed", 1000n]);
    await refuses(deal.fund(), "WrongState", [2]);
    await refuses(deal.release(), "WrongState", [2]);
    await refuses(deal.refund(), "WrongState", [2]);
    await refuses(deal.dispute(), "WrongState", [2]);
    await refuses(deal.withdraw(world.buyer), "NothingDue");
    await deal.pastDeadline();
    const resolveBy = await world.read(deal, "resolveBy");
    await refuses(deal.expire(), "TooEarly", [resolveBy]);
  });

  it("can be called by the seller, too", async () => {
    const deal = await world.create();
    await deal.fund();
    assert.deepEqual(told(await deal.dispute({ from: world.seller })), [`Disputed(${world.seller}, ${REASON})`]);
  });

  it("is not to be had where there is no arbiter", async () => {
    const deal = await world.create({ arbiter: zeroAddress });
    await deal.fund();
    await refuses(deal.dispute(), "NoArbiter");
  });

  it("is decided by the arbiter alone, who cannot pay anybody else, nor more or less than is held", async () => {
    const deal = await disputed();
    for (const from of [world.stranger, world.deployer]) {
      await refuses(deal.resolve(0n, 1000n, { from }), "Unauthorized", [from]);
    }
    const most = 2n ** 256n - 1n;
    for (const [toSeller, toBuyer] of [[1000n, 1n], [1n, 1000n], [999n, 0n], [0n, 999n], [most, 1n], [1n, most], [most, most]]) {
      await refuses(deal.resolve(toSeller, toBuyer), "WrongSplit", [1000n]);
    }
  });

  it("can be decided even after the deadline", async () => {
    const deal = await disputed();
    await deal.pastDeadline();
    assert.deepEqual(told(await deal.resolve(1000n, 0n)), ["Resolved(1000, 0)"]);
    assert.equal(await deal.state(), "Released");
  });

  it("that gives the seller nothing refunds the escrow", async () => {
    const deal = await disputed();
    await deal.resolve(0n, 1000n);
    assert.deepEqual([await deal.state(), await deal.due(world.buyer), await deal.due(world.seller)], ["Refunded", 1000n, 0n]);
    assert.equal(await deal.due(world.arbiter), 0n);
    await refuses(deal.withdraw(world.arbiter), "NothingDue");
  });

  it("that is dismissed leaves everything as it was, and may be followed by another", async () => {
    const deal = await disputed();
    assert.deepEqual(told(await deal.resolve(0n, 0n)), ["Resolved(0, 0)"]);
    assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
    await refuses(deal.resolve(0n, 1000n), "WrongState", [1]);
    await deal.dispute();
    await deal.resolve(0n, 0n);
    await deal.release();
    assert.equal(await deal.state(), "Released");
  });

  it("ends when a party leaves everything to the other, and only then without the arbiter", async () => {
    for (const [from, toSeller, toBuyer] of [[world.buyer, 0n, 1000n], [world.seller, 1000n, 0n]]) {
      const deal = await disputed();
      await refuses(deal.resolve(toSeller, toBuyer, { from }), "Unauthorized", [from]);
      await refuses(deal.resolve(500n, 500n, { from }), "Unauthorized", [from]);
      await refuses(deal.resolve(0n, 0n, { from }), "Unauthorized", [from]);
      assert.deepEqual(told(await deal.resolve(toBuyer, toSeller, { from })), [`Resolved(${toBuyer}, ${toSeller})`]);
    }
  });

  it("that nobody decides lapses after thirty days, and the arbiter is too late", async () => {
    const deal = await disputed({ deadline: (await world.now()) + 100n * DAY });
    const resolveBy = await world.read(deal, "resolveBy");
    const { timestamp } = await world.reader.getBlock();
    assert.equal(resolveBy, timestamp + 30n * DAY);
    await refuses(deal.lapse(), "TooEarly", [resolveBy]);
    assert.equal(await world.sendAt(resolveBy - 1n, deal, "lapse"), false);
    assert.equal(await world.sendAt(resolveBy, deal, "resolve", [1000n, 0n], { from: world.arbiter }), false);
    await refuses(deal.resolve(1000n, 0n), "TooLate", [resolveBy]);
    assert.deepEqual(told(await deal.lapse()), ["Resolved(0, 0)"]);
    assert.equal(await deal.state(), "Funded");
    await refuses(deal.expire(), "TooEarly", [deal.terms.deadline]);
    await refuses(deal.lapse(), "WrongState", [1]);
    await deal.release();
  });

  it("that nobody decides does not keep the money beyond thirty days: it expires in one call", async () => {
    const deal = await disputed();
    await world.at(await world.read(deal, "resolveBy"));
    assert.deepEqual(told(await deal.expire()), ["Resolved(0, 0)", "Expired()"]);
    assert.equal(await deal.due(world.buyer), 1000n);
  });

  it("that lapses before the deadline does not expire the escrow", async () => {
    const deal = await disputed({ deadline: (await world.now()) + 100n * DAY });
    await world.at(await world.read(deal, "resolveBy"));
    await refuses(deal.expire(), "TooEarly", [deal.terms.deadline]);
    assert.equal(await deal.state(), "Disputed");
  });
});

describe("an escrow that has ended", () => {
  const ends = {
    Released: (deal) => deal.release(),
    Refunded: (deal) => deal.refund(),
    Expired: async (deal) => {
      await deal.pastDeadline();
      await deal.expire();
      await deal.withdraw(world.buyer);
    },
  };
  for (const [state, end] of Object.entries(ends)) {
    it(`stays ${state.toLowerCase()}, whoever tries what`, async () => {
      const deal = await world.create();
      await deal.fund();
      await end(deal);
      const { buyer, seller, arbiter } = world;
      await refuses(deal.fund(), "WrongState");
      await refuses(deal.release(), "WrongState");
      await refuses(deal.refund(), "WrongState");
      await refuses(deal.expire(), "WrongState");
      await refuses(deal.dispute(), "WrongState");
      await refuses(deal.resolve(0n, 1000n, { from: arbiter }), "WrongState");
      await refuses(deal.lapse(), "WrongState");
      for (const account of [buyer, seller, arbiter]) await refuses(deal.withdraw(account), "NothingDue");
      assert.deepEqual([await deal.state(), await deal.held()], [state, 0n]);
    });
  }
});
