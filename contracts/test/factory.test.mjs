//! Making escrows: the events that the outside relies on, the addresses, and terms that make no sense.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { getContractAddress, keccak256, toEventHash, toHex, zeroAddress } from "viem";

import { ESCROW, FACTORY, openWorld, refuses, told } from "./support/world.mjs";

let world, cash, fund;
before(async () => {
  world = await openWorld();
  [cash, fund] = [await world.token(), await world.token()];
});
after(() => world.close());

const addressOf = (terms, creator = world.buyer) => world.read(world.factory, "addressOf", [terms, creator]);
const create = (terms, from = world.buyer) => world.send(world.factory, "create", [terms], { from });

describe("the factory", () => {
  it("stands where the first account of a new local chain puts its first contract", () => {
    // The address by which the development database knows it.
    assert.equal(world.factory.address, "0x5FbDB2315678afecb367f032d93F642f64180aa3");
  });

  it("emits what both sides have agreed on, by the signatures that are read elsewhere", async () => {
    const terms = await world.terms({ token: cash.address });
    const { events, receipt } = await create(terms);
    const { orderId, buyer, seller, arbiter, token, amount, deadline } = terms;
    const escrow = await addressOf(terms);
    assert.deepEqual(
      events.map(({ name, args }) => [name, args]),
      [["EscrowCreated", { escrow, orderId, buyer, seller, arbiter, token, amount, deadline }]],
    );
    // The topic that `docs/try-an-escrow.md` and the development data have.
    const topic = "0xfd7d3b5e62155fb54141cbc31cb760dfb865379d53fe8cbc82f20eb2f15f0bb3";
    assert.deepEqual([receipt.logs[0].topics[0], receipt.logs[0].topics.length], [topic, 4]);
  });

  it("has every event that intake reads, with the same parameters and indexes", () => {
    // From the specification of the product; whoever changes one breaks those who listen.
    const fixed = [
      "EscrowCreated(address indexed escrow, bytes32 indexed orderId, address indexed buyer, address seller, address arbiter, address token, uint256 amount, uint64 deadline)",
      "Funded(address indexed from, uint256 amount)",
      "Released(address indexed to, uint256 amount)",
      "Refunded(address indexed to, uint256 amount)",
      "Expired()",
      "Disputed(address indexed by, bytes32 reason)",
      "Resolved(uint256 toSeller, uint256 toBuyer)",
    ];
    const parameter = ({ type, indexed, name }) => [type, ...(indexed ? ["indexed"] : []), name].join(" ");
    const declared = [...FACTORY.abi, ...ESCROW.abi]
      .filter((entry) => entry.type === "event")
      .map(({ name, inputs }) => `${name}(${inputs.map(parameter).join(", ")})`);
    for (const event of fixed) assert.ok(declared.includes(event), event);
    // keccak256 of the signature, as the Rust side expects it.
    assert.equal(toEventHash("Funded(address,uint256)"), keccak256(toHex("Funded(address,uint256)")));
  });

  it("announces a delivery right after the escrow", async () => {
    const terms = await world.terms({ token: cash.address, deliveryToken: fund.address, deliveryAmount: 7n });
    const { events } = await create(terms);
    assert.deepEqual(
      events.map(({ name }) => name),
      ["EscrowCreated", "DeliveryAgreed"],
    );
    assert.deepEqual(events[1].args, { escrow: await addressOf(terms), token: fund.address, amount: 7n });
  });

  it("gives an escrow the terms that it was made with", async () => {
    const deal = await world.create({ token: cash.address, deliveryToken: fund.address, deliveryAmount: 7n });
    assert.deepEqual(await world.read(deal, "terms"), deal.terms);
  });

  it("makes a minimal proxy (ERC-1167), whose code is the standard's, with the terms behind it", async () => {
    const deal = await world.create();
    const implementation = await world.read(world.factory, "IMPLEMENTATION");
    const code = await world.reader.getCode({ address: deal.address });
    const standard = `0x363d3d373d3d3d363d73${implementation.slice(2).toLowerCase()}5af43d82803e903d91602b57fd5bf3`;
    assert.ok(code.startsWith(standard));
    assert.equal(code.length, standard.length + 9 * 64);
  });

  it("makes the same escrow once", async () => {
    const terms = await world.terms();
    const escrow = await addressOf(terms);
    await create(terms);
    await refuses(create(terms), "EscrowExists", [escrow]);
  });

  it("gives every creator, and every change of the terms, an address of its own", async () => {
    const terms = await world.terms();
    const other = { token: cash.address, deliveryToken: fund.address, amount: 1001n, deliveryAmount: 1n };
    const changed = {
      ...other,
      orderId: `0x${"ab".repeat(32)}`,
      buyer: world.other,
      seller: world.other,
      arbiter: world.other,
      deadline: terms.deadline + 1n,
    };
    const addresses = [await addressOf(terms), await addressOf(terms, world.stranger)];
    for (const [name, value] of Object.entries(changed)) addresses.push(await addressOf({ ...terms, [name]: value }));
    assert.equal(new Set(addresses).size, 2 + 9);
  });

  it("lets nobody take an address in front of its creator", async () => {
    const terms = await world.terms();
    const mine = await addressOf(terms);
    const copied = await create(terms, world.stranger);
    assert.notEqual(copied.events[0].args.escrow, mine);
    const made = await create(terms);
    assert.equal(made.events[0].args.escrow, mine);
  });

  it("gives the same terms another address on another chain", async () => {
    const elsewhere = await openWorld({ chainId: 1337 });
    try {
      assert.equal(elsewhere.factory.address, world.factory.address);
      const terms = await world.terms();
      const there = await elsewhere.read(elsewhere.factory, "addressOf", [terms, world.buyer]);
      assert.notEqual(there, await addressOf(terms));
    } finally {
      await elsewhere.close();
    }
  });

  it("tells an address that anybody can compute from the terms alone", async () => {
    const terms = await world.terms();
    const implementation = await world.read(world.factory, "IMPLEMENTATION");
    assert.equal(implementation, getContractAddress({ from: world.factory.address, nonce: 1n }));
    const { encodeAbiParameters } = await import("viem");
    const create = FACTORY.abi.find((entry) => entry.name === "create");
    const args = encodeAbiParameters(create.inputs, [terms]).slice(2);
    const salt = keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [world.buyer, 31337n]));
    // CREATE2 (EIP-1014) of a constructor that returns the proxy (ERC-1167) and what is behind it.
    const size = (0x2d + args.length / 2).toString(16).padStart(4, "0");
    const proxy = `363d3d373d3d3d363d73${implementation.slice(2)}5af43d82803e903d91602b57fd5bf3${args}`;
    const bytecode = `0x61${size}3d81600a3d39f3${proxy}`;
    const expected = getContractAddress({ from: world.factory.address, opcode: "CREATE2", salt, bytecode });
    assert.equal(await addressOf(terms), expected);
  });
});

