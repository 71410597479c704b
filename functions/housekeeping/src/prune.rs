//! `prune`: deletes what has been kept as long as was promised.

use fundrail_platform::Result;
use fundrail_store::{idempotency, jobs};
use fundrail_worker::Tick;

/// Prunes finished jobs and stored answers.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    jobs::prune(tick.db).await?;
    idempotency::prune(tick.db).await.map(drop)
}
