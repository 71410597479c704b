//! Background work: a row in the transaction of the fact that causes it, and a Redis message as a mere wake-up.

mod kinds;

use fundrail_domain::{Error, Result};
use fundrail_kit::backoff;
use fundrail_store::jobs::{self as store, Claimed};

use crate::{db::Db, log, random, redis};

pub use kinds::{ApplyChainEvents, DropCached, Job, MailPasswordReset, MarkSessions, RecordFailedSignIn};

/// Whose work a job is. Each domain has one worker, with a Redis channel of its own: what takes long, or hangs, in one domain
/// holds up none of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// What chains report.
    Chain,
    /// Sign-ins, sessions, secrets.
    Identity,
    /// Who invests, and the evidence about them.
    Investors,
    /// What belongs to no business: caches, audit seals, pruning.
    Housekeeping,
}

impl Domain {
    /// The channel that wakes its worker, as in `spin.toml`.
    const fn channel(self) -> &'static str {
        match self {
            Self::Chain => "jobs.chain",
            Self::Identity => "jobs.identity",
            Self::Investors => "jobs.investors",
            Self::Housekeeping => "jobs.housekeeping",
        }
    }

    /// Key of the mark of a pending wake-up.
    const fn mark(self) -> &'static str {
        match self {
            Self::Chain => "jobs:wake:chain",
            Self::Identity => "jobs:wake:identity",
            Self::Investors => "jobs:wake:investors",
            Self::Housekeeping => "jobs:wake:housekeeping",
        }
    }
}

/// Writes the row of a job, within the transaction of its cause.
pub(crate) async fn insert<J: Job>(db: &Db, job: &J) -> Result<()> {
    let payload = serde_json::to_string(job).map_err(|error| Error::internal(format!("no JSON: {error}")))?;
    store::queue(db, random::new_id(), J::KIND, payload).await.map(drop)
}

/// KEYS: the mark of a pending wake-up. ARGV: its TTL in ms, channel. A burst of writers publishes one message: while the mark
/// stands, the message is still to come, and its worker will see what they have all committed.
static WAKE: redis::Script = redis::Script::new(include_str!("lua/wake.lua"));

/// Maximum lifetime of a mark, in case its message was lost.
const MARK_MS: i64 = 1000;

/// Wakes the worker of a domain, after the commit ([`Db::enqueue`]). Best effort: the periodic tick sweeps what a lost message leaves
/// behind.
pub(crate) async fn wake(domain: Domain) {
    let arguments = vec![redis::Argument::Int64(MARK_MS), redis::bytes(domain.channel())];
    let _ = redis::script(&WAKE, &[domain.mark().to_owned()], arguments).await;
}

/// For workers, before they look: whatever is committed from now on publishes a message of its own. Best effort.
pub async fn awake(domain: Domain) {
    let _ = redis::execute("DEL", vec![redis::bytes(domain.mark())]).await;
}

/// A claimed job as it was queued.
///
/// # Errors
/// [`Error::Internal`] if the row holds something else.
pub fn read<J: Job>(job: &Claimed) -> Result<J> {
    J::deserialize(&job.payload.0)
        .map_err(|error| Error::internal(format!("a job of kind {}: {error}", J::KIND)))
}

/// Puts a failed job back with exponential back-off, or among the dead letters if its attempts are used up. False if the lease
/// has expired and somebody else has it.
pub async fn fail(db: &Db, job: &Claimed, worker: &str, error: &Error) -> Result<bool> {
    let noise = random::bytes::<2>().map_or(0, u16::from_le_bytes);
    let retry = backoff::seconds(u32::try_from(job.attempts).unwrap_or(1), noise);
    let retry = i32::try_from(retry).unwrap_or(i32::MAX);
    let reason = error.context().map_or_else(|| error.to_string(), |context| format!("{error}: {context}"));
    store::fail(db, job.id, worker, &log::redact(&reason), retry).await
}
