//! Tells Fundrail what has happened on the local chain: every log of the factory and of its escrows, by webhook, signed according
//! to Standard Webhooks. An indexer would do this continuously; a log that is told again counts once.
//!
//!     node examples/announce.mjs [API]      by default http://127.0.0.1:3000

import { createHmac, randomUUID } from "node:crypto";

import { parseEventLogs } from "viem";

import { FACTORY_ADDRESS, artifact, connect, setting } from "../lib/local.mjs";
import { LOCAL_CHAIN } from "../lib/anvil.mjs";

/** How many messages are on the way at once. */
const AT_ONCE = 4;

const api = process.argv[2] ?? "http://127.0.0.1:3000";
const [secret] = setting("SPIN_VARIABLE_WEBHOOK_SECRETS").split(",");
const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
const { reader } = await connect(setting("FUNDRAIL_CHAIN_URL"));

const whole = { fromBlock: "earliest", toBlock: "latest" };
const made = await reader.getLogs({ ...whole, address: FACTORY_ADDRESS });
const created = parseEventLogs({ abi: artifact("EscrowFactory").abi, logs: made, eventName: "EscrowCreated" });
const escrows = created.map(({ args }) => args.escrow);
const own = escrows.length > 0 ? await reader.getLogs({ ...whole, address: escrows }) : [];
const logs = [...made, ...own];

/** The message about a log. It is dated by the block, so that it is the same however often it is sent. */
async function message(log) {
  const { timestamp } = await reader.getBlock({ blockHash: log.blockHash });
  return JSON.stringify({
    type: "chain.log",
    timestamp: new Date(Number(timestamp) * 1000).toISOString(),
    data: {
      chain_id: LOCAL_CHAIN,
      block_number: Number(log.blockNumber),
      block_hash: log.blockHash,
      transaction_hash: log.transactionHash,
      log_index: log.logIndex,
      address: log.address,
      topics: log.topics,
      data: log.data,
      removed: log.removed ?? false,
    },
  });
}

async function deliver(log) {
  const body = await message(log);
  const id = `msg_${randomUUID()}`;
  const now = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", key).update(`${id}.${now}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(now),
    "webhook-signature": `v1,${signature}`,
  };
  const response = await fetch(`${api}/v1/webhooks/chain/standard`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

for (let start = 0; start < logs.length; start += AT_ONCE) {
  await Promise.all(logs.slice(start, start + AT_ONCE).map(deliver));
}
console.log(`${logs.length} logs of ${escrows.length} escrows announced to ${api}`);
