//! Background work: the rows that are queued, claimed, finished and counted.

use fundrail_domain::ids::{JobId, TenantId};
use serde_json::Value;

use crate::Json;

rows! {
    /// Jobs of one kind in one state, of all tenants.
    #[derive(Debug, Clone)]
    pub struct JobCount {
        /// What is to be done.
        pub kind: String,
        /// `queued`, `leased`, `done` or `dead`.
        pub state: String,
        /// How many.
        pub jobs: i64,
        /// For how many seconds the oldest of them has been due.
        pub oldest_seconds: i64,
    }

    /// What a look at the tables has found.
    #[derive(Debug, Clone)]
    pub struct Due {
        /// Whether any job is due.
        pub jobs: bool,
        /// Periodic tasks that are now this worker's.
        pub periodic: Vec<String>,
    }

    /// A job that a worker holds a lease on.
    #[derive(Debug, Clone)]
    pub struct Claimed {
        /// Its id.
        pub id: JobId,
        /// Whose it is.
        pub tenant_id: Option<TenantId>,
        /// What is to be done.
        pub kind: String,
        /// What the handler needs to know.
        pub payload: Json<Value>,
        /// Which attempt this is, from 1.
        pub attempts: i32,
    }

    /// A job that was given up.
    #[derive(Debug, Clone)]
    pub struct DeadLetter {
        /// Its id.
        pub id: JobId,
        /// What was to be done.
        pub kind: String,
        /// How often it was tried.
        pub attempts: i32,
        /// Why it failed at last.
        pub last_error: Option<String>,
    }
}

statements! { "jobs";
    /// Asks for nothing, to see whether there is an answer.
    one ping() -> i32;

    /// Jobs of all tenants, counted by kind and state.
    all job_counts() -> JobCount;

    /// Queues a job of the tenant of this connection, unless one of its kind and key is queued already. No conflict target:
    /// naming one would apply the read policy to the new row, which a job of no tenant cannot meet.
    execute queue(id: JobId, kind: &str, dedupe_key: Option<String>, payload: String);

    /// What is due, in one cheap statement: most wake-ups find nothing. Claims the periodic tasks among `tasks` that are; the
    /// seconds from one start of each to the next stand beside them.
    one due(kinds: &[&str], tasks: &[&str], seconds: Vec<String>) -> Due;

    /// Leases at most so many due jobs of these kinds to a worker.
    all claim(kinds: &[&str], wanted: i32, lease_seconds: i32, worker: &str) -> Claimed;

    /// Ends a job. False when the lease had run out and somebody else has it.
    one finish(job: JobId, worker: &str) -> bool;

    /// Puts a failed job back for so many seconds, or among the dead letters when its attempts are used up. False when the lease
    /// had run out and somebody else has it.
    one fail(job: JobId, worker: &str, reason: &str, retry_seconds: i32) -> bool;

    /// Dead letters that have not been handed out before.
    all report_dead() -> DeadLetter;

    /// Deletes jobs that ended more than a day ago; answers how many.
    one prune() -> i64;
}
