//! Says in the log which jobs have been given up, each once: somebody has to look at them.

use fundrail_platform::{
    Result,
    log::{self, Level},
};
use fundrail_store::jobs::report_dead;

use fundrail_worker::Tick;

/// Logs the dead letters that nobody has been told of.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    for dead in report_dead(tick.db).await? {
        log::line(
            Level::Error,
            "a job was given up",
            &[
                ("function", crate::WORKER.name.into()),
                ("job", dead.id.to_string().into()),
                ("kind", dead.kind.into()),
                ("attempts", dead.attempts.into()),
                ("context", dead.last_error.unwrap_or_default().into()),
            ],
        );
    }
    Ok(())
}
