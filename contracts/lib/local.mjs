//! The local chain, as `cargo xtask up` runs it, and the settings that it has written.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { createPublicClient, createTestClient, createWalletClient, http } from "viem";
import { foundry } from "viem/chains";

import { LOCAL_CHAIN } from "./anvil.mjs";
import { ROOT } from "./solc.mjs";

/** A setting: from the environment, or else from the file that `up` writes. */
export function setting(name) {
  const value = process.env[name] ?? settings()[name];
  if (!value) throw new Error(`${name} is neither in the environment nor in .local/dev.env: run \`cargo xtask up\``);
  return value;
}

function settings() {
  const file = process.env.FUNDRAIL_ENV_FILE ?? join(ROOT, "../.local/dev.env");
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Then the environment has to say everything.
  }
  const lines = text.split("\n").filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Clients of the chain at this URL, and its accounts. Refuses any chain but the local one: their keys are public. */
export async function connect(url) {
  const settings = { chain: foundry, transport: http(url, { retryCount: 20, retryDelay: 100 }), pollingInterval: 50 };
  const reader = createPublicClient(settings);
  const id = await reader.getChainId();
  if (id !== LOCAL_CHAIN) throw new Error(`${url} is the chain ${id}, and not the local one (${LOCAL_CHAIN})`);
  const wallet = createWalletClient(settings);
  const tester = createTestClient({ ...settings, mode: "anvil" });
  return { reader, wallet, tester, accounts: await wallet.getAddresses() };
}

/** What is published of a contract. */
export function artifact(name) {
  const read = (folder) => JSON.parse(readFileSync(join(ROOT, folder, `${name}.json`), "utf8"));
  return { ...read("artifacts"), abi: read("abi") };
}

/** Where the factory is on the local chain: where its first account puts its first contract. */
export const FACTORY_ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
