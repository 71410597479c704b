//! Escrows on a chain: what their events say, which state follows, and what is booked.
//!
//! * [`event`]: a log of a contract → an [`Event`].
//! * [`state`]: one event applied to one escrow, or refused.
//! * [`ledger`]: double-entry rows of what moved, and how to get from the rows that stand to those that should.
//! * [`mod@fold`]: all logs of an escrow → its state, its steps, its rows.
//!
//! Invariant: an escrow is what the fold over its logs says, whatever the order in which they arrived and however often.
//! So nothing is ever corrected in place: what was taken back is left out, and the fold is done anew.

pub mod event;
pub mod fold;
pub mod ledger;
pub mod state;
#[cfg(test)]
mod tests;

pub use event::{Event, Terms};
pub use fold::{Block, EventOutcome, Folded, Outcome, Record, Step, fold};
pub use ledger::{Account, Entry, Standing};
pub use state::{Dispute, DisputeState, Escrow, Refusal, State, Transition, apply};

/// A deadline as a calendar has it; `None` for one after the year 9999, where RFC 3339 ends.
pub fn deadline(unix_seconds: u64) -> Option<chrono::DateTime<chrono::Utc>> {
    /// 9999-12-31T23:59:59Z.
    const LAST: i64 = 253_402_300_799;
    let seconds = i64::try_from(unix_seconds).ok().filter(|seconds| *seconds <= LAST)?;
    chrono::DateTime::from_timestamp(seconds, 0)
}

/// How deep an event lies under the head of its chain: how far that has come by what was applied, `chain_head` in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finality {
    /// Blocks on top of it.
    pub confirmations: i64,
    /// Whether they are as many as the chain asks for.
    pub is_final: bool,
}

impl Finality {
    /// Of an event in `block`, when the chain has come to `head` and asks for `depth` blocks on top. Where another block is
    /// claimed to be in its place it is not final, however deep it lies.
    pub fn of(block: i64, head: i64, depth: i32, contradicted: bool) -> Self {
        let confirmations = head.saturating_sub(block).max(0);
        let deep_enough = head >= block && confirmations >= i64::from(depth);
        Self { confirmations, is_final: deep_enough && !contradicted }
    }
}
