//! What a handler gets, and the shapes of the two tables in [`crate::kinds`].

use std::{future::Future, pin::Pin, time::Instant};

use fundrail_platform::{Result, db::Db};
use fundrail_store::jobs::Claimed;

/// What a handler returns.
pub(crate) type Work<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// One leased job. Delivery is at least once, so a handler does the same thing twice without harm.
pub(crate) struct Task<'a> {
    /// Acts for the tenant of the job, or for none.
    pub(crate) db: &'a Db,
    /// The job.
    pub(crate) job: &'a Claimed,
    /// When the run ends. What is not done by then is left for the next one.
    pub(crate) until: Instant,
}

/// A kind of job.
pub(crate) struct Kind {
    /// As the column `job.kind` has it.
    pub(crate) name: &'static str,
    /// What carries it out.
    pub(crate) work: for<'a> fn(&'a Task<'a>) -> Work<'a>,
}

/// What a periodic handler gets: a connection that acts for no tenant.
pub(crate) struct Tick<'a> {
    /// The connection.
    pub(crate) db: &'a Db,
}

/// Something that is done every so often, by whichever worker looks first.
pub(crate) struct Periodic {
    /// As the table `periodic_task` has it.
    pub(crate) name: &'static str,
    /// Seconds from one start to the next, at least.
    pub(crate) every: i32,
    /// What carries it out.
    pub(crate) work: for<'a> fn(&'a Tick<'a>) -> Work<'a>,
}

/// The kind of a type of job, and the `async fn(&Task, TheJob) -> Result<()>` that carries it out.
macro_rules! kind {
    ($job:ty, $function:path) => {
        $crate::task::Kind {
            name: <$job as ::fundrail_platform::jobs::Job>::KIND,
            work: |task| {
                ::std::boxed::Box::pin(async move {
                    $function(task, ::fundrail_platform::jobs::read::<$job>(task.job)?).await
                })
            },
        }
    };
}
pub(crate) use kind;

/// Turns an `async fn(&Tick) -> Result<()>` into what the table of periodic work holds.
macro_rules! work {
    ($function:path) => {
        |given| ::std::boxed::Box::pin($function(given))
    };
}
pub(crate) use work;
