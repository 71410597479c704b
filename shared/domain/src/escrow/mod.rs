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

pub use event::{Event, Terms};
pub use fold::{Folded, Outcome, Record, Step, fold};
pub use ledger::{Account, Entry, Standing};
pub use state::{Dispute, Escrow, Refusal, State, Transition, apply};

/// A deadline as a calendar has it; `None` for one after the year 9999, where RFC 3339 ends.
pub fn deadline(unix_seconds: u64) -> Option<chrono::DateTime<chrono::Utc>> {
    /// 9999-12-31T23:59:59Z.
    const LAST: i64 = 253_402_300_799;
    let seconds = i64::try_from(unix_seconds).ok().filter(|seconds| *seconds <= LAST)?;
    chrono::DateTime::from_timestamp(seconds, 0)
}

/// How deep an event lies under the highest block that has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finality {
    /// Blocks on top of it.
    pub confirmations: i64,
    /// Whether they are as many as the chain asks for.
    pub is_final: bool,
}

impl Finality {
    /// Of an event in `block`, when `head` is the highest block seen and the chain asks for `depth` blocks on top.
    pub fn of(block: i64, head: i64, depth: i32) -> Self {
        let confirmations = head.saturating_sub(block).max(0);
        Self { confirmations, is_final: confirmations >= i64::from(depth) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_beyond_the_calendar_has_no_date() {
        let text = |seconds| deadline(seconds).map(crate::time::rfc3339);
        assert_eq!(text(0).as_deref(), Some("1970-01-01T00:00:00.000000Z"));
        assert_eq!(text(253_402_300_799).as_deref(), Some("9999-12-31T23:59:59.000000Z"));
        assert_eq!(text(253_402_300_800), None);
        assert_eq!(text(u64::MAX), None);
    }

    #[test]
    fn an_event_is_final_when_enough_blocks_lie_on_it() {
        let depth = |block, head| Finality::of(block, head, 3);
        assert_eq!(depth(10, 12), Finality { confirmations: 2, is_final: false });
        assert_eq!(depth(10, 13), Finality { confirmations: 3, is_final: true });
        assert_eq!(depth(10, 0), Finality { confirmations: 0, is_final: false });
        assert!(Finality::of(7, 7, 0).is_final);
        assert!(Finality::of(0, i64::MAX, i32::MAX).is_final);
    }
}
