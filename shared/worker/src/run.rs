//! One run of the worker: looks, and does what is due for a bounded time.
//!
//! The trigger hands over messages one after the other, so a run that does not end would stop all others.

use std::time::{Duration, Instant};

use fundrail_platform::{
    Error, Result,
    db::{Db, Identity},
    jobs::{self, Domain},
    log::{self, Level},
    random, time,
};
use fundrail_store::jobs::{self as store, Claimed, Due};
use serde_json::Value;

use crate::task::{Kind, Periodic, Task, Tick};

/// Longest run. Less than the lease, so that no other worker takes a job that this one still works on.
const BUDGET: Duration = Duration::from_secs(20);
/// How long a job is this worker's.
const LEASE_SECONDS: i32 = 30;
/// How often a long run looks for periodic work between two jobs.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a worker can do. It is one component, woken by messages on the channel of its domain.
#[derive(Debug)]
pub struct Worker {
    /// Of the component, for the log.
    pub name: &'static str,
    domain: Domain,
    kinds: &'static [Kind],
    periodic: &'static [Periodic],
}

impl Worker {
    /// A worker of a domain, with the kinds of jobs that it carries out, and what it does every so often.
    ///
    /// # Panics
    /// If a kind is another domain's, whose channel would wake somebody else. In a `static`, that fails to compile.
    pub const fn new(
        name: &'static str,
        domain: Domain,
        kinds: &'static [Kind],
        periodic: &'static [Periodic],
    ) -> Self {
        let mut left = kinds;
        while let [kind, rest @ ..] = left {
            assert!(kind.domain as u8 == domain as u8, "a kind of another domain");
            left = rest;
        }
        Self { name, domain, kinds, periodic }
    }

    /// Looks for work and does it. An error is logged here and not handed on: the rows are still there, and the next message
    /// looks again.
    pub async fn wake(&self) {
        if let Err(error) = self.run().await {
            let context = error.context().unwrap_or_default();
            log::line(
                Level::Error,
                "the worker gave up for now",
                &[("function", self.name.into()), ("code", error.code().into()), ("context", context.into())],
            );
        }
    }

    /// Does what is due. An error means that Postgres cannot be reached: what a job fails of is noted in its row.
    async fn run(&self) -> Result<()> {
        let until = Instant::now() + BUDGET;
        // Before looking: whoever commits a job after this look publishes a message anew.
        jobs::awake(self.domain).await;
        let db = Db::open(Identity::default()).await?;
        let run = Run { worker: self, db: &db, id: random::uuid().to_string(), until };
        loop {
            let due = run.due().await?;
            for task in self.periodic.iter().filter(|task| due.periodic.iter().any(|name| name == task.name))
            {
                run.periodic(task).await?;
            }
            if !due.jobs || !run.drain().await? {
                return Ok(());
            }
            if Instant::now() >= until {
                // There is more: the next message goes on with it.
                db.wake_workers(self.domain).await;
                return Ok(());
            }
        }
    }
}

/// One run of a worker.
struct Run<'a> {
    worker: &'a Worker,
    db: &'a Db,
    /// Whose the leases are.
    id: String,
    /// When it ends.
    until: Instant,
}

impl Run<'_> {
    /// What is due of all that this worker can do.
    async fn due(&self) -> Result<Due> {
        let tasks: Vec<&str> = self.worker.periodic.iter().map(|task| task.name).collect();
        let seconds = self.worker.periodic.iter().map(|task| task.every.to_string()).collect();
        store::due(self.db, &self.kinds(), &tasks, seconds).await
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.worker.kinds.iter().map(|kind| kind.name).collect()
    }

    /// Carries out jobs one by one, for [`LOOK_AGAIN`] at most; false when none is left. They are claimed one at a time: a job
    /// that traps takes nothing but its own lease with it.
    async fn drain(&self) -> Result<bool> {
        let kinds = self.kinds();
        let pause = self.until.min(Instant::now() + LOOK_AGAIN);
        while Instant::now() < pause {
            self.db.act_for(Identity::default()).await?;
            let claimed = store::claim(self.db, &kinds, 1, LEASE_SECONDS, &self.id).await?;
            let Some(job) = claimed.into_iter().next() else { return Ok(false) };
            let Some(kind) = self.worker.kinds.iter().find(|kind| kind.name == job.kind) else {
                return Err(Error::internal(format!("claimed a job of unknown kind {}", job.kind)));
            };
            self.carry_out(kind, &job).await?;
        }
        Ok(true)
    }

    async fn carry_out(&self, kind: &Kind, job: &Claimed) -> Result<()> {
        if job.tenant_id.is_some() {
            self.db.act_for(Identity { tenant: job.tenant_id, user: None }).await?;
        }
        let task = Task { db: self.db, job, until: self.until };
        let Some(outcome) = time::within(self.left(), (kind.work)(&task)).await else {
            // Its connection may be in the middle of anything: end the run, and let the lease run out.
            return Err(Error::internal(format!("a job of kind {} took longer than a whole run", job.kind)));
        };
        let held = match outcome {
            Ok(()) => store::finish(self.db, job.id, &self.id).await?,
            Err(error) => {
                self.log_failure(job, &error);
                jobs::fail(self.db, job, &self.id, &error).await?
            }
        };
        if !held {
            log::line(Level::Warn, "a job outlived its lease", &self.fields(job));
        }
        Ok(())
    }

    async fn periodic(&self, task: &Periodic) -> Result<()> {
        self.db.act_for(Identity::default()).await?;
        let tick = Tick { db: self.db };
        let Some(outcome) = time::within(self.left(), (task.work)(&tick)).await else {
            let name = task.name;
            return Err(Error::internal(format!("the periodic task {name} took longer than a whole run")));
        };
        if let Err(error) = outcome {
            let name = self.worker.name;
            log::line(
                Level::Error,
                "a periodic task failed",
                &[("function", name.into()), ("task", task.name.into()), ("context", reason(&error).into())],
            );
        }
        Ok(())
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    fn log_failure(&self, job: &Claimed, error: &Error) {
        let mut fields = self.fields(job);
        fields.push(("code", error.code().into()));
        fields.push(("context", reason(error).into()));
        log::line(Level::Warn, "a job failed and will be tried again", &fields);
    }

    fn fields(&self, job: &Claimed) -> Vec<(&'static str, Value)> {
        vec![
            ("function", self.worker.name.into()),
            ("job", job.id.to_string().into()),
            ("kind", job.kind.as_str().into()),
            ("attempt", job.attempts.into()),
        ]
    }
}

fn reason(error: &Error) -> String {
    error.context().map_or_else(|| error.to_string(), str::to_owned)
}
