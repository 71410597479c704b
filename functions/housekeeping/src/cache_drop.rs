//! `cache.drop`: deletes cached values after the write that made them stale has committed.

use fundrail_platform::{Error, Result, cache, jobs::DropCached};

use fundrail_worker::Task;

/// Drops the keys.
///
/// # Errors
/// Those of Redis: the job then comes back later, so that a drop is not lost while Redis is away.
pub(crate) async fn run(_: &Task<'_>, job: DropCached) -> Result<()> {
    if let Some(foreign) = job.keys.iter().find(|key| !key.starts_with("cache:")) {
        return Err(Error::internal(format!("`{foreign}` is no key of the cache")));
    }
    cache::drop_keys(&job.keys).await
}
