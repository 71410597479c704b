//! Received logs that are not yet part of any escrow.

use alloy_primitives::Address;
use fundrail_domain::{Error, Result, ids::JobId};
use serde::Serialize;
use serde_json::Value;

use crate::Connection;

rows! {
    /// A log that is not yet part of any escrow. Its JSON form identifies it.
    #[derive(Debug, Clone, Serialize)]
    pub struct Pending {
        /// The chain.
        pub chain_id: i64,
        /// Hash of the block.
        pub block_hash: String,
        /// Index within the block.
        pub log_index: i64,
        /// Whether it is pending because it was removed.
        pub removal: bool,
        /// The delivery that made it pending.
        pub delivery: i64,
        /// The escrow that it is about; none if it is about none that is known.
        #[serde(skip)]
        pub subject: Option<Address>,
    }
}

statements! { "chain";
    /// Up to this many of them. They stay pending until they are dropped.
    all take_pending(wanted: i32) -> Pending;

    /// Removes those in a list, and returns how many there were; used by [`drop_pending`].
    one drop_pending_of(keys: Value) -> i64;

    /// Queues a job for what has been left behind; returns whether there was anything.
    one sweep(job: JobId) -> bool;

    /// Number of logs that have been given up.
    one given_up() -> i64;
}

/// Records that pending logs have been processed.
///
/// # Errors
/// Those of the connection.
pub async fn drop_pending(db: &impl Connection, pending: &[Pending]) -> Result<()> {
    if pending.is_empty() {
        return Ok(());
    }
    let keys = serde_json::to_value(pending).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    drop_pending_of(db, keys).await.map(drop)
}
