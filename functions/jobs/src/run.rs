//! One run of the worker: looks, and does what is due for a bounded time.
//!
//! The trigger hands over messages one after the other, so a run that does not end would stop all others.

use std::time::{Duration, Instant};

use fundrail_platform::{
    Error, Result,
    db::{Db, Identity},
    jobs,
    log::{self, Level},
    random, time,
};
use fundrail_store::jobs::{self as store, Claimed, Due};

use crate::{
    kinds::{KINDS, PERIODIC},
    task::{Kind, Periodic, Task, Tick},
};

/// Longest run. Less than the lease, so that no other worker takes a job that this one still works on.
const BUDGET: Duration = Duration::from_secs(20);
/// How long a job is this worker's.
const LEASE_SECONDS: i32 = 30;
/// How often a long run looks for periodic work between two jobs.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Does what is due.
///
/// # Errors
/// When Postgres cannot be reached. What a job fails of is noted in its row.
pub(crate) async fn run() -> Result<()> {
    let until = Instant::now() + BUDGET;
    // Before looking: whoever commits a job after this look publishes a message anew.
    jobs::awake().await;
    let db = Db::open(Identity::default()).await?;
    let worker = random::uuid().to_string();
    loop {
        let due = due(&db).await?;
        for task in PERIODIC.iter().filter(|task| due.periodic.iter().any(|name| name == task.name)) {
            run_periodic(&db, task, until).await?;
        }
        if !due.jobs || !drain(&db, &worker, until).await? {
            return Ok(());
        }
        if Instant::now() >= until {
            // There is more: the next message goes on with it.
            db.wake_workers().await;
            return Ok(());
        }
    }
}

/// What is due of all that this worker can do.
async fn due(db: &Db) -> Result<Due> {
    let tasks: Vec<&str> = PERIODIC.iter().map(|task| task.name).collect();
    let seconds = PERIODIC.iter().map(|task| task.every.to_string()).collect();
    store::due(db, &kinds(), &tasks, seconds).await
}

fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

/// Carries out jobs one by one, for [`LOOK_AGAIN`] at most; false when none is left. They are claimed one at a time: a
/// job that traps takes nothing but its own lease with it.
async fn drain(db: &Db, worker: &str, until: Instant) -> Result<bool> {
    let kinds = kinds();
    let pause = until.min(Instant::now() + LOOK_AGAIN);
    while Instant::now() < pause {
        db.act_for(Identity::default()).await?;
        let claimed = store::claim(db, &kinds, 1, LEASE_SECONDS, worker).await?;
        let Some(job) = claimed.into_iter().next() else { return Ok(false) };
        let Some(kind) = KINDS.iter().find(|kind| kind.name == job.kind) else {
            return Err(Error::internal(format!("claimed a job of unknown kind {}", job.kind)));
        };
        carry_out(db, kind, &job, worker, until).await?;
    }
    Ok(true)
}

async fn carry_out(db: &Db, kind: &Kind, job: &Claimed, worker: &str, until: Instant) -> Result<()> {
    if job.tenant_id.is_some() {
        db.act_for(Identity { tenant: job.tenant_id, user: None }).await?;
    }
    let task = Task { db, job, until };
    let Some(outcome) = time::within(left(until), (kind.work)(&task)).await else {
        // Its connection may be in the middle of anything: end the run, and let the lease run out.
        return Err(Error::internal(format!("a job of kind {} took longer than a whole run", job.kind)));
    };
    let held = match outcome {
        Ok(()) => store::finish(db, job.id, worker).await?,
        Err(error) => {
            log_failure(job, &error);
            jobs::fail(db, job, worker, &error).await?
        }
    };
    if !held {
        log::line(Level::Warn, "a job outlived its lease", &fields(job));
    }
    Ok(())
}

async fn run_periodic(db: &Db, task: &Periodic, until: Instant) -> Result<()> {
    db.act_for(Identity::default()).await?;
    let tick = Tick { db };
    let Some(outcome) = time::within(left(until), (task.work)(&tick)).await else {
        return Err(Error::internal(format!("the periodic task {} took longer than a whole run", task.name)));
    };
    if let Err(error) = outcome {
        let context = error.context().map_or_else(|| error.to_string(), str::to_owned);
        log::line(
            Level::Error,
            "a periodic task failed",
            &[("function", "jobs".into()), ("task", task.name.into()), ("context", context.into())],
        );
    }
    Ok(())
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

fn log_failure(job: &Claimed, error: &Error) {
    let mut fields = fields(job);
    fields.push(("code", error.code().into()));
    fields.push(("context", error.context().map_or_else(|| error.to_string(), str::to_owned).into()));
    log::line(Level::Warn, "a job failed and will be tried again", &fields);
}

fn fields(job: &Claimed) -> Vec<(&'static str, serde_json::Value)> {
    vec![
        ("function", "jobs".into()),
        ("job", job.id.to_string().into()),
        ("kind", job.kind.as_str().into()),
        ("attempt", job.attempts.into()),
    ]
}