describe("terms are refused", () => {
  const nonsense = [
    ["without a buyer", { buyer: zeroAddress }, "InvalidParties"],
    ["without a seller", { seller: zeroAddress }, "InvalidParties"],
    ["with one account on both sides", () => ({ seller: world.buyer }), "InvalidParties"],
    ["with the buyer as arbiter", () => ({ arbiter: world.buyer }), "InvalidArbiter"],
    ["with the seller as arbiter", () => ({ arbiter: world.seller }), "InvalidArbiter"],
    ["in a token that is not there", () => ({ token: world.stranger }), "InvalidToken"],
    ["over nothing", { amount: 0n }, "InvalidAmount"],
    ["with a deadline in the past", { deadline: 1n }, "InvalidDeadline"],
    ["with a deadline that is now", async () => ({ deadline: await world.now() }), "InvalidDeadline"],
    ["with a delivery of nothing", () => ({ deliveryToken: fund.address }), "InvalidDelivery"],
    ["with a delivery of no token", { deliveryAmount: 1n }, "InvalidDelivery"],
    ["with a delivery of a token that is not there", () => ({ deliveryToken: world.other, deliveryAmount: 1n }), "InvalidToken"],
    [
      "with a delivery in the currency of the payment",
      () => ({ token: cash.address, deliveryToken: cash.address, deliveryAmount: 1n }),
      "InvalidDelivery",
    ],
  ];
  for (const [name, changes, error] of nonsense) {
    it(name, async () => {
      const terms = await world.terms(typeof changes === "function" ? await changes() : changes);
      await refuses(create(terms), error);
    });
  }
});

describe("the code that escrows share", () => {
  it("is no escrow itself: whatever it is asked, it refuses", async () => {
    const shared = { abi: ESCROW.abi, address: await world.read(world.factory, "IMPLEMENTATION") };
    const calls = [
      ["fund", []],
      ["release", []],
      ["refund", []],
      ["expire", []],
      ["dispute", [toHex(1, { size: 32 })]],
      ["resolve", [0n, 0n]],
      ["lapse", []],
      ["withdraw", [world.buyer]],
      ["sweep", [zeroAddress]],
    ];
    for (const [name, args] of calls) await refuses(world.send(shared, name, args), "NotAnEscrow");
    for (const name of ["terms", "held"]) await refuses(world.read(shared, name), "NotAnEscrow");
  });

  it("has nothing that could be initialised, upgraded, paused or owned", () => {
    const changing = ESCROW.abi.filter((entry) => entry.type === "function" && !/view|pure/.test(entry.stateMutability));
    const names = changing.map((entry) => entry.name).sort();
    assert.deepEqual(names, ["dispute", "expire", "fund", "lapse", "refund", "release", "resolve", "sweep", "withdraw"]);
    const factory = FACTORY.abi.filter((entry) => entry.type === "function" && !/view|pure/.test(entry.stateMutability));
    assert.deepEqual(factory.map((entry) => entry.name), ["create"]);
  });

  it("emits nothing but its own events when an escrow is made and paid in", async () => {
    const deal = await world.create();
    assert.deepEqual(told(await deal.fund()), [`Funded(${world.buyer}, 1000)`]);
  });
});
