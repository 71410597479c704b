//! What a handler gets, and the shapes of the two tables of a worker.

use std::{future::Future, pin::Pin, time::Instant};

use fundrail_platform::{Result, db::Db, jobs::Domain};
use fundrail_store::jobs::Claimed;

/// What a handler returns.
pub type Work<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// One leased job. Delivery is at least once, so a handler does the same thing twice without harm.
pub struct Task<'a> {
    /// Acts for the tenant of the job, or for none.
    pub db: &'a Db,
    /// The job.
    pub job: &'a Claimed,
    /// When the run ends. What is not done by then is left for the next one.
    pub until: Instant,
}

/// A kind of job.
#[derive(Debug)]
pub struct Kind {
    /// As the column `job.kind` has it.
    pub name: &'static str,
    /// Whose work it is.
    pub domain: Domain,
    /// What carries it out.
    pub work: for<'a> fn(&'a Task<'a>) -> Work<'a>,
}

/// What a periodic handler gets: a connection that acts for no tenant.
pub struct Tick<'a> {
    /// The connection.
    pub db: &'a Db,
}

/// Something that is done every so often, by whichever worker looks first.
#[derive(Debug)]
pub struct Periodic {
    /// As the table `periodic_task` has it.
    pub name: &'static str,
    /// Seconds from one start to the next, at least.
    pub every: i32,
    /// What carries it out.
    pub work: for<'a> fn(&'a Tick<'a>) -> Work<'a>,
}

/// The kind of a type of job, and the `async fn(&Task, TheJob) -> Result<()>` that carries it out.
#[macro_export]
macro_rules! kind {
    ($job:ty, $function:path) => {
        $crate::Kind {
            name: <$job as $crate::Job>::KIND,
            domain: <$job as $crate::Job>::DOMAIN,
            work: |task| {
                ::std::boxed::Box::pin(async move { $function(task, $crate::read::<$job>(task.job)?).await })
            },
        }
    };
}

/// Turns an `async fn(&Tick) -> Result<()>` into what the table of periodic work holds.
#[macro_export]
macro_rules! work {
    ($function:path) => {
        |given| ::std::boxed::Box::pin($function(given))
    };
}
