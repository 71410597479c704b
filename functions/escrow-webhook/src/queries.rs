//! All SQL of this function.

use fundrail_domain::chain::Delivered;
use fundrail_platform::{Error, Result, db::Db, params, random};

/// What a delivery says of itself.
pub(crate) struct Message<'a> {
    /// `webhook-id`: the same in every delivery of the message.
    pub(crate) id: &'a str,
    /// `webhook-timestamp`, in seconds of Unix time.
    pub(crate) sent: i64,
}

/// What became of a delivery.
pub(crate) struct Taken {
    /// Logs, removals and returns of logs that are new.
    pub(crate) accepted: i64,
    /// Those that were known.
    pub(crate) duplicates: i64,
    /// Chains that are not registered. If there are any, nothing was written.
    pub(crate) unknown_chains: Vec<i64>,
}

/// Writes down what is new, and a job to apply it: one statement, and so all or nothing, and durable when it returns.
pub(crate) async fn take_in(db: &Db, logs: &[Delivered], message: &Message<'_>) -> Result<Taken> {
    const SQL: &str = "select accepted, duplicates, unknown_chains from chain_intake($1, $2, $3, $4)";
    let logs = serde_json::to_string(logs).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    db.one(SQL, params![logs, random::new_id(), message.id, message.sent], |row| {
        let unknown: Vec<Option<String>> = row.get("unknown_chains")?;
        Ok(Taken {
            accepted: row.get("accepted")?,
            duplicates: row.get("duplicates")?,
            unknown_chains: unknown.into_iter().flatten().filter_map(|id| id.parse().ok()).collect(),
        })
    })
    .await
}
