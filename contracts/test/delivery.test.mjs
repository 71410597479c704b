//! Delivery against payment: both legs, or neither.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { zeroAddress } from "viem";

import { openWorld, refuses } from "./support/world.mjs";

let world;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

/** An escrow that is paid in, with what each side then has. */
async function funded(changes = {}, tokens = {}) {
  const cash = "cash" in tokens ? tokens.cash : await world.token("FreezableToken");
  const fund = tokens.fund ?? (await world.token("FreezableToken"));
  const deal = await world.createAgainst(cash, fund, changes);
  await deal.fund();
  const holdings = async () => ({
    buyer: await world.balance(deal.terms.buyer, fund),
    seller: await world.balance(deal.terms.seller, cash),
    escrow: await world.balance(deal.address, cash),
  });
  return { deal, cash, fund, holdings, start: await holdings() };
}

const names = ({ events }, deal) => events.filter(({ address }) => address === deal.address).map(({ name }) => name);

/** Asserts that nothing has moved, and that it can still be settled. */
async function whole({ deal, holdings, start }) {
  assert.deepEqual(await holdings(), start);
  assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
}

async function settled({ deal, holdings, start }) {
  const { buyer, seller, escrow } = start;
  assert.deepEqual(await holdings(), { buyer: buyer + 70n, seller: seller + 1000n, escrow: escrow - 1000n });
  assert.equal(await deal.state(), "Released");
}

describe("delivery against payment", () => {
  for (const by of ["buyer", "seller"]) {
    it(`settles both legs in one transaction when the ${by} asks for it`, async () => {
      const trade = await funded();
      const result = await trade.deal.release({ from: world[by] });
      assert.deepEqual(names(result, trade.deal), ["Delivered", "Released"]);
      await settled(trade);
    });
  }

  it("settles against the chain's own coin, too", async () => {
    const trade = await funded({}, { cash: undefined });
    await trade.deal.release();
    await settled(trade);
  });

  it("is nothing for others to settle", async () => {
    const trade = await funded();
    for (const from of [world.arbiter, world.stranger]) await refuses(trade.deal.release({ from }), "Unauthorized");
    await whole(trade);
  });

  it("leaves both legs where they are if the seller has not approved the delivery", async () => {
    const trade = await funded();
    await world.send(trade.fund, "approve", [trade.deal.address, 69n], { from: world.seller });
    await refuses(trade.deal.release(), "ERC20InsufficientAllowance");
    await whole(trade);
    await world.send(trade.fund, "approve", [trade.deal.address, 70n], { from: world.seller });
    await trade.deal.release();
    await settled(trade);
  });

  it("takes no more than was agreed, however much the seller has approved", async () => {
    const trade = await funded();
    await world.send(trade.fund, "approve", [trade.deal.address, 2n ** 256n - 1n], { from: world.seller });
    await trade.deal.release();
    await settled(trade);
    await refuses(trade.deal.release(), "WrongState");
  });

  it("leaves both legs where they are while the buyer may not receive the fund token", async () => {
    const trade = await funded();
    await world.send(trade.fund, "freeze", [world.buyer, true]);
    await refuses(trade.deal.release({ from: world.seller }), "Frozen", [world.buyer]);
    await whole(trade);
    await world.send(trade.fund, "freeze", [world.buyer, false]);
    await trade.deal.release({ from: world.seller });
    await settled(trade);
  });

  it("leaves both legs where they are while the seller may not receive the money", async () => {
    const trade = await funded();
    await world.send(trade.cash, "freeze", [world.seller, true]);
    await refuses(trade.deal.release(), "Frozen", [world.seller]);
    await whole(trade);
  });

  it("leaves both legs where they are if the seller refuses the coins", async () => {
    const seller = await world.deployTesting("Actor");
    const fund = await world.token();
    await world.send(fund, "mint", [seller.address, 100n]);
    const deal = await world.create({ seller: seller.address, deliveryToken: fund.address, deliveryAmount: 70n });
    const approve = approval(fund, deal.address, 70n);
    await world.send(seller, "act", [fund.address, approve]);
    await deal.fund();
    await world.send(seller, "refuse", [true]);
    await refuses(deal.release(), "no coins, please");
    assert.deepEqual([await world.balance(seller.address, fund), await deal.state()], [100n, "Funded"]);
  });

  it("insists that the whole delivery arrives", async () => {
    const fund = await world.token("FeeToken");
    const trade = await funded({}, { fund });
    await world.send(fund, "charge", [500n]);
    await refuses(trade.deal.release(), "WrongAmount", [70n, 67n]);
    await whole(trade);
  });

  it("insists that the whole price arrives", async () => {
    const cash = await world.token("FeeToken");
    const trade = await funded({}, { cash });
    await world.send(cash, "charge", [10n]);
    await refuses(trade.deal.release(), "WrongAmount", [1000n, 999n]);
    await whole(trade);
  });

  it("does not take a token's `false` for a delivery", async () => {
    const fund = await world.token("FalseToken");
    const trade = await funded({}, { fund });
    await world.send(fund, "breakDown", [true]);
    await refuses(trade.deal.release(), "SafeERC20FailedOperation");
    await whole(trade);
  });

  it("delivers nothing when the seller gives up or the deadline passes", async () => {
    const refunded = await funded();
    await refunded.deal.refund();
    const late = await funded();
    await late.deal.pastDeadline();
    await refuses(late.deal.release({ from: world.seller }), "TooLate");
    await late.deal.expire();
    await late.deal.withdraw(world.buyer);
    for (const trade of [refunded, late]) {
      assert.deepEqual(await trade.holdings(), { ...trade.start, escrow: 0n });
    }
  });
});

