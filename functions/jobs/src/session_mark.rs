//! `session.mark {keys, revoked}`: leaves the marks of revoked or changed sessions in Redis. The handler that revoked them
//! has done so already, unless Redis was away: this is for then.

use fundrail_domain::input::Object;
use fundrail_platform::{
    Error, Result,
    sessions::{self, Mark},
};

use crate::task::Task;

/// Most keys that one job names.
const MOST_KEYS: usize = 10_000;

/// Leaves the marks.
///
/// # Errors
/// Those of Redis: the job then comes back later, so that a mark is not lost while Redis is away.
pub(crate) async fn run(task: &Task<'_>) -> Result<()> {
    let mut payload = Object::root(&task.job.payload)?;
    let (keys, revoked) =
        (payload.list::<String>("keys", (0, MOST_KEYS)), payload.required::<bool>("revoked"));
    let (keys, revoked) = payload.finish(|| Some((keys?, revoked?)))?;
    let known = |key: &&String| key.starts_with("session:") || key.starts_with("apikey:");
    if let Some(foreign) = keys.iter().find(|key| !known(key)) {
        return Err(Error::internal(format!("`{foreign}` is no key of a session")));
    }
    sessions::mark(&keys, if revoked { Mark::Revoked } else { Mark::Changed }).await
}
