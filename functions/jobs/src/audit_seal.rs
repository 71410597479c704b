//! `audit.seal`: seals what has been written into the audit trails since the last time.

use fundrail_platform::Result;

use crate::{auth_queries, task::Tick};

/// Events of one call: a statement that takes well under a second.
const BATCH: i32 = 1000;
/// Calls of one run.
const CALLS: usize = 5;

/// Seals.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    for _ in 0..CALLS {
        if auth_queries::seal_audit_events(tick.db, BATCH).await? < BATCH {
            break;
        }
    }
    Ok(())
}