describe("a dispute about a delivery", () => {
  const disputed = async () => {
    const trade = await funded();
    await trade.deal.dispute();
    return trade;
  };

  it("that the seller wins settles both legs", async () => {
    const trade = await disputed();
    const result = await trade.deal.resolve(1000n, 0n);
    assert.deepEqual(names(result, trade.deal), ["Delivered", "Resolved"]);
    await settled(trade);
    for (const account of [world.seller, world.buyer]) await refuses(trade.deal.withdraw(account), "NothingDue");
  });

  it("that the buyer wins delivers nothing", async () => {
    const trade = await disputed();
    await trade.deal.resolve(0n, 1000n);
    await trade.deal.withdraw(world.buyer);
    assert.deepEqual(await trade.holdings(), { ...trade.start, escrow: 0n });
  });

  it("lets no arbiter take the delivery for less than the price, or pay without it", async () => {
    const trade = await disputed();
    for (const toSeller of [1n, 999n]) await refuses(trade.deal.resolve(toSeller, 1000n - toSeller), "NotDivisible");
    await world.send(trade.fund, "approve", [trade.deal.address, 0n], { from: world.seller });
    await refuses(trade.deal.resolve(1000n, 0n), "ERC20InsufficientAllowance");
    assert.deepEqual([await trade.holdings(), await trade.deal.state()], [trade.start, "Disputed"]);
  });
});

describe("what was sent to the escrow instead of being approved", () => {
  it("goes back to the seller, if it is what they were to deliver", async () => {
    const trade = await funded();
    await world.send(trade.fund, "transfer", [trade.deal.address, 70n], { from: world.seller });
    const before = await world.balance(world.seller, trade.fund);
    const { events } = await trade.deal.sweep(trade.fund.address);
    assert.deepEqual(names({ events }, trade.deal), ["Swept"]);
    assert.equal(await world.balance(world.seller, trade.fund), before + 70n);
    await whole(trade);
  });

  it("goes back to the buyer, if it is money", async () => {
    const trade = await funded();
    await world.send(trade.cash, "transfer", [trade.deal.address, 5n], { from: world.buyer });
    const before = await world.balance(world.buyer, trade.cash);
    await trade.deal.sweep(trade.cash.address);
    assert.equal(await world.balance(world.buyer, trade.cash), before + 5n);
    await refuses(trade.deal.sweep(trade.cash.address), "NothingDue");
    await refuses(trade.deal.sweep(zeroAddress), "NothingDue");
    await whole(trade);
  });
});

function approval(token, spender, amount) {
  const word = (value) => value.toString(16).replace(/^0x/, "").toLowerCase().padStart(64, "0");
  return `0x095ea7b3${word(BigInt(spender))}${word(amount)}`;
}
