//! Where a page of events or of ledger rows goes on.

use fundrail_domain::input::{FromText, whole_number};

/// Place of an event: `{block number}-{position in the block}-{block hash}`, as its id has it.
pub(crate) struct Place {
    /// Height of the block.
    pub(crate) block_number: i64,
    /// Position in the block.
    pub(crate) log_index: i64,
    /// The block.
    pub(crate) block_hash: String,
}

impl Default for Place {
    /// Before all events.
    fn default() -> Self {
        Self { block_number: -1, log_index: -1, block_hash: String::new() }
    }
}

impl FromText for Place {
    fn from_text(text: &str) -> Result<Self, String> {
        let read = || {
            let mut parts = text.splitn(3, '-');
            let (block_number, log_index) = (whole_number(parts.next()?)?, whole_number(parts.next()?)?);
            let hash = parts.next().filter(|hash| is_hash(hash))?;
            Some(Self { block_number, log_index, block_hash: hash.to_owned() })
        };
        read().ok_or_else(|| "must be the id of an event, as given by `next` on the previous page".to_owned())
    }
}

fn is_hash(text: &str) -> bool {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 64);
    digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

/// Number of a row of the ledger.
pub(crate) fn parse_row(text: &str) -> Result<i64, String> {
    let row = whole_number::<i64>(text).filter(|row| *row > 0);
    row.ok_or_else(|| "must be the id of an entry, as given by `next` on the previous page".to_owned())
}

/// Position of a change: that of the last one that was seen, or 0 for all.
pub(crate) fn parse_position(text: &str) -> Result<i64, String> {
    let position = whole_number::<i64>(text);
    position.ok_or_else(|| "must be the position of a change, a whole number from 0".to_owned())
}
