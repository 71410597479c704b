//! On-chain escrows: what their events say, which state follows, and what is booked.
//!
//! * [`event`]: a log of a contract → an [`Event`].
//! * [`state`]: one event applied to one escrow, or refused.
//! * [`ledger`]: double-entry rows for what moved, and how to get from the existing rows to those that should exist.
//! * [`mod@fold`]: all logs of an escrow → its state, its steps, its rows.
//!
//! Invariant: an escrow is what the fold over its logs says, whatever the order in which they arrived and however often. So
//! nothing is ever corrected in place: what was removed is left out, and the fold is repeated.

pub mod event;
pub mod fold;
pub mod ledger;
#[cfg(test)]
mod recorded;
pub mod state;
#[cfg(test)]
mod tests;

pub use event::{Event, Terms};
pub use fold::{Block, EventOutcome, Folded, Outcome, Record, Step, fold};
pub use ledger::{Account, Entry, Standing};
pub use state::{Dispute, DisputeState, Escrow, Refusal, State, Transition, apply};

/// A deadline as a calendar time; `None` if it is after the year 9999, where RFC 3339 ends.
pub fn deadline(unix_seconds: u64) -> Option<chrono::DateTime<chrono::Utc>> {
    /// 9999-12-31T23:59:59Z.
    const LAST: i64 = 253_402_300_799;
    let seconds = i64::try_from(unix_seconds).ok().filter(|seconds| *seconds <= LAST)?;
    chrono::DateTime::from_timestamp(seconds, 0)
}

/// How deep an event lies below the head of its chain, as far as that has been raised by applied events (`chain_head` in the
/// database).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finality {
    /// Blocks on top of it.
    pub confirmations: i64,
    /// Whether they are as many as the chain requires.
    pub is_final: bool,
}

impl Finality {
    /// For an event in `block`, when the chain has come to `head` and requires `depth` blocks on top. If another block is claimed
    /// to be in its place it is not final, however deep it lies.
    pub fn of(block: i64, head: i64, depth: i32, contradicted: bool) -> Self {
        let confirmations = head.saturating_sub(block).max(0);
        let deep_enough = head >= block && confirmations >= i64::from(depth);
        Self { confirmations, is_final: deep_enough && !contradicted }
    }
}
