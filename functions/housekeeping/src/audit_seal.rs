//! `audit.seal`: seals what has been written into the audit trails since the last time.

use fundrail_platform::{
    Result,
    log::{self, Level},
};
use fundrail_store::audit::{SealedTrail, seal_pending};

use fundrail_worker::Tick;

/// Events of one call: a statement that takes well under a second.
const BATCH: i32 = 1000;
/// Calls of one run.
const CALLS: usize = 5;

/// Seals. A trail that cannot be sealed is reported, at every run until somebody has looked at it, and holds up no other.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    let mut trails = Vec::new();
    for _ in 0..CALLS {
        trails = seal_pending(tick.db, BATCH).await?;
        if trails.iter().map(|trail| trail.sealed).sum::<i32>() < BATCH {
            break;
        }
    }
    // The last call has come by every trail that still waits, unless there is more than a run can do.
    trails.iter().for_each(report);
    Ok(())
}

fn report(trail: &SealedTrail) {
    if let Some(problem) = &trail.problem {
        log::line(
            Level::Error,
            "an audit trail cannot be sealed",
            &[
                ("function", crate::WORKER.name.into()),
                ("tenant", trail.tenant_id.to_string().into()),
                ("context", problem.as_str().into()),
            ],
        );
    }
}
