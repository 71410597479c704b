//! How often a request asks Redis, by Redis' own counters: whether both sides really make the same round trips.

use anyhow::Context as _;

use crate::database::Database;

/// Scripts that Redis has run so far.
pub(crate) fn scripts(database: &Database) -> anyhow::Result<u64> {
    let url = database.variables.get("SPIN_VARIABLE_REDIS_URL").context("there is no Redis")?;
    let mut connection = redis::Client::open(url.as_str())?.get_connection()?;
    let statistics: String = redis::cmd("INFO").arg("commandstats").query(&mut connection)?;
    let calls = |command: &str| {
        let line =
            statistics.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0_u64)
    };
    Ok(calls("evalsha") + calls("eval"))
}
