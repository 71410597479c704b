//! The SQL of this function.

use fundrail_api::ops::JobCount;
use fundrail_platform::{Result, db::Db, params};

/// Asks for nothing, to see whether there is an answer.
pub(crate) async fn ping(db: &Db) -> Result<()> {
    db.one("select 1 as one", params![], |row| row.get::<i32>("one")).await.map(drop)
}

/// Jobs of all tenants, counted by kind and state.
pub(crate) async fn job_statistics(db: &Db) -> Result<Vec<JobCount>> {
    const SQL: &str = "select kind, state, jobs, oldest_seconds from job_statistics() order by kind, state";
    db.query(SQL, params![], |row| {
        Ok(JobCount {
            kind: row.get("kind")?,
            state: row.get("state")?,
            jobs: row.get("jobs")?,
            oldest_seconds: row.get("oldest_seconds")?,
        })
    })
    .await
}
