//! Starts Anvil, a development chain in one process, from npm's package.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);

/** The id that the local chain has, here and in the seed of the database. */
export const LOCAL_CHAIN = 31337;

/** The program for this machine. */
export function program() {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`;
  const file = process.platform === "win32" ? "anvil.exe" : "anvil";
  return join(dirname(require.resolve(`${name}/package.json`)), "bin", file);
}

/** Starts a chain on a free port. Resolves to its URL and what ends it, once it listens. */
export async function start(options = []) {
  const child = spawn(program(), ["--host", "127.0.0.1", "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise((resolve) => child.once("close", resolve));
  const address = await new Promise((resolve, reject) => {
    child.once("error", reject);
    ended.then((code) => reject(new Error(`Anvil ended with ${code} before it listened`)));
    createInterface(child.stdout).on("line", (line) => {
      const [, found] = /^Listening on (\S+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
  });
  const stop = async () => {
    process.off("exit", kill);
    kill();
    await ended;
  };
  return { url: `http://${address}`, stop };
}
