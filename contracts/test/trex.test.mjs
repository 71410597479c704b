//! Settlement in ERC-3643 tokens, with a real deployment of the T-REX suite.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { getAddress, toEventSelector } from "viem";

import { COUNTRY, deploySuite, keyOf } from "./support/trex.mjs";
import { openWorld, refuses } from "./support/world.mjs";

let world, suite;
before(async () => {
  world = await openWorld();
  suite = await deploySuite(world);
});
after(() => world?.close());

/** A fund whose seller holds 100 shares, and an escrow over 70 of them that is paid in. The buyer is cleared if `cleared`. */
async function funded({ cleared = true, buyer = world.buyer } = {}) {
  const [cash, fund] = [await world.token(), await suite.token()];
  await suite.clear(fund, world.seller);
  if (cleared) await suite.clear(fund, buyer);
  await world.send(fund, "mint", [world.seller, 100n]);
  await world.send(cash, "mint", [buyer, 1000n]);
  const deal = await world.createAgainst(cash, fund, { buyer });
  await deal.fund();
  const holdings = async () => [
    await world.balance(buyer, fund),
    await world.balance(world.seller, fund),
    await world.balance(deal.address, cash),
  ];
  return { cash, fund, deal, holdings };
}

async function whole({ deal, holdings }) {
  assert.deepEqual(await holdings(), [0n, 100n, 1000n]);
  assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
}

async function settles({ deal, holdings }) {
  await deal.release({ from: world.seller });
  assert.deepEqual(await holdings(), [70n, 30n, 0n]);
  assert.equal(await deal.state(), "Released");
}

describe("delivery of an ERC-3643 token", () => {
  it("to a cleared buyer settles, although the escrow has no identity", async () => {
    const trade = await funded();
    assert.equal(await world.read(trade.fund.registry, "isVerified", [trade.deal.address]), false);
    await settles(trade);
  });

  it("to a buyer who is not cleared is refused and leaves the escrow whole, until they are", async () => {
    const trade = await funded({ cleared: false });
    await refuses(trade.deal.release({ from: world.seller }), "Transfer not possible");
    await refuses(trade.deal.release(), "Transfer not possible");
    await whole(trade);
    await suite.clear(trade.fund, world.buyer);
    await settles(trade);
  });

  it("to a buyer whose clearance has been withdrawn is refused, and the money goes back", async () => {
    const trade = await funded();
    await world.send(trade.fund.registry, "deleteIdentity", [world.buyer]);
    await refuses(trade.deal.release({ from: world.seller }), "Transfer not possible");
    await whole(trade);
    await trade.deal.refund();
    assert.deepEqual(await trade.holdings(), [0n, 100n, 0n]);
  });

  it("to a country that the compliance of the token no longer admits is refused", async () => {
    const trade = await funded();
    await world.send(trade.fund.registry, "updateCountry", [world.buyer, COUNTRY.iran]);
    await refuses(trade.deal.release(), "Transfer not possible");
    await whole(trade);
    await world.send(trade.fund.registry, "updateCountry", [world.buyer, COUNTRY.luxembourg]);
    await settles(trade);
  });

  for (const party of ["buyer", "seller"]) {
    it(`is refused while the ${party} is frozen`, async () => {
      const trade = await funded();
      await world.send(trade.fund, "setAddressFrozen", [world[party], true]);
      await refuses(trade.deal.release(), "wallet is frozen");
      await whole(trade);
      await world.send(trade.fund, "setAddressFrozen", [world[party], false]);
      await settles(trade);
    });
  }

  it("is refused while too many of the seller's shares are frozen", async () => {
    const trade = await funded();
    await world.send(trade.fund, "freezePartialTokens", [world.seller, 31n]);
    await refuses(trade.deal.release(), "Insufficient Balance");
    await whole(trade);
    await world.send(trade.fund, "unfreezePartialTokens", [world.seller, 1n]);
    await settles(trade);
  });

  it("is refused while the token is paused", async () => {
    const trade = await funded();
    await world.send(trade.fund, "pause");
    await refuses(trade.deal.release(), "Pausable: paused");
    await whole(trade);
    await world.send(trade.fund, "unpause");
    await settles(trade);
  });

  it("is refused once the claim that identified the buyer has been revoked", async () => {
    const [buyer] = world.spare;
    const trade = await funded({ buyer });
    const identity = await suite.identify(buyer);
    const [claim] = await world.read(identity, "getClaimIdsByTopic", [1n]);
    await world.send(suite.issuer, "revokeClaim", [claim, identity.address]);
    await refuses(trade.deal.release(), "Transfer not possible");
    await whole(trade);
  });
});

