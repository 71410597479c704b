//! Receipts of transactions.

import { setTimeout as sleep } from "node:timers/promises";

import { TransactionReceiptNotFoundError } from "viem";

/**
 * Waits for the receipt of a transaction. viem's own way looks again only when there is another block: on a chain that makes one for each
 * transaction there is none, if the first look came a moment too early.
 */
export async function receiptOf(reader, hash, { seconds = 60, interval = 10 } = {}) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await reader.getTransactionReceipt({ hash });
    } catch (error) {
      if (!(error instanceof TransactionReceiptNotFoundError)) throw error;
      if (Date.now() > end) throw new Error(`${hash} is in no block after ${seconds} s`);
    }
    await sleep(interval);
  }
}
