//! The trading status of a fund or share class, and how it may change.

use crate::{
    Error, Result,
    input::{Object, text_between},
    words::words,
};

words! {
    /// Trading status of a fund or share class.
    FundStatus {
        /// Being prepared: seen by nobody but the tenant of its issuer.
        Draft = "draft",
        /// Open for subscriptions and redemptions.
        Open = "open",
        /// Open for subscriptions by existing holders only.
        SoftClosed = "soft_closed",
        /// Open for redemptions only.
        Closed = "closed",
        /// Suspended.
        Suspended = "suspended",
        /// Closed and wound up.
        Liquidated = "liquidated",
    }
}

impl FundStatus {
    /// What each status may become. Nothing becomes a draft again, since others have seen it, and what is liquidated stays so.
    /// A suspension ends in whichever status its issuer names.
    const MOVES: &'static [(Self, &'static [Self])] = &[
        (Self::Draft, &[Self::Open, Self::SoftClosed, Self::Closed]),
        (Self::Open, &[Self::SoftClosed, Self::Closed, Self::Suspended, Self::Liquidated]),
        (Self::SoftClosed, &[Self::Open, Self::Closed, Self::Suspended, Self::Liquidated]),
        (Self::Closed, &[Self::Open, Self::SoftClosed, Self::Suspended, Self::Liquidated]),
        (Self::Suspended, &[Self::Open, Self::SoftClosed, Self::Closed, Self::Liquidated]),
        (Self::Liquidated, &[]),
    ];

    /// The statuses that may follow this one.
    pub fn next(self) -> &'static [Self] {
        Self::MOVES.iter().find(|(from, _)| *from == self).map_or(&[], |(_, to)| to)
    }

    /// The status after the change.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it cannot follow this one.
    pub fn become_status(self, next: Self) -> Result<Self> {
        if self.next().contains(&next) {
            return Ok(next);
        }
        let possible: Vec<&str> = self.next().iter().map(|status| status.word()).collect();
        let rest = if possible.is_empty() { "nothing".to_owned() } else { possible.join(", ") };
        let detail = format!("what is {self} cannot become {next}; it can become: {rest}");
        Err(Error::conflict("status_transition", detail))
    }

    /// Whether something with this status may be deleted: only what nobody else has seen, and what is wound up.
    pub fn may_be_deleted(self) -> bool {
        matches!(self, Self::Draft | Self::Liquidated)
    }
}

/// A change of status, and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// The new status.
    pub status: FundStatus,
    /// The reason, for the audit trail.
    pub reason: String,
}

impl StatusChange {
    /// Reads `{status, reason}`.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming every invalid field.
    pub fn read(mut body: Object<'_>) -> Result<Self> {
        let status = body.required::<FundStatus>("status");
        let reason = body.required_as("reason", text_between(1, 1000));
        body.finish(|| Some(Self { status: status?, reason: reason? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of a status and what it is to become. Rows are the statuses as they are, columns those that they are to become.
    #[test]
    fn every_status_becomes_what_it_may_and_nothing_else() {
        use FundStatus::{Closed, Draft, Liquidated, Open, SoftClosed, Suspended};
        let columns = [Draft, Open, SoftClosed, Closed, Suspended, Liquidated];
        let table = [
            (Draft, [false, true, true, true, false, false]),
            (Open, [false, false, true, true, true, true]),
            (SoftClosed, [false, true, false, true, true, true]),
            (Closed, [false, true, true, false, true, true]),
            (Suspended, [false, true, true, true, false, true]),
            (Liquidated, [false, false, false, false, false, false]),
        ];
        assert_eq!(table.len(), FundStatus::WORDS.len());
        for (from, may) in table {
            for (to, may) in columns.into_iter().zip(may) {
                match from.become_status(to) {
                    Ok(reached) => assert!(may && reached == to, "{from} became {to}"),
                    Err(error) => {
                        assert!(!may, "{from} could not become {to}");
                        assert_eq!(error.code(), "status_transition");
                    }
                }
            }
        }
    }

    #[test]
    fn only_what_nobody_holds_may_be_deleted() {
        let deletable: Vec<&str> = FundStatus::WORDS
            .iter()
            .filter(|(_, status)| status.may_be_deleted())
            .map(|(word, _)| *word)
            .collect();
        assert_eq!(deletable, ["draft", "liquidated"]);
    }
}
