//! Background work: a row in the transaction of the fact that causes it, a Redis message as a mere wake-up.

use fundrail_domain::{Error, Result, backoff};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    db::Db,
    params, random,
    redis::{self},
};

/// The channel that wakes the workers of short jobs.
pub const CHANNEL: &str = "jobs";

/// Work to be queued.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What is to be done: the name of a handler, e.g. `cache.drop`.
    pub kind: &'static str,
    /// Whose it is; none for what belongs to no tenant.
    pub tenant: Option<Uuid>,
    /// Queued jobs of one kind with one key are one job.
    pub dedupe_key: Option<String>,
    /// What the handler needs to know.
    pub payload: Value,
}

/// Queues work. Call it within the transaction of its cause, and [`wake`] after the commit.
pub async fn enqueue(db: &Db, job: NewJob) -> Result<()> {
    // No conflict target: naming one would apply the read policy to the new row, which a job of no tenant cannot meet.
    const SQL: &str = "insert into job (id, tenant_id, kind, dedupe_key, payload) \
        values ($1, $2, $3, $4, $5::text::jsonb) \
        on conflict do nothing";
    let parameters = params![random::new_id(), job.tenant, job.kind, job.dedupe_key, job.payload];
    db.execute(SQL, parameters).await.map(drop)
}

/// Queues the dropping of cache keys.
pub async fn drop_cache(db: &Db, tenant: Option<Uuid>, keys: &[crate::cache::Key]) -> Result<()> {
    let keys: Vec<&str> = keys.iter().map(crate::cache::Key::as_str).collect();
    let job = NewJob {
        kind: "cache.drop",
        tenant,
        // Not deduplicated by key list: a drop that is already running may have read before this write.
        dedupe_key: None,
        payload: json!({ "keys": keys }),
    };
    enqueue(db, job).await
}

/// KEYS: the mark of a pending wake-up. ARGV: its TTL in ms, channel. A burst of writers publishes one message: while
/// the mark stands, the message is still to come, and its worker will see what they all have committed.
static WAKE: redis::Script = redis::Script::new(
    "if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then redis.call('PUBLISH', ARGV[2], 'wake') end
     return {1}",
);

/// Where the mark of a pending wake-up stands.
const MARK: &str = "jobs:wake";
/// How long a mark stands at most, in case that its message was lost.
const MARK_MS: i64 = 1000;

/// Wakes the workers, after the commit. Best effort: the periodic tick sweeps what a lost message leaves behind.
pub async fn wake() {
    let arguments = vec![redis::Argument::Int64(MARK_MS), redis::bytes(CHANNEL)];
    let _ = redis::script(&WAKE, &[MARK.to_owned()], arguments).await;
}

/// For workers, before they look: what is committed from now on publishes a message of its own. Best effort.
pub async fn awake() {
    let _ = redis::execute("DEL", vec![redis::bytes(MARK)]).await;
}

/// A job that this worker holds a lease on.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: Option<Uuid>,
    /// What is to be done.
    pub kind: String,
    /// What the handler needs to know.
    pub payload: Value,
    /// Which attempt this is, from 1.
    pub attempts: i32,
}

/// Leases up to `wanted` due jobs of these kinds to `worker` for `lease_seconds`.
pub async fn claim(
    db: &Db,
    kinds: &[&str],
    wanted: i32,
    lease_seconds: i32,
    worker: &str,
) -> Result<Vec<Claimed>> {
    const SQL: &str = "select id, tenant_id, kind, payload, attempts from job_claim($1, $2, $3, $4)";
    db.query(SQL, params![kinds, wanted, lease_seconds, worker], |row| {
        Ok(Claimed {
            id: row.get("id")?,
            tenant: row.get("tenant_id")?,
            kind: row.get("kind")?,
            payload: row.json("payload")?,
            attempts: row.get("attempts")?,
        })
    })
    .await
}

/// Ends a job. False when the lease had run out and somebody else has it.
pub async fn finish(db: &Db, job: &Claimed, worker: &str) -> Result<bool> {
    db.one("select job_finish($1, $2) as held", params![job.id, worker], |row| row.get("held")).await
}

/// Puts a failed job back with exponential back-off, or among the dead letters when its attempts are used up.
pub async fn fail(db: &Db, job: &Claimed, worker: &str, error: &Error) -> Result<bool> {
    const SQL: &str = "select job_fail($1, $2, $3, $4) as held";
    let noise = random::bytes::<2>().map_or(0, u16::from_le_bytes);
    let retry = backoff::seconds(u32::try_from(job.attempts).unwrap_or(1), noise);
    let reason = error.context().map_or_else(|| error.to_string(), |context| format!("{error}: {context}"));
    let reason = crate::log::redact(&reason).into_owned();
    let retry = i32::try_from(retry).unwrap_or(i32::MAX);
    db.one(SQL, params![job.id, worker, reason, retry], |row| row.get("held")).await
}
