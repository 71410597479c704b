//! Deletes what has been kept as long as was promised.

use fundrail_platform::Result;
use fundrail_store::{idempotency, identity::sessions, jobs, notifications};

use crate::task::Tick;

/// Prunes finished jobs, stored answers, mail, and sessions and links that have run out.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    jobs::prune(tick.db).await?;
    idempotency::prune(tick.db).await?;
    notifications::prune(tick.db).await?;
    sessions::prune(tick.db).await.map(drop)
}
