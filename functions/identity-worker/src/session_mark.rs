//! `session.mark`: leaves the marks of revoked or changed sessions in Redis. The request that revoked them has done so already,
//! unless Redis was away: this is for then.

use fundrail_platform::{
    Error, Result,
    jobs::MarkSessions,
    records::{self, Mark},
};

use fundrail_worker::Task;

/// Leaves the marks.
///
/// # Errors
/// Those of Redis: the job then comes back later, so that a mark is not lost while Redis is away.
pub(crate) async fn run(_: &Task<'_>, job: MarkSessions) -> Result<()> {
    let known = |key: &&String| key.starts_with("session:") || key.starts_with("apikey:");
    if let Some(foreign) = job.keys.iter().find(|key| !known(key)) {
        return Err(Error::internal(format!("`{foreign}` is no key of a session")));
    }
    records::mark(&job.keys, if job.revoked { Mark::Revoked } else { Mark::Changed }).await
}