describe("recovery of a buyer who has lost their wallet", () => {
  let trade, lost, fresh, identity, events;
  before(async () => {
    [, lost, fresh] = world.spare;
    trade = await funded({ buyer: lost });
    identity = await suite.identify(lost);
    await world.send(identity, "addKey", [keyOf(fresh), 1n, 1n], { from: lost });
    // They hold ten shares from before, four of which are frozen, as is the wallet.
    await world.send(trade.fund, "mint", [lost, 10n]);
    await world.send(trade.fund, "freezePartialTokens", [lost, 4n]);
    await world.send(trade.fund, "setAddressFrozen", [lost, true]);
    const recovered = await world.send(trade.fund, "recoveryAddress", [lost, fresh, identity.address]);
    events = recovered.events.filter(({ address }) => address === getAddress(trade.fund.address));
  });

  it("emits what readers of the register rely on, in this order", () => {
    assert.deepEqual(
      events.map(({ name }) => name),
      ["TokensUnfrozen", "Transfer", "TokensFrozen", "AddressFrozen", "RecoverySuccess"],
    );
    assert.deepEqual(Object.values(events.at(-1).args), [lost, fresh, identity.address]);
  });

  it("moves the holding, and with it the freeze and the country", async () => {
    assert.equal(await world.balance(fresh, trade.fund), 10n);
    assert.equal(await world.read(trade.fund, "getFrozenTokens", [fresh]), 4n);
    assert.equal(await world.read(trade.fund, "isFrozen", [fresh]), true);
    assert.equal(await world.read(trade.fund.registry, "investorCountry", [fresh]), COUNTRY.luxembourg);
    assert.equal(await world.read(trade.fund.registry, "contains", [lost]), false);
  });

  it("leaves the escrow whole: nothing is delivered to the lost wallet, and the money is due to it alone", async () => {
    const { deal } = trade;
    await refuses(deal.release({ from: world.seller }), "wallet is frozen");
    await world.send(trade.fund, "setAddressFrozen", [lost, false]);
    await refuses(deal.release({ from: world.seller }), "Transfer not possible");
    assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
    await deal.pastDeadline();
    await deal.expire();
    assert.deepEqual([await deal.due(lost), await deal.due(fresh)], [1000n, 0n]);
  });
});

describe("payment in an ERC-3643 token", () => {
  /** A payment of which everybody but the escrow may hold the money. */
  const agreed = async () => {
    const money = await suite.token();
    for (const party of [world.buyer, world.seller]) await suite.clear(money, party);
    await world.send(money, "mint", [world.buyer, 1000n]);
    return { money, deal: await world.createIn(money) };
  };

  it("is refused as long as the escrow may not hold it", async () => {
    const { money, deal } = await agreed();
    await refuses(deal.fund(), "Transfer not possible");
    assert.deepEqual([await deal.state(), await world.balance(world.buyer, money)], ["Created", 1000n]);
  });

  it("settles through an escrow that was admitted before it was created", async () => {
    const money = await suite.token();
    for (const party of [world.buyer, world.seller]) await suite.clear(money, party);
    await world.send(money, "mint", [world.buyer, 1000n]);
    const terms = await world.terms({ token: money.address });
    const address = await world.read(world.factory, "addressOf", [terms, world.buyer]);
    await suite.clearContract(money, address, world.arbiter);
    await world.send(world.factory, "create", [terms], { from: world.buyer });
    const deal = world.dealAt(terms, address);
    await world.send(money, "approve", [address, 1000n], { from: world.buyer });
    await deal.fund();
    await deal.release();
    assert.equal(await world.balance(world.seller, money), 1000n);
  });

  it("to a seller who is frozen is refused, and goes back to the buyer", async () => {
    const { money, deal } = await agreed();
    await suite.clearContract(money, deal.address, world.arbiter);
    await deal.fund();
    await world.send(money, "setAddressFrozen", [world.seller, true]);
    await refuses(deal.release(), "wallet is frozen");
    assert.deepEqual([await deal.state(), await deal.held()], ["Funded", 1000n]);
    await deal.refund();
    assert.equal(await world.balance(world.buyer, money), 1000n);
  });

  it("that can no longer go back to the buyer is moved by the agent of the token, and the escrow owes what is gone", async () => {
    const { money, deal } = await agreed();
    await suite.clearContract(money, deal.address, world.arbiter);
    await deal.fund();
    await world.send(money.registry, "deleteIdentity", [world.buyer]);
    await refuses(deal.refund(), "Transfer not possible");
    await deal.pastDeadline();
    await deal.expire();
    await refuses(deal.withdraw(world.buyer), "Transfer not possible");
    await suite.clear(money, world.other);
    await world.send(money, "forcedTransfer", [deal.address, world.other, 1000n]);
    assert.deepEqual([await deal.held(), await deal.due(world.buyer)], [0n, 1000n]);
    await refuses(deal.withdraw(world.buyer), "NothingDue");
  });
});

describe("those who read the events of an ERC-3643 token", () => {
  const topics = (names, contract) =>
    contract.abi.filter(({ type, name }) => type === "event" && names.includes(name)).map(toEventSelector);

  it("find no country in a registration, and have to ask the registry", async () => {
    const token = await suite.token();
    const identity = await suite.identify(world.seller);
    const args = [world.seller, identity.address, COUNTRY.luxembourg];
    const { events } = await world.send(token.registry, "registerIdentity", args);
    const registered = events.find(({ name }) => name === "IdentityRegistered");
    assert.deepEqual(Object.values(registered.args), [world.seller, identity.address]);
    assert.equal(await world.read(token.registry, "investorCountry", [world.seller]), COUNTRY.luxembourg);
  });

  it("hear that tokens are unfrozen before a forced transfer moves them", async () => {
    const token = await suite.token();
    for (const party of [world.seller, world.buyer]) await suite.clear(token, party);
    await world.send(token, "mint", [world.seller, 10n]);
    await world.send(token, "freezePartialTokens", [world.seller, 10n]);
    const { events } = await world.send(token, "forcedTransfer", [world.seller, world.buyer, 6n]);
    assert.deepEqual(
      events.map(({ name, args }) => [name, ...Object.values(args)]),
      [
        ["TokensUnfrozen", world.seller, 6n],
        ["Transfer", world.seller, world.buyer, 6n],
      ],
    );
  });

  it("tell the agents of a token from those of its registry by the address alone", async () => {
    const token = await suite.token();
    assert.deepEqual(topics(["AgentAdded"], token), topics(["AgentAdded"], token.registry));
  });
});
