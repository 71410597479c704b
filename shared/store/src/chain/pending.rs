//! Logs that have come in and are not yet part of any escrow.

use alloy_primitives::Address;
use fundrail_domain::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::Connection;

rows! {
    /// A log that is not yet part of any escrow. Written as JSON it is what names it.
    #[derive(Debug, Clone, Serialize)]
    pub struct Pending {
        /// The chain.
        pub chain_id: i64,
        /// The block.
        pub block_hash: String,
        /// Position within the block.
        pub log_index: i64,
        /// Whether what is pending is that it was taken back.
        pub removal: bool,
        /// The delivery by which it is.
        pub delivery: i64,
        /// The escrow that it is about; none when it is about none that is known.
        #[serde(skip)]
        pub subject: Option<Address>,
    }
}

statements! { "chain";
    /// Up to so many of them. They stay pending until they are dropped.
    all take_pending(wanted: i32) -> Pending;

    /// Takes away those that a list names, and answers how many there were: by [`drop_pending`].
    one drop_pending_of(keys: Value) -> i64;

    /// Queues a job for what has been left behind; answers whether there was anything.
    one sweep(job: Uuid) -> bool;

    /// How many have been given up.
    one given_up() -> i64;
}

/// Notes that pending logs have been taken account of.
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
