//! All SQL of this function.

use fundrail_platform::{Result, db::Db, params};

use crate::kinds::{KINDS, PERIODIC};

/// What a look at the tables has found.
pub(crate) struct Due {
    /// Whether any job is due.
    pub(crate) jobs: bool,
    /// Periodic tasks that are now this worker's.
    pub(crate) periodic: Vec<String>,
}

/// What is due, in one cheap statement: most wake-ups find nothing.
pub(crate) async fn due(db: &Db) -> Result<Due> {
    const SQL: &str = "select job_any_due($1) as jobs, periodic_claim($2, $3::text[]::integer[]) as periodic";
    let kinds: Vec<String> = KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    let names: Vec<String> = PERIODIC.iter().map(|task| task.name.to_owned()).collect();
    let seconds: Vec<String> = PERIODIC.iter().map(|task| task.every.to_string()).collect();
    db.one(SQL, params![kinds, names, seconds], |row| {
        let periodic: Vec<Option<String>> = row.get("periodic")?;
        Ok(Due { jobs: row.get("jobs")?, periodic: periodic.into_iter().flatten().collect() })
    })
    .await
}

/// A job that was given up.
pub(crate) struct DeadLetter {
    /// Its id.
    pub(crate) id: String,
    /// What was to be done.
    pub(crate) kind: String,
    /// How often it was tried.
    pub(crate) attempts: i32,
    /// Why it failed at last.
    pub(crate) last_error: String,
}

/// Dead letters that have not been handed out before.
pub(crate) async fn unreported_dead_letters(db: &Db) -> Result<Vec<DeadLetter>> {
    const SQL: &str = "select id::text as id, kind, attempts, last_error from job_report_dead()";
    db.query(SQL, params![], |row| {
        Ok(DeadLetter {
            id: row.get("id")?,
            kind: row.get("kind")?,
            attempts: row.get("attempts")?,
            last_error: row.get::<Option<String>>("last_error")?.unwrap_or_default(),
        })
    })
    .await
}

/// Deletes jobs that ended more than a day ago.
pub(crate) async fn prune_jobs(db: &Db) -> Result<()> {
    db.one("select job_prune()", params![], |_| Ok(())).await
}

/// Deletes stored answers older than what is promised.
pub(crate) async fn prune_idempotency(db: &Db) -> Result<()> {
    db.one("select idempotency_prune()", params![], |_| Ok(())).await
}
