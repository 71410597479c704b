//! Says in the log which jobs have been given up, each once: somebody has to look at them.

use fundrail_platform::{
    Result,
    log::{self, Level},
};

use crate::{queries, task::Tick};

/// Logs the dead letters that nobody has been told of.
pub(crate) async fn run(tick: &Tick<'_>) -> Result<()> {
    for dead in queries::unreported_dead_letters(tick.db).await? {
        log::line(
            Level::Error,
            "a job was given up",
            &[
                ("function", "jobs".into()),
                ("job", dead.id.into()),
                ("kind", dead.kind.into()),
                ("attempts", dead.attempts.into()),
                ("context", dead.last_error.into()),
            ],
        );
    }
    Ok(())
}
