//! A settlement on the local chain, in the chain's own coin, by two wallets of the development data.
//!
//!     node examples/settle.mjs [released | refunded | disputed]

import { randomBytes } from "node:crypto";

import { parseEventLogs, parseUnits, toHex, zeroAddress } from "viem";

import { FACTORY_ADDRESS, artifact, connect, setting } from "../lib/local.mjs";
import { receiptOf } from "../lib/receipt.mjs";

const STEPS = { released: ["release"], refunded: ["refund"], disputed: ["dispute"] };
const DAY = 86_400n;

const ending = process.argv[2] ?? "released";
if (!STEPS[ending]) throw new Error(`${ending} is none of ${Object.keys(STEPS).join(", ")}`);

const { reader, wallet, tester, accounts } = await connect(setting("FUNDRAIL_CHAIN_URL"));
const [, buyer, , , seller, arbiter] = accounts;
const abi = [...artifact("EscrowFactory").abi, ...artifact("Escrow").abi];

/** Sends a transaction, waits for it, and says what it was and what it emitted. */
async function send(account, address, functionName, args = [], value = 0n) {
  const hash = await wallet.writeContract({ abi, address, functionName, args, value, account });
  const receipt = await receiptOf(reader, hash);
  if (receipt.status !== "success") throw new Error(`${functionName} has failed: ${hash}`);
  const events = parseEventLogs({ abi, logs: receipt.logs });
  console.log(`${functionName.padEnd(8)} ${hash}  ${events.map(({ eventName }) => eventName).join(", ")}`);
  return events;
}

const { timestamp } = await reader.getBlock();
const amount = parseUnits("2.5", 18);
const terms = {
  orderId: toHex(randomBytes(32)),
  buyer,
  seller,
  arbiter,
  token: zeroAddress,
  amount,
  deadline: timestamp + 10n * DAY,
  deliveryToken: zeroAddress,
  deliveryAmount: 0n,
};

// The buyer knows where to pay before there is anything, and pays nowhere else.
const escrow = await reader.readContract({ abi, address: FACTORY_ADDRESS, functionName: "addressOf", args: [terms, buyer] });
await send(buyer, FACTORY_ADDRESS, "create", [terms]);
await send(buyer, escrow, "fund", [], amount);
for (const step of STEPS[ending]) {
  const args = step === "dispute" ? [toHex("late", { size: 32 })] : [];
  await send(step === "refund" ? seller : buyer, escrow, step, args);
}
// Three blocks on top make it final.
await tester.mine({ blocks: 3 });
console.log(`escrow   ${escrow}`);
