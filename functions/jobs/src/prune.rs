//! Deletes what has been kept as long as was promised.

use fundrail_platform::Result;

use crate::{auth_queries, queries, task::Tick};

/// Prunes finished jobs, stored answers, and sessions, links and mail that have run out.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    queries::prune_jobs(tick.db).await?;
    queries::prune_idempotency(tick.db).await?;
    auth_queries::prune_identity(tick.db).await
}
