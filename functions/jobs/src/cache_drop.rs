//! `cache.drop {keys}`: deletes cached values after the write that made them stale has committed.

use fundrail_domain::input::Object;
use fundrail_platform::{Error, Result, cache};

use crate::task::Task;

/// Most keys that one job names.
const MOST_KEYS: usize = 10_000;

/// Drops the keys.
///
/// # Errors
/// Those of Redis: the job then comes back later, so that a drop is not lost while Redis is away.
pub(crate) async fn run(task: &Task<'_>) -> Result<()> {
    let mut payload = Object::root(&task.job.payload)?;
    let keys = payload.list::<String>("keys", (0, MOST_KEYS));
    let keys = payload.finish(|| keys)?;
    if let Some(foreign) = keys.iter().find(|key| !key.starts_with("cache:")) {
        return Err(Error::internal(format!("`{foreign}` is no key of the cache")));
    }
    cache::drop_keys(&keys).await
}
