//! The scripts that people try, on a chain of their own, with a server that checks what it is told.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { promisify } from "node:util";

import { deploy, isOf } from "../deploy.mjs";
import { start } from "../lib/anvil.mjs";
import { FACTORY_ADDRESS, artifact, connect } from "../lib/local.mjs";
import { receiptOf } from "../lib/receipt.mjs";
import { ROOT } from "../lib/solc.mjs";
import { testing } from "./support/world.mjs";

const KEY = Buffer.from("a key that nobody else has");

let chain, server, api;
const received = [];
before(async () => {
  chain = await start();
  server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(202).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  server.close();
  await chain.stop();
});

async function run(script, ...args) {
  const env = {
    ...process.env,
    FUNDRAIL_CHAIN_URL: chain.url,
    SPIN_VARIABLE_WEBHOOK_SECRETS: `whsec_${KEY.toString("base64")}`,
  };
  return (await promisify(execFile)(process.execPath, [join(ROOT, script), ...args], { env })).stdout;
}

it("the factory is deployed once, at its address, and recognised afterwards", async () => {
  assert.equal(await deploy(chain.url), true);
  assert.equal(await deploy(chain.url), false);
  assert.match(await run("deploy.mjs"), /is there/);
  const { reader } = await connect(chain.url);
  const code = await reader.getCode({ address: FACTORY_ADDRESS });
  assert.equal(isOf(artifact("EscrowFactory"), code), true);
  assert.equal(isOf(artifact("EscrowFactory"), code.replace("6080", "6081")), false);
});

it("a chain on which something else is at that address, or its account has sent something, is refused", async () => {
  const other = await start();
  try {
    const { reader, wallet, accounts } = await connect(other.url);
    const [account] = accounts;
    const first = await wallet.sendTransaction({ account, to: account });
    await receiptOf(reader, first);
    await assert.rejects(deploy(other.url), /has sent something before/);
  } finally {
    await other.stop();
  }
  const taken = await start();
  try {
    const { reader, wallet, accounts } = await connect(taken.url);
    const hash = await wallet.deployContract({ ...testing("Token"), account: accounts[0] });
    await receiptOf(reader, hash);
    await assert.rejects(deploy(taken.url), /is another contract/);
  } finally {
    await taken.stop();
  }
});

it("another chain than the local one is refused", async () => {
  const main = await start(["--chain-id", "1"]);
  try {
    await assert.rejects(deploy(main.url), /not the local one/);
  } finally {
    await main.stop();
  }
});

for (const [ending, event] of [["released", "Released"], ["refunded", "Refunded"], ["disputed", "Disputed"]]) {
  it(`the example settles an escrow that is ${ending}`, async () => {
    const said = await run("examples/settle.mjs", ending);
    assert.match(said, new RegExp(`EscrowCreated\\n.*Funded\\n.*${event}\\nescrow   0x`));
  });
}

it("every log is announced, dated by its block and signed according to Standard Webhooks", async () => {
  assert.match(await run("examples/announce.mjs", api), /9 logs of 3 escrows announced/);
  assert.equal(received.length, 9);
  const { reader } = await connect(chain.url);
  for (const { url, headers, body } of received) {
    assert.equal(url, "/v1/webhooks/chain/standard");
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    assert.equal(headers["webhook-signature"], `v1,${createHmac("sha256", KEY).update(signed).digest("base64")}`);
    const { type, timestamp, data } = JSON.parse(body);
    const block = await reader.getBlock({ blockHash: data.block_hash });
    assert.deepEqual([type, Date.parse(timestamp) / 1000, data.chain_id], ["chain.log", Number(block.timestamp), 31337]);
    const receipt = await reader.getTransactionReceipt({ hash: data.transaction_hash });
    const log = receipt.logs.find(({ logIndex }) => logIndex === data.log_index);
    assert.deepEqual([data.address, data.topics, data.data], [log.address, log.topics, log.data]);
    assert.equal(BigInt(data.block_number), block.number);
  }
});
