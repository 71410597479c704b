//! Puts the factory on the local chain, at the address by which the development database knows it.
//!
//!     node deploy.mjs [URL]      by default the chain of a running `cargo xtask up`
//!
//! Safe to repeat: a factory that is there is compared with the artifact.

import { pathToFileURL } from "node:url";

import { FACTORY_ADDRESS, artifact, connect, setting } from "./lib/local.mjs";
import { receiptOf } from "./lib/receipt.mjs";

/** Puts it there, unless it is there already. Resolves to whether it had to. */
export async function deploy(url) {
  const { reader, wallet, accounts } = await connect(url);
  const factory = artifact("EscrowFactory");
  const code = await reader.getCode({ address: FACTORY_ADDRESS });
  if (code) {
    if (!isOf(factory, code)) {
      const way = "remove .local/anvil.json to begin a new chain";
      throw new Error(`${FACTORY_ADDRESS} is another contract, of other source; ${way}`);
    }
    return false;
  }
  const [account] = accounts;
  const nonce = await reader.getTransactionCount({ address: account });
  if (nonce !== 0) throw new Error(`${account} has sent something before: the factory must be its first contract`);
  const hash = await wallet.deployContract({ abi: factory.abi, bytecode: factory.bytecode, account });
  const { contractAddress } = await receiptOf(reader, hash);
  if (contractAddress?.toLowerCase() !== FACTORY_ADDRESS.toLowerCase()) throw new Error(`it is at ${contractAddress}`);
  return true;
}

/** Whether code on a chain is that of an artifact, whatever the places hold that are only known when it is deployed. */
export function isOf({ deployedBytecode, immutableReferences }, code) {
  const blank = (hex) => {
    const bytes = Buffer.from(hex.slice(2), "hex");
    for (const { start, length } of immutableReferences) bytes.fill(0, start, start + length);
    return bytes.toString("hex");
  };
  return blank(code) === blank(deployedBytecode);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const url = process.argv[2] ?? setting("FUNDRAIL_CHAIN_URL");
  console.log(`${FACTORY_ADDRESS} ${(await deploy(url)) ? "deployed" : "is there"}`);
}
