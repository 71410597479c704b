//! Deletes what has been kept as long as was promised.

use fundrail_platform::Result;

use crate::{queries, task::Tick};

/// Prunes finished jobs and stored answers.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    queries::prune_jobs(tick.db).await?;
    queries::prune_idempotency(tick.db).await
}
