//! Redis, looked at from beside: what another database has left in it, and how often a request asks it, by its own
//! counters, so that both sides are seen to make the same round trips.

use anyhow::Context as _;
use redis::Commands as _;

use crate::database::Database;

/// Forgets what was cached of another database, which the run's own knows nothing of: its signing keys, say.
pub(crate) fn forget_cached(database: &Database) -> anyhow::Result<()> {
    let mut connection = connect(database)?;
    let keys: Vec<String> = connection.scan_match("cache:*")?.collect::<Result<_, _>>()?;
    for keys in keys.chunks(1_000) {
        connection.del::<_, ()>(keys)?;
    }
    Ok(())
}

/// Scripts that Redis has run so far.
pub(crate) fn scripts(database: &Database) -> anyhow::Result<u64> {
    let mut connection = connect(database)?;
    let statistics: String = redis::cmd("INFO").arg("commandstats").query(&mut connection)?;
    let calls = |command: &str| {
        let line =
            statistics.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0_u64)
    };
    Ok(calls("evalsha") + calls("eval"))
}

fn connect(database: &Database) -> anyhow::Result<redis::Connection> {
    let url = database.variables.get("SPIN_VARIABLE_REDIS_URL").context("there is no Redis")?;
    Ok(redis::Client::open(url.as_str())?.get_connection()?)
}
