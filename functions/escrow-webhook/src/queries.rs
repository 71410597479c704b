//! All SQL of this function.

use fundrail_domain::chain::{Delivered, Statement};
use fundrail_platform::{Error, Result, db::Db, params, random};

/// What became of a log of a delivery in the database.
pub(crate) enum Kept {
    /// Its chain is not registered. Nothing of the delivery was written.
    UnknownChain,
    /// It contradicts a known log. Nothing of the delivery was written but this evidence.
    Contradicts,
    /// This was not said before. What was, is told.
    Said(Vec<Statement>),
    /// The message has said it before.
    Known,
}

/// Writes down what is new, and a job to apply it: one statement, and so all or nothing, and durable when it returns. Answers
/// for each log by its place; where any is refused, for those alone.
pub(crate) async fn take_in(
    db: &Db,
    logs: &[Delivered],
    sender: &str,
    message: &str,
) -> Result<Vec<(usize, Kept)>> {
    const SQL: &str = "select entry, outcome, before from chain_intake($1, $2, $3, $4)";
    let logs = serde_json::to_string(logs).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    db.query(SQL, params![logs, random::new_id(), sender, message], |row| {
        let place = usize::try_from(row.get::<i64>("entry")?).unwrap_or(0).saturating_sub(1);
        let kept = match row.get::<String>("outcome")?.as_str() {
            "unknown_chain" => Kept::UnknownChain,
            "contradicts" => Kept::Contradicts,
            "said" if row.get::<Option<String>>("before")?.is_some() => Kept::Said(row.json("before")?),
            "said" => Kept::Said(Vec::new()),
            "known" => Kept::Known,
            other => return Err(Error::internal(format!("`{other}` is no outcome of an intake"))),
        };
        Ok((place, kept))
    })
    .await
}
