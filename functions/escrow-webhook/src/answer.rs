//! What a sender is told about each log.

use chrono::{DateTime, Utc};
use fundrail_api::webhooks::Intake;
use fundrail_domain::{
    Error, FieldError, Result,
    chain::{self, Delivered, LogKey, statement},
};
use fundrail_platform::log::{self, Level};
use fundrail_store::chain::intake::Kept;

/// Refuses a delivery, of which nothing was written, naming the logs that caused it, up to the usual number of errors.
pub(crate) fn refuse(logs: &[Delivered], kept: &[(usize, Kept)], message: &str) -> Result<()> {
    let those = |wanted: fn(&Kept) -> bool| {
        let wrong =
            kept.iter().filter(move |(_, kept)| wanted(kept)).filter_map(|(place, _)| logs.get(*place));
        wrong.take(chain::MOST_ERRORS).collect::<Vec<_>>()
    };
    let unknown = those(|kept| matches!(kept, Kept::UnknownChain));
    if !unknown.is_empty() {
        let complain = |log: &&Delivered| FieldError {
            pointer: format!("{}/chain_id", log.path),
            message: "must be the id of a watched chain".to_owned(),
        };
        return Err(Error::Invalid(unknown.iter().map(complain).collect()));
    }
    let contradicting = those(|kept| matches!(kept, Kept::Contradicts));
    if contradicting.is_empty() {
        return Ok(());
    }
    for log in &contradicting {
        log_contradiction(&log.log.key, message);
    }
    let name = |log: &&Delivered| FieldError {
        pointer: log.path.clone(),
        message: "differs from the known log with this chain, block and index, or places its block at a \
            different height"
            .to_owned(),
    };
    Err(Error::ConflictAt {
        code: "log_contradicts",
        detail: "logs contradict known ones; nothing in the delivery was accepted".into(),
        parts: contradicting.iter().map(name).collect(),
    })
}

fn log_contradiction(key: &LogKey, message: &str) {
    log::line(
        Level::Warn,
        "a log contradicts a known one and was refused",
        &[
            ("function", "escrow-webhook".into()),
            ("chain_id", key.chain_id.into()),
            ("block_hash", key.block_hash.to_string().into()),
            ("log_index", key.log_index.into()),
            ("message", message.into()),
        ],
    );
}

/// What became of each log.
pub(crate) fn of(
    logs: &[Delivered],
    kept: Vec<(usize, Kept)>,
    ignored: Vec<String>,
    now: DateTime<Utc>,
) -> Intake {
    let before = kept.into_iter().filter_map(|(place, kept)| match kept {
        Kept::Said(before) => Some((place, before)),
        _ => None,
    });
    Intake::of(logs, &statement::news(logs, before.collect(), now), ignored)
}
