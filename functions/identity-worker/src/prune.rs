//! `identity.prune`: deletes what people leave behind, once it has been kept as long as was promised.

use fundrail_platform::Result;
use fundrail_store::{identity::sessions, notifications};
use fundrail_worker::Tick;

/// Prunes mail, and sessions and links that have run out.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    notifications::prune(tick.db).await?;
    sessions::prune(tick.db).await.map(drop)
}
