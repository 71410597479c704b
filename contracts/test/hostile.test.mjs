//! Tokens, receivers and strangers that mean harm, or are only unlucky.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { encodeFunctionData, zeroAddress } from "viem";

import { receiptOf } from "../lib/receipt.mjs";
import { ESCROW, openWorld, refuses } from "./support/world.mjs";

let world;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const call = (functionName, args = []) => encodeFunctionData({ abi: ESCROW.abi, functionName, args });

/** The selector of `ReentrancyGuardReentrantCall()`. */
const REENTRANT = "0x3ee5aeb5";

describe("a token that calls back", () => {
  const calls = ["fund", "release", "refund", "expire", "lapse"].map((name) => [name, call(name)]);
  calls.push(["dispute", call("dispute", [`0x${"00".repeat(32)}`])]);
  calls.push(["resolve", call("resolve", [0n, 1000n])]);
  calls.push(["withdraw", call("withdraw", ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"])]);
  calls.push(["sweep", call("sweep", [zeroAddress])]);

  for (const [name, data] of calls) {
    it(`cannot ${name} while money moves`, async () => {
      const token = await world.token("ReentrantToken");
      for (const [step, move] of [
        ["fund", (deal) => deal.fund()],
        ["release", (deal) => deal.release()],
      ]) {
        const deal = await world.createIn(token);
        if (step !== "fund") await deal.fund();
        await world.send(token, "attack", [deal.address, data]);
        await move(deal);
        assert.equal(await world.read(token, "outcome"), REENTRANT, `during ${step}`);
        assert.equal(await world.balance(deal.address, token), step === "fund" ? 1000n : 0n);
      }
    });
  }
});

describe("a receiver that calls back", () => {
  it("is paid once", async () => {
    const seller = await world.deployTesting("Actor");
    const deal = await world.create({ seller: seller.address });
    const another = await world.create({ seller: seller.address });
    await another.fund();
    await deal.fund();
    await world.send(seller, "attack", [deal.address, call("withdraw", [seller.address])]);
    await deal.release();
    assert.equal(await world.read(seller, "outcome"), REENTRANT);
    assert.equal(await world.balance(seller.address), 1000n);
    assert.equal(await another.held(), 1000n);
  });

  it("is paid its part once", async () => {
    const seller = await world.deployTesting("Actor");
    const deal = await world.create({ seller: seller.address });
    await deal.fund();
    await deal.dispute();
    await deal.resolve(400n, 600n);
    await world.send(seller, "attack", [deal.address, call("withdraw", [seller.address])]);
    await deal.withdraw(seller.address);
    assert.deepEqual([await world.read(seller, "outcome"), await world.balance(seller.address)], [REENTRANT, 400n]);
    assert.equal(await deal.held(), 600n);
  });
});

describe("a party that cannot be paid", () => {
  it("as the seller leaves the escrow whole, and the buyer gets the money back after the deadline", async () => {
    const seller = await world.deployTesting("Actor");
    await world.send(seller, "refuse", [true]);
    const deal = await world.create({ seller: seller.address });
    await deal.fund();
    await refuses(deal.release(), "no coins, please");
    assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
    await deal.pastDeadline();
    await deal.expire();
    await deal.withdraw(world.buyer);
    assert.equal(await world.balance(deal.address), 0n);
  });

  it("as the buyer cannot keep a deadline from passing, and is paid when it accepts", async () => {
    const buyer = await world.deployTesting("Actor");
    const deal = await world.create({ buyer: buyer.address });
    await world.send(buyer, "act", [deal.address, call("fund")], { value: 1000n });
    await world.send(buyer, "refuse", [true]);
    await refuses(deal.refund(), "no coins, please");
    assert.equal(await deal.state(), "Funded");
    await deal.pastDeadline();
    await deal.expire();
    await refuses(deal.withdraw(buyer.address), "no coins, please");
    assert.deepEqual([await deal.state(), await deal.due(buyer.address)], ["Expired", 1000n]);
    await world.send(buyer, "refuse", [false]);
    await deal.withdraw(buyer.address);
    assert.equal(await world.balance(buyer.address), 1000n);
  });

  it("does not keep the other from its part of a resolved dispute", async () => {
    const token = await world.token("FreezableToken");
    const deal = await world.createIn(token);
    await deal.fund();
    await deal.dispute();
    await world.send(token, "freeze", [world.seller, true]);
    await deal.resolve(300n, 700n);
    await refuses(deal.withdraw(world.seller), "Frozen", [world.seller]);
    await deal.withdraw(world.buyer);
    assert.deepEqual([await deal.due(world.seller), await deal.held()], [300n, 300n]);
    await world.send(token, "freeze", [world.seller, false]);
    await deal.withdraw(world.seller);
    assert.equal(await world.balance(deal.address, token), 0n);
  });

  it("because it is frozen leaves the escrow whole, whichever way the money was to go", async () => {
    const token = await world.token("FreezableToken");
    const deal = await world.createIn(token);
    await deal.fund();
    await world.send(token, "freeze", [world.seller, true]);
    await refuses(deal.release(), "Frozen", [world.seller]);
    await world.send(token, "freeze", [world.seller, false]);
    await world.send(token, "freeze", [world.buyer, true]);
    await refuses(deal.refund(), "Frozen", [world.buyer]);
    assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
    await deal.pastDeadline();
    await deal.expire();
    await refuses(deal.withdraw(world.buyer), "Frozen", [world.buyer]);
    await world.send(token, "freeze", [world.buyer, false]);
    await deal.withdraw(world.buyer);
    assert.equal(await world.balance(deal.address, token), 0n);
  });

  it("because the escrow itself is frozen changes nothing", async () => {
    const token = await world.token("FreezableToken");
    const deal = await world.createIn(token);
    await world.send(token, "freeze", [deal.address, true]);
    await refuses(deal.fund(), "Frozen", [deal.address]);
    assert.equal(await deal.state(), "Created");
    await world.send(token, "freeze", [deal.address, false]);
    await deal.fund();
    await world.send(token, "freeze", [deal.address, true]);
    await refuses(deal.release(), "Frozen", [deal.address]);
    assert.equal(await deal.state(), "Funded");
  });
});

describe("a token that takes a fee", () => {
  it("is refused when it is paid in", async () => {
    const token = await world.token("FeeToken");
    await world.send(token, "charge", [100n]);
    const deal = await world.createIn(token);
    await refuses(deal.fund(), "WrongAmount", [1000n, 990n]);
    assert.deepEqual([await deal.state(), await world.balance(deal.address, token)], ["Created", 0n]);
  });

  it("and has only begun to do so afterwards pays no seller less than agreed, and goes back to the buyer", async () => {
    const token = await world.token("FeeToken");
    const deal = await world.createIn(token);
    await deal.fund();
    await world.send(token, "charge", [100n]);
    await refuses(deal.release(), "WrongAmount", [1000n, 990n]);
    assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
    await deal.refund();
    assert.equal(await world.balance(deal.address, token), 0n);
  });
});

describe("a token that answers false", () => {
  it("has not paid", async () => {
    const token = await world.token("FalseToken");
    const deal = await world.createIn(token);
    await world.send(token, "breakDown", [true]);
    await refuses(deal.fund(), "SafeERC20FailedOperation", [token.address]);
    await world.send(token, "breakDown", [false]);
    await deal.fund();
    await world.send(token, "breakDown", [true]);
    await refuses(deal.release(), "SafeERC20FailedOperation", [token.address]);
    await refuses(deal.refund(), "SafeERC20FailedOperation", [token.address]);
    assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
  });
});

describe("a token whose balances change by themselves", () => {
  const funded = async () => {
    const token = await world.token("RebasingToken");
    const deal = await world.createIn(token);
    await deal.fund();
    return { token, deal };
  };

  it("and grow gives the seller what was agreed, and the buyer the rest", async () => {
    const { token, deal } = await funded();
    await world.send(token, "rebase", [2000n]);
    const [seller, buyer] = [await world.balance(world.seller, token), await world.balance(world.buyer, token)];
    await deal.sweep(token.address);
    assert.equal(await world.balance(world.buyer, token), buyer + 1000n);
    await deal.release();
    assert.equal(await world.balance(world.seller, token), seller + 1000n);
  });

  it("and shrink releases nothing, and gives the buyer what is left", async () => {
    const { token, deal } = await funded();
    await world.send(token, "rebase", [900n]);
    assert.equal(await deal.held(), 900n);
    await assert.rejects(deal.release());
    assert.equal(await deal.state(), "Funded");
    const before = await world.balance(world.buyer, token);
    await deal.refund();
    assert.deepEqual([await world.balance(world.buyer, token), await deal.held()], [before + 900n, 0n]);
  });

  it("and shrink divides what is left between the parties of a dispute", async () => {
    const { token, deal } = await funded();
    await deal.dispute();
    await world.send(token, "rebase", [500n]);
    await refuses(deal.resolve(500n, 500n), "WrongSplit", [500n]);
    await deal.resolve(300n, 200n);
    await deal.withdraw(world.seller);
    await deal.withdraw(world.buyer);
    assert.equal(await world.balance(deal.address, token), 0n);
  });

  it("and have shrunk when it has expired pays what is there, and owes the rest", async () => {
    const { token, deal } = await funded();
    await deal.pastDeadline();
    await deal.expire();
    await world.send(token, "rebase", [500n]);
    await deal.withdraw(world.buyer);
    assert.deepEqual([await deal.due(world.buyer), await deal.held()], [500n, 0n]);
    await refuses(deal.withdraw(world.buyer), "NothingDue");
  });

  it("and vanish leave nothing that a party could give away, and so no way around the arbiter", async () => {
    const { token, deal } = await funded();
    await deal.dispute();
    await world.send(token, "rebase", [0n]);
    for (const from of [world.buyer, world.seller]) await refuses(deal.resolve(0n, 0n, { from }), "Unauthorized");
    await deal.resolve(0n, 0n);
    assert.equal(await deal.state(), "Funded");
  });
});

describe("coins that nobody asked for", () => {
  it("are refused if they are sent", async () => {
    const deal = await world.create();
    const hash = await world.wallet.sendTransaction({ account: world.buyer, to: deal.address, value: 1n, gas: 100_000n });
    assert.equal((await receiptOf(world.reader, hash)).status, "reverted");
    assert.equal(await world.balance(deal.address), 0n);
  });

  it("if forced in, count neither as payment nor as held, and go to the buyer", async () => {
    const deal = await world.create();
    await world.deployTesting("Forcer", [deal.address], 1000n);
    assert.deepEqual([await deal.state(), await deal.held()], ["Created", 0n]);
    await refuses(deal.release(), "WrongState", [0]);
    await deal.fund();
    await world.deployTesting("Forcer", [deal.address], 5n);
    assert.equal(await deal.held(), 1000n);
    const before = await world.balance(world.buyer);
    await deal.sweep();
    assert.equal(await world.balance(world.buyer), before + 1005n);
    await deal.refund();
    assert.equal(await world.balance(deal.address), 0n);
  });

  it("do not stop the settlement of what was agreed", async () => {
    const deal = await world.create();
    await deal.fund();
    await world.deployTesting("Forcer", [deal.address], 7n);
    const before = await world.balance(world.seller);
    await deal.release();
    assert.deepEqual([await world.balance(world.seller), await world.balance(deal.address)], [before + 1000n, 7n]);
    await deal.sweep();
    assert.equal(await world.balance(deal.address), 0n);
  });
});

describe("sweeping", () => {
  it("finds nothing in an escrow that holds what was agreed", async () => {
    const token = await world.token();
    const deal = await world.createIn(token);
    await deal.fund();
    await refuses(deal.sweep(token.address), "NothingDue");
    await deal.pastDeadline();
    await deal.expire();
    await refuses(deal.sweep(token.address), "NothingDue");
    assert.equal(await deal.held(), 1000n);
  });

  it("cannot reach the agreed money by the second address of a token", async () => {
    const token = await world.token("TokenWithTwoEntrances");
    const second = await world.read(token, "SECOND");
    const deal = await world.createIn(token);
    await deal.fund();
    await refuses(deal.sweep(second), "HeldInEscrow");
    assert.equal(await deal.held(), 1000n);
    await deal.release();
  });

  it("gives the buyer what somebody has sent in any other token", async () => {
    const token = await world.token();
    const deal = await world.create();
    await deal.fund();
    await world.send(token, "mint", [deal.address, 9n]);
    const before = await world.balance(world.buyer, token);
    await deal.sweep(token.address);
    assert.equal(await world.balance(world.buyer, token), before + 9n);
    assert.equal(await deal.held(), 1000n);
  });

  it("of what is no token fails", async () => {
    const deal = await world.create();
    await assert.rejects(deal.sweep(world.stranger));
  });
});

describe("two escrows", () => {
  it("of the same parties in the same token do not touch each other", async () => {
    const token = await world.token();
    const [one, two] = [await world.createIn(token), await world.createIn(token)];
    await one.fund();
    await two.fund();
    await one.refund();
    assert.deepEqual([await two.state(), await two.held()], ["Funded", 1000n]);
    await two.release();
  });
});
