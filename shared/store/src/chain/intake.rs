//! The intake of deliveries.

use fundrail_domain::{
    Error, Result,
    chain::{Delivered, Statement},
    ids::JobId,
};

use crate::{Connection, Json};

rows! {
    /// Result for one log of a delivery.
    #[derive(Debug, Clone)]
    pub struct Entry {
        /// Its position in the delivery, from 1.
        pub entry: i64,
        /// `unknown_chain`, `contradicts`, `said` or `known`.
        pub outcome: String,
        /// What was said about it before.
        pub before: Option<Json<Vec<Statement>>>,
    }
}

statements! { "chain";
    /// Records a delivery and a job to apply it; used by [`take_in`], which knows how logs are written.
    all intake(logs: &str, job: JobId, sender: &str, message: &str) -> Entry;
}

/// Result for one log of a delivery in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Its chain is not registered. Nothing of the delivery was written.
    UnknownChain,
    /// It contradicts a known log. Nothing of the delivery was written but this evidence.
    Contradicts,
    /// This had not been said before. Contains what had.
    Said(Vec<Statement>),
    /// The message had said it before.
    Known,
}

impl TryFrom<Entry> for Kept {
    type Error = Error;

    fn try_from(row: Entry) -> Result<Self> {
        match row.outcome.as_str() {
            "unknown_chain" => Ok(Self::UnknownChain),
            "contradicts" => Ok(Self::Contradicts),
            "said" => Ok(Self::Said(row.before.map(|before| before.0).unwrap_or_default())),
            "known" => Ok(Self::Known),
            other => Err(Error::internal(format!("`{other}` is no outcome of an intake"))),
        }
    }
}

/// Records what is new, and a job to apply it: one statement, and so all or nothing, and durable when it returns. Returns the
/// result for each log by its index, from 0; if any is refused, only for those.
///
/// # Errors
/// Those of the connection.
pub async fn take_in(
    db: &impl Connection,
    logs: &[Delivered],
    job: JobId,
    sender: &str,
    message: &str,
) -> Result<Vec<(usize, Kept)>> {
    let logs = serde_json::to_string(logs).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    let entries = intake(db, &logs, job, sender, message).await?;
    let kept = entries.into_iter().map(|entry| {
        let place = usize::try_from(entry.entry).unwrap_or(0).saturating_sub(1);
        Kept::try_from(entry).map(|kept| (place, kept))
    });
    kept.collect()
}
