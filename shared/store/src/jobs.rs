//! Background work: rows that are queued, claimed, finished and counted.

use fundrail_domain::ids::{JobId, TenantId};
use serde_json::Value;

use crate::Json;

rows! {
    /// Jobs of one kind in one state, of all tenants.
    #[derive(Debug, Clone)]
    pub struct JobCount {
        /// Kind of job.
        pub kind: String,
        /// `queued`, `leased`, `done` or `dead`.
        pub state: String,
        /// Number of jobs.
        pub jobs: i64,
        /// Seconds for which the oldest of them has been due.
        pub oldest_seconds: i64,
    }

    /// Result of a look at the tables.
    #[derive(Debug, Clone)]
    pub struct Due {
        /// Whether any job is due.
        pub jobs: bool,
        /// Periodic tasks that this worker has now claimed.
        pub periodic: Vec<String>,
    }

    /// A job leased to a worker.
    #[derive(Debug, Clone)]
    pub struct Claimed {
        /// The id.
        pub id: JobId,
        /// Id of the user.
        pub tenant_id: Option<TenantId>,
        /// Kind of job.
        pub kind: String,
        /// What the handler needs to know.
        pub payload: Json<Value>,
        /// Number of this attempt, from 1.
        pub attempts: i32,
    }

    /// A job that was given up.
    #[derive(Debug, Clone)]
    pub struct DeadLetter {
        /// The id.
        pub id: JobId,
        /// Kind of job.
        pub kind: String,
        /// Number of attempts.
        pub attempts: i32,
        /// Reason of the last failure.
        pub last_error: Option<String>,
    }
}

statements! { "jobs";
    /// Asks for nothing, to see whether there is a response.
    one ping() -> i32;

    /// Jobs of all tenants, counted by kind and state.
    all job_counts() -> JobCount;

    /// Queues a job without a tenant.
    execute queue(id: JobId, kind: &str, payload: String);

    /// What is due, in one cheap statement: most wake-ups find nothing. Claims the periodic tasks among `tasks` that are due; the
    /// parallel list gives the seconds from one start of each to the next.
    one due(kinds: &[&str], tasks: &[&str], seconds: Vec<String>) -> Due;

    /// Leases at most this many due jobs of these kinds to a worker.
    all claim(kinds: &[&str], wanted: i32, lease_seconds: i32, worker: &str) -> Claimed;

    /// Ends a job. False if the lease has expired and somebody else has it.
    one finish(job: JobId, worker: &str) -> bool;

    /// Puts back a failed job for this many seconds, or among the dead letters if its attempts are used up. False if the lease
    /// has expired and somebody else has it.
    one fail(job: JobId, worker: &str, reason: &str, retry_seconds: i32) -> bool;

    /// Dead letters that have not been handed out before.
    all report_dead() -> DeadLetter;

    /// Deletes jobs that ended more than a day ago; returns how many.
    one prune() -> i64;
}
