//! Background work: a row in the transaction of the fact that causes it, a Redis message as a mere wake-up.

mod kinds;

use fundrail_domain::{Error, Result};
use fundrail_kit::backoff;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    db::Db,
    params, random,
    redis::{self},
};

pub use kinds::{ApplyChainEvents, DropCached, Job, MailPasswordReset, MarkSessions, RecordFailedSignIn};

/// The channel that wakes the workers of short jobs.
pub const CHANNEL: &str = "jobs";

/// Writes the row of a job, within the transaction of its cause.
pub(crate) async fn insert<J: Job>(db: &Db, job: &J) -> Result<()> {
    // No conflict target: naming one would apply the read policy to the new row, which a job of no tenant cannot meet.
    const SQL: &str = "insert into job (id, kind, dedupe_key, payload) values ($1, $2, $3, $4::text::jsonb) \
        on conflict do nothing";
    let payload = serde_json::to_string(job).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    db.execute(SQL, params![random::new_id(), J::KIND, job.dedupe_key(), payload]).await.map(drop)
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

/// Wakes the workers, after the commit ([`Db::enqueue`]). Best effort: the periodic tick sweeps what a lost message leaves
/// behind.
pub(crate) async fn wake() {
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

impl Claimed {
    /// The job as it was queued.
    ///
    /// # Errors
    /// [`Error::Internal`] when the row holds something else.
    pub fn read<J: Job>(&self) -> Result<J> {
        J::deserialize(&self.payload)
            .map_err(|error| Error::internal(format!("a job of kind {}: {error}", J::KIND)))
    }
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
